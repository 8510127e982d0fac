"""The duties and their deadlines: which action starts, meets or ends each one.

Rules 1 says when each clock starts, Rules 2 how long it runs. The limits are dated rows
(`LimitRow`): an administrator changes future deadlines without moving those already promised.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from appeals.domain import clocks
from appeals.domain.calendar import Calendar, city_day, day_start
from appeals.domain.case import Case, DeadlineFacts
from appeals.domain.clocks import Limit
from appeals.domain.messages import Message, context_message, message, plural_message
from appeals.domain.refusals import not_now
from appeals.domain.rule_book import RuleBook, RuleChange, Since
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Card, Duty


@dataclass(frozen=True)
class DutyRule:
    """Which actions start, meet and end one duty.

    Attributes:
        by_department: The department that holds the case owes the duty, not the centre.
        per_dispatch: Each dispatch has its own deadline; otherwise the round has one.
        window: A period in which something may be done; when it closes, nobody is overdue.
        warns: The department's leader is notified at yellow. Only the finish does this: the duties
            shorter than two days turn yellow as they start.
        reopens: After a reversal the duty starts again if the case is then in one of these states.
    """

    duty: Duty
    starts: frozenset[Action]
    meets: frozenset[Action]
    ends: frozenset[Action]
    by_department: bool
    per_dispatch: bool = False
    window: bool = False
    warns: bool = False
    reopens: frozenset[State] = frozenset()


SENDING_ACTIONS = frozenset({Action.DISPATCH, Action.GRANT_RETURN, Action.REHANDLE})
LEAVING_ACTIONS = frozenset({Action.GRANT_RETURN, Action.RECALL, Action.WITHDRAW})

DUTIES: tuple[DutyRule | Since[DutyRule], ...] = (
    DutyRule(
        Duty.DISPATCH,
        starts=frozenset({Action.FILE, Action.RECALL}),
        meets=frozenset({Action.DISPATCH}),
        ends=frozenset({Action.NOT_ACCEPT, Action.ANSWER_ON_SPOT, Action.WITHDRAW}),
        by_department=False,
        reopens=frozenset({State.FILED, State.ACCEPTED}),
    ),
    DutyRule(
        Duty.SIGN,
        starts=SENDING_ACTIONS,
        meets=frozenset({Action.SIGN}),
        ends=LEAVING_ACTIONS,
        by_department=True,
        per_dispatch=True,
    ),
    DutyRule(
        Duty.RETURN,
        starts=SENDING_ACTIONS,
        meets=frozenset(),
        ends=LEAVING_ACTIONS | {Action.CONTACT},
        by_department=True,
        per_dispatch=True,
        window=True,
    ),
    Since(
        RuleChange.RETURN_DECISION,
        DutyRule(
            Duty.RETURN_DECISION,
            starts=frozenset({Action.ASK_RETURN}),
            meets=frozenset({Action.GRANT_RETURN, Action.REFUSE_RETURN}),
            ends=frozenset({Action.WITHDRAW}),
            by_department=False,
            per_dispatch=True,
        ),
    ),
    DutyRule(
        Duty.CONTACT,
        starts=SENDING_ACTIONS,
        meets=frozenset({Action.CONTACT}),
        ends=LEAVING_ACTIONS,
        by_department=True,
        per_dispatch=True,
    ),
    DutyRule(
        Duty.FINISH,
        starts=frozenset({Action.DISPATCH, Action.REHANDLE}),
        meets=frozenset({Action.CLOSE}),
        ends=frozenset({Action.WITHDRAW}),
        by_department=True,
        warns=True,
    ),
    DutyRule(
        Duty.REVIEW,
        starts=frozenset({Action.ANSWER}),
        meets=frozenset({Action.CLOSE, Action.SEND_BACK}),
        ends=frozenset({Action.WITHDRAW}),
        by_department=False,
        reopens=frozenset({State.ANSWERED}),
    ),
    DutyRule(
        Duty.FOLLOW_UP,
        starts=frozenset({Action.CLOSE}),
        meets=frozenset({Action.FOLLOW_UP}),
        ends=frozenset({Action.RATE, Action.SAY_NOT_SOLVED, Action.REHANDLE, Action.REVERSE}),
        by_department=False,
    ),
    DutyRule(
        Duty.RATING,
        starts=frozenset({Action.CLOSE}),
        meets=frozenset(),
        ends=frozenset({Action.REHANDLE, Action.REVERSE}),
        by_department=False,
        window=True,
    ),
)
DUTY_RULES = {
    promise.duty: promise
    for each in DUTIES
    if (promise := each.rule if isinstance(each, Since) else each)
}
"""The duties as they hold today, by duty."""
SECONDS_PER_HOUR = 3600
FOLLOW_UP_TRIES = 3
FOLLOW_UP_WORKING_DAYS = 10
"""How long after closing a follow-up stays in queues and on cards (Rules 2)."""
CLOCK_STARTS = {
    Duty.DISPATCH: context_message("start of a clock", "begun"),
    Duty.RETURN_DECISION: context_message("start of a clock", "return asked"),
    Duty.REVIEW: context_message("start of a clock", "answered"),
    Duty.FOLLOW_UP: context_message("start of a clock", "closed"),
    Duty.RATING: context_message("start of a clock", "closed"),
    **dict.fromkeys(
        (Duty.SIGN, Duty.RETURN, Duty.CONTACT, Duty.FINISH), clocks.STARTED_BY_DISPATCH
    ),
}
"""What started the clock of a duty, in Chinese and English, for the trace."""


def update_deadlines(
    case: Case, action: Action, now: datetime, book: RuleBook, *, starts: bool = True
) -> None:
    """Meet, end and start the deadlines that `action` touches, by the rules in `DUTIES`.

    An answer alone does not meet the finish; it counts once review accepts it (Rules 1). `starts`
    is False for imported moves: the source promised only the due moment that it names (Rules 6).
    """
    for promise in book.in_force(DUTIES, now):
        if action in promise.ends:
            for deadline in _running_deadlines(case, promise.duty):
                deadline.ended_at = now
        if action in promise.meets:
            for deadline in _running_deadlines(case, promise.duty):
                _meet_deadline(case, deadline, now, book)
        reopened = action is Action.REVERSE and case.state in promise.reopens
        if starts and (reopened or action in promise.starts):
            _start_deadline(case, promise, now, book)
    _hand_over_deadlines(case)


def _running_deadlines(case: Case, duty: Duty) -> Sequence[DeadlineFacts]:
    return [d for d in case.deadlines if d.duty is duty and d.is_running]


def _meet_deadline(case: Case, deadline: DeadlineFacts, now: datetime, book: RuleBook) -> None:
    """Stamp a deadline as met.

    A finish is met at the time of the answer; a follow-up only when the citizen was reached or the
    tries are used up. If the answer has no time, nobody knows whether the finish was met in time,
    so the deadline ends instead (Rules 6).
    """
    if deadline.duty is Duty.FINISH:
        deadline.met_at = case.round.answered_at
        deadline.ended_at = None if deadline.met_at else now
    elif deadline.duty is not Duty.FOLLOW_UP or is_followed_up(case, now, book):
        deadline.met_at = now


def _start_deadline(case: Case, promise: DutyRule, now: datetime, book: RuleBook) -> None:
    if not promise.per_dispatch and any(_running_deadlines(case, promise.duty)):
        return  # one deadline a round: it runs from the first dispatch
    if promise.duty is Duty.CONTACT and case.dispatch and case.dispatch.unreachable_at:
        return  # the department has no way to reach the citizen (Rules 1, met by)
    limit = book.limit(promise.duty.value, case, now)
    if limit is None:
        return
    due = clocks.due_at(book.calendar, now, limit)
    _add_deadline(case, promise, _build_deadline(promise.duty, now, limit, due, book))


def add_imported_finish(case: Case, due: datetime, now: datetime, book: RuleBook) -> None:
    """Add the finish deadline of another system, with its due moment unchanged (Rules 6)."""
    _add_deadline(case, DUTY_RULES[Duty.FINISH], _build_deadline(Duty.FINISH, now, None, due, book))
    _hand_over_deadlines(case)


def extend_finish(case: Case, days: int, book: RuleBook) -> datetime:
    """Extend the running finish by `days` working days and return the new due moment (Rules 1)."""
    deadline = case.running(Duty.FINISH)
    if deadline is None:
        raise not_now(message("This appeal has no finish date to extend."))
    due = clocks.extend_due(book.calendar, deadline.due_at, days)
    _move_finish(deadline, due, book)
    return due


def extend_imported_finish(case: Case, due: datetime, book: RuleBook) -> None:
    """Move the running finish, if any, to the extended due moment of the source (Rules 6)."""
    deadline = case.running(Duty.FINISH)
    if deadline is not None:
        _move_finish(deadline, due, book)


def _move_finish(deadline: DeadlineFacts, due: datetime, book: RuleBook) -> None:
    moved = _build_deadline(Duty.FINISH, deadline.started_at, None, due, book)
    deadline.due_at, deadline.warn_at = moved.due_at, moved.warn_at
    deadline.escalate_at = moved.escalate_at


def _build_deadline(
    duty: Duty, now: datetime, limit: Limit | None, due: datetime, book: RuleBook
) -> DeadlineFacts:
    pace = limit or Limit(0, clocks.LimitUnit.WORKING_DAYS)
    return DeadlineFacts(
        n=0,
        duty=duty,
        round_n=0,
        dispatch_n=0,
        started_at=now,
        amount=limit.amount if limit else None,
        unit=limit.unit if limit else None,
        original_due_at=due,
        due_at=due,
        warn_at=clocks.warn_at(book.calendar, now, due, pace),
        escalate_at=clocks.escalate_at(book.calendar, due),
    )


def earliest_sweep_times(deadline: DeadlineFacts, book: RuleBook) -> dict[str, datetime]:
    """Return when the sweep could first set each of its stamps, by column name.

    An extension moves the due moment but clears no stamp, so the times count from the original one.
    """
    if deadline.due_at == deadline.original_due_at:
        first = deadline
    else:
        limit = (
            Limit(deadline.amount, clocks.LimitUnit(deadline.unit))
            if deadline.amount is not None and deadline.unit is not None
            else None
        )
        due = deadline.original_due_at
        first = _build_deadline(deadline.duty, deadline.started_at, limit, due, book)
    return {
        "warned_at": first.warn_at,
        "breached_at": first.due_at,
        "escalated_at": first.escalate_at,
    }


def _add_deadline(case: Case, promise: DutyRule, deadline: DeadlineFacts) -> None:
    dispatch = case.dispatch
    deadline.n = len(case.deadlines) + 1
    deadline.round_n = case.round.n
    deadline.dispatch_n = dispatch.n if promise.per_dispatch and dispatch else 0
    case.deadlines.append(deadline)
    if promise.duty is Duty.FINISH:
        case.round.original_due_at = deadline.due_at
    if dispatch and promise.duty is Duty.SIGN:
        dispatch.sign_due_at = deadline.due_at
    if dispatch and promise.duty is Duty.CONTACT:
        dispatch.contact_due_at = deadline.due_at


def _hand_over_deadlines(case: Case) -> None:
    """Assign the running deadlines of department duties to the holder; None is the centre."""
    for deadline in case.deadlines:
        if deadline.is_running and DUTY_RULES[deadline.duty].by_department:
            deadline.department = case.holder


def trace_deadline(deadline: DeadlineFacts, calendar: Calendar) -> tuple[clocks.TraceStep, ...]:
    """Return the steps by which the due moment was counted; empty for an imported deadline.

    The steps follow today's calendar. If the deadline was set under an earlier calendar, or was
    extended, an additional step states that moment: what was promised does not move.
    """
    if deadline.amount is None or deadline.unit is None:
        return ()
    limit = Limit(deadline.amount, clocks.LimitUnit(deadline.unit))
    steps = clocks.trace_limit(
        calendar, deadline.started_at, limit, begun=CLOCK_STARTS[deadline.duty]
    )
    due, first = clocks.due_at(calendar, deadline.started_at, limit), deadline.original_due_at
    if first != due:
        steps += (clocks.trace_moment(first, _tell_first_due),)
    if deadline.due_at != first:
        steps += (clocks.trace_moment(deadline.due_at, _tell_extension),)
    return steps


def _tell_first_due(moment: str) -> Message:
    return message("due by the calendar of that day: %(moment)s", moment=moment)


def _tell_extension(moment: str) -> Message:
    return message("extended to: %(moment)s", moment=moment)


def is_followed_up(case: Case, now: datetime, book: RuleBook) -> bool:
    """Return whether the citizen was reached, or tried thrice on at least two days (Rules 2)."""
    current = case.round
    if current.reached_at is not None or current.tried_at is None:
        return current.reached_at is not None
    on_two_days = city_day(now) > city_day(current.tried_at)
    is_enough = on_two_days or not book.holds(RuleChange.FOLLOW_UP_DAYS, now)
    return current.tries >= FOLLOW_UP_TRIES and is_enough


def follow_ups_since(calendar: Calendar, now: datetime) -> datetime:
    """Return the earliest closing whose follow-up is still waiting at `now`.

    A follow-up leaves queues and cards after the tenth working day from closing, by the clock
    alone, without a move or a try (Rules 2). So appeals closed on the tenth working day before
    today or later are still waiting.
    """
    day = city_day(now)
    for _ in range(FOLLOW_UP_WORKING_DAYS):
        day = calendar.previous_working(day)
    return day_start(day)


def has_lapsed(deadline: DeadlineFacts, calendar: Calendar, now: datetime) -> bool:
    """Return whether the deadline no longer matters, though no move met or ended it.

    That is a window that has closed, or a follow-up after the tenth working day from closing
    (Rules 2).
    """
    if DUTY_RULES[deadline.duty].window:
        return clocks.has_passed(deadline.due_at, now)
    of_follow_up = deadline.duty is Duty.FOLLOW_UP
    return of_follow_up and deadline.started_at < follow_ups_since(calendar, now)


def is_owed(case: Case, deadline: DeadlineFacts, calendar: Calendar, now: datetime) -> bool:
    """Return whether a running promise still waits to be kept, so that it can be late.

    Windows and lapsed follow-ups do not, nor does a finish whose answer was given in time and
    awaits review. `models/lateness.py` says the same in SQL.
    """
    if not deadline.is_running or DUTY_RULES[deadline.duty].window:
        return False
    if deadline.duty is Duty.FINISH:
        answered = case.rounds[deadline.round_n - 1].answer_given_at
        return answered is None or clocks.has_passed(deadline.due_at, answered)
    return not has_lapsed(deadline, calendar, now)


def describe_delay(duty: Duty, due: datetime, now: datetime, calendar: Calendar) -> Message:
    """Say which promise is past due and by how much, such as "Sign for: 3 working days late".

    Whole working days since the due date count; on the same day, or before the next working day,
    whole hours do.
    """
    days = calendar.working_days_between(city_day(due), city_day(now))
    hours = int((now - due).total_seconds() // SECONDS_PER_HOUR)
    if days:
        delay = plural_message("%(count)s working day", "%(count)s working days", days)
    elif hours:
        delay = plural_message("%(count)s hour", "%(count)s hours", hours)
    else:
        delay = message("less than an hour")
    return message("%(duty)s: %(delay)s late", duty=duty, delay=delay)


def card_at(deadline: DeadlineFacts, now: datetime) -> Card:
    """Return the card at `now`: yellow from `warn_at`, red after the due second (Rules 1)."""
    if clocks.has_passed(deadline.due_at, now):
        return Card.RED
    return Card.YELLOW if now >= deadline.warn_at else Card.GREEN
