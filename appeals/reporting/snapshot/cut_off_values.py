"""SQL expressions for values as of a cut-off: stamps, classification, department, rating (Rules 4).

A stamp later than the cut-off is NULL. A value that was replaced after the cut-off is restored from
the row that recorded the replacement: `Amendment` (corrections), `Reversal` (decisions taken back)
and `Rating` (earlier versions of a rating).

Such rows are few. So each expression collects those later than the cut-off into one JSON object, in
a subquery that PostgreSQL runs once for the statement. A subquery for each row would be slower and
would keep PostgreSQL from running the statement in parallel.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import InstrumentedAttribute

from appeals.domain.vocabulary import DispatchEnd, Duty
from appeals.models.appeal import Appeal
from appeals.models.handling import Amendment, Deadline, Dispatch, Rating, Reversal, Round
from appeals.reporting.snapshot.count_window import StampColumn

CENTRE = "centre"
"""The department key of what the centre held at the cut-off."""
ENDS_WITHOUT_HOLDER = (DispatchEnd.RETURNED, DispatchEnd.RECALLED)
Stamp = sa.ColumnElement[datetime | None]


def stamp_at(stamp: InstrumentedAttribute[datetime | None] | Stamp, cut_off: datetime) -> Stamp:
    """Return the stamp if it lies at or before the cut-off, else NULL."""
    return sa.case((stamp <= cut_off, stamp))


def stamp_before_reversal(
    name: str, cut_off: datetime, of_round: type[Round] | None = None
) -> Stamp:
    """Return a stamp as of the cut-off that a reversal may have cleared since (Rules 3).

    The first reversal after the cut-off recorded the stamp that it cleared. Where there was none
    after the cut-off, the row's own stamp holds.

    Args:
        name: The stamp's column, the same in `Reversal` and in `Appeal` or `Round`.
        cut_off: The cut-off, aware.
        of_round: The rounds of the statement, for a stamp of a round; None for one of the appeal.
    """
    later = Reversal.reversed_at > cut_off
    key: sa.ColumnElement[str] = sa.cast(Reversal.appeal_id, sa.Text)
    here: sa.ColumnElement[str] = sa.cast(Appeal.id, sa.Text)
    if of_round is not None:
        key = sa.func.concat(Reversal.appeal_id, " ", Reversal.round_n)
        here = sa.func.concat(of_round.appeal_id, " ", of_round.n)
    newest_first = pg.aggregate_order_by(getattr(Reversal, name), Reversal.n.desc())
    # an object keeps the last of equal keys: ordered newest first, that is the first reversal
    stamps_by_key = sa.func.jsonb_object_agg(key, newest_first, type_=pg.JSONB)
    before = sa.select(stamps_by_key).where(later).scalar_subquery()
    any_later = sa.select(Reversal.appeal_id).where(later).exists()
    stamp = sa.case(
        (
            sa.and_(any_later, here.in_(sa.select(key).where(later))),
            sa.cast(before[here].astext, sa.DateTime(timezone=True)),
        ),
        else_=getattr(of_round or Appeal, name),
    )
    return stamp_at(stamp, cut_off)


def classification_at(
    appeal: type[Appeal], name: str, cut_off: datetime
) -> sa.ColumnElement[str | None]:
    """Return a classification column, such as "category", as of the cut-off, as text.

    The first amendment after the cut-off recorded the value that it replaced.
    """
    later = Amendment.amended_at > cut_off
    corrected = sa.select(Amendment.appeal_id).where(later)
    newest_first = pg.aggregate_order_by(
        getattr(Amendment, name), Amendment.amended_at.desc(), Amendment.n.desc()
    )  # an object keeps the last of equal keys: the first amendment
    values_by_appeal = sa.func.jsonb_object_agg(Amendment.appeal_id, newest_first, type_=pg.JSONB)
    before = sa.select(values_by_appeal).where(later).scalar_subquery()
    return sa.case(
        (appeal.id.in_(corrected), before[sa.cast(appeal.id, sa.Text)].astext),
        else_=sa.cast(getattr(appeal, name), sa.Text),
    )


def classification_columns(cut_off: datetime) -> dict[str, sa.ColumnElement[str | None]]:
    """Return the classification as of the cut-off: place, category, kind and channel, as texts."""
    names = ("district", "street", "category", "kind")
    found = {name: classification_at(Appeal, name, cut_off) for name in names}
    return {**found, "channel": sa.cast(Appeal.channel, sa.Text)}


def is_last_round_at(cut_off: datetime, of_round: type[Round]) -> sa.ColumnElement[bool]:
    """Return the join of an appeal to the round that was its last at the cut-off.

    Half of a month's appeals are answered on the spot. Their round is empty, so they join none.
    """
    in_rounds = Appeal.answered_on_spot_at.is_(None)
    return sa.and_(
        of_round.appeal_id == sa.case((in_rounds, Appeal.id)),
        of_round.opened_at <= cut_off,
        sa.or_(of_round.until_at.is_(None), of_round.until_at > cut_off),
    )


def has_begun_at(cut_off: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that a dispatch was sent by the cut-off, or taken over if it continues.

    The row with which a successor continues a dispatch has the time when that was sent.
    """
    return sa.func.coalesce(Dispatch.since_at, Dispatch.sent_at) <= cut_off


