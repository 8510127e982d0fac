"""Words that citizens use more than before, and who writes again (Domain 4)."""

from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.casework.handling import rating_devices as devices_of
from appeals.casework.handling.moves import make_move
from appeals.domain.calendar import Period
from appeals.domain.people import SYSTEM
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Kind
from appeals.models.appeal import Appeal
from appeals.models.handling import RatedFrom
from appeals.models.report import Report
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.counting.case_lists import CasePart, CaseQuery, stream_cases
from appeals.reporting.editions import editions
from appeals.reporting.editions.report_document import build_document, digest_of
from appeals.reporting.findings import hot_topics, report_findings
from appeals.reporting.findings.repeat_filings import count_repeat_filings, is_repeat
from appeals.reporting.findings.shared_devices import find_shared_devices, is_rated_from_device
from appeals.reporting.measures.measure_names import MeasureName
from appeals.reporting.snapshot.breakdowns import Breakdown
from appeals.reporting.snapshot.count_window import CountWindow
from appeals.reporting.tables.report_tables import cell_of
from tests.cast import SUPERVISOR, shanghai
from tests.factories import appeal_in, file_appeal, later, played
from tests.published import publish_draft

MARCH = Period.month("2026-03")
AT = "2026-04-08 00:00"


def file_on_day(act: Act, day: str, subject: str, **facts: object) -> None:
    at = act.at(shanghai(f"2026-{day} 09:00"))
    file_appeal(at, **{"subject": subject, "kind": Kind.COMPLAINT, **facts})


@pytest.fixture
def window(act: Act) -> CountWindow:
    """Give March as of April; many write of heating, as before of noise, and one of a person."""
    for day in range(10, 22):
        file_on_day(act, f"02-{day}", "噪音扰民")
    for day in range(2, 8):
        file_on_day(act, f"03-0{day}", "噪音扰民")
    for day in range(10, 16):
        file_on_day(act, f"03-{day}", "市南区暖气不热")
        file_on_day(act, f"03-{day}", "食堂张伟态度差", confidential=True)
    for date in ("02-22", "02-23", "03-10", "03-11", "03-12", "03-13", "03-14"):
        file_on_day(act, date, "电梯困人")
    act.session.flush()  # the search reads the rows
    return CountWindow(MARCH, shanghai(AT))


def test_a_word_in_more_subjects_than_before_is_a_hot_topic(act: Act, window: CountWindow) -> None:
    at = Act(act.session, SYSTEM, window.cut_off, act.secret)
    topics = hot_topics.find_hot_topics(at, window)
    assert [(each["kind"], each["word"]) for each in topics] == [("complaint", "暖气")]
    assert list(topics[0].values()) == ["complaint", "暖气", 6, 17, 0, 14]


def test_no_topic_names_a_place_or_comes_from_confidential_appeals(
    act: Act, window: CountWindow
) -> None:
    words = hot_topics.TopicWords(["市南区"]).of("市南区张伟说暖气不热，电话13800000000")
    assert words == {"暖气", "电话"}
    asked = CaseQuery(window, cell_of(MeasureName.FILED), CasePart.DENOMINATOR)
    topical = [lambda rows: hot_topics.with_word(rows, "食堂")]
    assert (
        list(stream_cases(act, CaseQuery(window, asked.cell, asked.part, further=tuple(topical))))
        == []
    )


def test_a_topics_list_is_as_long_as_its_count(act: Act, window: CountWindow) -> None:
    heating = (lambda rows: hot_topics.with_word(rows, "暖气"),)
    narrowed = {Breakdown.KIND: "complaint"}
    asked = CaseQuery(
        window, cell_of(MeasureName.FILED), CasePart.DENOMINATOR, narrowed, further=heating
    )
    assert len(list(stream_cases(act, asked))) == 6


def file_repeats(act: Act) -> None:
    """File again from two telephones, from one within thirty days, and twice from none."""
    for day, phone in (("02-20", "1"), ("03-05", "1"), ("02-01", "2"), ("03-06", "2")):
        file_on_day(act, day, "又停工了", contact_phone=f"1380000000{phone}")
    file_on_day(act, "03-07", "没有电话")
    file_on_day(act, "03-09", "也没有电话")
    file_on_day(act, "03-08", "另一类", contact_phone="13800000001", category="water.burst")


def test_a_repeat_is_of_the_same_telephone_and_category_within_thirty_days(act: Act) -> None:
    file_repeats(act)
    act.session.flush()  # the count reads the rows
    window = CountWindow(MARCH, shanghai(AT))
    counted = count_repeat_filings(act, window)
    assert (counted["repeated"], counted["valid"]) == (1, 5)
    assert counted["categories"] == [["urban.noise", 1]]
    further = (partial(is_repeat, cut_off=window.cut_off),)
    asked = CaseQuery(window, cell_of(MeasureName.VALID), CasePart.DENOMINATOR, further=further)
    assert len(list(stream_cases(act, asked))) == 1


