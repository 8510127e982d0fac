"""The snapshot: the measured rows of a period as of a cut-off, as SQL subqueries (Rules 4).

There is one source for each kind of row: appeals, rounds, dispatches, reversals, urgings and
enquiries. Each returns a row with

- its key `appeal_id`, `n` (the round, dispatch, reversal … of the appeal; 0 for an appeal),
- the dimensions of `DIMENSIONS`, NULL where the row belongs to no key of one,
- stamps as of the cut-off, NULL if set later; see `cut_off_values.py`,
- for some, the keys `day` and `days`.

A source returns all rows that any measure of the period may count, and few others, so that index
scans stay short. Whether a measure counts a row is up to the measure's conditions. The state of an
appeal is never read: it is the present one, not that at the cut-off.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from appeals.domain.calendar import day_start
from appeals.domain.moves.needs import CHANNEL
from appeals.domain.states import Action
from appeals.domain.vocabulary import Duty
from appeals.models.appeal import Appeal, ImportedAppeal, Move
from appeals.models.handling import Deadline, Dispatch, Reversal, Round
from appeals.reporting.snapshot.breakdowns import CITY, Breakdown
from appeals.reporting.snapshot.count_window import CountWindow, StampColumn
from appeals.reporting.snapshot.cut_off_values import (
    Stamp,
    classification_columns,
    department_at,
    has_begun_at,
    is_handed_over_at,
    is_last_dispatch_at,
    is_last_round_at,
    is_return_deadline,
    rating_at,
    return_decision_stamp,
    stamp_at,
    stamp_before_reversal,
)

MAX_ANSWER_DAYS = 15
"""The last key of `days`: 15 days or more."""
DAY_SECONDS = 86400
FIRST_NUMBERED_DAY = date(2000, 1, 1)
"""Day 0 of numbered days. Shanghai has had no summer time since 1991, so all days have 24 hours."""
APPEAL_COLUMNS = (Appeal.number, Appeal.filed_at, Appeal.restricted)
"""Columns of the appeal that every source has."""
AppealStamp = sa.Label[datetime | None] | sa.Label[bool] | sa.Label[str]
Source = Callable[[CountWindow], sa.Subquery]


def snapshot_appeals(window: CountWindow) -> sa.Subquery:
    """Select the appeals filed by the cut-off, and filed or accepted in the period.

    `first_dispatched_at`, `closed_at` and `satisfaction` are those of the last round, `valid` and
    `completed` as in Rules 4. An appeal answered on the spot has no department, district or street.
    """
    cut_off = window.cut_off
    last = aliased(Round)
    columns = {**classification_columns(cut_off), "department": department_at(cut_off)}
    for name in ("department", "district", "street"):
        on_spot = stamp_before_reversal("answered_on_spot_at", cut_off)
        columns[name] = sa.case((on_spot.is_(None), columns[name]))
    return (
        sa.select(
            Appeal.id.label("appeal_id"),
            sa.literal(0).label("n"),
            *APPEAL_COLUMNS,
            _day_column(Appeal.filed_at),
            *_appeal_stamps(cut_off, last),
            *(column.label(name) for name, column in columns.items()),
        )
        .select_from(Appeal)
        .outerjoin(last, is_last_round_at(cut_off, last))
        .outerjoin(Dispatch, is_last_dispatch_at(cut_off, last))
        .where(
            Appeal.filed_at <= cut_off,
            sa.or_(window.holds(Appeal.filed_at), window.holds(Appeal.accepted_at)),
            _is_imported_in_time(window),
        )
        .subquery("appeals")
    )


def _appeal_stamps(cut_off: datetime, last: type[Round]) -> tuple[AppealStamp, ...]:
    """Return an appeal's stamps as of the cut-off, and the booleans that follow from them.

    The last round is enough: a later round is opened by its dispatch, and only once all earlier
    ones are closed. So the appeal was dispatched if its last round was, and closed if that is.
    """
    on_spot = stamp_before_reversal("answered_on_spot_at", cut_off)
    withdrawn = stamp_at(Appeal.withdrawn_at, cut_off)
    refused = stamp_before_reversal("not_accepted_at", cut_off)
    dispatched = stamp_at(last.first_dispatched_at, cut_off)
    kept = sa.or_(withdrawn.is_(None), sa.func.coalesce(withdrawn >= dispatched, sa.false()))
    closed = stamp_before_reversal("closed_at", cut_off, last)
    done = sa.or_(on_spot.is_not(None), withdrawn.is_not(None), closed.is_not(None))
    columns: dict[str, sa.ColumnElement[Any]] = {
        "accepted_at": stamp_at(Appeal.accepted_at, cut_off),
        "not_accepted_at": refused,
        "answered_on_spot_at": on_spot,
        "withdrawn_at": withdrawn,
        "first_dispatched_at": dispatched,
        "closed_at": closed,
        "satisfaction": rating_at(last, "satisfaction", cut_off),
        "valid": sa.and_(refused.is_(None), kept),
        "completed": done,
    }
    return tuple(column.label(name) for name, column in columns.items())


def snapshot_rounds(window: CountWindow) -> sa.Subquery:
    """Select the rounds opened by the cut-off, and due or in hand at some time of the period.

    `due_at` is the due moment of the finish that held at the cut-off. `finished_at` is the closing,
    or the withdrawal of the appeal; `met_at` the accepted answer, or that withdrawal.
    `ever_closed_at` is the closing even if it is later than the cut-off: the index holds it.
    """
    cut_off = window.cut_off
    return (
        sa.select(
            Round.appeal_id,
            Round.n,
            *APPEAL_COLUMNS,
            Round.opened_at,
            Round.closed_at.label("ever_closed_at"),
            _day_column(stamp_before_reversal("closed_at", cut_off, Round)),
            _answer_days_column(stamp_before_reversal("answered_at", cut_off, Round)),
            *_round_stamps(cut_off),
            sa.or_(Round.until_at.is_(None), Round.until_at > cut_off).label("is_last"),
            rating_at(Round, "solved", cut_off).label("solved"),
            rating_at(Round, "satisfaction", cut_off).label("satisfaction"),
            *(column.label(name) for name, column in classification_columns(cut_off).items()),
            department_at(cut_off).label("department"),
        )
        .join(Appeal, Appeal.id == Round.appeal_id)
        .outerjoin(Dispatch, is_last_dispatch_at(cut_off, Round))
        .where(
            Round.opened_at <= cut_off,
            _is_due_or_in_hand(window),
            _is_imported_in_time(window),
        )
        .subquery("rounds")
    )


def _round_stamps(cut_off: datetime) -> tuple[sa.Label[datetime | None], ...]:
    """Return a round's stamps and due moments as of the cut-off.

    An imported round that was closed without a time has no due moment, and so enters no measure of
    dates (Rules 6).
    """
    closed = stamp_before_reversal("closed_at", cut_off, Round)
    answered = sa.case((closed.is_not(None), stamp_before_reversal("answered_at", cut_off, Round)))
    withdrawn = stamp_at(Appeal.withdrawn_at, cut_off)
    is_timed = sa.or_(closed.is_(None), answered.is_not(None))
    due = sa.and_(stamp_at(Round.first_dispatched_at, cut_off).is_not(None), is_timed)
    extended = sa.case((Round.extension_granted_at <= cut_off, Round.extended_due_at))
    columns: dict[str, Stamp] = {
        "first_dispatched_at": stamp_at(Round.first_dispatched_at, cut_off),
        "original_due_at": sa.case((due, Round.original_due_at)),
        "due_at": sa.case((due, sa.func.coalesce(extended, Round.original_due_at))),
        "extension_granted_at": stamp_at(Round.extension_granted_at, cut_off),
        "answered_at": answered,
        "answer_awaiting_review": _answer_awaiting_review(cut_off),
        "closed_at": closed,
        "finished_at": sa.func.coalesce(closed, withdrawn),
        "met_at": sa.func.coalesce(answered, withdrawn),
        "tried_at": stamp_before_reversal("tried_at", cut_off, Round),
        "reached_at": stamp_before_reversal("reached_at", cut_off, Round),
    }
    return tuple(column.label(name) for name, column in columns.items())


def _answer_awaiting_review(cut_off: datetime) -> sa.ColumnElement[datetime | None]:
    """Return when the answer was given that awaited review at the cut-off; NULL without one.

    A round that was sent back since has lost the time of that answer. The deadline of its review
    still has it: it started with the answer, or with the reversal of a closing, which recorded it.
    """
    taken_back = sa.select(Reversal.answered_at).where(
        Reversal.appeal_id == Deadline.appeal_id, Reversal.reversed_at == Deadline.started_at
    )
    before = sa.select(
        sa.func.max(sa.func.coalesce(taken_back.scalar_subquery(), Deadline.started_at))
    ).where(
        Deadline.appeal_id == Round.appeal_id,
        Deadline.round_n == Round.n,
        Deadline.duty == Duty.REVIEW,
        Deadline.started_at <= cut_off,
        sa.or_(Deadline.met_at > cut_off, Deadline.ended_at > cut_off),
    )
    return sa.func.coalesce(stamp_at(Round.answer_given_at, cut_off), before.scalar_subquery())


DISPATCH_STAMPS = (
    Dispatch.signed_at,
    Dispatch.contacted_at,
    Dispatch.return_asked_at,
    Dispatch.answered_at,
    Dispatch.ended_at,
)
"""The stamps of a dispatch that a snapshot has as of the cut-off."""


def snapshot_dispatches(window: CountWindow) -> sa.Subquery:
    """Select the dispatches sent in the period; the department is the one they were sent to.

    A dispatch whose department ended counts once, as its successor's, from the handing over on.

    `return_due_at`, until when a return could be requested, is set only if one was requested.
    `contact_due_at` is NULL where the citizen could no longer be reached (Rules 1, met by).
    `decision_due_at` and `decided_at` are of the newest request to return it that the centre
    promised to decide.
    """
    cut_off, promise = window.cut_off, aliased(Deadline)
    decided = stamp_at(promise.met_at, cut_off)
    promised = stamp_at(Dispatch.unreachable_at, cut_off).is_(None)
    return (
        sa.select(
            Dispatch.appeal_id,
            Dispatch.n,
            *APPEAL_COLUMNS,
            Dispatch.sent_at,
            Dispatch.sign_due_at,
            sa.case((promised, Dispatch.contact_due_at)).label("contact_due_at"),
            *(stamp_at(each, cut_off).label(each.key) for each in DISPATCH_STAMPS),
            Deadline.due_at.label("return_due_at"),
            return_decision_stamp(promise.due_at, promise, cut_off).label("decision_due_at"),
            return_decision_stamp(decided, promise, cut_off).label("decided_at"),
            sa.case((Dispatch.ended_at <= cut_off, Dispatch.how_ended)).label("how_ended"),
            *(column.label(name) for name, column in classification_columns(cut_off).items()),
            Dispatch.department.label("department"),
        )
        .join(Appeal, Appeal.id == Dispatch.appeal_id)
        .outerjoin(Deadline, is_return_deadline())
        .where(
            Dispatch.sent_at <= cut_off,
            has_begun_at(cut_off),
            sa.not_(is_handed_over_at(cut_off)),
            window.holds(Dispatch.sent_at),
            _is_imported_in_time(window),
        )
        .subquery("dispatches")
    )


def snapshot_reversals(window: CountWindow) -> sa.Subquery:
    """Select the decisions that were taken back in the period; they belong to no department."""
    cut_off = window.cut_off
    return (
        sa.select(
            Reversal.appeal_id,
            Reversal.n,
            *APPEAL_COLUMNS,
            Reversal.reversed_at,
            *(column.label(name) for name, column in classification_columns(cut_off).items()),
            sa.cast(sa.null(), sa.Text).label("department"),
        )
        .join(Appeal, Appeal.id == Reversal.appeal_id)
        .where(
            Reversal.reversed_at <= cut_off,
            window.holds(Reversal.reversed_at),
            _is_imported_in_time(window),
        )
        .subquery("reversals")
    )


def snapshot_urgings(window: CountWindow) -> sa.Subquery:
    """Select the urgings of the period; the department is the one that had the appeal then."""
    sent = aliased(Dispatch)
    last = sa.select(sa.func.max(sent.n)).where(
        sent.appeal_id == Move.appeal_id,
        sa.func.coalesce(sent.since_at, sent.sent_at) <= Move.at,
    )
    had_it = sa.and_(
        Dispatch.appeal_id == Move.appeal_id, Dispatch.n == last.correlate(Move).scalar_subquery()
    )
    kept = classification_columns(window.cut_off)
    return (
        _select_moves(window, Action.URGE, Move.at.label("urged_at"))
        .add_columns(
            *(column.label(name) for name, column in kept.items()),
            Dispatch.department.label("department"),
        )
        .outerjoin(Dispatch, had_it)
        .subquery("urgings")
    )


def snapshot_enquiries(window: CountWindow) -> sa.Subquery:
    """Select the enquiries of the period, by the channel through which somebody asked (Rules 8).

    They belong to no department.
    """
    asked_through = sa.func.coalesce(Move.facts[CHANNEL].astext, sa.cast(Appeal.channel, sa.Text))
    columns = {**classification_columns(window.cut_off), "channel": asked_through}
    return (
        _select_moves(window, Action.ENQUIRE, Move.at.label("enquired_at"))
        .add_columns(
            *(column.label(name) for name, column in columns.items()),
            sa.cast(sa.null(), sa.Text).label("department"),
        )
        .subquery("enquiries")
    )


def _select_moves(
    window: CountWindow, action: Action, at: sa.Label[datetime]
) -> sa.Select[*tuple[Any, ...]]:
    """Select the period's moves of one action; `n` numbers those of each appeal."""
    number = sa.func.row_number().over(partition_by=Move.appeal_id, order_by=Move.seq)
    return (
        sa.select(Move.appeal_id, number.label("n"), *APPEAL_COLUMNS, at)
        .join_from(Move, Appeal, Appeal.id == Move.appeal_id)
        .where(
            Move.action == action,
            Move.at <= window.cut_off,
            window.holds(Move.at),
            _is_imported_in_time(window),
        )
    )