def is_last_dispatch_at(cut_off: datetime, of_round: type[Round]) -> sa.ColumnElement[bool]:
    """Return the join of a round to its last dispatch at the cut-off; one never sent has none."""
    dispatched = of_round.first_dispatched_at.is_not(None)
    return sa.and_(
        Dispatch.appeal_id == sa.case((dispatched, of_round.appeal_id)),
        Dispatch.round_n == of_round.n,
        has_begun_at(cut_off),
        sa.or_(Dispatch.until_at.is_(None), Dispatch.until_at > cut_off),
    )


def rating_at(of_round: type[Round], name: str, cut_off: datetime) -> sa.ColumnElement[str | None]:
    """Return a column of the round's effective rating at the cut-off, as text.

    The round holds its last rating. If that is later than the cut-off, the version before holds.
    """
    in_round = sa.func.concat(Rating.appeal_id, " ", Rating.round_n)
    values_by_round = sa.func.jsonb_object_agg(in_round, getattr(Rating, name), type_=pg.JSONB)
    replaced_since = sa.and_(Rating.rated_at <= cut_off, Rating.until_at > cut_off)
    before = sa.select(values_by_round).where(replaced_since).scalar_subquery()
    here = sa.func.concat(of_round.appeal_id, " ", of_round.n)
    return sa.case(
        (of_round.rated_at <= cut_off, sa.cast(getattr(of_round, name), sa.Text)),
        (of_round.rated_at > cut_off, before[here].astext),
    )


def department_at(cut_off: datetime) -> sa.ColumnElement[str | None]:
    """Return the department of the joined dispatch; the centre if it was returned or recalled."""
    away = sa.and_(Dispatch.ended_at <= cut_off, Dispatch.how_ended.in_(ENDS_WITHOUT_HOLDER))
    return sa.case((sa.or_(Dispatch.department.is_(None), away), CENTRE), else_=Dispatch.department)


def is_handed_over_at(cut_off: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that a successor continues the dispatch as of the cut-off."""
    ended = sa.and_(
        Dispatch.how_ended == DispatchEnd.HANDED_OVER.value, Dispatch.ended_at <= cut_off
    )
    return sa.func.coalesce(ended, sa.false())


def is_return_deadline() -> sa.ColumnElement[bool]:
    """Return the join of a dispatch to the deadline of its return, if a return was requested."""
    asked = Dispatch.return_asked_at.is_not(None)
    return sa.and_(
        Deadline.appeal_id == sa.case((asked, Dispatch.appeal_id)),
        Deadline.dispatch_n == Dispatch.n,
        Deadline.duty == Duty.RETURN,
    )


def return_decision_stamp(stamp: StampColumn, promise: type[Deadline], cut_off: datetime) -> Stamp:
    """Return a stamp of the newest promise to decide on a return, as of the cut-off.

    A promise that ended before it was due and without a decision is none: the appeal was withdrawn.
    """
    ended_early = sa.and_(
        promise.ended_at <= cut_off,
        sa.func.date_trunc("second", promise.ended_at) <= promise.due_at,
    )
    newest = (
        sa.select(stamp)
        .where(
            promise.appeal_id == Dispatch.appeal_id,
            promise.dispatch_n == Dispatch.n,
            promise.duty == Duty.RETURN_DECISION,
            promise.started_at <= cut_off,
            sa.not_(sa.func.coalesce(ended_early, sa.false())),
        )
        .order_by(promise.started_at.desc())
        .limit(1)
        .correlate(Dispatch)
    )
    return sa.case((Dispatch.return_asked_at.is_not(None), newest.scalar_subquery()))
