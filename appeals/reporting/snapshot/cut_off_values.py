"""What stood at a cut-off: stamps, the classification, the holder, the rating (Rules 4).

A stamp later than the cut-off counts as not there. What was replaced since is in rows of its own.
Few were: those are read once into one object for a whole statement, and not looked for by each row,
which no second process of the database could do.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import InstrumentedAttribute

from appeals.domain.vocabulary import DispatchEnd
from appeals.models.appeal import Appeal
from appeals.models.handling import Amendment, Dispatch, Rating, Reversal, Round

CENTRE = "centre"
"""The key of the department rows of what no department held at the cut-off."""
ENDS_WITHOUT_HOLDER = (DispatchEnd.RETURNED, DispatchEnd.RECALLED)
Stamp = sa.ColumnElement[datetime | None]


def stamp_at(stamp: InstrumentedAttribute[datetime | None] | Stamp, cut_off: datetime) -> Stamp:
    """Return the stamp if it lies at or before the cut-off, else NULL."""
    return sa.case((stamp <= cut_off, stamp))


def stamp_before_reversal(
    name: str, cut_off: datetime, of_round: type[Round] | None = None
) -> Stamp:
    """Return a stamp of an appeal, or of a round, that a decision taken back clears (Rules 3).

    It is as known at the cut-off: of one cleared since, the first later reversal says what stood.
    """
    later = Reversal.reversed_at > cut_off
    key: sa.ColumnElement[str] = sa.cast(Reversal.appeal_id, sa.Text)
    here: sa.ColumnElement[str] = sa.cast(Appeal.id, sa.Text)
    if of_round is not None:
        key = sa.func.concat(Reversal.appeal_id, " ", Reversal.round_n)
        here = sa.func.concat(of_round.appeal_id, " ", of_round.n)
    first_last = pg.aggregate_order_by(getattr(Reversal, name), Reversal.n.desc())
    stood = sa.func.jsonb_object_agg(key, first_last, type_=pg.JSONB)
    before = sa.select(stood).where(later).scalar_subquery()
    there = sa.select(Reversal.appeal_id).where(later).exists()
    stamp = sa.case(
        (
            sa.and_(there, here.in_(sa.select(key).where(later))),
            sa.cast(before[here].astext, sa.DateTime(timezone=True)),
        ),
        else_=getattr(of_round or Appeal, name),
    )
    return stamp_at(stamp, cut_off)


def classification_at(
    appeal: type[Appeal], name: str, cut_off: datetime
) -> sa.ColumnElement[str | None]:
    """Return a part of the classification that stood at the cut-off, as text.

    Of one corrected later the first later row says what stood.
    """
    later = Amendment.amended_at > cut_off
    corrected = sa.select(Amendment.appeal_id).where(later)
    first_last = pg.aggregate_order_by(
        getattr(Amendment, name), Amendment.amended_at.desc(), Amendment.n.desc()
    )  # of rows with the same key an object keeps the last
    stood = sa.func.jsonb_object_agg(Amendment.appeal_id, first_last, type_=pg.JSONB)
    before = sa.select(stood).where(later).scalar_subquery()
    return sa.case(
        (appeal.id.in_(corrected), before[sa.cast(appeal.id, sa.Text)].astext),
        else_=sa.cast(getattr(appeal, name), sa.Text),
    )


def classification_columns(cut_off: datetime) -> dict[str, sa.ColumnElement[str | None]]:
    """Return the classification that stood, as texts."""
    names = ("district", "street", "category", "kind")
    found = {name: classification_at(Appeal, name, cut_off) for name in names}
    return {**found, "channel": sa.cast(Appeal.channel, sa.Text)}


def is_last_round_at(cut_off: datetime, of_round: type[Round]) -> sa.ColumnElement[bool]:
    """Join an appeal's last round at the cut-off.

    One answered on the spot, half of a month, has a round with nothing in it: none is looked for.
    """
    in_rounds = Appeal.answered_on_spot_at.is_(None)
    return sa.and_(
        of_round.appeal_id == sa.case((in_rounds, Appeal.id)),
        of_round.opened_at <= cut_off,
        sa.or_(of_round.until_at.is_(None), of_round.until_at > cut_off),
    )


def is_last_dispatch_at(cut_off: datetime, of_round: type[Round]) -> sa.ColumnElement[bool]:
    """Join the dispatch that stood last in the round at the cut-off; one never sent has none."""
    dispatched = of_round.first_dispatched_at.is_not(None)
    return sa.and_(
        Dispatch.appeal_id == sa.case((dispatched, of_round.appeal_id)),
        Dispatch.round_n == of_round.n,
        Dispatch.sent_at <= cut_off,
        sa.or_(Dispatch.until_at.is_(None), Dispatch.until_at > cut_off),
    )


def rating_at(of_round: type[Round], name: str, cut_off: datetime) -> sa.ColumnElement[str | None]:
    """Return a part of the round's last effective rating at the cut-off, as text.

    The round says it; of one rated anew since, the rating that stood does.
    """
    in_round = sa.func.concat(Rating.appeal_id, " ", Rating.round_n)
    stood = sa.func.jsonb_object_agg(in_round, getattr(Rating, name), type_=pg.JSONB)
    anew = sa.and_(Rating.rated_at <= cut_off, Rating.until_at > cut_off)
    before = sa.select(stood).where(anew).scalar_subquery()
    here = sa.func.concat(of_round.appeal_id, " ", of_round.n)
    return sa.case(
        (of_round.rated_at <= cut_off, sa.cast(getattr(of_round, name), sa.Text)),
        (of_round.rated_at > cut_off, before[here].astext),
    )


def department_at(cut_off: datetime) -> sa.ColumnElement[str | None]:
    """Return the department of the joined dispatch, or the centre if it was sent away by then."""
    away = sa.and_(Dispatch.ended_at <= cut_off, Dispatch.how_ended.in_(ENDS_WITHOUT_HOLDER))
    return sa.case((sa.or_(Dispatch.department.is_(None), away), CENTRE), else_=Dispatch.department)
