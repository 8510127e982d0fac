"""Figures against a plain recount of the same appeals, as of several cut-offs (Rules 4, 5)."""

import random
import zlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

import hypothesis
import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.case_rows import load_case
from appeals.domain.calendar import Period, city_day
from appeals.domain.people import STRANGER
from appeals.domain.refusals import Refused
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Channel, Duty, Kind
from appeals.models.appeal import Appeal
from appeals.models.handling import Deadline, Round
from appeals.models.report import DirtyMonth, Figure, Report
from appeals.reference.reference_data import load_reference
from appeals.reporting.counting import case_lists, monthly_drafts
from appeals.reporting.counting.breakdown_counts import JOIN_SETTINGS
from appeals.reporting.counting.case_lists import CasePart, CaseQuery
from appeals.reporting.counting.monthly_drafts import count_cells, load_figures
from appeals.reporting.editions import editions
from appeals.reporting.editions.report_document import as_csv, build_document, digest_of
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.cells import Cell
from appeals.reporting.measures.measure_shapes import Mean
from appeals.reporting.snapshot.count_window import CountWindow
from tests.cast import WATER
from tests.factories import appeal_in, later, played
from tests.published import by_administrator, publish_draft, published
from tests.reporting.recount import recount

MARCH, APRIL = Period.month("2026-03"), Period.month("2026-04")


def act_at(act: Act, days: float) -> Act:
    return later(act, int(days * 24))


def appeals_in_every_state(act: Act) -> list[Appeal]:
    """Put appeals in every state, some amended, returned, recalled, rated and handled again."""
    dice = random.Random(3)  # noqa: S311 - a repeatable mix of cases
    made = []
    for place, state in enumerate([*State] * 2):
        facts = {"kind": dice.choice([*Kind]), "channel": dice.choice([*Channel])}
        if place % 3 == 0:
            facts |= {"district": None, "street": None}
        made.append(
            appeal_in(act_at(act, dice.uniform(-8, 30)), state, dice.choice((1, 7, 40)), **facts)
        )
    return made


def play_full_life(act: Act) -> Appeal:
    """Take an appeal through return, extension, closing, follow-up, another round and recall."""
    appeal = appeal_in(act, State.SIGNED)
    played(later(act, 5), appeal, Action.ASK_RETURN)
    played(later(act, 6), appeal, Action.GRANT_RETURN, department=WATER)
    played(later(act, 7), appeal, Action.RECALL)
    played(later(act, 8), appeal, Action.DISPATCH)
    played(later(act, 9), appeal, Action.SIGN)
    played(later(act, 9.5), appeal, Action.URGE)
    played(later(act, 10), appeal, Action.CONTACT)
    played(later(act, 11), appeal, Action.ASK_EXTENSION)
    played(later(act, 12), appeal, Action.GRANT_EXTENSION)
    played(later(act, 150), appeal, Action.ANSWER)
    played(later(act, 190), appeal, Action.CLOSE)
    played(later(act, 191), appeal, Action.FOLLOW_UP, outcome="no_answer")
    played(later(act, 192), appeal, Action.FOLLOW_UP, solved="no", satisfaction="2")
    played(later(act, 193), appeal, Action.REHANDLE, department=WATER)
    played(later(act, 194), appeal, Action.AMEND, kind="suggestion", category="water.burst")
    played(later(act, 200), appeal, Action.SIGN)
    played(later(act, 201), appeal, Action.CONTACT)
    played(later(act, 201.5), appeal, Action.URGE)
    played(later(act, 201.6), appeal, Action.ENQUIRE, channel="wechat")
    played(later(act, 201.7), appeal, Action.ENQUIRE)
    played(later(act, 202), appeal, Action.ANSWER)
    played(later(act, 203), appeal, Action.CLOSE)
    played(later(act, 204), appeal, Action.RATE, solved="yes", satisfaction="3")
    played(later(act, 205), appeal, Action.RATE, solved="yes", satisfaction="5")
    return appeal


