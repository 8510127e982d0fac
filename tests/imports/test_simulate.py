"""A made-up year is one the rules allow, within its days, and the same for the same seed."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.casework.verifying import verify
from appeals.city_load import load
from appeals.domain.calendar import Period
from appeals.domain.people import SYSTEM
from appeals.domain.states import State
from appeals.models.appeal import Appeal, Move
from appeals.simulate import Plan, run
from tests.cast import SECRET, shanghai

YEAR = Period.days(date(2020, 3, 5), date(2020, 4, 5))


def simulated(session: Session, seed: int) -> list[tuple[object, ...]]:
    act = Act(session, SYSTEM, shanghai("2021-04-01 09:00"), SECRET)
    before = session.scalar(sa.select(sa.func.max(Appeal.id))) or 0
    assert [written.appeals for written in run(act, Plan(YEAR, 400, seed))] == [400]
    columns = (Appeal.filed_at, Appeal.kind, Appeal.category, Appeal.state, Appeal.moves_made)
    query = sa.select(*columns).where(Appeal.id > before).order_by(Appeal.id)
    return [tuple(row) for row in session.execute(query)]


def test_a_simulated_month_holds_and_comes_again_with_its_seed(session: Session) -> None:
    load(Act(session, SYSTEM, shanghai("2021-04-01 09:00"), SECRET))
    first = simulated(session, 7)
    assert first == sorted(first, key=lambda row: str(row[0]))
    assert simulated(session, 7) == first
    assert simulated(session, 8) != first
    act = Act(session, SYSTEM, shanghai("2021-04-01 09:00"), SECRET)
    assert [problem for checked in verify(act) for problem in checked.problems] == []
    latest = session.scalar(sa.select(sa.func.max(Move.at)))
    assert latest
    assert latest < YEAR.end
    reached = set(session.scalars(sa.select(Appeal.state)))
    assert {State.CLOSED, State.ANSWERED_ON_SPOT, State.NOT_ACCEPTED, State.IN_HAND} <= reached
