"""What stood until a decision was taken back still stands as of then (Rules 3, 4)."""

import pytest

from appeals.act import Act
from appeals.cases.case_rows import load_case
from appeals.domain.calendar import Period
from appeals.domain.states import Action, State
from appeals.models.appeal import Appeal
from appeals.reference.reference_data import load_reference
from appeals.reporting.counting import case_lists
from appeals.reporting.counting.case_lists import CasePart, CaseQuery
from appeals.reporting.counting.monthly_drafts import count_cells
from appeals.reporting.snapshot.count_window import CountWindow
from tests.factories import appeal_in, later, played
from tests.reporting.recount import recount

MARCH = Period.month("2026-03")
STATES = (State.NOT_ACCEPTED, State.ANSWERED_ON_SPOT, State.CLOSED)
DECIDED, REVERSED, CLOSED_AGAIN = 20, 30, 50
"""Hours after the filing."""


def file_reversed(act: Act) -> list[Appeal]:
    """Put one of each that is taken back, and one closed, called, taken back, and closed anew."""
    found = [appeal_in(act, state) for state in (*STATES, State.CLOSED)]
    played(later(act, DECIDED), found[-1], Action.FOLLOW_UP, satisfaction="4")
    for appeal in found:
        played(later(act, REVERSED), appeal, Action.REVERSE)
    played(later(act, CLOSED_AGAIN - 5), found[-1], Action.SEND_BACK)
    played(later(act, CLOSED_AGAIN - 1), found[-1], Action.ANSWER)
    played(later(act, CLOSED_AGAIN), found[-1], Action.CLOSE)
    act.session.flush()  # the counts read the rows
    return found


def city_figures(act: Act, hours: float) -> dict[str, int]:
    found = count_cells(act, CountWindow(MARCH, later(act, hours).now))
    names = ("not_accepted", "answered_on_spot", "closed", "followed_up", "reversed")
    city = {cell.measure: met for cell, (met, _) in found.items() if cell.by == "city"}
    return {name: city[name] for name in names}


def test_a_reversed_decision_counts_before_its_reversal_and_not_after(act: Act) -> None:
    file_reversed(act)
    names = ("not_accepted", "answered_on_spot", "closed", "followed_up", "reversed")
    expected = {DECIDED: (1, 1, 2, 1, 0), REVERSED: (0, 0, 0, 0, 4), CLOSED_AGAIN: (0, 0, 1, 0, 4)}
    for hours, numbers in expected.items():
        assert city_figures(act, hours) == dict(zip(names, numbers, strict=True))


@pytest.mark.parametrize("hours", [DECIDED, REVERSED, CLOSED_AGAIN])
def test_figures_of_reversed_decisions_equal_a_plain_recount_and_their_lists(
    act: Act, hours: float
) -> None:
    rows = [(each, load_case(act, each.id)) for each in file_reversed(act)]
    window = CountWindow(MARCH, later(act, hours).now)
    found = count_cells(act, window)
    assert found == recount(rows, window, load_reference(act).book.calendar)
    for cell, (_, of) in found.items():
        assert (
            len(case_lists.list_cases(act, CaseQuery(window, cell, CasePart.DENOMINATOR)).rows)
            == of
        )
