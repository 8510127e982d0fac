"""Contacted in time: who cannot be reached is in no contact rate (Rules 1 and 4)."""

import pytest

from appeals.act import Act
from appeals.cases.case_rows import load_case
from appeals.casework.handling import contacts
from appeals.domain.calendar import Period
from appeals.domain.contact import ContactDetails
from appeals.domain.people import STRANGER
from appeals.domain.states import Action, State
from appeals.models.appeal import Appeal
from appeals.reference.reference_data import load_reference
from appeals.reporting.counting.monthly_drafts import count_cells
from appeals.reporting.measures.cells import Cell
from appeals.reporting.snapshot.count_window import CountWindow
from tests.factories import appeal_in, later, played
from tests.reporting.recount import recount

MARCH = Period.month("2026-03")


def file_unreachable(act: Act) -> list[Appeal]:
    """Give appeals whose citizen was out of reach: from the first, later, too late, or tried."""
    taken, missed = (appeal_in(act, State.SIGNED) for _ in range(2))
    for appeal, hours in ((taken, 5), (missed, 60)):
        when = later(act, hours).by(STRANGER)
        contacts.change_contact(when, appeal, ContactDetails(), confidential=False)
    nobody = appeal_in(act, State.SIGNED, contact_email="")
    for appeal in (taken, missed, nobody):
        played(later(act, 61), appeal, Action.CONTACT, how="not_possible")
    tried = appeal_in(act, State.SIGNED)
    for hours in (5, 6, 24, 25):
        if tried.state is State.SIGNED:
            played(later(act, hours), tried, Action.TRY_CONTACT, message_left="yes")
    act.session.flush()  # the count reads the rows
    return [taken, missed, nobody, tried]


def test_unreachable_citizens_are_in_no_contact_rate(act: Act) -> None:
    file_unreachable(act)

    def contacted(hours: float) -> tuple[int, int]:
        figures = count_cells(act, CountWindow(MARCH, later(act, hours).now))
        return figures[Cell.from_codes("city", "city", "dispatched", "all", "contacted_in_time")]

    assert contacted(4) == (0, 3)  # all but who left nothing are still promised a contact
    assert contacted(61) == (1, 2)  # tried in time, and missed before she took it away


@pytest.mark.parametrize("hours", [4, 5, 24, 60, 200])
def test_figures_of_unreachable_citizens_equal_a_plain_recount(act: Act, hours: float) -> None:
    rows = [(each, load_case(act, each.id)) for each in file_unreachable(act)]
    window = CountWindow(MARCH, later(act, hours).now)
    assert count_cells(act, window) == recount(rows, window, load_reference(act).book.calendar)
