"""Measures of the workload, part of `catalogue.COLUMNS`: carry-over, overdue, working days.

For every period, the city and every breakdown by place, category, kind and channel:
carried in + dispatched = finished + carried out. Not by department, which may change in between.
"""

from appeals.domain.messages import context_message, message
from appeals.reporting.measures.conditions import (
    DidNotEndEarly,
    HasStamp,
    IsAnsweredInLastHour,
    IsCarriedIn,
    IsCarriedOut,
    IsOneOf,
    IsOverdueAtEnd,
    IsReturnedOnLastDay,
    LacksStamp,
    MetByDue,
    StampInPeriod,
    all_of,
)
from appeals.reporting.measures.durations import WorkingDaysToAnswer
from appeals.reporting.measures.measure_names import MeasureBase, MeasureName
from appeals.reporting.measures.measure_shapes import Count, Mean, Measure, Median, Rate
from appeals.reporting.snapshot.breakdowns import CITY
from appeals.reporting.snapshot.snapshot_rows import snapshot_dispatches, snapshot_rounds

WORKLOAD_MEASURES: tuple[Measure, ...] = (
    Count(
        MeasureName.CLOSED_UNTIMED, context_message("measure", "Closed, time not known"),
        message(
            "Of rounds closed in the period, those that another system closed without a time: they"
            " stand at the time that the import named, and count in no measure of days or dates."
        ),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=all_of(StampInPeriod("closed_at"), LacksStamp("answered_at")),
        by=(CITY,),
    ),
    Count(
        MeasureName.CARRIED_IN, context_message("measure", "Carried in"),
        message("Rounds dispatched before the period and open as it began."),
        over=snapshot_rounds, base=MeasureBase.OPEN,
        population=IsCarriedIn(),
    ),
    Count(
        MeasureName.FINISHED, context_message("measure", "Finished"),
        message("Rounds dispatched, and closed or withdrawn in the period."),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=all_of(HasStamp("first_dispatched_at"), StampInPeriod("finished_at")),
    ),
    Count(
        MeasureName.CARRIED_OUT, context_message("measure", "Carried out"),
        message("Rounds dispatched and open at the period's end or the cut-off."),
        over=snapshot_rounds, base=MeasureBase.OPEN,
        population=IsCarriedOut(),
    ),
    Count(
        MeasureName.OVERDUE, context_message("measure", "Overdue"),
        message(
            "Rounds past their current due moment and open at the period's end or the cut-off,"
            " without an answer given in time."
        ),
        over=snapshot_rounds, base=MeasureBase.OPEN,
        population=IsOverdueAtEnd(),
        version=2,
    ),
    Rate(
        MeasureName.CLAIMED, context_message("measure", "Claimed"),
        message(
            "Of dispatches sent in the period with a time to contact, those signed for by it. One"
            " recalled within that time, before it was signed for, is left out."
        ),
        over=snapshot_dispatches, base=MeasureBase.DISPATCHED,
        population=all_of(
            StampInPeriod("sent_at"),
            HasStamp("contact_due_at"),
            DidNotEndEarly("signed_at", "contact_due_at"),
        ),
        met=MetByDue("signed_at", "contact_due_at"),
        version=3,
    ),
    Rate(
        MeasureName.LAST_HOUR, context_message("measure", "Finished in the last hour"),
        message(
            "Of rounds closed in the period and on time, those answered within the hour before"
            " they were due; if it is high, look at some."
        ),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=all_of(
            StampInPeriod("closed_at"), HasStamp("due_at"), MetByDue("met_at", "due_at"),
        ),
        met=IsAnsweredInLastHour(),
        version=2,
    ),
    Rate(
        MeasureName.RETURNED_ON_LAST_DAY, context_message("measure", "Returned on the last day"),
        message(
            "Of dispatches sent in the period and returned, those whose return was asked on the"
            " last day on which it could be; if it is high, look at some."
        ),
        over=snapshot_dispatches, base=MeasureBase.DISPATCHED,
        population=all_of(
            StampInPeriod("sent_at"),
            IsOneOf("how_ended", ("returned",)),
            HasStamp("return_due_at"),
        ),
        met=IsReturnedOnLastDay(),
    ),
    Mean(
        MeasureName.WORKING_DAYS_MEAN, context_message("measure", "Working days to answer, mean"),
        message(
            "Rounds closed in the period: working days after the day of opening (round 1: filing)"
            " up to the answer's; a working day is stored as 86,400 seconds."
        ),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=all_of(StampInPeriod("closed_at"), HasStamp("answered_at")),
        duration=WorkingDaysToAnswer(),
    ),
    Median(
        MeasureName.WORKING_DAYS_MEDIAN,
        context_message("measure", "Working days to answer, median"),
        message("As the mean, but the middle one; never summed."),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=all_of(StampInPeriod("closed_at"), HasStamp("answered_at")),
        duration=WorkingDaysToAnswer(),
    ),
)  # fmt: skip
