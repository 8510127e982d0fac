"""A city's year, made up: how many file what and when, and how their appeals then go.

Every step is a move the rules allow, made by the role that makes it and at an hour it would.
What share is completed and satisfied is found by counting like any other: outcomes are drawn so
that the counts come out (`simulated_outcomes.Aim`), and no figure is ever written.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.casework.handling.bulk_copy import Block, copy, learn
from appeals.casework.handling.bulk_writing import Bulk, Played, Step, new_ids
from appeals.demo.background_process import AnotherProcess
from appeals.demo.simulated_lives import Lives
from appeals.demo.simulated_people import People, matters, moments
from appeals.domain.calendar import ONE_DAY, Calendar, Period, city_day
from appeals.domain.people import STRANGER, SYSTEM, Actor, Role
from appeals.domain.refusals import not_now
from appeals.domain.states import Action
from appeals.domain.vocabulary import Channel
from appeals.reference.reference_data import Reference, reference
from appeals.reporting.editions import editions

OPERATOR = Actor(Role.OPERATOR)
ONLINE = {Channel.WECHAT, Channel.WEB, Channel.APP}
AT_ONCE = 5_000
"""Appeals in one transaction."""
STRANDS = 2
"""So many processes play, appeal by turn: the same number everywhere, for the same year."""
LAST_DAYS = 28
"""Filings of so many days at the end may be open yet in the course of things."""

Playing = AnotherProcess[Sequence[int], list[Block]]


@dataclass(frozen=True)
class Plan:
    """The year to make: whole Shanghai days, how many appeals, and what all chance comes from."""

    period: Period
    appeals: int
    seed: int


@dataclass(frozen=True)
class Written:
    """What one transaction wrote."""

    appeals: int
    rows: int


def run(act: Act, plan: Plan) -> Iterator[Written]:
    """Write the year, a transaction to each batch, and tell of each.

    Two processes play and seal what this one writes. Raises Refused (not now) in a city without
    categories and departments or with published editions, and for days that are not over.
    """
    if plan.period.end > act.now:
        raise not_now("只能模拟已经过去的日子。", "The days to make up must be over.")
    if editions.count_editions(act):
        raise not_now(
            "已有发布的报告，不能再加入模拟的诉求。",
            "The city has published editions, which made-up appeals would belie.",
        )
    city = reference(act)
    matters(city)  # refuses before anything is begun
    sizes = [min(AT_ONCE, plan.appeals - begun) for begun in range(0, plan.appeals, AT_ONCE)]
    with ExitStack() as ending:
        strands = [
            ending.enter_context(AnotherProcess(Strand, city, plan, act.now, act.secret, turn))
            for turn in range(STRANDS)
        ]
        _ask(act, strands, sizes[0])
        for size, then in zip(sizes, [*sizes[1:], 0], strict=True):
            blocks = [block for strand in strands for block in strand.answer()]
            if then:
                _ask(act, strands, then)
            rows = copy(act, blocks)
            act.session.commit()
            yield Written(size, rows)
    learn(act)
    act.session.commit()


def _ask(act: Act, strands: Sequence[Playing], count: int) -> None:
    """Let each strand play its part of the next batch."""
    ids = new_ids(act, count)
    act.session.commit()
    for turn, strand in enumerate(strands):
        strand.ask(ids[turn::STRANDS])


class Strand:
    """Plays every second appeal, in a process that has no database.

    The year's last days go first: what stays open of them in the course of things is then known,
    and so is how much of the rest has to stay open too.
    """

    def __init__(
        self, city: Reference, plan: Plan, now: datetime, secret: bytes, turn: int
    ) -> None:
        """Make the chance, the people and the lives of this strand."""
        rng = random.Random(f"{plan.seed} {turn}")  # noqa: S311 - a made-up year keeps no secret
        self.bulk = Bulk(Act(Session(), SYSTEM, now, secret), city)
        self.people, self.lives = People(rng, city), Lives(rng, self.bulk, plan.period.end)
        self.left = len(range(turn, plan.appeals, STRANDS))
        self.last_days = plan.period.end - LAST_DAYS * ONE_DAY
        self.moments = islice(_filings(plan, self.bulk.book.calendar), turn, None, STRANDS)

    def __call__(self, ids: Sequence[int]) -> list[Block]:
        """Play the next batch and give its rows, under these ids."""
        return self.bulk.blocks(ids, [self._one(at) for at in islice(self.moments, len(ids))])

    def _one(self, at: datetime) -> Played:
        outcomes = self.lives.outcomes
        if at < self.last_days and not outcomes.some_stay_open:
            outcomes.let_some_stay_open(self.left)
        self.left -= 1
        filing = self.people.filing(at)
        filer = STRANGER if filing.channel in ONLINE else OPERATOR
        played = self.bulk.file(filing, Step(Action.FILE, {}, at, filer))
        self.lives.live(played)
        return played


def _filings(plan: Plan, calendar: Calendar) -> Iterator[datetime]:
    """Give the moments of filing, the last days before the others."""
    first, end = city_day(plan.period.start), city_day(plan.period.end)
    days = [first + n * ONE_DAY for n in range((end - first).days)]
    rng = random.Random(plan.seed)  # noqa: S311 - as above; every strand draws the same
    return moments(rng, [*days[-LAST_DAYS:], *days[:-LAST_DAYS]], plan.appeals, calendar)
