"""A dispatch that is recalled before its time is no case of signing or contacting (Rules 4)."""

from datetime import datetime

import pytest

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.domain.states import Action, State
from appeals.reporting.counting.monthly_drafts import count_cells
from appeals.reporting.measures.cells import Cell
from appeals.reporting.snapshot.count_window import CountWindow
from tests.cast import shanghai
from tests.factories import appeal_in, played

MARCH = Period.month("2026-03")
SENT = "2026-03-03 09:00"
"""A Tuesday: to be signed for by 11:00, the citizen to be contacted by the end of Wednesday."""
FIGURES = ("signed_in_time", "claimed", "contacted_in_time")
MISSED, LEFT_OUT = (0, 1), (0, 0)


def in_time_figures(act: Act, cut_off: datetime) -> list[tuple[int, int]]:
    found = count_cells(act, CountWindow(MARCH, cut_off))
    return [found[Cell.from_codes("city", "city", "dispatched", "all", name)] for name in FIGURES]


@pytest.mark.parametrize(
    ("recalled", "expected"),
    [
        ("2026-03-03 11:00", [LEFT_OUT, LEFT_OUT, LEFT_OUT]),
        ("2026-03-03 11:01", [MISSED, LEFT_OUT, LEFT_OUT]),
        ("2026-03-04 23:59", [MISSED, LEFT_OUT, LEFT_OUT]),
        ("2026-03-05 09:00", [MISSED, MISSED, MISSED]),
    ],
)
def test_a_dispatch_recalled_before_it_was_due_is_left_out(
    act: Act, recalled: str, expected: list[tuple[int, int]]
) -> None:
    appeal = appeal_in(act.at(shanghai(SENT)), State.DISPATCHED, hours=0)
    played(act.at(shanghai(recalled)), appeal, Action.RECALL)
    act.session.flush()  # the count reads the rows
    assert in_time_figures(act, shanghai("2026-03-31 12:00")) == expected


def test_a_dispatch_counts_until_the_recall_is_known(act: Act) -> None:
    appeal = appeal_in(act.at(shanghai(SENT)), State.DISPATCHED, hours=0)
    played(act.at(shanghai("2026-03-03 10:00")), appeal, Action.RECALL)
    act.session.flush()  # the count reads the rows
    assert in_time_figures(act, shanghai("2026-03-03 09:30")) == [MISSED] * 3