def finish_at_last_moment(act: Act) -> Appeal:
    """Take an appeal of late March to its answer half an hour before it is due, in April."""
    appeal = appeal_in(act_at(act, 27), State.IN_HAND)
    due = act.session.scalar(sa.select(Round.original_due_at).where(Round.appeal_id == appeal.id))
    assert due is not None
    played(act.at(due - timedelta(minutes=30)), appeal, Action.ANSWER)
    played(act.at(due + timedelta(hours=10)), appeal, Action.CLOSE)
    return appeal


def return_case(act: Act, *, before_the_end: timedelta) -> Appeal:
    """Take an appeal to a return, asked so long before the time for it is over."""
    appeal = appeal_in(act, State.DISPATCHED)
    due = act.session.scalar(
        sa.select(Deadline.due_at).where(
            Deadline.appeal_id == appeal.id, Deadline.duty == Duty.RETURN
        )
    )
    assert due is not None
    asked = act.at(due - before_the_end)
    played(asked, appeal, Action.ASK_RETURN)
    return played(later(asked), appeal, Action.GRANT_RETURN, department=WATER)


def ask_for_returns(act: Act) -> list[Appeal]:
    """Take appeals to a return that is refused in time and late, withdrawn, and asked for anew."""
    in_time, late, withdrawn, again = (appeal_in(act, State.SIGNED) for _ in range(4))
    for each in (in_time, late, withdrawn, again):
        played(later(act, 5), each, Action.ASK_RETURN)
    played(later(act, 6), in_time, Action.REFUSE_RETURN)
    played(later(act, 6), withdrawn, Action.WITHDRAW)
    played(later(act, 6), again, Action.REFUSE_RETURN)
    played(later(act, 7), again, Action.ASK_RETURN)
    for each in (late, again):
        played(later(act, 150), each, Action.REFUSE_RETURN)
    return [in_time, late, withdrawn, again]


AROUND_MIDNIGHT = [timedelta(days=1, seconds=n) for n in (-2, -1, 0)]
"""Before the end of the last day, 23:59:59: a second into it, as it begins, a second before."""
CUT_OFFS = [0.1, 2, 9, 30, 60, 200]
CUT_OFFS_OF_CELLS = defaultdict[Cell, list[float]](list)
"""The cut-offs at which each cell stands; counted once by each process of the tests."""


@pytest.mark.parametrize("days", CUT_OFFS)
def test_every_figure_equals_a_plain_recount(act: Act, days: float) -> None:
    appeals = [*appeals_in_every_state(act), play_full_life(act), finish_at_last_moment(act)]
    appeals += ask_for_returns(act)
    appeals += [return_case(act, before_the_end=each) for each in AROUND_MIDNIGHT]
    act.session.flush()  # the count reads the rows
    rows = [(a, load_case(act, a.id)) for a in appeals]
    for period in (MARCH, APRIL):  # what is overdue in March is carried into April
        window = CountWindow(period, act.now + timedelta(days=days))
        assert count_cells(act, window) == recount(rows, window, load_reference(act).book.calendar)


@pytest.mark.parametrize("days", CUT_OFFS)
def test_carried_in_plus_dispatched_equals_finished_plus_carried_out(act: Act, days: float) -> None:
    appeals_in_every_state(act)
    play_full_life(act)
    act.session.flush()  # the count reads the rows
    for period in (MARCH, APRIL):
        cut_off = act.now + timedelta(days=days)
        if cut_off < period.start:
            continue
        figures = count_cells(act, CountWindow(period, cut_off))
        load = {cell.measure: met for cell, (met, _) in figures.items() if cell.by == "city"}
        assert load["carried_in"] + load["dispatched"] == load["finished"] + load["carried_out"]
        assert load["overdue"] <= load["carried_out"]


@pytest.mark.slow
@pytest.mark.parametrize("days", CUT_OFFS)
def test_lists_are_as_long_as_the_figures_say(act: Act, days: float) -> None:
    appeals_in_every_state(act)
    play_full_life(act)
    act.session.flush()  # the count reads the rows
    window = CountWindow(MARCH, act.now + timedelta(days=days))
    figures = count_cells(act, window)
    cells = [*cells_to_read(act, days)]
    assert len(cells) >= len(figures) / len(CUT_OFFS) / 2
    for cell in cells:
        met, of = figures[cell]
        assert list_length(act, window, cell, CasePart.DENOMINATOR) == of
        if not isinstance(MEASURES[cell.measure], Mean):
            assert list_length(act, window, cell, CasePart.NUMERATOR) == met
            assert list_length(act, window, cell, CasePart.MISSED) == of - met


