"""The administrators' calendar, the notices that were given up, and the log of all changes."""

import html
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.domain.calendar import city_day
from appeals.domain.states import Action
from appeals.models.configuration import RecordedChange
from appeals.models.handling import Deadline
from appeals.models.integrity import UnverifiedAppeal
from appeals.models.notice import Notice
from appeals.models.organisation import CalendarDay
from appeals.models.tasks import FailedItem
from appeals.reference.reference_data import load_reference
from tests.cast import ROADS
from tests.factories import file_appeal, played
from tests.web.staff_browser import count_statements, open_page

WHY = {"why": "国务院通知"}


def notice_of(*days: tuple[str, bool]) -> str:
    named = [{"name": "元旦", "date": day, "isOffDay": off} for day, off in days]
    return json.dumps({"year": 2026, "days": named})


DOCUMENT = notice_of(("2026-01-01", True), ("2026-01-02", True), ("2026-01-04", False))


def test_a_notice_is_previewed_and_then_taken_over(act: Act, sun: FlaskClient) -> None:
    appeal = file_appeal(act).appeal
    played(act, appeal, Action.ACCEPT)
    act.session.commit()
    promised = act.session.scalars(sa.select(Deadline.due_at)).all()
    given = {"document": DOCUMENT, **WHY}
    preview = html.unescape(sun.post("/admin/calendar?lang=en", data=given).text)
    assert "2 Jan 2026" in preview
    assert "9 May 2026" in preview, "a day that the new notice no longer names"
    assert "1 Jan 2026" not in preview, "nothing changes on it"
    assert act.session.get(CalendarDay, "2026-01-02") is None
    taken = sun.post("/admin/calendar", data={**given, "confirmed": "yes"})
    assert taken.status_code == 303
    shown = open_page(sun, "/admin/calendar?year=2026&lang=en")
    assert "2 Jan 2026" in shown
    assert "Administrator Sun" in shown
    act.session.expire_all()
    assert act.session.scalars(sa.select(Deadline.due_at)).all() == promised
    again = html.unescape(sun.post("/admin/calendar?lang=en", data=given).text)
    assert "These days stand in the calendar already." in again


def test_a_file_in_another_encoding_is_refused_in_a_sentence(sun: FlaskClient) -> None:
    file = (io.BytesIO(DOCUMENT.encode("utf-16")), "2026.json")
    answer = sun.post("/admin/calendar?lang=en", data={"file": file, **WHY})
    assert answer.status_code == 422
    assert "The file is not in UTF-8" in answer.text
    assert "国务院通知" in answer.text


def test_a_notice_can_be_sent_as_a_file(sun: FlaskClient) -> None:
    file = (io.BytesIO(b"\xef\xbb\xbf" + DOCUMENT.encode()), "2026.json")
    preview = sun.post("/admin/calendar?lang=en", data={"file": file, **WHY})
    assert preview.status_code == 200
    assert "2 Jan 2026" in preview.text


@pytest.mark.parametrize(
    "wrong", [{"document": "no json"}, {"document": ""}, {"document": "{}"}, {"why": ""}]
)
def test_what_is_no_notice_is_refused_and_kept(sun: FlaskClient, wrong: dict[str, str]) -> None:
    given = {"document": DOCUMENT, **WHY, **wrong}
    for more in ({}, {"confirmed": "yes"}):
        answer = sun.post("/admin/calendar", data={**given, **more})
        assert answer.status_code == 422
        assert "govuk-error-summary" in answer.text
        assert html.escape(given["document"][:7]) in answer.text.replace("&#34;", "&quot;")


def test_a_year_without_a_notice_is_said_to_be_provisional(act: Act, sun: FlaskClient) -> None:
    following = act.now.year + 1
    assert f"{following} has no State Council notice yet" in open_page(
        sun, "/admin/calendar?lang=en"
    )
    open_page(sun, "/admin/calendar?year=99999999999999999999")


DAY = {"day": "2026-05-11", "works": "no", "name": "停工", **WHY}


def test_a_single_day_is_previewed_with_the_promises_across_it(act: Act, sun: FlaskClient) -> None:
    day = city_day(act.now)  # an appeal is dispatched within days
    appeal = file_appeal(act).appeal
    played(act, appeal, Action.ACCEPT)
    played(act, appeal, Action.DISPATCH)
    act.session.commit()
    calendar = load_reference(act).book.calendar
    given = {**DAY, "day": calendar.add_working_days(day, 2).isoformat()}
    preview = html.unescape(sun.post("/admin/calendar/day?lang=en", data=given).text)
    assert "running promises were counted across these days" in preview
    assert appeal.number in preview
    assert sun.post("/admin/calendar/day", data={**given, "confirmed": "y"}).status_code == 303
    assert "停工" in open_page(sun, f"/admin/calendar?year={given['day'][:4]}")


@pytest.mark.parametrize(
    "wrong",
    [{"day": "tomorrow"}, {"day": "2020-01-01"}, {"works": ""}, {"works": "x"}, {"name": ""}],
)
def test_what_is_no_single_day_is_refused_and_kept(
    act: Act, sun: FlaskClient, wrong: dict[str, str]
) -> None:
    later = city_day(act.now) + timedelta(days=30)
    given = {**DAY, "day": later.isoformat(), **wrong}
    for more in ({}, {"confirmed": "yes"}):
        answer = sun.post("/admin/calendar/day", data={**given, **more})
        assert answer.status_code == 422
        assert "govuk-error-summary" in answer.text
        assert f'value="{given["day"]}"' in answer.text
        assert "国务院通知" in answer.text


