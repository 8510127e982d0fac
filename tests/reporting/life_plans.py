"""Lives of appeals with given counts, written in bulk, to reproduce published tables."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from appeals.act import Act
from appeals.cases.bulk_copy import analyze_tables
from appeals.cases.driver import MoveRequest
from appeals.casework.handling.bulk_writing import APPEALS_PER_TRANSACTION, BulkWriter, History
from appeals.domain.calendar import Period
from appeals.domain.lifecycle import MOVES
from appeals.domain.people import STRANGER, Role
from appeals.domain.states import Action
from appeals.domain.vocabulary import Channel, Kind
from appeals.reporting.counting.monthly_drafts import count_cells
from appeals.reporting.measures.cells import Cell, Numbers
from appeals.reporting.snapshot.count_window import CountWindow
from tests.cast import CAST, ROADS, shanghai
from tests.factories import a_filing, actor_for, given_for

T = TypeVar("T")


@dataclass(frozen=True)
class LifePlan:
    """How an appeal goes: filed at a moment, then its moves, each so many days after the filing."""

    filed: str
    moves: tuple[tuple[Action, float], ...] = ()
    department: str = ROADS


def plan_on_the_spot(filed: str) -> LifePlan:
    return LifePlan(filed, ((Action.ANSWER_ON_SPOT, 0.01),))


def plan_dispatched(filed: str, department: str = ROADS) -> LifePlan:
    """Give a life that stays open in the department's hands."""
    return LifePlan(filed, ((Action.ACCEPT, 0.01), (Action.DISPATCH, 0.02)), department)


def plan_answered(filed: str, after: float, closed: float) -> LifePlan:
    """Give a life answered and closed so many days after the filing."""
    handled = ((Action.SIGN, 0.03), (Action.CONTACT, 0.05))
    moves = plan_dispatched(filed).moves
    return LifePlan(filed, (*moves, *handled, (Action.ANSWER, after), (Action.CLOSE, closed)))


class BulkCity:
    """Writes appeals in bulk and counts them as of a cut-off."""

    def __init__(self, act: Act) -> None:
        """Write into the city of the act."""
        self.act = act
        self.bulk = BulkWriter(act)

    def write(
        self,
        lives: Mapping[LifePlan, int],
        kinds: Mapping[Kind, int] | None = None,
        channels: Mapping[Channel, int] | None = None,
    ) -> None:
        """Write appeals with these margins; the parts of each margin add up to as many."""
        total = sum(lives.values())
        kinds, channels = kinds or {Kind.COMPLAINT: total}, channels or {Channel.PHONE: total}
        together = zip(
            expand_margin(lives), expand_margin(kinds), expand_margin(channels), strict=True
        )
        for (life, kind, channel), n in Counter(together).items():
            played = self.bulk.play_history(plan_history(life, kind, channel))
            for left in range(n, 0, -APPEALS_PER_TRANSACTION):
                self.bulk.write_histories([played] * min(left, APPEALS_PER_TRANSACTION))
        analyze_tables(self.act)

    def count(self, start: str, end: str, cut_off: str) -> dict[Cell, Numbers]:
        period = Period(shanghai(f"{start} 00:00"), shanghai(f"{end} 00:00"))
        return count_cells(self.act, CountWindow(period, shanghai(cut_off)))


def expand_margin(margin: Mapping[T, int]) -> Iterator[T]:
    return (each for each, n in margin.items() for _ in range(n))


def plan_history(life: LifePlan, kind: Kind, channel: Channel) -> History:
    filed = shanghai(life.filed)
    filer = STRANGER if channel is Channel.WEB else CAST[Role.OPERATOR]
    return History(
        a_filing(kind=kind, channel=channel),
        MoveRequest(Action.FILE, {}, filed, filer),
        [plan_step(life, action, filed + timedelta(days=days)) for action, days in life.moves],
    )


def plan_step(life: LifePlan, action: Action, at: datetime) -> MoveRequest:
    move = next(each for each in MOVES if each.action is action)
    more = {"department": life.department} if action is Action.DISPATCH else {}
    more |= {"reason": "invalid"} if action is Action.NOT_ACCEPT else {}
    return MoveRequest(action, given_for(move, **more), at, actor_for(move))
