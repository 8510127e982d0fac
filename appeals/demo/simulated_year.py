"""A simulated year of a city: filings and the life cycles of their appeals.

Every step is a move that the rules allow, made by the right role at a plausible hour. The shares
completed and satisfied are counted like any others: outcomes are steered to the targets
(`outcomes.ShareTarget`), and no figure is written directly.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from multiprocessing import get_context

from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.cases.bulk_copy import CopyBlock, analyze_tables, copy_blocks
from appeals.casework.handling.bulk_writing import reserve_ids
from appeals.demo.filing_times import draw_daily_counts, draw_weather, pick_moments, weigh_days
from appeals.demo.filings import FilingWriter, list_matters
from appeals.demo.life_player import LifePlayer, PlayedLife
from appeals.demo.outcomes import ARTICLE_TARGETS, Outcomes
from appeals.demo.seeded_random import make_random
from appeals.domain.calendar import ONE_DAY, Period, city_day
from appeals.domain.messages import message
from appeals.domain.people import DEPARTMENT, SYSTEM, Actor, Role
from appeals.domain.refusals import not_now
from appeals.domain.vocabulary import Tier
from appeals.operations.child_processes import follow_parent
from appeals.reference.reference_data import Reference, load_reference
from appeals.reporting.editions import editions

APPEALS_PER_TRANSACTION = 5_000
"""Number of appeals in one transaction."""
PLAYER_PROCESSES = 2
"""Number of processes that play appeals; fixed, so that a seed gives the same year everywhere."""
LAST_DAYS_OPEN = 28
"""Days at the year's end whose appeals may normally still be open."""


@dataclass(frozen=True)
class YearPlan:
    """The year to simulate: whole Shanghai days, number of appeals, and random seed."""

    period: Period
    appeals: int
    seed: int


@dataclass(frozen=True)
class WrittenBatch:
    """Result of one transaction."""

    appeals: int
    rows: int


def write_year(act: Act, plan: YearPlan) -> Iterator[WrittenBatch]:
    """Write the year in batches, one transaction each, and yield each result.

    Player processes compute the moves and hash chains that this one writes. Raises Refused (not
    now) in a city without categories and departments or with published editions, and for days that
    are not over.
    """
    if plan.period.end > act.now:
        raise not_now(message("The days to make up must be over."))
    if editions.count_editions(act):
        raise not_now(
            message("The city has published editions, which made-up appeals would belie.")
        )
    city = load_reference(act)
    list_matters(city)  # raises before anything is started
    sizes = [
        min(APPEALS_PER_TRANSACTION, plan.appeals - begun)
        for begun in range(0, plan.appeals, APPEALS_PER_TRANSACTION)
    ]
    with ExitStack() as ending:
        pools = [
            ending.enter_context(_start_player(city, plan, act, turn))
            for turn in range(PLAYER_PROCESSES)
        ]
        batch = _submit_batch(act, pools, sizes[0])
        for size, then in zip(sizes, [*sizes[1:], 0], strict=True):
            blocks = [block for played in batch for block in played.result()]
            if then:
                batch = _submit_batch(act, pools, then)
            rows = copy_blocks(act, blocks)
            act.session.commit()
            yield WrittenBatch(size, rows)
    analyze_tables(act)
    act.session.commit()


def _start_player(city: Reference, plan: YearPlan, act: Act, turn: int) -> ProcessPoolExecutor:
    """Start one player process: a pool of one, since each player goes on where it stopped.

    It is spawned, not forked, so it shares no connection or lock with this process.
    """
    return ProcessPoolExecutor(
        max_workers=1,
        mp_context=get_context("spawn"),
        initializer=_make_player,
        initargs=(city, plan, act.now, act.secret, turn),
    )


