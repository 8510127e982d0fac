"""Playing the demo city's appeals: older ones in bulk, the last weeks step by step.

An old appeal is played to its end and bulk-inserted, without notices. The last weeks' filings and
steps run in chronological order with a moving clock, the deadline sweep and every notice.
"""

import heapq
import itertools
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from appeals.act import Act
from appeals.cases.driver import MoveRequest
from appeals.casework.handling import bulk_writing, deadline_sweep
from appeals.casework.handling.filing import Receipt, file_appeal
from appeals.casework.handling.moves import make_move
from appeals.demo.lives import DemoLife, DemoStep
from appeals.demo.stories import Stories, StoryFacts
from appeals.domain.calendar import ONE_DAY, SHANGHAI, city_day, day_start, month_of
from appeals.domain.filing import Filing
from appeals.domain.people import DEPARTMENT, STRANGER, Actor, Role
from appeals.domain.states import OPEN, Action, State
from appeals.domain.vocabulary import Channel
from appeals.models.appeal import Appeal
from appeals.reference.reference_data import load_reference

PLAYED_MONTHS = 13
STOPPED_PER_STATE = 6  # recent appeals left in each open state
AGE_WORKING_DAYS = (2, 4)
AGE_WORKING_DAYS_BY_STATE = {State.ANSWERED: (6, 11)}
"""Age in working days of an appeal that stops in a state: what reaching it takes at most."""
MINUTES_PER_DAY = 24 * 60
FILINGS_PER_COMMIT = 50
MAX_STORY_TRIES = 400
STEP_BY_STEP_SPAN = timedelta(days=45)
"""Span before now that is played step by step; older lives are written in bulk."""
SWEEP_INTERVAL = timedelta(hours=12)
SURE_EVENTS: Mapping[State, frozenset[str]] = {State.RETURN_ASKED: frozenset({"returned"})}
"""Certain events of an appeal that stops in a state; none for other states."""


@dataclass(frozen=True)
class DemoStaff:
    """Actors of the demo city by role and department, and each department's officer."""

    actors: Mapping[tuple[Role, str | None], Actor]
    officers: Mapping[str, int]
    desks: Sequence[str]
    """Departments with known passwords; open appeals are assigned to them in turn."""

    def actor(self, step: DemoStep, holder: str | None) -> Actor:
        """Return the actor of a step on an appeal held by `holder`."""
        if step.role is Role.CITIZEN:
            return STRANGER
        return self.actors[step.role, holder if step.role in DEPARTMENT else None]


@dataclass(frozen=True)
class StopAt:
    """Where a recent appeal stops: its state, its category if relevant, and confidentiality."""

    state: State
    category: str | None = None
    is_confidential: bool = False


RESTRICTED_STOPS = (
    StopAt(State.ACCEPTED, "conduct"),
    StopAt(State.IN_HAND, "conduct"),
    StopAt(State.IN_HAND, is_confidential=True),
)
"""A restricted appeal to dispatch, one being handled, and a confidential one being handled."""


@dataclass(order=True)
class PendingStep:
    """An appeal's next step, ordered by time."""

    at: datetime
    n: int
    appeal: Appeal = field(compare=False)
    step: DemoStep = field(compare=False)
    rest: Iterator[DemoStep] = field(compare=False)
    stop_state: State | None = field(compare=False)