def cells_to_read(act: Act, days: float) -> Iterator[Cell]:
    """Yield the cells of the city and those others whose turn this cut-off is; all if thorough.

    A cell's turn is one of the cut-offs at which it stands, so that over all of them each list is
    read. A list and its figure use the same expressions for each cell; the key is a parameter.
    """
    if not CUT_OFFS_OF_CELLS:  # the appeals are the same in each test
        for each in CUT_OFFS:
            for cell in count_cells(act, CountWindow(MARCH, act.now + timedelta(days=each))):
                CUT_OFFS_OF_CELLS[cell].append(each)
    is_thorough = hypothesis.settings.get_current_profile_name() == "thorough"
    for cell, cut_offs in CUT_OFFS_OF_CELLS.items():
        turn = cut_offs[zlib.crc32(repr(cell).encode()) % len(cut_offs)]
        if days in cut_offs and (is_thorough or cell.by == "city" or days == turn):
            yield cell


def list_length(act: Act, window: CountWindow, cell: Cell, part: CasePart) -> int:
    asked = CaseQuery(window, cell, part)
    page = case_lists.list_cases(act, asked)
    found = len(page.rows)
    while page.next:
        page = case_lists.list_cases(act, asked, page.next)
        found += len(page.rows)
    return found


def test_a_return_of_the_last_day_is_one_from_its_midnight_on(act: Act) -> None:
    for each in AROUND_MIDNIGHT:
        return_case(act, before_the_end=each)
    act.session.flush()  # the count reads the rows
    figures = count_cells(act, CountWindow(MARCH, act.now + timedelta(days=9)))
    assert figures[
        Cell.from_codes("city", "city", "dispatched", "all", "returned_on_last_day")
    ] == (2, 3)


def test_an_edition_keeps_its_figures_and_verifying_finds_a_backdated_correction(act: Act) -> None:
    appeal = appeal_in(act, State.CLOSED, 2)
    at = act_at(act, 40)
    edition = published(at, MARCH)
    before = load_figures(at, edition)
    played(later(act, 24), appeal, Action.AMEND, category="water.burst")
    monthly_drafts.compile_draft(at, MARCH)
    assert load_figures(at, edition) == before
    assert not editions.verify_editions(at)[0].holds  # somebody wrote a correction into the past
    assert editions.verify_editions(at)[0].sealed


def test_moves_after_the_cut_off_do_not_change_a_recount_of_an_edition(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND, 2)
    at = act_at(act, 30)
    edition = published(at, MARCH)
    played(later(at, 6), appeal, Action.ANSWER)
    played(later(at, 7), appeal, Action.AMEND, category="water.burst")
    played(later(at, 8), appeal, Action.CLOSE)
    act.session.flush()  # the count reads the rows
    finding = editions.verify_editions(later(at, 24), MARCH)[0]
    assert finding.differences == ()
    assert finding.holds
    assert edition.digest == digest_of(build_document(edition, load_figures(act, edition)))


def test_the_database_refuses_a_changed_figure_and_verify_names_it(act: Act) -> None:
    appeal_in(act, State.CLOSED, 2)
    at = act_at(act, 40)
    edition = published(at, MARCH)
    changed = sa.update(Figure).where(Figure.measure == "filed", Figure.by == "city")
    changed = changed.values(numerator=9)
    with pytest.raises(sa.exc.IntegrityError, match="never changes"), act.session.begin_nested():
        act.session.execute(changed)
    act.session.execute(sa.text("ALTER TABLE figure DISABLE TRIGGER USER"))
    act.session.execute(changed)
    act.session.expire_all()
    finding = editions.verify_editions(at)[0]
    assert not finding.sealed
    assert [each.cell.measure for each in finding.differences] == ["filed"]
    assert edition.edition == 1