def test_findings_ignore_corrections_after_the_cut_off(act: Act) -> None:
    file_on_day(act, "03-02", "停电", contact_phone="13800000003")
    file_on_day(act, "03-09", "停电", contact_phone="13800000003")
    for day in range(10, 16):
        file_on_day(act, f"03-{day}", "暖气不热", kind=Kind.HELP)
    act.session.flush()  # the counts read the rows
    window = CountWindow(MARCH, shanghai(AT))
    at = Act(act.session, SYSTEM, window.cut_off, act.secret)
    before = (count_repeat_filings(at, window), hot_topics.find_hot_topics(at, window))
    assert before[0]["repeated"] == 1
    assert [each["kind"] for each in before[1]] == ["help"]
    late = act.at(shanghai("2026-05-06 10:00")).by(SUPERVISOR)
    for appeal in act.session.scalars(sa.select(Appeal)):
        given = {"category": "urban", "kind": "complaint", "words": "细分"}
        make_move(late, appeal, Action.AMEND, given)
    act.session.flush()
    assert (count_repeat_filings(at, window), hot_topics.find_hot_topics(at, window)) == before
    later = CountWindow(MARCH, late.now)
    assert [each["kind"] for each in hot_topics.find_hot_topics(late, later)] == ["complaint"]


def test_repeats_have_their_own_satisfaction(act: Act) -> None:
    for day, phone in (("02", "1"), ("09", "1"), ("10", "2")):
        at = act.at(shanghai(f"2026-03-{day} 09:00"))
        appeal = appeal_in(at, State.CLOSED, 2, contact_phone=f"1380000000{phone}")
        played(later(at, 48), appeal, Action.RATE, satisfaction="2" if day == "09" else "5")
    act.session.flush()  # the count reads the rows
    counted = count_repeat_filings(act, CountWindow(MARCH, shanghai(AT)))
    assert (counted["satisfied"], counted["others"]) == ([0, 1], [2, 2])


def test_a_device_that_rates_for_many_is_found_with_exactly_its_cases(act: Act) -> None:
    for n, day in enumerate(range(2, 10)):
        at = act.at(shanghai(f"2026-03-0{day} 09:00"))
        appeal = appeal_in(at, State.CLOSED, 2)
        rating = later(at, 48)
        stars = "2" if n == 0 else "5"
        played(rating, appeal, Action.RATE, satisfaction=stars)
        devices_of.record_rating_device(
            rating, appeal, "192.0.2.7" if n < 6 else f"198.51.100.{n}", "Browser"
        )
    act.session.flush()  # the count reads the rows
    window = CountWindow(MARCH, shanghai(AT))
    device, *others = find_shared_devices(act, window)
    assert others == []
    assert (device["rated"], device["satisfied"], device["departments"]) == (6, 5, 1)
    for part, length in ((CasePart.DENOMINATOR, 6), (CasePart.NUMERATOR, 5), (CasePart.MISSED, 1)):
        further = (partial(is_rated_from_device, place=1, window=window),)
        asked = CaseQuery(window, cell_of(MeasureName.SATISFACTION), part, further=further)
        assert len(list(stream_cases(act, asked))) == length


def test_a_rating_given_anew_counts_for_the_device_it_came_from_last(act: Act) -> None:
    for day in range(2, 7):
        at = act.at(shanghai(f"2026-03-0{day} 09:00"))
        appeal = appeal_in(at, State.CLOSED, 2)
        played(later(at, 48), appeal, Action.RATE)
        devices_of.record_rating_device(later(at, 48), appeal, "192.0.2.7", "Browser")
    act.session.flush()  # the count reads the rows
    window = CountWindow(MARCH, shanghai(AT))
    assert [each["rated"] for each in find_shared_devices(act, window)] == [5]
    anew = act.at(shanghai("2026-03-20 09:00"))
    played(anew, appeal, Action.RATE)
    devices_of.record_rating_device(anew, appeal, "192.0.2.8", "Browser")
    act.session.flush()
    assert find_shared_devices(act, window) == []
    assert [
        each["rated"]
        for each in find_shared_devices(act, CountWindow(MARCH, shanghai("2026-03-19 09:00")))
    ]


def test_a_device_hash_hides_the_device_and_changes_with_the_month(
    act: Act, session: Session
) -> None:
    for at in (act.at(shanghai("2026-03-02 09:00")), act.at(shanghai("2026-04-02 09:00"))):
        appeal = appeal_in(at, State.CLOSED, 2)
        played(later(at, 48), appeal, Action.RATE)
        devices_of.record_rating_device(later(at, 48), appeal, "192.0.2.7", "Browser")
    act.session.flush()
    marks = session.scalars(sa.select(RatedFrom.device)).all()
    assert len({*marks}) == 2
    assert not any("192" in mark or "Browser" in mark for mark in marks)


def test_findings_are_sealed_with_the_edition(act: Act) -> None:
    file_repeats(act)
    act.session.flush()  # the count reads the rows
    at = act.at(shanghai(AT))
    draft = monthly_drafts.compile_draft(at, MARCH)
    report_findings.record_findings(at, draft)
    edition: Report = publish_draft(at, MARCH)
    assert edition.findings is not None
    assert edition.findings["repeated"]["repeated"] == 1
    sealed = build_document(edition, monthly_drafts.load_figures(at, edition))
    assert digest_of(sealed) == edition.digest
    assert digest_of({**sealed, "found": {}}) != edition.digest
    at.session.execute(sa.text("UPDATE statement SET contact_phone = ''"))
    assert all(finding.holds for finding in editions.verify_editions(at))
