"""Measures that only the charts need, part of `catalogue.COLUMNS`.

Counts by day of the period, counts by days to the answer, and the last step of the funnel. The
funnel follows the appeals filed in the period, so its last step is the satisfaction of these, and
not of what was closed in the period.
"""

from appeals.domain.messages import context_message, message
from appeals.reporting.measures.conditions import (
    SATISFIED,
    HasStamp,
    IsOneOf,
    StampInPeriod,
    all_of,
)
from appeals.reporting.measures.measure_names import MeasureBase, MeasureName
from appeals.reporting.measures.measure_shapes import Count, Measure, Opinions, Rate
from appeals.reporting.snapshot.breakdowns import CITY, Breakdown
from appeals.reporting.snapshot.snapshot_rows import snapshot_appeals, snapshot_rounds

CLOSED = StampInPeriod("closed_at")

CHART_MEASURES: tuple[Measure, ...] = (
    Rate(
        MeasureName.SATISFACTION_OF_FILED,
        context_message("measure", "Satisfaction of those filed"),
        message(
            "Of effective ratings of the appeals filed in the period, dispatched, and closed by the"
            " cut-off: very, plainly and fairly satisfied."
        ),
        over=snapshot_appeals, base=MeasureBase.FILED,
        population=all_of(
            StampInPeriod("filed_at"),
            HasStamp("first_dispatched_at"),
            HasStamp("closed_at"),
            HasStamp("satisfaction"),
        ),
        met=IsOneOf("satisfaction", SATISFIED),
        by=(CITY,), version=2, opinions=Opinions.CASES,
    ),
    Count(
        MeasureName.FILED_DAILY, context_message("measure", "Filed by day"),
        message("Appeals filed in the period, by their day."),
        over=snapshot_appeals, base=MeasureBase.FILED,
        population=StampInPeriod("filed_at"),
        by=(Breakdown.DAY,),
    ),
    Count(
        MeasureName.CLOSED_DAILY, context_message("measure", "Closed by day"),
        message("Rounds closed in the period, by their day."),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=all_of(CLOSED, HasStamp("answered_at")),
        by=(Breakdown.DAY,),
    ),
    Count(
        MeasureName.ANSWERED, context_message("measure", "Closed, by days to answer"),
        message(
            "Rounds closed in the period with an answer, by whole days (24 hours each) from opening"
            " (round 1: filing) to answer."
        ),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=all_of(CLOSED, HasStamp("answered_at")),
        by=(Breakdown.DAYS,),
    ),
)  # fmt: skip
