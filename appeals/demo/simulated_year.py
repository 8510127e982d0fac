"""A simulated year of a city: filings and the life cycles of their appeals.

Every step is a move that the rules allow, made by the right role at a plausible hour. The shares
completed and satisfied are counted like any others: outcomes are steered to the targets
(`simulated_outcomes.ShareTarget`), and no figure is written directly.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.cases.bulk_copy import CopyBlock, analyze_tables, copy_blocks
from appeals.cases.driver import MoveRequest
from appeals.casework.handling.bulk_writing import BulkWriter, PlayedHistory, reserve_ids
from appeals.demo.background_process import BackgroundProcess
from appeals.demo.simulated_lives import SimulatedLives
from appeals.demo.simulated_people import SimulatedPeople, list_categories, pick_filing_moments
from appeals.domain.calendar import ONE_DAY, Calendar, Period, city_day
from appeals.domain.people import STRANGER, SYSTEM, Actor, Role
from appeals.domain.refusals import not_now
from appeals.domain.states import Action
from appeals.domain.vocabulary import Channel
from appeals.reference.reference_data import Reference, load_reference
from appeals.reporting.editions import editions

OPERATOR = Actor(Role.OPERATOR)
ONLINE_CHANNELS = {Channel.WECHAT, Channel.WEB, Channel.APP}
APPEALS_PER_TRANSACTION = 5_000
"""Number of appeals in one transaction."""
PLAYER_PROCESSES = 2
"""Number of processes that play appeals; fixed, so that a seed gives the same year everywhere."""
LAST_DAYS_OPEN = 28
"""Days at the year's end whose appeals may normally still be open."""

PlayerProcess = BackgroundProcess[Sequence[int], list[CopyBlock]]


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
        raise not_now("只能模拟已经过去的日子。", "The days to make up must be over.")
    if editions.count_editions(act):
        raise not_now(
            "已有发布的报告，不能再加入模拟的诉求。",
            "The city has published editions, which made-up appeals would belie.",
        )
    city = load_reference(act)
    list_categories(city)  # raises before anything is started
    sizes = [
        min(APPEALS_PER_TRANSACTION, plan.appeals - begun)
        for begun in range(0, plan.appeals, APPEALS_PER_TRANSACTION)
    ]
    with ExitStack() as ending:
        strands = [
            ending.enter_context(
                BackgroundProcess(YearPlayer, city, plan, act.now, act.secret, turn)
            )
            for turn in range(PLAYER_PROCESSES)
        ]
        _send_batch(act, strands, sizes[0])
        for size, then in zip(sizes, [*sizes[1:], 0], strict=True):
            blocks = [block for strand in strands for block in strand.receive_answer()]
            if then:
                _send_batch(act, strands, then)
            rows = copy_blocks(act, blocks)
            act.session.commit()
            yield WrittenBatch(size, rows)
    analyze_tables(act)
    act.session.commit()


def _send_batch(act: Act, strands: Sequence[PlayerProcess], count: int) -> None:
    """Send each player process its share of the next batch."""
    ids = reserve_ids(act, count)
    act.session.commit()
    for turn, strand in enumerate(strands):
        strand.send_question(ids[turn::PLAYER_PROCESSES])


class YearPlayer:
    """Plays every second appeal, in a process without a database.

    The year's last days are played first: the number of them still open determines how many of the
    rest must stay open.
    """

    def __init__(
        self, city: Reference, plan: YearPlan, now: datetime, secret: bytes, turn: int
    ) -> None:
        """Create the random generator, the people and the lives of this process."""
        rng = random.Random(f"{plan.seed} {turn}")  # noqa: S311 - a made-up year keeps no secret
        self.bulk = BulkWriter(Act(Session(), SYSTEM, now, secret), city)
        self.people, self.lives = (
            SimulatedPeople(rng, city),
            SimulatedLives(rng, self.bulk, plan.period.end),
        )
        self.left = len(range(turn, plan.appeals, PLAYER_PROCESSES))
        self.last_days = plan.period.end - LAST_DAYS_OPEN * ONE_DAY
        self.moments = islice(
            _filing_moments(plan, self.bulk.city.book.calendar), turn, None, PLAYER_PROCESSES
        )

    def __call__(self, ids: Sequence[int]) -> list[CopyBlock]:
        """Play the next batch and return its rows, with these ids."""
        return self.bulk.build_blocks(
            ids, [self._play_appeal(at) for at in islice(self.moments, len(ids))]
        )

    def _play_appeal(self, at: datetime) -> PlayedHistory:
        outcomes = self.lives.outcomes
        if at < self.last_days and not outcomes.some_stay_open:
            outcomes.let_some_stay_open(self.left)
        self.left -= 1
        filing = self.people.write_filing(at)
        filer = STRANGER if filing.channel in ONLINE_CHANNELS else OPERATOR
        played = self.bulk.start_history(filing, MoveRequest(Action.FILE, {}, at, filer))
        self.lives.play_life(played)
        return played


def _filing_moments(plan: YearPlan, calendar: Calendar) -> Iterator[datetime]:
    """Yield the filing times, those of the last days first."""
    first, end = city_day(plan.period.start), city_day(plan.period.end)
    days = [first + n * ONE_DAY for n in range((end - first).days)]
    rng = random.Random(plan.seed)  # noqa: S311 - as above; every strand draws the same
    return pick_filing_moments(
        rng, [*days[-LAST_DAYS_OPEN:], *days[:-LAST_DAYS_OPEN]], plan.appeals, calendar
    )
