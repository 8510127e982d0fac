"""Playing the demo city's appeals: older ones in bulk, the last weeks step by step.

Every life is first played in memory. The rows of an older one are copied in bulk, without notices.
The filings and steps of the last weeks are made in chronological order with a moving clock, the
deadline sweep and every notice.
"""

import itertools
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter

from appeals.act import Act
from appeals.cases.driver import MoveRequest
from appeals.casework.handling import deadline_sweep
from appeals.casework.handling.filing import Receipt, file_appeal
from appeals.casework.handling.moves import make_move
from appeals.demo.filing_times import draw_daily_counts, draw_weather, pick_moments, weigh_days
from appeals.demo.filings import FiledMatter, FilingMix, FilingWriter
from appeals.demo.life_player import LifePlayer, PlayedLife
from appeals.demo.outcomes import Outcomes, OutcomeTargets
from appeals.demo.seeded_random import make_random
from appeals.domain.calendar import ONE_DAY, SHANGHAI, city_day, day_start, month_of
from appeals.domain.people import DEPARTMENT, Actor, Role
from appeals.domain.states import OPEN, State
from appeals.reference.reference_data import load_reference

PLAYED_MONTHS = 13
DEMO_TARGETS = OutcomeTargets(open=0, dissatisfied=0.15)
"""More citizens are dissatisfied than in the article's year, so that a small city shows some."""
DEMO_MIX = FilingMix(hotline=0.35, consultation=0.5, no_place=0)
"""Fewer calls and questions than in a real city, and all with a place: a small one shows more."""
STOPPED_PER_STATE = 6  # recent appeals left in each open state
AGE_WORKING_DAYS = (2, 4)
AGE_WORKING_DAYS_BY_STATE = {State.ANSWERED: (6, 11)}
"""Age in working days of an appeal that stops in a state: what reaching it takes at most."""
MINUTES_PER_DAY = 24 * 60
STEPS_PER_COMMIT = 500
MAX_FILING_TRIES = 400
STEP_BY_STEP_SPAN = timedelta(days=45)
"""Span before now that is played step by step; older lives are written in bulk."""
SWEEP_INTERVAL = timedelta(hours=12)
SURE_EVENTS: Mapping[State, frozenset[str]] = {
    State.RETURN_ASKED: frozenset({"returned"}),
    State.WITHDRAWN: frozenset({"withdrawn"}),
    State.NOT_ACCEPTED: frozenset({"not accepted"}),
}
"""Certain events of an appeal that stops in a state; none for other states."""


@dataclass(frozen=True)
class DemoStaff:
    """Actors of the demo city by role and department, and each department's officer."""

    actors: Mapping[tuple[Role, str | None], Actor]
    officers: Mapping[str, int]
    desks: Sequence[str]
    """Departments with known passwords; open appeals are assigned to them in turn."""

    @property
    def departments(self) -> Sequence[str]:
        """The departments with staff."""
        return list(self.officers)

    def find_actor(self, role: Role, department: str | None) -> Actor:
        """Return who acts in a role, for an officer or leader in the department."""
        return self.actors[role, department if role in DEPARTMENT else None]

    def find_officer(self, department: str | None) -> int | None:
        """Return the department's officer."""
        return self.officers.get(department or "")


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
EARLY_ENDS = (StopAt(State.WITHDRAWN), StopAt(State.NOT_ACCEPTED)) * 2
"""Ends that few appeals come to, so that a small city has some too."""


