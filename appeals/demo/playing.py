"""The play of the demo city, by the one rule: what is long past at once, the rest step by step.

An old appeal's life is played to its end and written in bulk, so nobody is told of it. The last
weeks' filings and steps run in the order of their moments, with a moving clock, the sweep and
every notice, as they would have on the day.
"""

import heapq
import itertools
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from appeals.act import Act
from appeals.casework.handling import bulk_writing, deadline_sweep
from appeals.casework.handling.filing import Filing, Receipt, file_appeal
from appeals.casework.handling.moves import make_move
from appeals.demo.lives import Life, Step
from appeals.demo.stories import Stories, Told
from appeals.domain.calendar import ONE_DAY, SHANGHAI, city_day, day_start, month_of
from appeals.domain.people import DEPARTMENT, STRANGER, Actor, Role
from appeals.domain.states import OPEN, Action, State
from appeals.domain.vocabulary import Channel
from appeals.models.appeal import Appeal
from appeals.reference.reference_data import load_reference

MONTHS = 13
HALTED_EACH = 6  # recent appeals left in each open state
AGE = (2, 4)
AGES = {State.ANSWERED: (6, 11)}
"""Working days since such an appeal was filed: as many as the way to that state takes at most."""
MINUTES_OF_A_DAY = 24 * 60
BATCH = 50
TRIES = 400
LIVE = timedelta(days=45)
"""How long before now the play begins to run step by step."""
SWEEP_EVERY = timedelta(hours=12)
WAYS: Mapping[State, frozenset[str]] = {State.RETURN_ASKED: frozenset({"returned"})}
"""What surely happens to an appeal that is to stay in a state; nothing special elsewhere."""


@dataclass(frozen=True)
class City:
    """Who acts in the demo city: an actor for each role and department, each one's officer."""

    actors: Mapping[tuple[Role, str | None], Actor]
    officers: Mapping[str, int]
    desks: Sequence[str]
    """Departments whose desks a visitor can sit at: what is open is theirs in turn."""

    def actor(self, step: Step, holder: str | None) -> Actor:
        """Give who takes a step on an appeal of that holder."""
        if step.role is Role.CITIZEN:
            return STRANGER
        return self.actors[step.role, holder if step.role in DEPARTMENT else None]


@dataclass(frozen=True)
class Halt:
    """Where a recent appeal stays: in which state, of a category or of any, confidential or not."""

    state: State
    category: str | None = None
    is_confidential: bool = False


TO_BE_SHOWN = (
    Halt(State.ACCEPTED, "conduct"),
    Halt(State.IN_HAND, "conduct"),
    Halt(State.IN_HAND, is_confidential=True),
)
"""Of restricted appeals one to dispatch, whose department is not known, and one in hand."""


@dataclass(order=True)
class Played:
    """An appeal in the play, ordered by the moment of its next step."""

    at: datetime
    n: int
    appeal: Appeal = field(compare=False)
    step: Step = field(compare=False)
    rest: Iterator[Step] = field(compare=False)
    halt: State | None = field(compare=False)