class DemoPlay:
    """Plays filings and steps in chronological order up to the act's now."""

    def __init__(self, act: Act, city: DemoStaff) -> None:
        """Seed the random numbers by month: the same month gives the same city."""
        self.act = act
        self.city = city
        self.chance = Random(f"{act.now:%Y-%m}")  # noqa: S311 - a story, no secret
        self.stories = Stories(self.chance, load_reference(act))
        self.queue: list[PendingStep] = []
        self.receipts: list[Receipt] = []
        self.swept = act.now - STEP_BY_STEP_SPAN
        self.counted = itertools.count()
        self.desk = itertools.cycle(city.desks)

    def play_filings(self, how_many: int, pause: Callable[[str], None]) -> list[Receipt]:
        """Play `how_many` filings and all their steps up to now.

        `pause` is called with a progress text wherever the transaction may be committed.
        """
        moments = sorted(self._pick_moments(how_many))
        self._write_past_lives([at for at in moments if at < self.swept])
        pause("the past year is played")
        live = [(at, None) for at in moments if at >= self.swept]
        filings = sorted([*live, *self.list_stopped_filings()], key=lambda one: one[0])
        for done, (at, halt) in enumerate(filings):
            self._play_until(at)
            self._file_appeal(at, halt)
            if done % FILINGS_PER_COMMIT == 0:
                pause(f"{done} of {len(filings)} recent appeals")
        self._play_until(self.act.now)
        pause("recent appeals are played")
        return self.receipts

    def list_stopped_filings(self) -> list[tuple[datetime, StopAt | None]]:
        """Return the times of recent filings that stop in each open state."""
        plain = [StopAt(state) for state in sorted(OPEN) for _ in range(STOPPED_PER_STATE)]
        return [
            (self._pick_time(AGE_WORKING_DAYS_BY_STATE.get(halt.state, AGE_WORKING_DAYS)), halt)
            for halt in (*plain, *RESTRICTED_STOPS)
        ]

    def _pick_time(self, age: tuple[int, int]) -> datetime:
        """Pick a time between `age[0]` and `age[1]` working days ago."""
        day = city_day(self.act.now)
        for _ in range(self.chance.randint(*age)):
            day = load_reference(self.act).book.calendar.previous_working(day)
        return day_start(day) + timedelta(minutes=self.chance.randrange(MINUTES_PER_DAY))

    def _pick_moments(self, how_many: int) -> Iterator[datetime]:
        """Yield random filing times: more by day than by night, fewer on days off."""
        first, last = first_moment(self.act.now), self.act.now
        calendar = load_reference(self.act).book.calendar
        days = [first + i * ONE_DAY for i in range((last - first).days + 1)]
        weights = [
            1.0 if calendar.is_working(day.astimezone(SHANGHAI).date()) else 0.6 for day in days
        ]
        for day in self.chance.choices(days, weights, k=how_many):
            hour = self.chance.choices(range(24), [1] * 7 + [6] * 15 + [2] * 2)[0]
            at = day + timedelta(hours=hour, minutes=self.chance.uniform(0, 60))
            if at < last:
                yield at

    def _write_past_lives(self, moments: Sequence[datetime]) -> None:
        """Play the lives that began at these times, and bulk-insert them."""
        writer = bulk_writing.BulkWriter(self.act)
        lives = [self._play_past_life(writer, at) for at in moments]
        writer.write_histories(lives)

    def _play_past_life(
        self, writer: bulk_writing.BulkWriter, at: datetime
    ) -> bulk_writing.PlayedHistory:
        filing, told = self.stories.write_filing(at)
        played = writer.start_history(
            filing, MoveRequest(Action.FILE, {}, at, self._filer_of(filing))
        )
        case = played.case
        for step in self._make_life(at, filing, told, urgent=case.urgent).steps():
            if step.at > self.act.now:
                break
            actor, given = self._actor_and_values(step, case.holder)
            writer.play_next(played, MoveRequest(step.action, given, step.at, actor))
        return played

    def _filer_of(self, filing: Filing) -> Actor:
        by_operator = filing.channel not in {Channel.WEB, Channel.WECHAT, Channel.APP}
        return self.city.actors[Role.OPERATOR, None] if by_operator else STRANGER

    def _make_life(
        self, at: datetime, filing: Filing, told: StoryFacts, *, urgent: bool
    ) -> DemoLife:
        return DemoLife(
            chance=self.chance,
            calendar=load_reference(self.act).book.calendar,
            now=at,
            kind=filing.kind,
            urgent=urgent,
            department=told.department,
            others=list(self.city.officers),
            answer=told.answer,
            reachable=filing.is_reachable,
            slowness=told.slowness,
        )

    def _actor_and_values(self, step: DemoStep, holder: str | None) -> tuple[Actor, dict[str, str]]:
        """Return the actor of a step, and the move's values."""
        given = dict(step.given)
        if step.action is Action.ASSIGN:
            given["officer"] = str(self.city.officers[holder or ""])
        return self.city.actor(step, holder), given

    def _file_appeal(self, at: datetime, halt: StopAt | None) -> None:
        filing, told = self._write_filing(at, halt)
        receipt = file_appeal(
            self.act.at(at).by(self._filer_of(filing)), filing, secrets.token_urlsafe(16)
        )
        self.receipts.append(receipt)
        life = self._make_life(at, filing, told, urgent=receipt.appeal.urgent)
        life.sure = SURE_EVENTS.get(halt.state, frozenset()) if halt else None
        self._queue_next_step(receipt.appeal, life.steps(), halt.state if halt else None)

    def _write_filing(self, at: datetime, halt: StopAt | None) -> tuple[Filing, StoryFacts]:
        """Write a filing; an undispatched restricted one names no department complained of."""
        if halt is None:
            return self.stories.write_filing(at)
        if halt.category is None:
            filing, told = self._write_filing_for_desk(at)
            return replace(filing, confidential=filing.confidential or halt.is_confidential), told
        filing, told = self.stories.write_filing(at, halt.category)
        known = None if halt.state is State.ACCEPTED else filing.complained_department
        return replace(filing, complained_department=known), told

    def _write_filing_for_desk(self, at: datetime) -> tuple[Filing, StoryFacts]:
        """Write filings until one is for the next desk; after `MAX_STORY_TRIES` accept any."""
        desk = next(self.desk)
        told = (self.stories.write_filing(at) for _ in range(MAX_STORY_TRIES))
        return next(
            (each for each in told if each[1].department == desk), self.stories.write_filing(at)
        )

    def _queue_next_step(
        self, appeal: Appeal, rest: Iterator[DemoStep], halt: State | None
    ) -> None:
        step = next(rest, None)
        if step and step.at <= self.act.now and appeal.state is not halt:
            heapq.heappush(
                self.queue, PendingStep(step.at, next(self.counted), appeal, step, rest, halt)
            )

    def _play_until(self, moment: datetime) -> None:
        while self.queue and self.queue[0].at <= moment:
            played = heapq.heappop(self.queue)
            self._sweep_until(played.at)
            self._make_move(played)
            self._queue_next_step(played.appeal, played.rest, played.stop_state)
        self._sweep_until(moment)

    def _make_move(self, played: PendingStep) -> None:
        step, appeal = played.step, played.appeal
        actor, given = self._actor_and_values(step, appeal.holder)
        make_move(self.act.at(step.at).by(actor), appeal, step.action, given)

    def _sweep_until(self, moment: datetime) -> None:
        while self.swept + SWEEP_INTERVAL <= moment:
            self.swept += SWEEP_INTERVAL
            while deadline_sweep.sweep_deadlines(self.act.at(self.swept)):
                pass


def first_moment(now: datetime) -> datetime:
    """Return the start of the demo's first month, midnight in Shanghai, in UTC."""
    day: date = month_of(now)
    for _ in range(PLAYED_MONTHS - 1):
        day = (day - ONE_DAY).replace(day=1)
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)