class DemoPlay:
    """Plays filings and steps in chronological order up to the act's now."""

    def __init__(self, act: Act, city: DemoStaff) -> None:
        """Seed the random numbers by month: the same month gives the same city."""
        self.act = act
        self.seed = f"{act.now:%Y-%m}"
        self.rng = make_random(self.seed)
        self.known = load_reference(act)
        self.weather = draw_weather(self.seed, _list_days(act.now))
        self.filings = FilingWriter(self.rng, self.known, self.weather, DEMO_MIX)
        outcomes = Outcomes(self.rng, DEMO_TARGETS)
        self.player = LifePlayer(act, self.filings, outcomes, city, act.now)
        self.swept = act.now - STEP_BY_STEP_SPAN
        self.desk = itertools.cycle(city.desks)

    def play_filings(self, how_many: int, pause: Callable[[str], None]) -> list[Receipt]:
        """Play `how_many` filings and all their steps up to now; return the recent ones' receipts.

        `pause` is called with a progress text wherever the transaction may be committed.
        """
        moments = list(self._pick_moments(how_many))
        past = [self._play_life(at) for at in moments if at < self.swept]
        self.player.write_lives(past)
        pause("the past year is played")
        live: list[tuple[datetime, StopAt | None]] = [
            (at, None) for at in moments if at >= self.swept
        ]
        filings = sorted([*live, *self.list_stopped_filings()], key=itemgetter(0))
        return self._make_lives([self._play_life(at, halt) for at, halt in filings], pause)

    def list_stopped_filings(self) -> list[tuple[datetime, StopAt | None]]:
        """Return the times of recent filings that stop in each open state, or end early."""
        plain = [StopAt(state) for state in sorted(OPEN) for _ in range(STOPPED_PER_STATE)]
        return [
            (self._pick_time(AGE_WORKING_DAYS_BY_STATE.get(halt.state, AGE_WORKING_DAYS)), halt)
            for halt in (*plain, *RESTRICTED_STOPS, *EARLY_ENDS)
        ]

    def _pick_time(self, age: tuple[int, int]) -> datetime:
        """Pick a time between `age[0]` and `age[1]` working days ago."""
        day = city_day(self.act.now)
        for _ in range(self.rng.randint(*age)):
            day = self.known.book.calendar.previous_working(day)
        return day_start(day) + timedelta(minutes=self.rng.randrange(MINUTES_PER_DAY))

    def _pick_moments(self, how_many: int) -> Iterator[datetime]:
        """Yield the filing times in order."""
        calendar = self.known.book.calendar
        weights = weigh_days(self.seed, self.weather, self.filings.matters, calendar)
        counts = draw_daily_counts(self.seed, weights, how_many)
        for day in self.weather:
            yield from (at for at in pick_moments(self.rng, day, counts[day]) if at < self.act.now)

    def _play_life(self, at: datetime, halt: StopAt | None = None) -> PlayedLife:
        if halt is None:
            return self.player.play_life(self.filings.write_filing(at))
        sure = SURE_EVENTS.get(halt.state, frozenset())
        filed = self._write_stopped_filing(at, halt)
        return self.player.play_life(filed, sure=sure, stop=halt.state)

    def _write_stopped_filing(self, at: datetime, halt: StopAt) -> FiledMatter:
        """Write a filing; an undispatched restricted one names no department complained of."""
        if halt.category is None:
            filed = self._write_filing_for_desk(at)
            confidential = filed.filing.confidential or halt.is_confidential
            return replace(filed, filing=replace(filed.filing, confidential=confidential))
        matters = [
            matter
            for matter in self.filings.matters
            if matter.category == halt.category and not matter.not_accepted
        ]
        filed = self.filings.write_filing_about(self.rng.choice(matters), at)
        known = None if halt.state is State.ACCEPTED else filed.filing.complained_department
        return replace(filed, filing=replace(filed.filing, complained_department=known))

    def _write_filing_for_desk(self, at: datetime) -> FiledMatter:
        """Write filings until one is for the next desk; after `MAX_FILING_TRIES` accept any."""
        desk = next(self.desk)
        tried = (self.filings.write_filing(at) for _ in range(MAX_FILING_TRIES))
        fitting = (
            filed
            for filed in tried
            if not filed.matter.not_accepted and self.player.find_department(filed) == desk
        )
        return next(fitting, None) or self.filings.write_filing(at)

    def _make_lives(
        self, lives: Sequence[PlayedLife], pause: Callable[[str], None]
    ) -> list[Receipt]:
        """Make the filings and steps of lives by the real functions, in chronological order."""
        receipts = dict[int, Receipt]()
        events: list[tuple[datetime, int, MoveRequest | None]] = []
        for n, life in enumerate(lives):
            events.append((life.filed_at, n, None))
            events.extend((step.at, n, step) for step in life.steps)
        events.sort(key=itemgetter(0))  # stable: a life's steps of one moment keep their order
        for done, (at, n, step) in enumerate(events):
            self._sweep_until(at)
            if step is None:
                act = self.act.at(at).by(lives[n].filer)
                key = secrets.token_urlsafe(16)
                receipts[n] = file_appeal(act, lives[n].filed.filing, key)
            else:
                act = self.act.at(at).by(step.actor)
                make_move(act, receipts[n].appeal, step.action, step.given)
            if done % STEPS_PER_COMMIT == 0:
                pause(f"{len(receipts)} of {len(lives)} recent appeals")
        self._sweep_until(self.act.now)
        pause("recent appeals are played")
        return list(receipts.values())

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


def _list_days(now: datetime) -> list[date]:
    """Return the days from the first moment to now."""
    first, last = city_day(first_moment(now)), city_day(now)
    return [first + n * ONE_DAY for n in range((last - first).days + 1)]