def park_notice(act: Act) -> Notice:
    file_appeal(act)
    notice = act.session.scalars(sa.select(Notice)).first()
    assert notice is not None
    notice.parked_at, notice.tries = act.now, 8
    notice.problem = f"SMTPRecipientsRefused: {notice.recipient}"
    act.session.commit()
    return notice


def test_a_notice_that_was_given_up_is_sent_again(act: Act, sun: FlaskClient) -> None:
    notice = park_notice(act)
    shown = open_page(sun, "/admin/notices?lang=en")
    assert "w***@example.org" in shown
    assert notice.recipient not in shown
    assert "badge--red" in open_page(sun, "/admin/")
    mangled = ["x", "9" * 40, str(notice.id)]
    assert sun.post("/admin/notices", data={"notice": mangled}).status_code == 303
    act.session.expire_all()
    assert (notice.parked_at, notice.tries) == (None, 0)
    assert notice.next_try_at <= datetime.now(UTC)
    assert "Every notice was delivered" in open_page(sun, "/admin/notices?lang=en")
    assert "Send again" in open_page(sun, "/admin/changes?of=notices&lang=en")
    recorded = act.session.scalars(sa.select(RecordedChange)).one()
    assert notice.recipient not in str(recorded.before)


def test_an_administrator_is_told_of_an_appeal_that_does_not_match_its_history(
    act: Act, sun: FlaskClient
) -> None:
    assert "matches its history" in open_page(sun, "/admin/verification?lang=en")
    assert "badge--red" not in open_page(sun, "/admin/")
    appeal = file_appeal(act).appeal
    act.session.add(UnverifiedAppeal(appeal_id=appeal.id, found_at=act.now, problem="kind is help"))
    act.session.commit()
    shown = open_page(sun, "/admin/verification?lang=en")
    assert "1 appeal does not match its history" in shown
    assert appeal.number in shown
    assert "kind is help" in shown
    assert "badge--red" in open_page(sun, "/admin/")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_log_says_who_changed_what_when(sun: FlaskClient, language: str) -> None:
    assert "timeline__item" not in open_page(sun, f"/admin/changes?lang={language}")
    said = {"zh": "城管局", "tier": "municipal", "why": "更名", "confirmed": "yes"}
    for number in range(52):
        change = {**said, "en": f"Streets {number}"}
        change["seen"] = last_seen(sun)
        assert sun.post(f"/admin/departments/{ROADS}/change", data=change).status_code == 303
    shown = open_page(sun, f"/admin/changes?lang={language}")
    for text in ("更名", "Administrator Sun", "Streets 51", "Streets 50"):
        assert text in shown
    assert shown.count("moj-timeline__item") == 50
    older = shown.partition("before=")[2].partition('"')[0]
    assert open_page(sun, f"/admin/changes?before={older}").count("moj-timeline__item") == 2
    assert "timeline__item" not in open_page(sun, "/admin/changes?of=limits")
    open_page(sun, "/admin/changes?before=" + "9" * 40)


def last_seen(browser: FlaskClient) -> str:
    form = open_page(browser, f"/admin/departments/{ROADS}/change")
    return form.partition('name="seen" value="')[2].partition('"')[0]


def test_the_lists_ask_the_same_few_things(act: Act, sun: FlaskClient) -> None:
    park_notice(act)
    for address in (
        "", "departments", "categories", "rules", "limits", "staff", "campaign",
        "changes", "notices", "calendar", f"departments/{ROADS}", "staff/officer3",
    ):  # fmt: skip
        with count_statements(act.session) as sent:
            open_page(sun, f"/admin/{address}")
        assert len(sent.statements) <= 12, (address, sent.statements)


def test_all_that_was_given_up_is_sent_again_at_once(act: Act, sun: FlaskClient) -> None:
    notices = [park_notice(act) for _ in range(2)]
    act.session.execute(sa.update(Notice).values(parked_at=act.now))
    assert sun.post("/admin/notices", data={"all": "yes"}).status_code == 303
    act.session.expire_all()
    assert [each.parked_at for each in notices] == [None, None]
    recorded = act.session.scalars(sa.select(RecordedChange)).one()
    assert recorded.after == {"count": "2"}
    assert "Notices · 2 · Send again" in open_page(sun, "/admin/changes?of=notices&lang=en")
    assert "通知 · 2条 · 重新发送" in open_page(sun, "/admin/changes?of=notices&lang=zh")


def test_sending_all_again_costs_the_same_for_two_notices_as_for_twenty(
    act: Act, sun: FlaskClient
) -> None:
    costs = list[int]()
    for count in (2, 20):
        for _ in range(count):
            file_appeal(act)
        act.session.execute(sa.update(Notice).values(parked_at=act.now))
        act.session.commit()
        with count_statements(act.session) as sent:
            assert sun.post("/admin/notices", data={"all": "yes"}).status_code == 303
        costs.append(len(sent.statements))
    assert costs[0] == costs[1]


@pytest.mark.parametrize(("language", "task"), [("zh", "统计月度数据"), ("en", "Counting a month")])
def test_what_could_not_be_processed_stands_on_the_first_page(
    act: Act, sun: FlaskClient, language: str, task: str
) -> None:
    assert task not in open_page(sun, f"/admin/?lang={language}")
    act.session.add(
        FailedItem(
            task="compile",
            key="2026-03",
            failed_at=act.now,
            tries=3,
            next_try_at=act.now,
            problem="DataError (monthly_drafts.py:63)",
        )
    )
    act.session.commit()
    shown = open_page(sun, f"/admin/?lang={language}")
    for text in (task, "2026-03", "DataError (monthly_drafts.py:63)"):
        assert text in shown
