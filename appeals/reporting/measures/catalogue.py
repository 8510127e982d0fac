"""`COLUMNS`: every measure of the report, defined once (Rules 4, Domain 3.1 and 3.2).

To add one, add an entry: the count, pages, files, lists of cases and meanings walk this table.
Raise `version` if a changed entry would change the figure of a published month (Rules 5).
"""

from appeals.domain.messages import context_message, message
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
from appeals.reporting.measures.measure_shapes import Count, Mean, Measure, Median, Opinions, Rate
from appeals.reporting.measures.workload_measures import WORKLOAD_MEASURES
from appeals.reporting.snapshot.breakdowns import BREAKDOWNS, CITY, Breakdown
from appeals.reporting.snapshot.snapshot_rows import (
    snapshot_appeals,
    snapshot_dispatches,
    snapshot_enquiries,
    snapshot_reversals,
    snapshot_rounds,
    snapshot_urgings,
)

ON_SPOT_BREAKDOWNS = (CITY, Breakdown.CATEGORY, Breakdown.KIND, Breakdown.CHANNEL)
ENQUIRY_BREAKDOWNS = tuple(by for by in BREAKDOWNS if by is not Breakdown.DEPARTMENT)
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
        MeasureName.FILED, context_message("measure", "Filed"),
        message("All appeals filed in the period, valid or not."),
        over=snapshot_appeals, base=MeasureBase.FILED,
        population=StampInPeriod("filed_at"),
    ),
    Count(
        MeasureName.VALID, context_message("measure", "Valid"),
        message(
            "Filed in the period, less not accepted (invalid too) and withdrawn before dispatch."
        ),
        over=snapshot_appeals, base=MeasureBase.FILED,
        population=FILED_VALID,
    ),
    Count(
        MeasureName.ACCEPTED, context_message("measure", "Accepted"),
        message("Appeals accepted in the period."),
        over=snapshot_appeals, base=MeasureBase.ACCEPTED,
        population=StampInPeriod("accepted_at"),
    ),
    Count(
        MeasureName.NOT_ACCEPTED, context_message("measure", "Not accepted"),
        message("Filed in the period, not accepted by cut-off."),
        over=snapshot_appeals, base=MeasureBase.FILED,
        population=all_of(StampInPeriod("filed_at"), HasStamp("not_accepted_at")),
    ),
    Count(
        MeasureName.WITHDRAWN, context_message("measure", "Withdrawn"),
        message("Filed in the period, withdrawn by the cut-off."),
        over=snapshot_appeals, base=MeasureBase.FILED,
        population=all_of(StampInPeriod("filed_at"), HasStamp("withdrawn_at")),
    ),
    Count(
        MeasureName.WITHDRAWN_AFTER_DISPATCH,
        context_message("measure", "Withdrawn after dispatch"),
        message(
            "Filed in the period and withdrawn after dispatch: valid, completed at withdrawal."
        ),
        over=snapshot_appeals, base=MeasureBase.FILED,
        population=all_of(FILED_VALID, HasStamp("withdrawn_at")),
    ),
    Count(
        MeasureName.DISPATCHED, context_message("measure", "Dispatched"),
        message("Rounds first dispatched in the period."),
        over=snapshot_rounds, base=MeasureBase.DISPATCHED,
        population=StampInPeriod("first_dispatched_at"),
    ),
    Count(
        MeasureName.CLOSED, context_message("measure", "Closed"),
        message("Rounds closed in the period."),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=CLOSED,
    ),
    Rate(
        MeasureName.COMPLETION, context_message("measure", "Completion rate"),
        message(
            "Of the valid appeals filed in the period, those answered on the spot, with every round"
            " closed, or withdrawn after dispatch by the cut-off. Answers on the spot count in the"
            " variant “All” only."
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
        MeasureName.COMPLETION_OF_DUE, context_message("measure", "Completion of due"),
        message(
            "Of first rounds due in the period or carried in overdue, those closed by its end or"
            " the cut-off, whichever is earlier."
        ),
        over=snapshot_rounds, base=MeasureBase.DUE,
        population=IsDueOrCarriedIn(),
        met=IsFinishedByEnd(),
    ),
    Rate(
        MeasureName.ON_TIME, context_message("measure", "On time"),
        message(
            "Of first rounds whose current due moment lies in the period, those finished by it."
        ),
        over=snapshot_rounds, base=MeasureBase.DUE,
        population=DueInPeriod("due_at"),
        met=MetByDue("met_at", "due_at"),
        version=2,
    ),
    Rate(
        MeasureName.ON_TIME_ORIGINAL, context_message("measure", "On time, original due"),
        message(
            "Of first rounds whose original due moment lies in the period, those finished by it."
        ),
        over=snapshot_rounds, base=MeasureBase.DUE,
        population=DueInPeriod("original_due_at"),
        met=MetByDue("met_at", "original_due_at"),
        version=2,
    ),
    Rate(
        MeasureName.CLOSED_IN_TIME, context_message("measure", "Closed in time"),
        message(
            "Of rounds closed in the period that had a finish promised, those finished by it,"
            " whenever it was due."
        ),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=all_of(CLOSED, HasStamp("due_at")),
        met=MetByDue("met_at", "due_at"),
        version=2,
    ),
    Rate(
        MeasureName.SIGNED_IN_TIME, context_message("measure", "Signed in time"),
        message(
            "Of dispatches sent in the period with a time to sign, those signed for by it. One"
            " recalled within that time, before it was signed for, is left out."
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
        MeasureName.CONTACTED_IN_TIME, context_message("measure", "Contacted in time"),
        message(
            "Of dispatches sent in the period with a time to contact, citizens contacted by it. One"
            " recalled within that time, before the contact, is left out."
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
        MeasureName.RETURNED, context_message("measure", "Returned"),
        message("Of dispatches sent in the period, those returned."),
        over=snapshot_dispatches, base=MeasureBase.DISPATCHED,
        population=StampInPeriod("sent_at"),
        met=IsOneOf("how_ended", ("returned",)),
    ),
    Rate(
        MeasureName.RETURN_DECIDED_IN_TIME,
        context_message("measure", "Returns decided in time"),
        message(
            "Of dispatches sent in the period whose return was asked for with a time to decide on"
            " it, those decided by it; the newest request of each. A request that ended within that"
            " time without a decision is left out."
        ),
        over=snapshot_dispatches, base=MeasureBase.DISPATCHED,
        population=all_of(StampInPeriod("sent_at"), HasStamp("decision_due_at")),
        met=MetByDue("decided_at", "decision_due_at"),
    ),
    Rate(
        MeasureName.FEEDBACK, context_message("measure", "Feedback"),
        message("Of dispatches sent in the period, those answered."),
        over=snapshot_dispatches, base=MeasureBase.DISPATCHED,
        population=StampInPeriod("sent_at"),
        met=HasStamp("answered_at"),
    ),
    Rate(
        MeasureName.EXTENDED, context_message("measure", "Extended"),
        message("Of rounds first dispatched in the period, those granted an extension."),
        over=snapshot_rounds, base=MeasureBase.DISPATCHED,
        population=StampInPeriod("first_dispatched_at"),
        met=HasStamp("extension_granted_at"),
    ),
    Rate(
        MeasureName.REHANDLED, context_message("measure", "Handled again"),
        message("Of rounds first dispatched in the period, those that handle an appeal again."),
        over=snapshot_rounds, base=MeasureBase.DISPATCHED,
        population=StampInPeriod("first_dispatched_at"),
        met=IsLaterRound(),
    ),
    Rate(
        MeasureName.FOLLOWED_UP, context_message("measure", "Followed up"),
        message("Of rounds closed in the period, those whose citizen was tried."),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=CLOSED,
        met=HasStamp("tried_at"),
        opinions=Opinions.MET,
    ),
    Rate(
        MeasureName.REACHED, context_message("measure", "Reached"),
        message("Of rounds closed in the period and tried, those where the citizen answered."),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=all_of(CLOSED, HasStamp("tried_at")),
        met=HasStamp("reached_at"),
        opinions=Opinions.CASES,
    ),
    Rate(
        MeasureName.RESOLUTION, context_message("measure", "Resolution rate"),
        message(
            "Of last rounds closed in the period, dispatched, no consultation, with the citizen's"
            " own answer: those she calls solved."
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
        MeasureName.SATISFACTION, context_message("measure", "Satisfaction rate"),
        message(
            "Of effective ratings of last rounds closed in the period: very, plainly and fairly"
            " satisfied. The first round's figure stands beside."
        ),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=EFFECTIVELY_RATED,
        met=IsOneOf("satisfaction", SATISFIED),
        variants=ROUND_VARIANTS, opinions=Opinions.CASES,
    ),
    Rate(
        MeasureName.SATISFACTION_STRICT, context_message("measure", "Satisfaction rate, strict"),
        message("As the satisfaction rate, without the fairly satisfied."),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=EFFECTIVELY_RATED,
        met=IsOneOf("satisfaction", SATISFIED[:2]),
        variants=ROUND_VARIANTS, opinions=Opinions.CASES,
    ),
    Rate(
        MeasureName.ANSWERED_ON_SPOT, context_message("measure", "Answered on the spot"),
        message("Of appeals accepted in the period, those answered at once."),
        over=snapshot_appeals, base=MeasureBase.ACCEPTED,
        population=StampInPeriod("accepted_at"),
        met=HasStamp("answered_on_spot_at"),
        by=ON_SPOT_BREAKDOWNS,
    ),
    Count(
        MeasureName.REVERSED, context_message("measure", "Decisions taken back"),
        message(
            "Decisions that a supervisor took back in the period: not accepted, answered on the"
            " spot, closed."
        ),
        over=snapshot_reversals, base=MeasureBase.REVERSED,
        population=StampInPeriod("reversed_at"),
        by=ON_SPOT_BREAKDOWNS,
    ),
    Count(
        MeasureName.URGED, context_message("measure", "Urgings"),
        message(
            "Urgings in the period, by citizens and by the centre, each under the department that"
            " had the appeal then; all rounds of an appeal count."
        ),
        over=snapshot_urgings, base=MeasureBase.URGED,
        population=StampInPeriod("urged_at"),
    ),
    Count(
        MeasureName.ENQUIRED, context_message("measure", "Enquiries"),
        message(
            "Times in the period that somebody asked how an appeal stands, by the channel of the"
            " enquiry."
        ),
        over=snapshot_enquiries, base=MeasureBase.ENQUIRED,
        population=StampInPeriod("enquired_at"),
        by=ENQUIRY_BREAKDOWNS,
    ),
    Mean(
        MeasureName.DAYS_TO_ANSWER_MEAN, context_message("measure", "Days to answer, mean"),
        message(
            "Rounds closed in the period: from opening (round 1: filing) to answer; whole seconds."
        ),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=ANSWERED,
        duration=SecondsToAnswer(),
    ),
    Median(
        MeasureName.DAYS_TO_ANSWER_MEDIAN, context_message("measure", "Days to answer, median"),
        message("As the mean, but the middle one; never summed."),
        over=snapshot_rounds, base=MeasureBase.HANDLED,
        population=ANSWERED,
        duration=SecondsToAnswer(),
    ),
    *CHART_MEASURES,
    *WORKLOAD_MEASURES,
)  # fmt: skip
MEASURES: dict[str, Measure] = {measure.name: measure for measure in COLUMNS}
