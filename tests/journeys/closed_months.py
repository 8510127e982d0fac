"""Months of long ago in the journeys' city: everything closed and followed up, for reports.

Nothing in it waits for anybody, so it is in no queue and on no desk of the other journeys.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.driver import MoveRequest
from appeals.casework.handling.bulk_writing import BulkWriter, History
from appeals.cli.acts import open_act
from appeals.domain.calendar import Period, month_of
from appeals.domain.filing import Filing
from appeals.domain.people import SYSTEM, Actor, Role
from appeals.domain.states import Action
from appeals.domain.vocabulary import Channel, Kind
from appeals.models.report import DirtyMonth
from appeals.settings import Settings
from tests.factories import a_filing

DEPARTMENTS = ("nyncj", "gxj", "kjj", "hyj")
DISTRICTS = ("370202", "370203", "370211", "370212", "370213")
CATEGORIES = ("urban.noise", "urban")
KINDS = (Kind.COMPLAINT, Kind.HELP, Kind.SUGGESTION)
CHANNELS = (Channel.PHONE, Channel.WECHAT, Channel.WEB)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATE = 40
"""Of so many appeals one is answered late, and closed after its month."""


@dataclass(frozen=True)
class MonthOutcome:
    """How the n-th appeal goes: who answers after how many days, and what the citizen says."""

    n: int

    @property
    def department(self) -> str:
        """Return one of the first departments, and rarely the last, which then is not ranked."""
        return DEPARTMENTS[3] if self.n % 23 == 0 else DEPARTMENTS[self.n % 3]

    @property
    def days(self) -> float:
        """Return the days to the answer."""
        return 25 if self.n % LATE == 0 else 1 + self.n % 3

    @property
    def said(self) -> dict[str, str]:
        """Return what the citizen says when she is called."""
        solved = "no" if self.n % 9 == 0 else "yes"
        stars = "2" if self.n % 11 == 0 or (self.department == "gxj" and self.n % 4 == 0) else "5"
        return {"outcome": "reached", "solved": solved, "satisfaction": stars}


def write_closed_months(environment: dict[str, str], months: Sequence[str], appeals: int) -> None:
    """Write so many appeals of each month; no worker is told to count these months."""
    with open_act(Settings.from_environment(environment)) as act:
        system = Act(act.session, SYSTEM, act.now, act.secret)
        bulk = BulkWriter(system)
        for month in months:
            begun = list_filing_moments(Period.month(month), appeals)
            bulk.write_histories(
                [
                    bulk.play_history(life_of(filed, MonthOutcome(n)))
                    for n, filed in enumerate(begun, 1)
                ]
            )
            following = [month_of(Period.month(month).start), month_of(Period.month(month).end)]
            act.session.execute(sa.delete(DirtyMonth).where(DirtyMonth.month.in_(following)))
        act.session.commit()


def list_filing_moments(month: Period, appeals: int) -> Iterator[datetime]:
    """Yield moments spread over the month, at nine in the morning."""
    step = (month.end - month.start - DAY) / appeals
    for n in range(appeals):
        day = (month.start + n * step) - month.start
        yield month.start + day.days * DAY + 9 * HOUR


def life_of(filed: datetime, outcome: MonthOutcome) -> History:
    """Return a whole life, closed and followed up."""
    answer = filed + outcome.days * DAY
    moves = [
        (Action.ACCEPT, filed + HOUR / 4, Role.OPERATOR, {}),
        (Action.DISPATCH, filed + HOUR / 2, Role.DISPATCHER, {"department": outcome.department}),
        (Action.SIGN, filed + HOUR, Role.OFFICER, {}),
        (Action.CONTACT, filed + 2 * HOUR, Role.OFFICER, {"how": "phone"}),
        (Action.ANSWER, answer, Role.OFFICER, {"result": "solved", "words": "已办理。"}),
        (Action.CLOSE, answer + HOUR, Role.DISPATCHER, {}),
        (Action.FOLLOW_UP, answer + 3 * HOUR, Role.OPERATOR, outcome.said),
    ]
    if outcome.said["solved"] == "no":
        refused = {"words": "已按规定办理。"}
        moves.append((Action.REFUSE_REHANDLING, answer + 4 * HOUR, Role.SUPERVISOR, refused))
    operator = MoveRequest(Action.FILE, {}, filed, Actor(Role.OPERATOR))
    steps = [MoveRequest(action, given, at, Actor(role)) for action, at, role, given in moves]
    return History(make_filing(outcome.n), operator, steps)


def make_filing(n: int) -> Filing:
    """Return the n-th filing."""
    return a_filing(
        kind=KINDS[n % len(KINDS)],
        channel=CHANNELS[n % len(CHANNELS)],
        category=CATEGORIES[n % len(CATEGORIES)],
        district=DISTRICTS[n % len(DISTRICTS)],
        street=None,
        contact_email="",
        contact_phone=f"+861380000{n:04}",
    )
