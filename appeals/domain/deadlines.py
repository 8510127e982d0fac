"""The promises: which action starts, meets or ends which duty, and how long it may take.

Rules 1 says from when each clock runs, Rules 2 how long; the limits themselves are dated rows
(`LimitRow`), so that an administrator changes tomorrow's promises without touching given ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from appeals.domain import clocks
from appeals.domain.calendar import Calendar
from appeals.domain.case import Case, DeadlineFacts
from appeals.domain.clocks import Limit
from appeals.domain.follow_ups import follow_ups_since, is_followed_up
from appeals.domain.refusals import not_now
from appeals.domain.rule_book import RuleBook, Since
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Card, Duty


@dataclass(frozen=True)
class DutyRule:
    """One duty's life.

    `scope` tells what the promise belongs to: the round, or one dispatch. A `window` closes
    without blame; a decision that is taken back starts it anew where the case then stands in one
    of the states of `reopens`. `by_department` says whose duty it is, `warns` whether its leader
    is told at yellow (a duty shorter than two days turns yellow as it starts, so only the finish
    warns).
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
"""The duties as they hold today."""
CLOCK_STARTS = {
    Duty.DISPATCH: ("开始计时", "begun"),
    Duty.REVIEW: ("答复", "answered"),
    Duty.FOLLOW_UP: ("办结", "closed"),
    Duty.RATING: ("办结", "closed"),
    **dict.fromkeys(
        (Duty.SIGN, Duty.RETURN, Duty.CONTACT, Duty.FINISH), clocks.STARTED_BY_DISPATCH
    ),
}
"""What started the clock of a duty, in Chinese and English."""


def update_deadlines(
    case: Case, action: Action, now: datetime, book: RuleBook, *, starts: bool = True
) -> None:
    """Meet, end and start the promises that `action` touches, as `DUTIES` says.

    An answer does not meet the finish: it waits on the round until review (Rules 1). Moves
    that were brought in from another system start nothing: their source promised nothing more
    than the due moment it names (Rules 6).
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
    """Meet the promise: a finish at the answer's time, a follow-up when reached or tried out.

    A closing whose answer has no time leaves open whether the finish was met: it ends (Rules 6).
    """
    if deadline.duty is Duty.FINISH:
        deadline.met_at = case.round.answered_at
        deadline.ended_at = None if deadline.met_at else now
    elif deadline.duty is not Duty.FOLLOW_UP or is_followed_up(case, now, book):
        deadline.met_at = now


def _start_deadline(case: Case, promise: DutyRule, now: datetime, book: RuleBook) -> None:
    if not promise.per_dispatch and any(_running_deadlines(case, promise.duty)):
        return  # the round's first dispatch started it, and nothing starts it again
    if promise.duty is Duty.CONTACT and case.dispatch and case.dispatch.unreachable_at:
        return  # the department has no way to reach the citizen (Rules 1, met by)
    limit = book.limit(promise.duty.value, case, now)
    if limit is None:
        return
    due = clocks.due_at(book.calendar, now, limit)
    _add_deadline(case, promise, _build_deadline(promise.duty, now, limit, due, book))


def add_imported_finish(case: Case, due: datetime, now: datetime, book: RuleBook) -> None:
    """Take over a finish that another system promised, kept as it is (Rules 6)."""
    _add_deadline(case, DUTY_RULES[Duty.FINISH], _build_deadline(Duty.FINISH, now, None, due, book))
    _hand_over_deadlines(case)


def extend_finish(case: Case, days: int, book: RuleBook) -> datetime:
    """Move the running finish by `days` working days and give the new due moment (Rules 1)."""
    deadline = case.running(Duty.FINISH)
    if deadline is None:
        raise not_now("这件诉求没有办理期限。", "This appeal has no finish date to extend.")
    due = clocks.extend_due(book.calendar, deadline.due_at, days)
    _move_finish(deadline, due, book)
    return due


def extend_imported_finish(case: Case, due: datetime, book: RuleBook) -> None:
    """Move the running finish, if there is one, to where another system moved it (Rules 6)."""
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
    """Return the earliest moment at which the sweep could set each of its marks, by mark.

    An extension moves a deadline but takes no mark back: a mark counts from the first due moment.
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
    """Let the running duties of the department follow the holder; the centre holds with None."""
    for deadline in case.deadlines:
        if deadline.is_running and DUTY_RULES[deadline.duty].by_department:
            deadline.department = case.holder


def trace_deadline(deadline: DeadlineFacts, calendar: Calendar) -> tuple[clocks.TraceStep, ...]:
    """Return how the due moment was counted, step by step; none for one that was taken over.

    The steps are counted by today's calendar. A promise that was made under an earlier one, or
    moved by an extension, says so in a step of its own: what was promised does not move.
    """
    if deadline.amount is None or deadline.unit is None:
        return ()
    limit = Limit(deadline.amount, clocks.LimitUnit(deadline.unit))
    steps = clocks.trace_limit(
        calendar, deadline.started_at, limit, begun=CLOCK_STARTS[deadline.duty]
    )
    due, first = clocks.due_at(calendar, deadline.started_at, limit), deadline.original_due_at
    if first != due:
        steps += (
            clocks.moment_step(first, "按当时的日历到期：", "due by the calendar of that day: "),
        )
    if deadline.due_at != first:
        steps += (clocks.moment_step(deadline.due_at, "延期至：", "extended to: "),)
    return steps


def has_lapsed(deadline: DeadlineFacts, calendar: Calendar, now: datetime) -> bool:
    """Return whether nobody waits for the promise any more, though no move met or ended it."""
    if DUTY_RULES[deadline.duty].window:
        return clocks.has_passed(deadline.due_at, now)
    of_follow_up = deadline.duty is Duty.FOLLOW_UP
    return of_follow_up and deadline.started_at < follow_ups_since(calendar, now)


def card_at(deadline: DeadlineFacts, now: datetime) -> Card:
    """Return the colour of a promise at `now`: yellow from `warn_at`, red after due (Rules 1)."""
    if clocks.has_passed(deadline.due_at, now):
        return Card.RED
    return Card.YELLOW if now >= deadline.warn_at else Card.GREEN
