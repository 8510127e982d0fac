"""Many ratings from one device: a mark kept with each rating tells (`casework/devices.py`)."""

import sqlalchemy as sa

from appeals.act import Act
from appeals.models.handling import RatedFrom, Rating
from appeals.reporting.asof import rounds
from appeals.reporting.definitions import MEASURES
from appeals.reporting.rates import Window

LEAST, MOST = 5, 20
"""Ratings in the period from which a device is named, and how many devices are (D)."""


def devices(act: Act, window: Window) -> list[dict[str, object]]:
    """Give the devices with the most of the ratings that the satisfaction rate counts.

    Of each: its mark, how many it rated, how many of them satisfied, of how many departments.
    """
    rows, measure = rounds(window.period, window.cut_off), MEASURES["satisfaction"]
    found = act.session.execute(
        sa.select(
            RatedFrom.device,
            sa.func.count(),
            sa.func.count().filter(measure.met(rows, window)),
            sa.func.count(sa.distinct(rows.c.department)),
        )
        .select_from(rows)
        .join(Rating, _standing(rows, window))
        .join(RatedFrom, _of_rating())
        .where(measure.population(rows, window, "all"))
        .group_by(RatedFrom.device)
        .having(sa.func.count() >= LEAST)
        .order_by(sa.func.count().desc(), RatedFrom.device)
        .limit(MOST)
    )
    names = ("device", "rated", "satisfied", "departments")
    return [dict(zip(names, row, strict=True)) for row in found]


def rated_from(rows: sa.Subquery, device: str, window: Window) -> sa.ColumnElement[bool]:
    """Hold for rounds whose rating, as it stood at the cut-off, came from the device."""
    return sa.exists().where(_standing(rows, window), _of_rating(), RatedFrom.device == device)


def _standing(rows: sa.Subquery, window: Window) -> sa.ColumnElement[bool]:
    return sa.and_(
        Rating.appeal_id == rows.c.appeal_id,
        Rating.round_n == rows.c.n,
        Rating.rated_at <= window.cut_off,
        sa.or_(Rating.until_at.is_(None), Rating.until_at > window.cut_off),
    )


def _of_rating() -> sa.ColumnElement[bool]:
    return sa.and_(RatedFrom.appeal_id == Rating.appeal_id, RatedFrom.n == Rating.n)
