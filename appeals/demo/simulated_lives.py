"""Life cycle of a simulated appeal after its filing: a random path through the moves."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache

from appeals.cases.driver import MoveRequest
from appeals.casework.handling.bulk_writing import BulkWriter, PlayedHistory
from appeals.demo.simulated_outcomes import Outcomes
from appeals.domain.calendar import city_day
from appeals.domain.case import Case, DeadlineFacts
from appeals.domain.clocks import Limit, LimitUnit, due_at
from appeals.domain.people import STRANGER, Actor, Role
from appeals.domain.states import Action
from appeals.domain.vocabulary import (
    ContactHow,
    Duty,
    FollowUpOutcome,
    Kind,
    NotAcceptedReason,
    Result,
    ReturnReason,
    Satisfaction,
    Solved,
    TryHow,
    YesNo,
)
from appeals.reporting.measures.conditions import SATISFIED

OPERATOR, DISPATCHER, SUPERVISOR = (
    Actor(role) for role in (Role.OPERATOR, Role.DISPATCHER, Role.SUPERVISOR)
)
WITHDRAWN_SHARE = 0.008
NOT_ACCEPTED_SHARE = 0.02
ON_THE_SPOT_SHARES = {Kind.CONSULTATION: 0.9, Kind.PRAISE: 0.6, Kind.SUGGESTION: 0.4}
OTHER_ON_THE_SPOT_SHARE = 0.2
RECALLED_SHARE = 0.005
INVESTIGATED_SHARE = 0.3
RETURN_ASKED_SHARE = 0.05
RETURN_GRANTED_SHARE = 0.7
UNREACHABLE_SHARE = 0.01
CONTACT_WEIGHTS = (8, 1, 2)
QUESTION_SHARE = 0.02
EXTENSION_SHARE = 0.03
EXTENSION_GRANTED_SHARE = 0.85
LATE_SHARE = 0.03
SENT_BACK_SHARE = 0.03
RATED_SHARE = 0.12
NOT_SOLVED_SHARE = 0.03
REHANDLED_SHARE = 0.6
REACHED_SHARE = 0.75
REFUSED_SHARE = 0.06
"""Probabilities of a life's events."""
OPINIONS = {
    True: ((Satisfaction.DISSATISFIED, Satisfaction.VERY_DISSATISFIED), (3, 1)),
    False: (tuple(map(Satisfaction, SATISFIED)), (60, 30, 6)),
}
"""Opinions and their weights, by whether the citizen is dissatisfied."""
WORKING_DAY_MINUTES = 420
MAX_TRIES = 3


