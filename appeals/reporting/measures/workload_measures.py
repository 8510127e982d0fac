"""Measures of the workload, part of `catalogue.COLUMNS`: carry-over, overdue, working days.

For every period, the city and every breakdown by place, category, kind and channel:
carried in + dispatched = finished + carried out. Not by department, which may change in between.
"""

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
from appeals.reporting.measures.measure_shapes import Count, Mean, Measure, Median, Rate, Words
from appeals.reporting.snapshot.breakdowns import CITY
from appeals.reporting.snapshot.snapshot_rows import snapshot_dispatches, snapshot_rounds

WORKLOAD_MEASURES: tuple[Measure, ...] = (
    Count(
        MeasureName.CLOSED_UNTIMED, Words("办结时间不明量", "Closed, time not known"),
        Words(
            "期内办结的轮次中，原系统没有办结时间、按导入对应的时间计的；不计入天数和期限类指标。",
            "Of rounds closed in the period, those that another system closed without a time: they"
            " stand at the time that the import named, and count in no measure of days or dates.",
        ),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=all_of(StampInPeriod("closed_at"), LacksStamp("answered_at")),
        by=(CITY,),
    ),
    Count(
        MeasureName.CARRIED_IN, Words("上期结转量", "Carried in"),
        Words(
            "期初之前派单、期初尚未办结的轮次。",
            "Rounds dispatched before the period and open as it began.",
        ),
        over=snapshot_rounds, base=MeasureBase.OPEN,
        population=IsCarriedIn(),
    ),
    Count(
        MeasureName.FINISHED, Words("办毕量", "Finished"),
        Words(
            "经派单，期内办结或撤回的轮次。",
            "Rounds dispatched, and closed or withdrawn in the period.",
        ),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=all_of(HasStamp("first_dispatched_at"), StampInPeriod("finished_at")),
    ),
    Count(
        MeasureName.CARRIED_OUT, Words("结转下期量", "Carried out"),
        Words(
            "经派单，期末（或截止时）尚未办结的轮次。",
            "Rounds dispatched and open at the period's end or the cut-off.",
        ),
        over=snapshot_rounds, base=MeasureBase.OPEN,
        population=IsCarriedOut(),
    ),
    Count(
        MeasureName.OVERDUE, Words("超期未办结量", "Overdue"),
        Words(
            "期末（或截止时）已过现行期限而未办结的轮次。",
            "Rounds past their current due moment and open at the period's end or the cut-off.",
        ),
        over=snapshot_rounds, base=MeasureBase.OPEN,
        population=IsOverdueAtEnd(),
    ),
    Rate(
        MeasureName.CLAIMED, Words("认领率", "Claimed"),
        Words(
            "期内派出且有联系时限的派单中，在联系时限内签收的占比；时限内、签收前撤回的不计。",
            "Of dispatches sent in the period with a time to contact, those signed for by it. One"
            " recalled within that time, before it was signed for, is left out.",
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
        MeasureName.LAST_HOUR, Words("临限办结率", "Finished in the last hour"),
        Words(
            "期内办结且按期的轮次中，在期限前一小时内答复的占比；偏高时应抽查。",
            "Of rounds closed in the period and on time, those answered within the hour before"
            " they were due; if it is high, look at some.",
        ),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=all_of(
            StampInPeriod("closed_at"), HasStamp("due_at"), MetByDue("met_at", "due_at"),
        ),
        met=IsAnsweredInLastHour(),
        version=2,
    ),
    Rate(
        MeasureName.RETURNED_ON_LAST_DAY, Words("末日退单率", "Returned on the last day"),
        Words(
            "期内派出后被退回的派单中，在可申请退单的最后一天才申请的占比；偏高时应抽查。",
            "Of dispatches sent in the period and returned, those whose return was asked on the"
            " last day on which it could be; if it is high, look at some.",
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
        MeasureName.WORKING_DAYS_MEAN, Words("平均办理工作日", "Working days to answer, mean"),
        Words(
            "期内办结的轮次，从开始（首轮为提交）次日起到答复日的工作日平均数；一个工作日存为86400秒。",
            "Rounds closed in the period: working days after the day of opening (round 1: filing)"
            " up to the answer's; a working day is stored as 86,400 seconds.",
        ),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=all_of(StampInPeriod("closed_at"), HasStamp("answered_at")),
        duration=WorkingDaysToAnswer(),
    ),
    Median(
        MeasureName.WORKING_DAYS_MEDIAN,
        Words("办理工作日中位数", "Working days to answer, median"),
        Words("同上，取中位数；不可相加。", "As the mean, but the middle one; never summed."),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=all_of(StampInPeriod("closed_at"), HasStamp("answered_at")),
        duration=WorkingDaysToAnswer(),
    ),
)  # fmt: skip
