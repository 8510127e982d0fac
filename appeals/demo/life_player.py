"""Plays lives by the rules, in memory: the only module that knows how the bulk writer wants them.

A life that was played goes into the database in one of two ways: its rows are copied in bulk
(`PlayedLife.history`), or its steps are made one by one with all their notices
(`PlayedLife.steps`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from appeals.act import Act
from appeals.cases.bulk_copy import CopyBlock
from appeals.cases.driver import MoveRequest
from appeals.casework.handling.bulk_writing import BulkWriter, PlayedHistory
from appeals.demo.askings import LifeFacts, LifeStep
from appeals.demo.filings import FiledMatter, FilingWriter, Style
from appeals.demo.lives import Cast, LifeWriter
from appeals.demo.outcomes import Outcomes
from appeals.domain.calendar import city_day
from appeals.domain.people import STRANGER, Actor, Role
from appeals.domain.states import Action, State


@dataclass(frozen=True, slots=True)
class PlayedLife:
    """A life as it was played: what was filed, its steps, and its history for the bulk writer."""

    filed: FiledMatter
    filer: Actor
    history: PlayedHistory
    steps: list[MoveRequest] = field(default_factory=list)

    @property
    def filed_at(self) -> datetime:
        """When it was filed."""
        return self.history.case.filed_at


class LifePlayer:
    """Plays one life after another by the rules of one city, up to `end`."""

    def __init__(
        self, act: Act, filings: FilingWriter, outcomes: Outcomes, cast: Cast, end: datetime
    ) -> None:
        """Take the city and the random generator of the filings."""
        self.filings = filings
        self.outcomes = outcomes
        self.cast = cast
        self.end = end
        self.bulk = BulkWriter(act, filings.city)
        self.lives = LifeWriter(filings.rng, self.bulk.city.book.calendar, outcomes, cast)

    def play_life(
        self,
        filed: FiledMatter,
        *,
        sure: frozenset[str] | None = None,
        stop: State | None = None,
    ) -> PlayedLife:
        """Play a life to its end, to the state in which it stops, or to the end of the time.

        With `sure` exactly the named events happen.
        """
        self.filings.remember(filed)
        filer = (
            STRANGER if filed.style is Style.ONLINE else self.cast.find_actor(Role.OPERATOR, None)
        )
        request = MoveRequest(Action.FILE, {}, filed.past.at, filer)
        history = self.bulk.start_history(filed.filing, request)
        life = PlayedLife(filed, filer, history)
        facts = LifeFacts(history.case, filed, self.find_department(filed), sure)
        for step in self.lives.write_steps(facts):
            if step.at >= self.end or (stop and history.case.state is stop):
                break
            request = self._cast_step(step, history.case.holder)
            self.bulk.play_next(history, request)
            life.steps.append(request)
        self.outcomes.count_case(history.case)
        return life

    def find_department(self, filed: FiledMatter) -> str:
        """Return the department that the routing rules suggest, else any."""
        suggested = self.bulk.suggest_department(filed.filing, city_day(filed.past.at))
        return suggested.department or self.filings.rng.choice(self.cast.departments)

    def _cast_step(self, step: LifeStep, holder: str | None) -> MoveRequest:
        """Give a step its actor, and an assignment its officer."""
        given = dict(step.given)
        if step.action is Action.ASSIGN:
            given["officer"] = str(self.cast.find_officer(holder))
        actor = STRANGER if step.role is Role.CITIZEN else self.cast.find_actor(step.role, holder)
        return MoveRequest(step.action, given, step.at, actor)

    def build_blocks(self, ids: Sequence[int], lives: Sequence[PlayedLife]) -> list[CopyBlock]:
        """Build the rows of lives, with these ids; needs no database."""
        return self.bulk.build_blocks(ids, [life.history for life in lives])

    def write_lives(self, lives: Sequence[PlayedLife]) -> None:
        """Insert the rows of lives in bulk, without notices."""
        self.bulk.write_histories([life.history for life in lives])