def test_a_correction_is_the_next_edition_with_its_reason(act: Act) -> None:
    appeal_in(act, State.CLOSED, 2)
    at = act_at(act, 40)
    first = published(at, MARCH)
    appeal_in(act, State.CLOSED, 2)
    with pytest.raises(Refused, match="why"):
        published(at, MARCH)
    second = published(at, MARCH, "一件诉求迟到")
    assert (first.edition, second.edition) == (1, 2)
    assert any(each.cell.measure == "closed" for each in editions.list_changes(at, second))


def test_publishing_without_a_draft_is_refused(act: Act) -> None:
    with pytest.raises(Refused, match="Compile"):
        editions.publish_edition(by_administrator(act), MARCH)


def test_a_cut_off_in_the_future_is_refused(act: Act) -> None:
    with pytest.raises(Refused, match="future"):
        monthly_drafts.compile_draft(act, MARCH, act.now + timedelta(seconds=1))


def test_a_period_is_published_only_when_it_is_over(act: Act) -> None:
    before, over = act.at(MARCH.end - timedelta(seconds=1)), act.at(MARCH.end)
    monthly_drafts.compile_draft(before, MARCH)
    with pytest.raises(Refused, match="before the period's end"):
        publish_draft(over, MARCH)
    assert published(over, MARCH).edition == 1


def test_a_period_is_compiled_only_once_it_has_begun(act: Act) -> None:
    with pytest.raises(Refused, match="begins after"):
        monthly_drafts.compile_draft(act, APRIL)
    assert monthly_drafts.compile_draft(act.at(APRIL.start), APRIL).edition is None


def test_a_dirty_month_to_come_is_recounted_only_once_it_begins(act: Act) -> None:
    act.session.add(DirtyMonth(month=city_day(APRIL.start), marked_at=act.now))
    act.session.flush()  # the refresh reads the rows
    assert monthly_drafts.recompile_dirty_months(act) == []
    assert [
        Period(r.start, r.end) for r in monthly_drafts.recompile_dirty_months(act.at(APRIL.start))
    ] == [APRIL]


def test_a_dirty_month_is_recounted_once_and_its_marks_are_taken(act: Act) -> None:
    appeal_in(act, State.CLOSED, 2)
    act.session.flush()  # the count reads the rows
    assert [
        Period(r.start, r.end).label for r in monthly_drafts.recompile_dirty_months(act_at(act, 3))
    ] == ["2026-03"]
    assert monthly_drafts.recompile_dirty_months(act_at(act, 3)) == []
    assert act.session.scalar(sa.select(sa.func.count()).select_from(DirtyMonth)) == 0
    assert act.session.scalar(sa.select(sa.func.count()).select_from(Report)) == 1


def test_the_csv_has_a_line_for_each_figure(act: Act) -> None:
    appeal_in(act.by(STRANGER), State.CLOSED, 2)
    act.session.flush()  # the count reads the rows
    figures = load_figures(act, monthly_drafts.compile_draft(act_at(act, 3), MARCH))
    assert as_csv(figures).count("\r\n") == len(figures) + 1


def test_of_a_round_rated_again_the_rating_at_the_cut_off_counts(act: Act) -> None:
    appeal = appeal_in(act, State.CLOSED)
    for days, stars in ((2, "2"), (4, "5")):
        played(act_at(act, days), appeal, Action.RATE, satisfaction=stars)
    act.session.flush()  # the counts read the rows
    cell = Cell.from_codes("city", "city", "handled", "all", "satisfaction")
    stood = [
        count_cells(act, CountWindow(MARCH, act_at(act, days).now))[cell] for days in (1, 3, 5)
    ]
    assert stood == [(0, 0), (0, 1), (1, 1)]


def test_a_count_restores_the_planners_settings(act: Act) -> None:
    month = Period.month(f"{city_day(act.now):%Y-%m}")
    monthly_drafts.compile_draft(act, month)
    for setting in JOIN_SETTINGS:
        assert act.session.scalar(sa.text(f"SHOW {setting}")) == "on"