ROW_NAMES: Mapping[Source, str] = {
    snapshot_appeals: "appeal",
    snapshot_rounds: "round",
    snapshot_dispatches: "dispatch",
    snapshot_reversals: "reversal",
    snapshot_urgings: "urging",
    snapshot_enquiries: "enquiry",
}
"""The names of the sources' rows in an edition's definitions, which its digest covers."""


def _is_imported_in_time(window: CountWindow) -> sa.ColumnElement[bool]:
    """Leave out appeals imported after the edition that is being recounted (Rules 6)."""
    if window.imported_by is None:
        return sa.true()
    return ~sa.exists().where(
        ImportedAppeal.appeal_id == Appeal.id, ImportedAppeal.imported_at > window.imported_by
    )


def _is_due_or_in_hand(window: CountWindow) -> sa.ColumnElement[bool]:
    """Match rounds dispatched, closed or due in the period, or open all through it.

    A round that was closed after the cut-off was still open at the cut-off.
    """
    before = Round.first_dispatched_at < window.period.start
    stamps = ("first_dispatched_at", "closed_at", "original_due_at", "extended_due_at")
    return sa.or_(
        *(window.holds(getattr(Round, name)) for name in stamps),
        sa.and_(before, Round.closed_at >= window.last),
        sa.and_(before, Round.closed_at.is_(None)),
    )


