"""Repeat filings: the same telephone and category within thirty days; and their ratings.

The telephone is that of the filing, in any spelling; a later change of contact does not alter a
past month. Because telephones may be erased, a recount could differ. So these numbers are stored
with the report, sealed with an edition, and not recounted. Restricted appeals are left out
(Rules 3).
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from appeals.act import Act
from appeals.models.appeal import Appeal, Statement, caller_key
from appeals.reporting.measures.catalogue import FILED_VALID, MEASURES
from appeals.reporting.measures.measure_names import MeasureName, MeasureVariant
from appeals.reporting.snapshot.count_window import CountWindow
from appeals.reporting.snapshot.cut_off_values import classification_at
from appeals.reporting.snapshot.snapshot_rows import snapshot_appeals, snapshot_rounds

REPEAT_WITHIN = timedelta(days=30)
MAX_CATEGORIES = 5


def is_repeat(rows: sa.Subquery, cut_off: datetime) -> sa.ColumnElement[bool]:
    """Match rows whose citizen filed on the same category in the thirty days before.

    The category is that at the cut-off.
    """
    own, others, before = aliased(Statement), aliased(Statement), aliased(Appeal)
    return sa.exists().where(
        ~rows.c.restricted,
        own.appeal_id == rows.c.appeal_id,
        own.contact_phone != "",
        caller_key(others.phone_number, others.contact_phone)
        == caller_key(own.phone_number, own.contact_phone),
        others.contact_phone != "",
        before.id == others.appeal_id,
        ~before.restricted,
        classification_at(before, "category", cut_off) == rows.c.category,
        before.filed_at < rows.c.filed_at,
        before.filed_at >= rows.c.filed_at - REPEAT_WITHIN,
    )


def count_repeat_filings(act: Act, window: CountWindow) -> dict[str, object]:
    """Count the period's valid appeals that are repeat filings, and the ratings of these."""
    rows = snapshot_appeals(window)
    repeat = is_repeat(rows, window.cut_off).label("repeat")
    open_to_all = sa.and_(FILED_VALID.sql(rows, window), ~rows.c.restricted)
    known = sa.select(repeat, rows.c.category).where(open_to_all).subquery("known")
    counted = sa.select(known.c.category, sa.func.count()).where(known.c.repeat)
    top = counted.group_by(known.c.category).order_by(sa.func.count().desc(), known.c.category)
    by_category = act.session.execute(top).all()
    valid = act.session.scalar(sa.select(sa.func.count()).select_from(known)) or 0
    return {
        "repeated": sum(count for _, count in by_category),
        "valid": valid,
        "categories": [[category, count] for category, count in by_category[:MAX_CATEGORIES]],
        **_count_ratings(act, window),
    }


def _count_ratings(act: Act, window: CountWindow) -> dict[str, object]:
    """Count the satisfied and the rated, of repeats and of the rest, closed in the period."""
    rows, measure = snapshot_rounds(window), MEASURES[MeasureName.SATISFACTION]
    of = sa.and_(measure.case_condition(MeasureVariant.ALL).sql(rows, window), ~rows.c.restricted)
    rated = (
        sa.select(
            is_repeat(rows, window.cut_off).label("repeat"),
            measure.met.sql(rows, window).label("met"),
        )
        .where(of)
        .subquery("rated")
    )
    met = sa.func.count().filter(rated.c.met)
    found = act.session.execute(
        sa.select(rated.c.repeat, met, sa.func.count()).group_by(rated.c.repeat)
    )
    numbers = {repeat: [met, of] for repeat, met, of in found}
    return {"satisfied": numbers.get(True, [0, 0]), "others": numbers.get(False, [0, 0])}
