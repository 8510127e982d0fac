"""Many ratings from one device, recognised by a keyed hash that is stored with each rating.

The hash is made by `casework/handling/rating_devices.py`. A report numbers the devices by rank; no
hash is published with it. Ratings of restricted appeals are left out (Rules 3).
"""

import sqlalchemy as sa

from appeals.act import Act
from appeals.models.handling import RatedFrom, Rating
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.measure_names import MeasureName, MeasureVariant
from appeals.reporting.snapshot.count_window import CountWindow
from appeals.reporting.snapshot.snapshot_rows import snapshot_rounds

MIN_DEVICE_RATINGS, MAX_DEVICES = 5, 20
"""Ratings in the period from which a device is listed, and the most devices listed (D)."""


def find_shared_devices(act: Act, window: CountWindow) -> list[dict[str, object]]:
    """Return the devices with the most ratings among those that the satisfaction rate counts.

    Of each: its ratings, how many of them are satisfied, and of how many departments.
    """
    return [
        {"rated": rated, "satisfied": satisfied, "departments": departments}
        for _, rated, satisfied, departments in act.session.execute(_rank_devices(window))
    ]


def is_rated_from_device(
    rows: sa.Subquery, place: int, window: CountWindow
) -> sa.ColumnElement[bool]:
    """Match rounds whose rating, as of the cut-off, came from the device at this rank.

    `place` is its rank from 1 in the order of `find_shared_devices`.
    """
    mark = _rank_devices(window).with_only_columns(RatedFrom.device).limit(1).offset(place - 1)
    return sa.exists().where(
        ~rows.c.restricted,
        _is_rating_at_cut_off(rows, window),
        _is_device_of_rating(),
        RatedFrom.device == mark.scalar_subquery(),
    )


def _rank_devices(window: CountWindow) -> sa.Select[str, int, int, int]:
    """Select the hashes with what `find_shared_devices` returns of each, most ratings first."""
    rows, measure = snapshot_rounds(window), MEASURES[MeasureName.SATISFACTION]
    return (
        sa.select(
            RatedFrom.device,
            sa.func.count().label("rated"),
            sa.func.count().filter(measure.met.sql(rows, window)).label("satisfied"),
            sa.func.count(sa.distinct(rows.c.department)).label("departments"),
        )
        .select_from(rows)
        .join(Rating, _is_rating_at_cut_off(rows, window))
        .join(RatedFrom, _is_device_of_rating())
        .where(measure.case_condition(MeasureVariant.ALL).sql(rows, window), ~rows.c.restricted)
        .group_by(RatedFrom.device)
        .having(sa.func.count() >= MIN_DEVICE_RATINGS)
        .order_by(sa.func.count().desc(), RatedFrom.device)
        .limit(MAX_DEVICES)
    )


def _is_rating_at_cut_off(rows: sa.Subquery, window: CountWindow) -> sa.ColumnElement[bool]:
    return sa.and_(
        Rating.appeal_id == rows.c.appeal_id,
        Rating.round_n == rows.c.n,
        Rating.rated_at <= window.cut_off,
        sa.or_(Rating.until_at.is_(None), Rating.until_at > window.cut_off),
    )


def _is_device_of_rating() -> sa.ColumnElement[bool]:
    return sa.and_(RatedFrom.appeal_id == Rating.appeal_id, RatedFrom.n == Rating.n)