def _day_column(stamp: StampColumn) -> sa.Label[date]:
    """Return the Shanghai day of a stamp."""
    return (sa.cast(FIRST_NUMBERED_DAY, sa.Date) + number_of_day(stamp)).label("day")


def number_of_day(stamp: StampColumn) -> sa.ColumnElement[int]:
    """Return the number of a stamp's Shanghai day, counted from `FIRST_NUMBERED_DAY` = 0.

    It is computed from the seconds: converting each row's time zone takes four times as long.
    """
    begin = sa.cast(day_start(FIRST_NUMBERED_DAY), sa.DateTime(timezone=True))
    return sa.cast(sa.func.floor(seconds_between(begin, stamp) / float(DAY_SECONDS)), sa.Integer)


def _answer_days_column(answered: Stamp) -> sa.Label[int]:
    """Return the whole days (of 24 hours) from a round's opening to its answer, capped."""
    days = sa.func.floor(seconds_between(Round.opened_at, answered) / float(DAY_SECONDS))
    return sa.cast(sa.func.least(days, MAX_ANSWER_DAYS), sa.Integer).label("days")


def key_of(rows: sa.FromClause, by: Breakdown) -> sa.ColumnElement[str]:
    """Return a row's key as it is stored: a day as "2026-03-31", `days` with two digits."""
    if by is CITY:
        return sa.literal(CITY.value)
    key = sa.cast(rows.c[by], sa.Text)
    return sa.func.lpad(key, 2, "0") if by is Breakdown.DAYS else key


def seconds_between(start: StampColumn, end: StampColumn) -> sa.ColumnElement[float]:
    """Return the seconds between two stamps; a double is exact to the microsecond for ten years."""
    return sa.func.date_part("epoch", end - start)