class Play:
    """The play itself: filings and steps in the order of their moments, up to the act's now."""

    def __init__(self, act: Act, city: City) -> None:
        """Draw who files what and when; the same `now` makes the same city."""
        self.act = act
        self.city = city
        self.chance = Random(f"{act.now:%Y-%m}")  # noqa: S311 - a story, no secret
        self.stories = Stories(self.chance, load_reference(act))
        self.queue: list[Played] = []
        self.receipts: list[Receipt] = []
        self.swept = act.now - LIVE
        self.counted = itertools.count()
        self.desk = itertools.cycle(city.desks)

    def run(self, how_many: int, pause: Callable[[str], None]) -> list[Receipt]:
        """Play `how_many` filings and all that followed up to now.

        `pause` is called with words on how far it is wherever the play may be committed.
        """
        moments = sorted(self._moments(how_many))
        self._write([at for at in moments if at < self.swept])
        pause("the past year is played")
        live = [(at, None) for at in moments if at >= self.swept]
        filings = sorted([*live, *self.halted_filings()], key=lambda one: one[0])
        for done, (at, halt) in enumerate(filings):
            self._steps_until(at)
            self._file(at, halt)
            if done % BATCH == 0:
                pause(f"{done} of {len(filings)} recent appeals")
        self._steps_until(self.act.now)
        pause("recent appeals are played")
        return self.receipts

    def halted_filings(self) -> list[tuple[datetime, Halt | None]]:
        """Give recent filings that stay in each open state, filed some working days ago."""
        plain = [Halt(state) for state in sorted(OPEN) for _ in range(HALTED_EACH)]
        return [
            (self._some_time_of(AGES.get(halt.state, AGE)), halt) for halt in (*plain, *TO_BE_SHOWN)
        ]

    def _some_time_of(self, age: tuple[int, int]) -> datetime:
        """Give some time of a day that lies as many working days back as `age` has from and to."""
        day = city_day(self.act.now)
        for _ in range(self.chance.randint(*age)):
            day = load_reference(self.act).book.calendar.previous_working(day)
        return day_start(day) + timedelta(minutes=self.chance.randrange(MINUTES_OF_A_DAY))

    def _moments(self, how_many: int) -> Iterator[datetime]:
        """Give the moments of filing: more by day than by night, fewer on days off."""
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

    def _write(self, moments: Sequence[datetime]) -> None:
        """Play the lives that began at these moments, and write them at once."""
        writer = bulk_writing.BulkWriter(self.act)
        lives = [self._whole(writer, at) for at in moments]
        writer.write(lives)

    def _whole(self, writer: bulk_writing.BulkWriter, at: datetime) -> bulk_writing.PlayedHistory:
        filing, told = self.stories.tell(at)
        played = writer.file(
            filing, bulk_writing.HistoryStep(Action.FILE, {}, at, self._filer(filing))
        )
        case = played.case
        for step in self._life(at, filing, told, urgent=case.urgent).steps():
            if step.at > self.act.now:
                break
            actor, given = self._taken(step, case.holder)
            writer.make(played, bulk_writing.HistoryStep(step.action, given, step.at, actor))
        return played

    def _filer(self, filing: Filing) -> Actor:
        by_operator = filing.channel not in {Channel.WEB, Channel.WECHAT, Channel.APP}
        return self.city.actors[Role.OPERATOR, None] if by_operator else STRANGER

    def _life(self, at: datetime, filing: Filing, told: Told, *, urgent: bool) -> Life:
        return Life(
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

    def _taken(self, step: Step, holder: str | None) -> tuple[Actor, dict[str, str]]:
        """Give who takes a step, and what is given with it."""
        given = dict(step.given)
        if step.action is Action.ASSIGN:
            given["officer"] = str(self.city.officers[holder or ""])
        return self.city.actor(step, holder), given

    def _file(self, at: datetime, halt: Halt | None) -> None:
        filing, told = self._told(at, halt)
        receipt = file_appeal(
            self.act.at(at).by(self._filer(filing)), filing, secrets.token_urlsafe(16)
        )
        self.receipts.append(receipt)
        life = self._life(at, filing, told, urgent=receipt.appeal.urgent)
        life.sure = WAYS.get(halt.state, frozenset()) if halt else None
        self._push(receipt.appeal, life.steps(), halt.state if halt else None)

    def _told(self, at: datetime, halt: Halt | None) -> tuple[Filing, Told]:
        """Tell what is filed; whom a restricted appeal to be dispatched is about, is not known."""
        if halt is None:
            return self.stories.tell(at)
        if halt.category is None:
            filing, told = self._told_of_a_desk(at)
            return replace(filing, confidential=filing.confidential or halt.is_confidential), told
        filing, told = self.stories.tell(at, halt.category)
        known = None if halt.state is State.ACCEPTED else filing.complained_department
        return replace(filing, complained_department=known), told

    def _told_of_a_desk(self, at: datetime) -> tuple[Filing, Told]:
        """Tell stories until one is the next desk's; after many, of any."""
        desk = next(self.desk)
        told = (self.stories.tell(at) for _ in range(TRIES))
        return next((each for each in told if each[1].department == desk), self.stories.tell(at))

    def _push(self, appeal: Appeal, rest: Iterator[Step], halt: State | None) -> None:
        step = next(rest, None)
        if step and step.at <= self.act.now and appeal.state is not halt:
            heapq.heappush(
                self.queue, Played(step.at, next(self.counted), appeal, step, rest, halt)
            )

    def _steps_until(self, moment: datetime) -> None:
        while self.queue and self.queue[0].at <= moment:
            played = heapq.heappop(self.queue)
            self._sweep_until(played.at)
            self._make(played)
            self._push(played.appeal, played.rest, played.halt)
        self._sweep_until(moment)

    def _make(self, played: Played) -> None:
        step, appeal = played.step, played.appeal
        actor, given = self._taken(step, appeal.holder)
        make_move(self.act.at(step.at).by(actor), appeal, step.action, given)

    def _sweep_until(self, moment: datetime) -> None:
        while self.swept + SWEEP_EVERY <= moment:
            self.swept += SWEEP_EVERY
            while deadline_sweep.sweep_deadlines(self.act.at(self.swept)):
                pass


def first_moment(now: datetime) -> datetime:
    """Give 00:00 Shanghai of the first day of the play's first month, in UTC."""
    day: date = month_of(now)
    for _ in range(MONTHS - 1):
        day = (day - ONE_DAY).replace(day=1)
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)