class SimulatedLives:
    """Plays appeals through their moves, with all randomness from `rng`; stops at `end`."""

    def __init__(self, rng: random.Random, bulk: BulkWriter, end: datetime) -> None:
        """Play with the random generator into the bulk writer, up to `end`."""
        self.rng = rng
        self.bulk = bulk
        self.end = end
        self.at = end
        self.outcomes = Outcomes()
        departments = bulk.city.departments.values()
        self.municipal = [row.code for row in departments if row.tier == "municipal"] or [
            row.code for row in departments
        ]

    def play_life(self, played: PlayedHistory) -> None:
        """Play the appeal from its filing to its end or the year's."""
        self.at = played.case.filed_at
        for step in self._life_steps(played):
            if step.at >= self.end:
                break
            self.bulk.play_next(played, step)
        self.outcomes.count(played.case)

    def _life_steps(self, played: PlayedHistory) -> Iterator[MoveRequest]:
        case, chance = played.case, self.rng.random()
        self._let_pass(minutes=self.rng.expovariate(1 / 6))
        if chance < WITHDRAWN_SHARE:
            yield self._step(Action.WITHDRAW, STRANGER)
        elif chance < WITHDRAWN_SHARE + NOT_ACCEPTED_SHARE:
            why = self.rng.choice(list(NotAcceptedReason))
            words = "请通过其他途径反映。"
            yield self._step(Action.NOT_ACCEPT, OPERATOR, reason=why.value, words=words)
        elif self.rng.random() < ON_THE_SPOT_SHARES.get(case.kind, OTHER_ON_THE_SPOT_SHARE):
            yield self._step(Action.ANSWER_ON_SPOT, OPERATOR, words="已当场答复。")
        else:
            yield self._step(Action.ACCEPT, OPERATOR)
            day = city_day(played.case.filed_at)
            suggested = self.bulk.suggest_department(played.filing, day).department
            yield from self._handling_steps(case, suggested or self._pick_department())

    def _handling_steps(self, case: Case, department: str) -> Iterator[MoveRequest]:
        """Yield the dispatch, and one or two rounds of handling."""
        self._let_work(60, urgent=case.urgent)
        given = {"department": department}
        if case.kind is Kind.REPORT and self.rng.random() < INVESTIGATED_SHARE:
            given["investigation"] = YesNo.YES.value
        yield self._step(Action.DISPATCH, DISPATCHER, **given)
        if self.rng.random() < RECALLED_SHARE:
            self._let_work(20, urgent=case.urgent)
            yield self._step(Action.RECALL, DISPATCHER, words="派单有误。")
            self._let_work(20, urgent=case.urgent)
            yield self._step(Action.DISPATCH, DISPATCHER, department=self._pick_department())
        yield from self._round_steps(case)
        while case.round.rehandling_pending:
            self._let_work(WORKING_DAY_MINUTES, urgent=False)
            if case.round.n > 1 or self.rng.random() > REHANDLED_SHARE:
                yield self._step(Action.REFUSE_REHANDLING, SUPERVISOR, words="已按规定办理。")
                return
            yield self._step(Action.REHANDLE, SUPERVISOR, department=case.holder or department)
            yield from self._round_steps(case)

    def _round_steps(self, case: Case) -> Iterator[MoveRequest]:
        """Yield one round, from its dispatch to the citizen's rating."""
        yield from self._return_steps(case)
        if not case.dispatch or not case.dispatch.signed_at:
            yield self._sign_step(case)
        self._let_work(150, urgent=case.urgent)
        yield from self._contact_steps(case)
        yield from self._question_and_extension_steps(case)
        if self.outcomes.open.is_short and self._is_hard(case):
            return  # stays unanswered this year
        yield from self._answer_steps(case)
        yield from self._follow_up_steps(case)

    def _contact_steps(self, case: Case) -> Iterator[MoveRequest]:
        """Yield the contact, three failed attempts on three days, or that no contact was left."""
        officer = self._officer_of(case)
        if case.dispatch and case.dispatch.unreachable_at:
            how = ContactHow.NOT_POSSIBLE
        elif not case.urgent and self.rng.random() < UNREACHABLE_SHARE:
            for _ in range(MAX_TRIES):
                given = {"how": TryHow.PHONE.value, "message_left": YesNo.YES.value}
                yield self._step(Action.TRY_CONTACT, officer, **given)
                limit = Limit(WORKING_DAY_MINUTES, LimitUnit.WORKING_MINUTES)
                self.at = due_at(self.bulk.city.book.calendar, self.at, limit)
            return
        else:
            how = self.rng.choices(
                (ContactHow.PHONE, ContactHow.VISIT, ContactHow.MESSAGE), CONTACT_WEIGHTS
            )[0]
        yield self._step(Action.CONTACT, officer, how=how.value)

    def _return_steps(self, case: Case) -> Iterator[MoveRequest]:
        """Yield return requests, which the centre grants or refuses."""
        while case.returns < MAX_TRIES - 1 and self.rng.random() < RETURN_ASKED_SHARE:
            if self.rng.random() < 0.5 and not (case.dispatch and case.dispatch.signed_at):  # noqa: PLR2004 - half
                yield self._sign_step(case)
            self._let_work(90, urgent=case.urgent)
            window = case.running(Duty.RETURN)
            if window is None or self.at > window.due_at:
                return
            why = self.rng.choice(list(ReturnReason)).value
            yield self._step(
                Action.ASK_RETURN, self._officer_of(case), reason=why, words="申请退单。"
            )
            self._let_work(120, urgent=case.urgent)
            if self.rng.random() > RETURN_GRANTED_SHARE:
                yield self._step(Action.REFUSE_RETURN, DISPATCHER, words="属本单位职责。")
                return
            yield self._step(Action.GRANT_RETURN, DISPATCHER, department=self._pick_department())

    def _question_and_extension_steps(self, case: Case) -> Iterator[MoveRequest]:
        """Yield, for some cases, a question to the citizen and an extension request."""
        if self.rng.random() < QUESTION_SHARE:
            self._let_work(60, urgent=case.urgent)
            yield self._step(Action.ASK_CITIZEN, self._officer_of(case), words="请说明具体位置。")
            self._let_pass(minutes=self.rng.expovariate(1 / 600))
            yield self._step(Action.ANSWER_QUESTION, STRANGER, words="在小区东门。")
        finish = case.running(Duty.FINISH)
        if finish is None or case.urgent or self.rng.random() > EXTENSION_SHARE:
            return
        self._let_work(WORKING_DAY_MINUTES, urgent=False)
        if self.at > finish.due_at:
            return
        leader = Actor(Role.LEADER, department=case.holder)
        days = str(self.rng.randint(2, 10))
        yield self._step(Action.ASK_EXTENSION, leader, days=days, words="情况复杂。")
        self._let_work(120, urgent=False)
        if self.rng.random() < EXTENSION_GRANTED_SHARE:
            yield self._step(Action.GRANT_EXTENSION, SUPERVISOR)
        else:
            yield self._step(Action.REFUSE_EXTENSION, SUPERVISOR, words="请按期办理。")

    def _answer_steps(self, case: Case) -> Iterator[MoveRequest]:
        """Yield the answer, mostly on time; some answers are sent back and rewritten."""
        self._go_to_answer(case.running(Duty.FINISH))
        while True:
            result = self.rng.choices(list(Result), (70, 8, 18, 4))[0].value
            yield self._step(
                Action.ANSWER, self._officer_of(case), result=result, words="已办理，现予答复。"
            )
            self._let_work(120, urgent=case.urgent)
            if self.rng.random() > SENT_BACK_SHARE:
                break
            yield self._step(Action.SEND_BACK, DISPATCHER, words="请补充办理情况。")
            self._let_work(WORKING_DAY_MINUTES, urgent=case.urgent)
        yield self._step(Action.CLOSE, DISPATCHER)

    def _go_to_answer(self, finish: DeadlineFacts | None) -> None:
        """Advance to the answer: some time before it is due, or some days after."""
        if finish is None or finish.due_at <= self.at:
            self._let_work(WORKING_DAY_MINUTES, urgent=False)
            return
        if self.rng.random() < LATE_SHARE:
            self.at = finish.due_at
            self._let_work(2 * WORKING_DAY_MINUTES, urgent=False)
            return
        share = self.rng.betavariate(2, 2.5)
        at = _whole_second(self.at + share * (finish.due_at - self.at))
        working = due_at(self.bulk.city.book.calendar, at, Limit(0, LimitUnit.WORKING_MINUTES))
        self.at = working if working <= finish.due_at else at

    def _follow_up_steps(self, case: Case) -> Iterator[MoveRequest]:
        """Yield the citizen's own rating, else the centre's follow-up calls."""
        chance = self.rng.random()
        if chance < RATED_SHARE + NOT_SOLVED_SHARE:
            self._let_pass(minutes=self.rng.expovariate(1 / 2000))
            window = case.running(Duty.RATING)
            if window is None or self.at > window.due_at:
                return
            if chance < NOT_SOLVED_SHARE and case.round.n == 1:
                yield self._step(Action.SAY_NOT_SOLVED, STRANGER, words="问题仍然存在。")
            else:
                yield self._step(Action.RATE, STRANGER, **self._pick_opinion(case))
            return
        for _ in range(MAX_TRIES):
            self._let_work(180, urgent=False)
            outcome = self._pick_outcome()
            said = self._pick_opinion(case) if outcome is FollowUpOutcome.REACHED else {}
            yield self._step(Action.FOLLOW_UP, OPERATOR, outcome=outcome.value, **said)
            if outcome is not FollowUpOutcome.NO_ANSWER:
                return

    def _pick_outcome(self) -> FollowUpOutcome:
        chance = self.rng.random()
        if chance < REACHED_SHARE:
            return FollowUpOutcome.REACHED
        return (
            FollowUpOutcome.REFUSED
            if chance < REACHED_SHARE + REFUSED_SHARE
            else FollowUpOutcome.NO_ANSWER
        )

    def _pick_opinion(self, case: Case) -> dict[str, str]:
        unhappy = self.outcomes.dissatisfied.is_short and self._is_hard(case)
        satisfied = self.rng.choices(*OPINIONS[unhappy])[0]
        solved = Solved.NO if unhappy and self.rng.random() < REHANDLED_SHARE else Solved.YES
        return {"solved": solved.value, "satisfaction": satisfied.value}

    def _is_hard(self, case: Case) -> bool:
        """Return whether this case goes badly; each department has its own share of such cases."""
        return self.rng.random() < _hard_case_share(case.holder)

    def _sign_step(self, case: Case) -> MoveRequest:
        self._let_work(45, urgent=case.urgent)
        return self._step(Action.SIGN, self._officer_of(case))

    def _officer_of(self, case: Case) -> Actor:
        return Actor(Role.OFFICER, department=case.holder)

    def _pick_department(self) -> str:
        return self.rng.choice(self.municipal)

    def _step(self, action: Action, actor: Actor, **given: str) -> MoveRequest:
        return MoveRequest(action, given, self.at, actor)

    def _let_pass(self, minutes: float) -> None:
        """Advance the clock by minutes, around the clock."""
        self.at = _whole_second(self.at + timedelta(minutes=minutes))

    def _let_work(self, minutes: float, *, urgent: bool) -> None:
        """Advance the clock by about so many working minutes; for an urgent case at any hour."""
        spent = self.rng.expovariate(1 / minutes)
        if urgent:
            self._let_pass(spent / 4)
            return
        limit = Limit(int(spent), LimitUnit.WORKING_MINUTES)
        at = due_at(self.bulk.city.book.calendar, self.at, limit)
        self.at = at + timedelta(seconds=self.rng.randrange(60))


@cache
def _hard_case_share(department: str | None) -> float:
    return random.Random(department).uniform(0.1, 0.9)  # noqa: S311 - the same in every year


def _whole_second(at: datetime) -> datetime:
    return at.replace(microsecond=0)