def _submit_batch(
    act: Act, pools: Sequence[ProcessPoolExecutor], count: int
) -> list[Future[list[CopyBlock]]]:
    """Give each player process its share of the next batch."""
    ids = reserve_ids(act, count)
    act.session.commit()
    return [
        pool.submit(_play_batch, ids[turn::PLAYER_PROCESSES]) for turn, pool in enumerate(pools)
    ]


@dataclass(frozen=True)
class NamelessStaff:
    """Staff of a simulated year: roles without names or accounts, so that nothing is assigned."""

    departments: Sequence[str]

    @classmethod
    def of_city(cls, city: Reference) -> "NamelessStaff":
        """Return the staff of a city: wrong dispatches go to its municipal departments."""
        municipal = [row.code for row in city.departments.values() if row.tier is Tier.MUNICIPAL]
        return cls(municipal or list(city.departments))

    def find_actor(self, role: Role, department: str | None) -> Actor:
        """Return an actor of the role."""
        return Actor(role, department=department if role in DEPARTMENT else None)

    def find_officer(self, _department: str | None) -> int | None:
        """Return nobody."""
        return None


class YearPlayer:
    """Plays every second appeal, in a process without a database.

    The year's last days are played first: the number of them still open determines how many of the
    rest must stay open.
    """

    def __init__(
        self, city: Reference, plan: YearPlan, now: datetime, secret: bytes, turn: int
    ) -> None:
        """Create the random generator, the people and the lives of this process."""
        rng = make_random(f"{plan.seed} {turn}")
        days = _list_days(plan.period)
        self.weather = draw_weather(plan.seed, days)
        self.filings = FilingWriter(rng, city, self.weather)
        self.outcomes = Outcomes(rng, ARTICLE_TARGETS)
        act, staff = Act(Session(), SYSTEM, now, secret), NamelessStaff.of_city(city)
        self.player = LifePlayer(act, self.filings, self.outcomes, staff, plan.period.end)
        self.left = len(range(turn, plan.appeals, PLAYER_PROCESSES))
        self.last_days = plan.period.end - LAST_DAYS_OPEN * ONE_DAY
        self.moments = islice(self._list_moments(plan, days), turn, None, PLAYER_PROCESSES)

    def __call__(self, ids: Sequence[int]) -> list[CopyBlock]:
        """Play the next batch and return its rows, with these ids."""
        return self.player.build_blocks(ids, self.play_lives(len(ids)))

    def play_lives(self, count: int) -> list[PlayedLife]:
        """Play the next lives, fewer at the year's end."""
        return [self._play_life(at) for at in islice(self.moments, count)]

    def _play_life(self, at: datetime) -> PlayedLife:
        if at < self.last_days and not self.outcomes.some_stay_open:
            self.outcomes.let_some_stay_open(self.left)
        self.left -= 1
        return self.player.play_life(self.filings.write_filing(at))

    def _list_moments(self, plan: YearPlan, days: Sequence[date]) -> Iterator[datetime]:
        """Yield the filing times, those of the last days first; the same in every process."""
        calendar = self.filings.city.book.calendar
        weights = weigh_days(plan.seed, self.weather, self.filings.matters, calendar)
        counts = draw_daily_counts(plan.seed, weights, plan.appeals)
        rng = make_random(plan.seed)
        for day in [*days[-LAST_DAYS_OPEN:], *days[:-LAST_DAYS_OPEN]]:
            yield from pick_moments(rng, day, counts[day])


_player: list[YearPlayer] = []
"""The player of a player process, made when the process starts."""


def _make_player(city: Reference, plan: YearPlan, now: datetime, secret: bytes, turn: int) -> None:
    follow_parent()
    _player.append(YearPlayer(city, plan, now, secret, turn))


def _play_batch(ids: Sequence[int]) -> list[CopyBlock]:
    return _player[0](ids)


def _list_days(period: Period) -> list[date]:
    first, end = city_day(period.start), city_day(period.end)
    return [first + n * ONE_DAY for n in range((end - first).days)]
