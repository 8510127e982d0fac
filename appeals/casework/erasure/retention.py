"""Retention: after how many years without a move appeals of a kind are erased (0: never)."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.erasure.erasure import BATCH_SIZE, erase_appeals
from appeals.domain.calendar import city_day, day_start
from appeals.domain.states import OPEN
from appeals.domain.vocabulary import ErasedBy, Kind
from appeals.models.appeal import Appeal, Move
from appeals.models.erasure import Erasure, Retention

FEBRUARY_28 = 28


def erase_by_rule(act: Act, most: int = BATCH_SIZE) -> int:
    """Erase one batch of appeals whose retention has ended; return how many."""
    return erase_appeals(act, list_due(act, most), ErasedBy.RULE)


def list_due(act: Act, most: int) -> Sequence[int]:
    """Return the ids of appeals whose last move is older than the retention of their kind."""
    reached = _due_condition(act)
    if reached is None:
        return ()
    due = sa.select(Appeal.id).join(*_LAST_MOVE).where(reached)
    return act.session.scalars(due.order_by(Appeal.filed_at, Appeal.id).limit(most)).all()


def count_due(act: Act) -> list[tuple[Kind, str, int]]:
    """Count the appeals whose retention has ended, by kind and month of filing (yyyy-mm)."""
    reached = _due_condition(act)
    if reached is None:
        return []
    month = sa.func.to_char(sa.func.timezone("Asia/Shanghai", Appeal.filed_at), "YYYY-MM")
    rows = act.session.execute(
        sa.select(Appeal.kind, month.label("month"), sa.func.count())
        .join(*_LAST_MOVE)
        .where(reached)
        .group_by(Appeal.kind, sa.text("month"))
        .order_by(sa.text("month"), Appeal.kind)
    )
    return [(kind, name, count) for kind, name, count in rows]


def count_due_up_to(act: Act, most: int) -> int:
    """Count the appeals whose retention has ended, at most up to `most`."""
    reached = _due_condition(act)
    if reached is None:
        return 0
    due = sa.select(sa.literal(1)).select_from(Appeal).join(*_LAST_MOVE).where(reached).limit(most)
    return act.session.scalar(sa.select(sa.func.count()).select_from(due.subquery())) or 0


def years_today(act: Act) -> dict[Kind, int]:
    """Return the years of retention in force today by kind, without kinds that are never erased."""
    rows = act.session.scalars(
        sa.select(Retention)
        .where(Retention.valid_from <= city_day(act.now))
        .order_by(Retention.valid_from)
    )
    newest = {row.kind: row.years for row in rows}
    return {kind: years for kind, years in newest.items() if years}


_LAST_MOVE = (Move, sa.and_(Move.appeal_id == Appeal.id, Move.seq == Appeal.moves_made))


def _due_condition(act: Act) -> sa.ColumnElement[bool] | None:
    """Return the condition on appeals and their last moves; None if no kind is ever erased."""
    kinds = [
        sa.and_(Appeal.kind == kind, Appeal.filed_at < before, Move.at < before)
        for kind, years in years_today(act).items()
        for before in (_years_ago(city_day(act.now), years),)
    ]
    if not kinds:
        return None
    is_erased = sa.exists().where(Erasure.appeal_id == Appeal.id)
    return sa.and_(sa.or_(*kinds), Appeal.state.not_in(OPEN), ~is_erased)


def _years_ago(day: date, years: int) -> datetime:
    """Return 00:00 (Asia/Shanghai) of the same day years earlier; 29 February becomes the 28th."""
    if (day.month, day.day) == (2, FEBRUARY_28 + 1):
        day = day.replace(day=FEBRUARY_28)
    return day_start(day.replace(year=day.year - years))
