"""How a made-up appeal goes after its filing: one path through the moves, step by step."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache

from appeals.casework.handling.bulk_writing import BulkWriter, HistoryStep, PlayedHistory
from appeals.demo.simulated_outcomes import Outcomes
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
WITHDRAWN = 0.008
NOT_ACCEPTED = 0.02
ON_THE_SPOT = {Kind.CONSULTATION: 0.9, Kind.PRAISE: 0.6, Kind.SUGGESTION: 0.4}
ELSE_ON_THE_SPOT = 0.2
RECALLED = 0.005
INVESTIGATED = 0.3
RETURN_ASKED = 0.05
RETURN_GRANTED = 0.7
NOT_ANSWERED = 0.01
HOW = (8, 1, 2)
QUESTION = 0.02
EXTENSION = 0.03
EXTENSION_GRANTED = 0.85
LATE = 0.03
SENT_BACK = 0.03
RATED = 0.12
NOT_SOLVED = 0.03
REHANDLED = 0.6
REACHED = 0.75
REFUSED = 0.06
OPINIONS = {
    True: ((Satisfaction.DISSATISFIED, Satisfaction.VERY_DISSATISFIED), (3, 1)),
    False: (tuple(map(Satisfaction, SATISFIED)), (60, 30, 6)),
}
"""What the dissatisfied say, and the others."""
MINUTES_A_DAY = 420
TRIES = 3


class Lives:
    """Leads appeals through their moves; all chance is `rng`'s, nothing happens from `end` on."""

    def __init__(self, rng: random.Random, bulk: BulkWriter, end: datetime) -> None:
        """Keep what a life is made from."""
        self.rng = rng
        self.bulk = bulk
        self.end = end
        self.at = end
        self.outcomes = Outcomes()
        departments = bulk.city.departments.values()
        self.municipal = [row.code for row in departments if row.tier == "municipal"] or [
            row.code for row in departments
        ]

    def live(self, played: PlayedHistory) -> None:
        """Play the appeal on, from its filing to its end or the year's."""
        self.at = played.case.filed_at
        for step in self._life(played):
            if step.at >= self.end:
                break
            self.bulk.make(played, step)
        self.outcomes.count(played.case)

    def _life(self, played: PlayedHistory) -> Iterator[HistoryStep]:
        case, chance = played.case, self.rng.random()
        self._pass(minutes=self.rng.expovariate(1 / 6))
        if chance < WITHDRAWN:
            yield self._step(Action.WITHDRAW, STRANGER)
        elif chance < WITHDRAWN + NOT_ACCEPTED:
            why = self.rng.choice(list(NotAcceptedReason))
            words = "请通过其他途径反映。"
            yield self._step(Action.NOT_ACCEPT, OPERATOR, reason=why.value, words=words)
        elif self.rng.random() < ON_THE_SPOT.get(case.kind, ELSE_ON_THE_SPOT):
            yield self._step(Action.ANSWER_ON_SPOT, OPERATOR, words="已当场答复。")
        else:
            yield self._step(Action.ACCEPT, OPERATOR)
            suggested = self.bulk.reason(played.filing, played.case.filed_at)[0]
            yield from self._handling(case, str(suggested) if suggested else self._any())

    def _handling(self, case: Case, department: str) -> Iterator[HistoryStep]:
        """Dispatch, and handle in one round or two."""
        self._work(60, urgent=case.urgent)
        given = {"department": department}
        if case.kind is Kind.REPORT and self.rng.random() < INVESTIGATED:
            given["investigation"] = YesNo.YES.value
        yield self._step(Action.DISPATCH, DISPATCHER, **given)
        if self.rng.random() < RECALLED:
            self._work(20, urgent=case.urgent)
            yield self._step(Action.RECALL, DISPATCHER, words="派单有误。")
            self._work(20, urgent=case.urgent)
            yield self._step(Action.DISPATCH, DISPATCHER, department=self._any())
        yield from self._round(case)
        while case.round.rehandling_pending:
            self._work(MINUTES_A_DAY, urgent=False)
            if case.round.n > 1 or self.rng.random() > REHANDLED:
                yield self._step(Action.REFUSE_REHANDLING, SUPERVISOR, words="已按规定办理。")
                return
            yield self._step(Action.REHANDLE, SUPERVISOR, department=case.holder or department)
            yield from self._round(case)

    def _round(self, case: Case) -> Iterator[HistoryStep]:
        """One round from its dispatch to what the citizen says of it."""
        yield from self._return(case)
        if not case.dispatch or not case.dispatch.signed_at:
            yield self._sign(case)
        self._work(150, urgent=case.urgent)
        yield from self._contact(case)
        yield from self._asides(case)
        if self.outcomes.open.is_short and self._is_hard(case):
            return  # nobody answers it this year
        yield from self._answer(case)
        yield from self._aftermath(case)

    def _contact(self, case: Case) -> Iterator[HistoryStep]:
        """Contact the citizen, try in vain on three days, or find that there is no way to her."""
        officer = self._officer(case)
        if case.dispatch and case.dispatch.unreachable_at:
            how = ContactHow.NOT_POSSIBLE
        elif not case.urgent and self.rng.random() < NOT_ANSWERED:
            for _ in range(TRIES):
                given = {"how": TryHow.PHONE.value, "message_left": YesNo.YES.value}
                yield self._step(Action.TRY_CONTACT, officer, **given)
                limit = Limit(MINUTES_A_DAY, LimitUnit.WORKING_MINUTES)
                self.at = due_at(self.bulk.book.calendar, self.at, limit)
            return
        else:
            how = self.rng.choices((ContactHow.PHONE, ContactHow.VISIT, ContactHow.MESSAGE), HOW)[0]
        yield self._step(Action.CONTACT, officer, how=how.value)

    def _return(self, case: Case) -> Iterator[HistoryStep]:
        """Let some departments ask to return it; the centre sends it elsewhere or insists."""
        while case.returns < TRIES - 1 and self.rng.random() < RETURN_ASKED:
            if self.rng.random() < 0.5 and not (case.dispatch and case.dispatch.signed_at):  # noqa: PLR2004 - half
                yield self._sign(case)
            self._work(90, urgent=case.urgent)
            window = case.running(Duty.RETURN)
            if window is None or self.at > window.due_at:
                return
            why = self.rng.choice(list(ReturnReason)).value
            yield self._step(Action.ASK_RETURN, self._officer(case), reason=why, words="申请退单。")
            self._work(120, urgent=case.urgent)
            if self.rng.random() > RETURN_GRANTED:
                yield self._step(Action.REFUSE_RETURN, DISPATCHER, words="属本单位职责。")
                return
            yield self._step(Action.GRANT_RETURN, DISPATCHER, department=self._any())

    def _asides(self, case: Case) -> Iterator[HistoryStep]:
        """Ask the citizen something, ask an extension: some do."""
        if self.rng.random() < QUESTION:
            self._work(60, urgent=case.urgent)
            yield self._step(Action.ASK_CITIZEN, self._officer(case), words="请说明具体位置。")
            self._pass(minutes=self.rng.expovariate(1 / 600))
            yield self._step(Action.ANSWER_QUESTION, STRANGER, words="在小区东门。")
        finish = case.running(Duty.FINISH)
        if finish is None or case.urgent or self.rng.random() > EXTENSION:
            return
        self._work(MINUTES_A_DAY, urgent=False)
        if self.at > finish.due_at:
            return
        leader = Actor(Role.LEADER, department=case.holder)
        days = str(self.rng.randint(2, 10))
        yield self._step(Action.ASK_EXTENSION, leader, days=days, words="情况复杂。")
        self._work(120, urgent=False)
        if self.rng.random() < EXTENSION_GRANTED:
            yield self._step(Action.GRANT_EXTENSION, SUPERVISOR)
        else:
            yield self._step(Action.REFUSE_EXTENSION, SUPERVISOR, words="请按期办理。")

    def _answer(self, case: Case) -> Iterator[HistoryStep]:
        """Answer, mostly in time; some answers are sent back and given again."""
        self._towards(case.running(Duty.FINISH))
        while True:
            result = self.rng.choices(list(Result), (70, 8, 18, 4))[0].value
            yield self._step(
                Action.ANSWER, self._officer(case), result=result, words="已办理，现予答复。"
            )
            self._work(120, urgent=case.urgent)
            if self.rng.random() > SENT_BACK:
                break
            yield self._step(Action.SEND_BACK, DISPATCHER, words="请补充办理情况。")
            self._work(MINUTES_A_DAY, urgent=case.urgent)
        yield self._step(Action.CLOSE, DISPATCHER)

    def _towards(self, finish: DeadlineFacts | None) -> None:
        """Go to the answer: somewhere before it is due, or some days after."""
        if finish is None or finish.due_at <= self.at:
            self._work(MINUTES_A_DAY, urgent=False)
            return
        if self.rng.random() < LATE:
            self.at = finish.due_at
            self._work(2 * MINUTES_A_DAY, urgent=False)
            return
        share = self.rng.betavariate(2, 2.5)
        at = _whole(self.at + share * (finish.due_at - self.at))
        working = due_at(self.bulk.book.calendar, at, Limit(0, LimitUnit.WORKING_MINUTES))
        self.at = working if working <= finish.due_at else at

    def _aftermath(self, case: Case) -> Iterator[HistoryStep]:
        """Let the citizen rate or say that it is not solved; else the centre calls."""
        chance = self.rng.random()
        if chance < RATED + NOT_SOLVED:
            self._pass(minutes=self.rng.expovariate(1 / 2000))
            window = case.running(Duty.RATING)
            if window is None or self.at > window.due_at:
                return
            if chance < NOT_SOLVED and case.round.n == 1:
                yield self._step(Action.SAY_NOT_SOLVED, STRANGER, words="问题仍然存在。")
            else:
                yield self._step(Action.RATE, STRANGER, **self._opinion(case))
            return
        for _ in range(TRIES):
            self._work(180, urgent=False)
            outcome = self._outcome()
            said = self._opinion(case) if outcome is FollowUpOutcome.REACHED else {}
            yield self._step(Action.FOLLOW_UP, OPERATOR, outcome=outcome.value, **said)
            if outcome is not FollowUpOutcome.NO_ANSWER:
                return

    def _outcome(self) -> FollowUpOutcome:
        chance = self.rng.random()
        if chance < REACHED:
            return FollowUpOutcome.REACHED
        return FollowUpOutcome.REFUSED if chance < REACHED + REFUSED else FollowUpOutcome.NO_ANSWER

    def _opinion(self, case: Case) -> dict[str, str]:
        unhappy = self.outcomes.dissatisfied.is_short and self._is_hard(case)
        satisfied = self.rng.choices(*OPINIONS[unhappy])[0]
        solved = Solved.NO if unhappy and self.rng.random() < REHANDLED else Solved.YES
        return {"solved": solved.value, "satisfaction": satisfied.value}

    def _is_hard(self, case: Case) -> bool:
        """Tell whether this one goes badly; some departments have more such cases than others."""
        return self.rng.random() < _hardship(case.holder)

    def _sign(self, case: Case) -> HistoryStep:
        self._work(45, urgent=case.urgent)
        return self._step(Action.SIGN, self._officer(case))

    def _officer(self, case: Case) -> Actor:
        return Actor(Role.OFFICER, department=case.holder)

    def _any(self) -> str:
        return self.rng.choice(self.municipal)

    def _step(self, action: Action, actor: Actor, **given: str) -> HistoryStep:
        return HistoryStep(action, given, self.at, actor)

    def _pass(self, minutes: float) -> None:
        """Let time pass, day and night."""
        self.at = _whole(self.at + timedelta(minutes=minutes))

    def _work(self, minutes: float, *, urgent: bool) -> None:
        """Let somebody work about so long: in working hours, an urgent matter at any hour."""
        spent = self.rng.expovariate(1 / minutes)
        if urgent:
            self._pass(spent / 4)
            return
        limit = Limit(int(spent), LimitUnit.WORKING_MINUTES)
        at = due_at(self.bulk.book.calendar, self.at, limit)
        self.at = at + timedelta(seconds=self.rng.randrange(60))


@cache
def _hardship(department: str | None) -> float:
    return random.Random(department).uniform(0.1, 0.9)  # noqa: S311 - the same in every year


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
