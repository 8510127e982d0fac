"""Random lives: what holds of every report, whatever happened (Rules 4, 5)."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appeals.act import Act
from appeals.cases.case_rows import load_case
from appeals.casework.handling.bulk_writing import BulkWriter
from appeals.domain.calendar import Period
from appeals.domain.vocabulary import Channel, Kind
from appeals.models.appeal import Appeal, Move
from appeals.reference.reference_data import load_reference
from appeals.reporting.counting import case_lists
from appeals.reporting.counting.case_lists import CasePart, CaseQuery
from appeals.reporting.counting.monthly_drafts import count_cells
from appeals.reporting.editions import editions
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.cells import NO_NUMBERS, Cell, Numbers
from appeals.reporting.measures.measure_shapes import Mean, Median
from appeals.reporting.snapshot.breakdowns import CITY
from appeals.reporting.snapshot.count_window import CountWindow
from appeals.reporting.snapshot.snapshot_rows import snapshot_appeals as of_appeals
from tests.cast import ROADS, shanghai
from tests.published import published
from tests.reporting.life_plans import plan_answered, plan_history
from tests.reporting.random_walks import Walker
from tests.reporting.recount import recount

MARCH = Period.month("2026-03")
FIRST = shanghai("2026-02-12 09:00")
HOURS = 24 * 47
"""So many hours lie from the first filing to the end of March."""
MOVES = 30
LISTS = 12
WHOLE = ("kind", "category", "channel", "department")
"""The breakdowns that leave nothing out, but the department of what was answered on the spot."""
random_lives = settings(
    max_examples=max(10, settings().max_examples // 10),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
"""An example has a dozen lives in it, so fewer of them will do."""
dice = st.integers(0, 2**32).map(random.Random)
cut_offs = st.integers(24 * 17, 24 * 90).map(lambda hours: FIRST + timedelta(hours=hours))


@contextmanager
def lives(act: Act, dice: random.Random) -> Iterator[Sequence[Appeal]]:
    """Write some random lives about March, and take them back in the end."""
    with act.session.begin_nested() as example:
        bulk, walker = BulkWriter(act), Walker(dice)
        begun = [FIRST + timedelta(hours=dice.randint(0, HOURS)) for _ in range(12)]
        bulk.write_histories([walker.walk(bulk, filed, dice.randint(0, MOVES)) for filed in begun])
        yield act.session.query(Appeal).order_by(Appeal.id).all()
        example.rollback()
        act.session.expire_all()


@random_lives
@given(dice, cut_offs)
def test_figures_equal_a_plain_recount_and_their_lists(
    act: Act, dice: random.Random, cut_off: datetime
) -> None:
    window = CountWindow(MARCH, cut_off)
    with lives(act, dice) as written:
        figures = count_cells(act, window)
        cases = [(each, load_case(act, each.id)) for each in written]
        assert figures == recount(cases, window, load_reference(act).book.calendar)
        for cell in dice.sample(sorted(figures), LISTS):
            met, of = figures[cell]
            assert list_length(act, window, cell, CasePart.DENOMINATOR) == of
            if not isinstance(MEASURES[cell.measure], Mean):
                assert list_length(act, window, cell, CasePart.NUMERATOR) == met
                assert list_length(act, window, cell, CasePart.MISSED) == of - met


def list_length(act: Act, window: CountWindow, cell: Cell, part: CasePart) -> int:
    return len(list(case_lists.stream_cases(act, CaseQuery(window, cell, part))))


@random_lives
@given(dice, cut_offs)
def test_counts_add_up_to_the_citys_over_every_breakdown(
    act: Act, dice: random.Random, cut_off: datetime
) -> None:
    with lives(act, dice):
        figures = count_cells(act, CountWindow(MARCH, cut_off))
    for by in WHOLE:
        sums = Counter[tuple[str, ...]]()
        for cell, (met, of) in figures.items():
            if cell.by == by:
                sums[*cell[2:], "met"] += met
                sums[*cell[2:], "of"] += of
        for cell, (met, of) in figures.items():
            measure = MEASURES[cell.measure]
            if cell.by != CITY or by not in measure.by or isinstance(measure, Median):
                continue
            found = sums[*cell[2:], "met"], sums[*cell[2:], "of"]
            if by == "department" and measure.over is of_appeals:
                assert found[0] <= met
                assert found[1] <= of
            else:
                assert found == (met, of), (by, cell)


@random_lives
@given(dice)
def test_an_added_late_case_lowers_the_on_time_rate(act: Act, dice: random.Random) -> None:
    window = CountWindow(MARCH, MARCH.end + timedelta(days=30))
    with lives(act, dice):
        before = count_cells(act, window)
        late = plan_answered("2026-03-09 10:00", after=20, closed=21)
        bulk = BulkWriter(act)
        bulk.write_histories([bulk.play_history(plan_history(late, Kind.COMPLAINT, Channel.PHONE))])
        after = count_cells(act, window)
    for by, key in ((CITY, CITY), ("department", ROADS), ("kind", "complaint")):
        for measure in ("on_time", "on_time_original"):
            cell = Cell.from_codes(by, key, "due", "all", measure)
            met, of = before.get(cell, NO_NUMBERS)
            assert after[cell] == (met, of + 1)
            if met:
                assert rate_of(after[cell]) < rate_of(before[cell])


def rate_of(numbers: Numbers) -> float:
    return numbers[0] / numbers[1]


@random_lives
@given(dice)
def test_nothing_done_after_the_cut_off_changes_an_edition(act: Act, dice: random.Random) -> None:
    with lives(act, dice) as written:
        cut_off = max(MARCH.end, *act.session.scalars(sa.select(Move.at)))
        published(act.at(cut_off), MARCH)
        at = cut_off + timedelta(seconds=1)
        walker = Walker(dice)
        for appeal in dice.choices(written, k=3 * len(written)):
            walker.go_on(act.at(at), appeal)
            at = walker.later(at)
        act.session.flush()  # the recount reads the rows
        (finding,) = editions.verify_editions(act.at(at), MARCH)
        assert finding.differences == ()
        assert finding.sealed
