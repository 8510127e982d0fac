"""`COLUMNS`: every measure of the report, defined once (Rules 4, Domain 3.1 and 3.2).

To add one, add an entry: the count, pages, files, lists of cases and meanings walk this table.
Raise `version` if a changed entry would change the figure of a published month (Rules 5).
"""

from appeals.domain.vocabulary import Solved
from appeals.reporting.measures.chart_measures import CHART_MEASURES
from appeals.reporting.measures.conditions import (
    EVERY_ROW,
    SATISFIED,
    Condition,
    DidNotEndEarly,
    DueInPeriod,
    HasStamp,
    IsDueOrCarriedIn,
    IsFinishedByEnd,
    IsFirstRound,
    IsLaterRound,
    IsNoConsultation,
    IsOneOf,
    IsTrue,
    MetByDue,
    StampInPeriod,
    all_of,
)
from appeals.reporting.measures.durations import SecondsToAnswer
from appeals.reporting.measures.measure_names import MeasureBase, MeasureName, MeasureVariant
from appeals.reporting.measures.measure_shapes import (
    Count,
    Mean,
    Measure,
    Median,
    Opinions,
    Rate,
    Words,
)
from appeals.reporting.measures.workload_measures import WORKLOAD_MEASURES
from appeals.reporting.snapshot.breakdowns import CITY, Breakdown
from appeals.reporting.snapshot.snapshot_rows import (
    snapshot_appeals,
    snapshot_dispatches,
    snapshot_reversals,
    snapshot_rounds,
)

ON_SPOT_BREAKDOWNS = (CITY, Breakdown.CATEGORY, Breakdown.KIND, Breakdown.CHANNEL)
FILED_VALID = all_of(StampInPeriod("filed_at"), IsTrue("valid"))
CLOSED = StampInPeriod("closed_at")
EFFECTIVELY_RATED = all_of(CLOSED, HasStamp("satisfaction"))
ROUND_VARIANTS: tuple[tuple[MeasureVariant, Condition], ...] = (
    (MeasureVariant.ALL, IsTrue("is_last")),
    (MeasureVariant.FIRST_ROUND, IsFirstRound()),
)
ANSWERED = all_of(CLOSED, HasStamp("answered_at"))

