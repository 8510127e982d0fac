"""A due moment is a whole second: what happens within it meets it (Rules 1)."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.case_rows import load_case
from appeals.casework.handling import contacts
from appeals.casework.handling.deadline_sweep import sweep_deadlines
from appeals.domain.calendar import Period
from appeals.domain.contact import ContactDetails
from appeals.domain.deadlines import card_at
from appeals.domain.people import STRANGER
from appeals.domain.refusals import Refused
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Card, Duty
from appeals.models.handling import Deadline, Dispatch
from appeals.queries import live
from appeals.queries.filters import card_of
from appeals.reference.reference_data import load_reference
from appeals.reporting.counting.monthly_drafts import count_cells
from appeals.reporting.measures.cells import Cell
from appeals.reporting.snapshot.count_window import CountWindow
from tests.casework.reading import running
from tests.cast import shanghai
from tests.factories import appeal_in, played
from tests.reporting.recount import recount

MARCH = Period.month("2026-03")
WITHIN, AFTER = "2026-03-09 23:59:59.500000", "2026-03-10 00:00:00"
MOMENTS = pytest.mark.parametrize(("at", "is_met"), [(WITHIN, True), (AFTER, False)])


def breached_at(act: Act) -> datetime | None:
    act.session.flush()
    return act.session.scalars(
        sa.select(Deadline.breached_at).where(Deadline.duty == Duty.FINISH)
    ).one()


@MOMENTS
def test_an_answer_within_the_due_second_is_on_time(act: Act, at: str, *, is_met: bool) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    played(act.at(shanghai(at)), appeal, Action.ANSWER)
    played(act.at(shanghai("2026-03-10 10:00")), appeal, Action.CLOSE)
    act.session.flush()  # the count reads the rows
    window = CountWindow(MARCH, shanghai("2026-03-20 09:00"))
    figures = count_cells(act, window)
    on_time = {
        name: figures[Cell.from_codes("city", "city", base, "all", name)]
        for name, base in (("on_time", "due"), ("closed_in_time", "handled"))
    }
    assert on_time == dict.fromkeys(on_time, (1, 1) if is_met else (0, 1))
    rows = [(appeal, load_case(act, appeal.id))]
    assert figures == recount(rows, window, load_reference(act).book.calendar)


@MOMENTS
def test_a_card_is_red_from_the_second_after(act: Act, at: str, *, is_met: bool) -> None:
    finish = running(act, appeal_in(act, State.IN_HAND), Duty.FINISH)
    then = act.at(shanghai(at))
    assert (card_at(finish, then.now) is Card.RED) is not is_met
    shown = sa.select(card_of(then)).where(Deadline.duty == Duty.FINISH)
    assert (act.session.scalar(shown) == Card.RED.value) is not is_met
    assert live.count_city_load(then, live.count_loads(then)).overdue == (not is_met)
    assert live.count_city_load(then, live.count_loads(then)).today == is_met


@MOMENTS
def test_the_leader_is_told_from_the_second_after(act: Act, at: str, *, is_met: bool) -> None:
    appeal_in(act, State.IN_HAND)
    sweep_deadlines(act.at(shanghai(at)))
    assert (breached_at(act) is None) is is_met


def test_an_answer_within_the_second_that_waits_is_not_late(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    played(act.at(shanghai(WITHIN)), appeal, Action.ANSWER)
    act.session.flush()
    sweep_deadlines(act.at(shanghai("2026-03-10 09:00")))
    assert breached_at(act) is None


@MOMENTS
def test_an_extension_may_be_asked_within_the_second(act: Act, at: str, *, is_met: bool) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    if is_met:
        played(act.at(shanghai(at)), appeal, Action.ASK_EXTENSION)
        return
    with pytest.raises(Refused, match="before the appeal is due"):
        played(act.at(shanghai(at)), appeal, Action.ASK_EXTENSION)


@pytest.mark.parametrize(("seconds", "is_missed"), [(0.5, False), (1, True)])
def test_contact_taken_away_within_the_second_is_not_missed(
    act: Act, seconds: float, *, is_missed: bool
) -> None:
    appeal = appeal_in(act, State.SIGNED)
    due = running(act, appeal, Duty.CONTACT).due_at
    when = act.at(due + timedelta(seconds=seconds))
    contacts.change_contact(when.by(STRANGER), appeal, ContactDetails(), confidential=False)
    voided = act.session.scalar(sa.select(Dispatch.unreachable_at))
    assert (voided is None) is is_missed
