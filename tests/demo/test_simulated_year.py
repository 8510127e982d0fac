"""A made-up year is one the rules allow, and counting finds in it what the article says."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.casework.integrity.verification import verify_all_appeals
from appeals.demo.simulated_year import YearPlan, write_year
from appeals.domain.calendar import Period
from appeals.domain.people import SYSTEM
from appeals.domain.refusals import Refused
from appeals.domain.states import State
from appeals.domain.vocabulary import Channel
from appeals.models.appeal import Appeal, Move
from appeals.operations.city_loading import load_city
from appeals.reporting.counting.monthly_drafts import count_cells
from appeals.reporting.snapshot.count_window import CountWindow
from tests.cast import SECRET, shanghai
from tests.published import published

MONTH = Period.days(date(2020, 3, 5), date(2020, 4, 5))
YEAR = Period.days(date(2020, 3, 5), date(2021, 3, 5))
AT_CUT_OFF = {"completion": 99.29, "satisfaction": 95.43}
"""What the article says, in per cent (Rules 7)."""


@pytest.fixture
def act(session: Session) -> Act:
    act = Act(session, SYSTEM, shanghai("2021-04-01 09:00"), SECRET)
    load_city(act)
    return act


def simulated(act: Act, seed: int) -> list[tuple[object, ...]]:
    before = act.session.scalar(sa.select(sa.func.max(Appeal.id))) or 0
    assert [written.appeals for written in write_year(act, YearPlan(MONTH, 400, seed))] == [400]
    columns = (Appeal.filed_at, Appeal.kind, Appeal.category, Appeal.state, Appeal.moves_made)
    query = sa.select(*columns).where(Appeal.id > before).order_by(Appeal.id)
    return [tuple(row) for row in act.session.execute(query)]


def test_a_simulated_month_holds_and_comes_again_with_its_seed(act: Act) -> None:
    first = simulated(act, 7)
    assert simulated(act, 7) == first
    assert simulated(act, 8) != first
    assert [problem for checked in verify_all_appeals(act) for problem in checked.problems] == []
    moments = sa.select(sa.func.min(Move.at), sa.func.max(Move.at))
    earliest, latest = act.session.execute(moments).one()
    assert MONTH.start <= earliest < latest < MONTH.end
    reached = set(act.session.scalars(sa.select(Appeal.state)))
    assert {State.CLOSED, State.ANSWERED_ON_SPOT, State.NOT_ACCEPTED, State.IN_HAND} <= reached


def test_the_articles_two_rates_are_found_by_counting(act: Act) -> None:
    """At 20,000 one case more or less shows in the second decimal."""
    for written in write_year(act, YearPlan(YEAR, 20_000, seed=1)):
        assert written.rows > 10 * written.appeals
    figures = count_cells(act, CountWindow(YEAR, YEAR.end))
    cells = {cell.measure: cell for cell in figures if cell.by == "city" and cell.variant == "all"}
    for measure, wanted in AT_CUT_OFF.items():
        met, of = figures[cells[measure]]
        assert 100 * met / of == pytest.approx(wanted, abs=0.05), measure
    assert {key for by, key, *_ in figures if by == "channel"} == {each.value for each in Channel}
    assert len({key for by, key, *_ in figures if by == "district"}) == 10


def test_days_that_are_not_over_are_refused(act: Act) -> None:
    with pytest.raises(Refused, match="must be over"):
        next(write_year(act.at(MONTH.end - timedelta(seconds=1)), YearPlan(MONTH, 1, seed=1)))


def test_a_city_that_has_published_is_refused(act: Act) -> None:
    published(act, MONTH)
    with pytest.raises(Refused, match="published editions"):
        next(write_year(act, YearPlan(MONTH, 1, seed=1)))


def test_a_city_without_rows_is_refused(session: Session) -> None:
    act = Act(session, SYSTEM, shanghai("2021-04-01 09:00"), SECRET)
    with pytest.raises(Refused):
        next(write_year(act, YearPlan(MONTH, 1, seed=1)))
