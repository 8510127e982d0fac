"""The three measured rows as they stood at a cut-off: appeals, rounds, dispatches (Rules 4).

What stood then is told by `cut_off_values.py`. Nothing here reads the state of an appeal. Every
source has the columns of `DIMENSIONS` and the key `appeal_id`, `n`; a dimension is NULL where the
row belongs to none of its keys. The columns of `TIMES` stand only where a measure asks for them. A
source gives the rows that can be of any measure of the period, and few others: the more of a year
an index passes over, the sooner a month counts.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from appeals.domain.calendar import Period, day_start
from appeals.domain.vocabulary import Duty
from appeals.models.appeal import Appeal
from appeals.models.handling import Deadline, Dispatch, Reversal, Round
from appeals.reporting.snapshot.cut_off_values import (
    Stamp,
    classified,
    held,
    holder,
    known,
    rated,
    stamp_before_reversal,
    stood_last,
)

DIMENSIONS = ("department", "district", "street", "category", "kind", "channel")
TIMES = ("day", "days")
"""By Shanghai day, and by whole days to the answer: each counted for its own measures alone."""
DAYS_MOST = 15
"""The last of the keys of `days`, for so many days and more."""
DAY = 86400
DAYS_FROM = date(2000, 1, 1)
"""The day that days are numbered from. Shanghai has had no summer time since 1991."""
OF_APPEAL = (Appeal.number, Appeal.filed_at, Appeal.restricted)
"""What every source tells of the appeal itself."""
Given = sa.SQLColumnExpression[datetime] | sa.SQLColumnExpression[datetime | None]
Named = sa.Label[datetime | None] | sa.Label[bool] | sa.Label[str]
Source = Callable[[Period, datetime], sa.Subquery]


def appeals(period: Period, cut_off: datetime) -> sa.Subquery:
    """Give one row for each appeal filed by the cut-off, and filed or accepted in the period.

    `first_dispatched_at`, `closed_at`, `satisfaction` are the last round's; `valid` as Rules 4.
    What was answered on the spot has neither department nor district nor street.
    """
    last = aliased(Round)
    columns = {**classified(cut_off), "department": holder(cut_off)}
    for name in ("department", "district", "street"):
        on_spot = stamp_before_reversal("answered_on_spot_at", cut_off)
        columns[name] = sa.case((on_spot.is_(None), columns[name]))
    return (
        sa.select(
            Appeal.id.label("appeal_id"),
            sa.literal(0).label("n"),
            *OF_APPEAL,
            _day(Appeal.filed_at),
            *_stamps(cut_off, last),
            *(column.label(name) for name, column in columns.items()),
        )
        .select_from(Appeal)
        .outerjoin(last, stood_last(cut_off, last))
        .outerjoin(Dispatch, held(cut_off, last))
        .where(
            Appeal.filed_at <= cut_off,
            sa.or_(_within(Appeal.filed_at, period), _within(Appeal.accepted_at, period)),
        )
        .subquery("appeals")
    )


def _stamps(cut_off: datetime, last: type[Round]) -> tuple[Named, ...]:
    """Give an appeal's stamps as known at the cut-off, and what follows from them.

    A later round is opened by its dispatch and over closed ones only: an appeal was dispatched
    when its last round was, and all its rounds are closed when the last is.
    """
    on_spot = stamp_before_reversal("answered_on_spot_at", cut_off)
    withdrawn = known(Appeal.withdrawn_at, cut_off)
    refused = stamp_before_reversal("not_accepted_at", cut_off)
    dispatched = known(last.first_dispatched_at, cut_off)
    kept = sa.or_(withdrawn.is_(None), sa.func.coalesce(withdrawn >= dispatched, sa.false()))
    closed = stamp_before_reversal("closed_at", cut_off, last)
    done = sa.or_(on_spot.is_not(None), withdrawn.is_not(None), closed.is_not(None))
    columns: dict[str, sa.ColumnElement[Any]] = {
        "accepted_at": known(Appeal.accepted_at, cut_off),
        "not_accepted_at": refused,
        "answered_on_spot_at": on_spot,
        "withdrawn_at": withdrawn,
        "first_dispatched_at": dispatched,
        "closed_at": closed,
        "satisfaction": rated(last, "satisfaction", cut_off),
        "valid": sa.and_(refused.is_(None), kept),
        "completed": done,
    }
    return tuple(column.label(name) for name, column in columns.items())


def rounds(period: Period, cut_off: datetime) -> sa.Subquery:
    """Give one row for each round opened by the cut-off, and due or in hand in the period.

    `due_at` is the finish that held at the cut-off. `finished_at` is the closing, or the
    withdrawal that completed an open round; `met_at` the accepted answer, or that withdrawal.
    `ever_closed_at` is the stamp as it stands, later than the cut-off or not, for an index to find.
    """
    return (
        sa.select(
            Round.appeal_id,
            Round.n,
            *OF_APPEAL,
            Round.opened_at,
            Round.closed_at.label("ever_closed_at"),
            _day(stamp_before_reversal("closed_at", cut_off, Round)),
            _days(stamp_before_reversal("answered_at", cut_off, Round)),
            *_round_stamps(cut_off),
            sa.or_(Round.until_at.is_(None), Round.until_at > cut_off).label("is_last"),
            rated(Round, "solved", cut_off).label("solved"),
            rated(Round, "satisfaction", cut_off).label("satisfaction"),
            *(column.label(name) for name, column in classified(cut_off).items()),
            holder(cut_off).label("department"),
        )
        .join(Appeal, Appeal.id == Round.appeal_id)
        .outerjoin(Dispatch, held(cut_off, Round))
        .where(Round.opened_at <= cut_off, _due_or_in_hand(period, cut_off))
        .subquery("rounds")
    )


def _round_stamps(cut_off: datetime) -> tuple[sa.Label[datetime | None], ...]:
    """Give a round's stamps as known at the cut-off, and its finish that held then.

    One that its source closed without a time has no due moment: it is in no measure of dates.
    """
    closed = stamp_before_reversal("closed_at", cut_off, Round)
    answered = sa.case((closed.is_not(None), stamp_before_reversal("answered_at", cut_off, Round)))
    withdrawn = known(Appeal.withdrawn_at, cut_off)
    is_timed = sa.or_(closed.is_(None), answered.is_not(None))
    due = sa.and_(known(Round.first_dispatched_at, cut_off).is_not(None), is_timed)
    extended = sa.case((Round.extension_granted_at <= cut_off, Round.extended_due_at))
    columns: dict[str, Stamp] = {
        "first_dispatched_at": known(Round.first_dispatched_at, cut_off),
        "original_due_at": sa.case((due, Round.original_due_at)),
        "due_at": sa.case((due, sa.func.coalesce(extended, Round.original_due_at))),
        "extension_granted_at": known(Round.extension_granted_at, cut_off),
        "answered_at": answered,
        "closed_at": closed,
        "finished_at": sa.func.coalesce(closed, withdrawn),
        "met_at": sa.func.coalesce(answered, withdrawn),
        "tried_at": stamp_before_reversal("tried_at", cut_off, Round),
        "reached_at": stamp_before_reversal("reached_at", cut_off, Round),
    }
    return tuple(column.label(name) for name, column in columns.items())


def dispatches(period: Period, cut_off: datetime) -> sa.Subquery:
    """Give one row for each dispatch sent in the period; its department is the one it went to.

    `return_due_at` is there only where a return was asked: until when it could be. Where the
    department lost the way to the citizen before the contact was due, there is no `contact_due_at`
    (Rules 1, met by).
    """
    promised = known(Dispatch.unreachable_at, cut_off).is_(None)
    asked = Dispatch.return_asked_at.is_not(None)
    return (
        sa.select(
            Dispatch.appeal_id,
            Dispatch.n,
            *OF_APPEAL,
            Dispatch.sent_at,
            Dispatch.sign_due_at,
            sa.case((promised, Dispatch.contact_due_at)).label("contact_due_at"),
            known(Dispatch.signed_at, cut_off).label("signed_at"),
            known(Dispatch.contacted_at, cut_off).label("contacted_at"),
            known(Dispatch.return_asked_at, cut_off).label("return_asked_at"),
            Deadline.due_at.label("return_due_at"),
            known(Dispatch.answered_at, cut_off).label("answered_at"),
            known(Dispatch.ended_at, cut_off).label("ended_at"),
            sa.case((Dispatch.ended_at <= cut_off, Dispatch.how_ended)).label("how_ended"),
            *(column.label(name) for name, column in classified(cut_off).items()),
            Dispatch.department.label("department"),
        )
        .join(Appeal, Appeal.id == Dispatch.appeal_id)
        .outerjoin(
            Deadline,
            sa.and_(
                Deadline.appeal_id == sa.case((asked, Dispatch.appeal_id)),
                Deadline.dispatch_n == Dispatch.n,
                Deadline.duty == Duty.RETURN,
            ),
        )
        .where(Dispatch.sent_at <= cut_off, _within(Dispatch.sent_at, period))
        .subquery("dispatches")
    )


def reversals(period: Period, cut_off: datetime) -> sa.Subquery:
    """Give one row for each decision taken back in the period; it is of no department."""
    return (
        sa.select(
            Reversal.appeal_id,
            Reversal.n,
            *OF_APPEAL,
            Reversal.reversed_at,
            *(column.label(name) for name, column in classified(cut_off).items()),
            sa.cast(sa.null(), sa.Text).label("department"),
        )
        .join(Appeal, Appeal.id == Reversal.appeal_id)
        .where(Reversal.reversed_at <= cut_off, _within(Reversal.reversed_at, period))
        .subquery("reversals")
    )


def _within(stamp: Given, period: Period) -> sa.ColumnElement[bool]:
    return sa.and_(stamp >= period.start, stamp < period.end)


def _due_or_in_hand(period: Period, cut_off: datetime) -> sa.ColumnElement[bool]:
    """Choose what was dispatched, closed or due in the period, or in hand all through it.

    What is closed after the cut-off is in hand at it, whenever the period is.
    """
    before = Round.first_dispatched_at < period.start
    stamps = ("first_dispatched_at", "closed_at", "original_due_at", "extended_due_at")
    return sa.or_(
        *(_within(getattr(Round, name), period) for name in stamps),
        sa.and_(before, Round.closed_at >= min(period.end, cut_off)),
        sa.and_(before, Round.closed_at.is_(None)),
    )


def _day(stamp: Given) -> sa.Label[date]:
    """Give the Shanghai day of a stamp."""
    return (sa.cast(DAYS_FROM, sa.Date) + day_number(stamp)).label("day")


def day_number(stamp: Given) -> sa.ColumnElement[int]:
    """Give how many days after `DAYS_FROM` the Shanghai day of a stamp is: 0 for that day itself.

    It is reckoned, for to look a time zone up for each row takes four times as long.
    """
    begin = sa.cast(day_start(DAYS_FROM), sa.DateTime(timezone=True))
    return sa.cast(sa.func.floor(seconds(begin, stamp) / float(DAY)), sa.Integer)


def _days(answered: Stamp) -> sa.Label[int]:
    """Give the whole days from a round's opening to its answer, `DAYS_MOST` for all more."""
    days = sa.func.floor(seconds(Round.opened_at, answered) / float(DAY))
    return sa.cast(sa.func.least(days, DAYS_MOST), sa.Integer).label("days")


def key_of(rows: sa.FromClause, by: str) -> sa.ColumnElement[str]:
    """Give the key of a row as it is written: "2026-03-31" of a day, two digits of `days`."""
    key = sa.cast(rows.c[by], sa.Text)
    return sa.func.lpad(key, 2, "0") if by == "days" else key


def seconds(start: Given, end: Given) -> sa.ColumnElement[float]:
    """Give the seconds between two stamps; a double holds the microseconds of ten years."""
    return sa.func.date_part("epoch", end - start)