COLUMNS: tuple[Measure, ...] = (
    Count(
        MeasureName.FILED, Words("提交量", "Filed"),
        Words("期内提交的全部诉求，包括无效的。", "All appeals filed in the period, valid or not."),
        over=snapshot_appeals, base=MeasureBase.FILED,
        population=StampInPeriod("filed_at"),
    ),
    Count(
        MeasureName.VALID, Words("有效量", "Valid"),
        Words(
            "期内提交的诉求，不含不予受理（含无效）和派单前撤回的。",
            "Filed in the period, less not accepted (invalid too) and withdrawn before dispatch.",
        ),
        over=snapshot_appeals, base=MeasureBase.FILED,
        population=FILED_VALID,
    ),
    Count(
        MeasureName.ACCEPTED, Words("受理量", "Accepted"),
        Words("期内受理的诉求。", "Appeals accepted in the period."),
        over=snapshot_appeals, base=MeasureBase.ACCEPTED,
        population=StampInPeriod("accepted_at"),
    ),
    Count(
        MeasureName.NOT_ACCEPTED, Words("不予受理量", "Not accepted"),
        Words("期内提交、截止时不予受理的诉求。", "Filed in the period, not accepted by cut-off."),
        over=snapshot_appeals, base=MeasureBase.FILED,
        population=all_of(StampInPeriod("filed_at"), HasStamp("not_accepted_at")),
    ),
    Count(
        MeasureName.WITHDRAWN, Words("撤回量", "Withdrawn"),
        Words("期内提交、截止时已撤回的诉求。", "Filed in the period, withdrawn by the cut-off."),
        over=snapshot_appeals, base=MeasureBase.FILED,
        population=all_of(StampInPeriod("filed_at"), HasStamp("withdrawn_at")),
    ),
    Count(
        MeasureName.WITHDRAWN_AFTER_DISPATCH, Words("派单后撤回量", "Withdrawn after dispatch"),
        Words(
            "期内提交、派单后撤回的诉求，在办结率中按撤回时办结计。",
            "Filed in the period and withdrawn after dispatch: valid, completed at withdrawal.",
        ),
        over=snapshot_appeals, base=MeasureBase.FILED,
        population=all_of(FILED_VALID, HasStamp("withdrawn_at")),
    ),
    Count(
        MeasureName.DISPATCHED, Words("派单量", "Dispatched"),
        Words("期内首次派单的轮次。", "Rounds first dispatched in the period."),
        over=snapshot_rounds, base=MeasureBase.DISPATCHED,
        population=StampInPeriod("first_dispatched_at"),
    ),
    Count(
        MeasureName.CLOSED, Words("办结量", "Closed"),
        Words("期内办结的轮次。", "Rounds closed in the period."),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=CLOSED,
    ),
    Rate(
        MeasureName.COMPLETION, Words("办结率", "Completion rate"),
        Words(
            "期内提交的有效诉求中，截止时已直接答复、各轮均已办结或派单后撤回的占比。"
            "直接答复件只计入“全部”口径。",
            "Of the valid appeals filed in the period, those answered on the spot, with every round"
            " closed, or withdrawn after dispatch by the cut-off. Answers on the spot count in the"
            " variant “All” only.",
        ),
        over=snapshot_appeals, base=MeasureBase.FILED,
        population=FILED_VALID,
        met=IsTrue("completed"),
        variants=(
            (MeasureVariant.ALL, EVERY_ROW),
            (MeasureVariant.DISPATCHED, HasStamp("first_dispatched_at")),
        ),
    ),
    Rate(
        MeasureName.COMPLETION_OF_DUE, Words("应办结率", "Completion of due"),
        Words(
            "期内到期（及期初已超期未办结）的首轮中，期末或截止前办结的占比。",
            "Of first rounds due in the period or carried in overdue, those closed by its end or"
            " the cut-off, whichever is earlier.",
        ),
        over=snapshot_rounds, base=MeasureBase.DUE,
        population=IsDueOrCarriedIn(),
        met=IsFinishedByEnd(),
    ),
    Rate(
        MeasureName.ON_TIME, Words("按期办结率", "On time"),
        Words(
            "现行期限在期内的首轮中，在现行期限前办结的占比。",
            "Of first rounds whose current due moment lies in the period, those finished by it.",
        ),
        over=snapshot_rounds, base=MeasureBase.DUE,
        population=DueInPeriod("due_at"),
        met=MetByDue("met_at", "due_at"),
        version=2,
    ),
    Rate(
        MeasureName.ON_TIME_ORIGINAL, Words("按原期限办结率", "On time, original due"),
        Words(
            "原期限在期内的首轮中，在原期限前办结的占比。",
            "Of first rounds whose original due moment lies in the period, those finished by it.",
        ),
        over=snapshot_rounds, base=MeasureBase.DUE,
        population=DueInPeriod("original_due_at"),
        met=MetByDue("met_at", "original_due_at"),
        version=2,
    ),
    Rate(
        MeasureName.CLOSED_IN_TIME, Words("办结件按期率", "Closed in time"),
        Words(
            "期内办结且有期限的轮次中，在现行期限前办结的占比；未到期而提前办结的也计入。",
            "Of rounds closed in the period that had a finish promised, those finished by it,"
            " whenever it was due.",
        ),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=all_of(CLOSED, HasStamp("due_at")),
        met=MetByDue("met_at", "due_at"),
        version=2,
    ),
    Rate(
        MeasureName.SIGNED_IN_TIME, Words("按时签收率", "Signed in time"),
        Words(
            "期内派出且有签收时限的派单中，按时签收的占比；时限内、签收前撤回的不计。",
            "Of dispatches sent in the period with a time to sign, those signed for by it. One"
            " recalled within that time, before it was signed for, is left out.",
        ),
        over=snapshot_dispatches, base=MeasureBase.DISPATCHED,
        population=all_of(
            StampInPeriod("sent_at"),
            HasStamp("sign_due_at"),
            DidNotEndEarly("signed_at", "sign_due_at"),
        ),
        met=MetByDue("signed_at", "sign_due_at"),
        version=3,
    ),
    Rate(
        MeasureName.CONTACTED_IN_TIME, Words("响应率", "Contacted in time"),
        Words(
            "期内派出且有联系时限的派单中，按时联系市民的占比；时限内、联系前撤回的不计。",
            "Of dispatches sent in the period with a time to contact, citizens contacted by it. One"
            " recalled within that time, before the contact, is left out.",
        ),
        over=snapshot_dispatches, base=MeasureBase.DISPATCHED,
        population=all_of(
            StampInPeriod("sent_at"),
            HasStamp("contact_due_at"),
            DidNotEndEarly("contacted_at", "contact_due_at"),
        ),
        met=MetByDue("contacted_at", "contact_due_at"),
        version=3,
    ),
    Rate(
        MeasureName.RETURNED, Words("退单率", "Returned"),
        Words(
            "期内派出的派单中，被退回的占比。", "Of dispatches sent in the period, those returned."
        ),
        over=snapshot_dispatches, base=MeasureBase.DISPATCHED,
        population=StampInPeriod("sent_at"),
        met=IsOneOf("how_ended", ("returned",)),
    ),
    Rate(
        MeasureName.FEEDBACK, Words("反馈率", "Feedback"),
        Words(
            "期内派出的派单中，已答复的占比。", "Of dispatches sent in the period, those answered."
        ),
        over=snapshot_dispatches, base=MeasureBase.DISPATCHED,
        population=StampInPeriod("sent_at"),
        met=HasStamp("answered_at"),
    ),
    Rate(
        MeasureName.EXTENDED, Words("延期率", "Extended"),
        Words(
            "期内首次派单的轮次中，获准延期的占比。",
            "Of rounds first dispatched in the period, those granted an extension.",
        ),
        over=snapshot_rounds, base=MeasureBase.DISPATCHED,
        population=StampInPeriod("first_dispatched_at"),
        met=HasStamp("extension_granted_at"),
    ),
    Rate(
        MeasureName.REHANDLED, Words("重办率", "Handled again"),
        Words(
            "期内首次派单的轮次中，属于重新办理的占比。",
            "Of rounds first dispatched in the period, those that handle an appeal again.",
        ),
        over=snapshot_rounds, base=MeasureBase.DISPATCHED,
        population=StampInPeriod("first_dispatched_at"),
        met=IsLaterRound(),
    ),
    Rate(
        MeasureName.FOLLOWED_UP, Words("回访率", "Followed up"),
        Words(
            "期内办结的轮次中，已尝试回访的占比。",
            "Of rounds closed in the period, those whose citizen was tried.",
        ),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=CLOSED,
        met=HasStamp("tried_at"),
        opinions=Opinions.MET,
    ),
    Rate(
        MeasureName.REACHED, Words("有效回访率", "Reached"),
        Words(
            "期内办结且已尝试回访的轮次中，市民接听并作答的占比。",
            "Of rounds closed in the period and tried, those where the citizen answered.",
        ),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=all_of(CLOSED, HasStamp("tried_at")),
        met=HasStamp("reached_at"),
        opinions=Opinions.CASES,
    ),
    Rate(
        MeasureName.RESOLUTION, Words("解决率", "Resolution rate"),
        Words(
            "期内办结、经派单、非咨询的最后一轮中，市民明确作答的，认为已解决的占比。",
            "Of last rounds closed in the period, dispatched, no consultation, with the citizen's"
            " own answer: those she calls solved.",
        ),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=all_of(
            CLOSED,
            HasStamp("first_dispatched_at"),
            IsNoConsultation(),
            HasStamp("solved"),
            IsTrue("is_last"),
        ),
        met=IsOneOf("solved", (Solved.YES.value,)),
        opinions=Opinions.CASES,
    ),
    Rate(
        MeasureName.SATISFACTION, Words("满意率", "Satisfaction rate"),
        Words(
            "期内办结的最后一轮有效评价中，非常满意、满意和基本满意的占比；旁列首轮。",
            "Of effective ratings of last rounds closed in the period: very, plainly and fairly"
            " satisfied. The first round's figure stands beside.",
        ),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=EFFECTIVELY_RATED,
        met=IsOneOf("satisfaction", SATISFIED),
        variants=ROUND_VARIANTS, opinions=Opinions.CASES,
    ),
    Rate(
        MeasureName.SATISFACTION_STRICT,
        Words("满意率（不含基本满意）", "Satisfaction rate, strict"),
        Words(
            "同上，只计非常满意和满意。", "As the satisfaction rate, without the fairly satisfied."
        ),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=EFFECTIVELY_RATED,
        met=IsOneOf("satisfaction", SATISFIED[:2]),
        variants=ROUND_VARIANTS, opinions=Opinions.CASES,
    ),
    Rate(
        MeasureName.ANSWERED_ON_SPOT, Words("直接答复率", "Answered on the spot"),
        Words(
            "期内受理的诉求中，直接答复的占比。",
            "Of appeals accepted in the period, those answered at once.",
        ),
        over=snapshot_appeals, base=MeasureBase.ACCEPTED,
        population=StampInPeriod("accepted_at"),
        met=HasStamp("answered_on_spot_at"),
        by=ON_SPOT_BREAKDOWNS,
    ),
    Count(
        MeasureName.REVERSED, Words("撤销数", "Decisions taken back"),
        Words(
            "期内由督办员撤销的处理结果（不予受理、直接答复、办结）。",
            "Decisions that a supervisor took back in the period: not accepted, answered on the"
            " spot, closed.",
        ),
        over=snapshot_reversals, base=MeasureBase.REVERSED,
        population=StampInPeriod("reversed_at"),
        by=ON_SPOT_BREAKDOWNS,
    ),
    Mean(
        MeasureName.DAYS_TO_ANSWER_MEAN, Words("平均答复天数", "Days to answer, mean"),
        Words(
            "期内办结的轮次，从开始（首轮为提交）到答复的平均天数；存整秒。",
            "Rounds closed in the period: from opening (round 1: filing) to answer; whole seconds.",
        ),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=ANSWERED,
        duration=SecondsToAnswer(),
    ),
    Median(
        MeasureName.DAYS_TO_ANSWER_MEDIAN, Words("答复天数中位数", "Days to answer, median"),
        Words(
            "同上，取中位数；不可相加。", "As the mean, but the middle one; never summed."
        ),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=ANSWERED,
        duration=SecondsToAnswer(),
    ),
    *CHART_MEASURES,
    *WORKLOAD_MEASURES,
)  # fmt: skip
MEASURES: dict[str, Measure] = {measure.name: measure for measure in COLUMNS}
