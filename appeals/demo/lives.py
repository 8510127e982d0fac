"""What becomes of one appeal of a made-up city: its steps from the filing to the end.

The problems are those of Domain 8: returns and recalls, late signing and answers, answers sent
back, second rounds, citizens who cannot be reached. The generator reads the case, which
`demo/life_player.py` changes by each step; so every step is one that the rules allow.
"""

from collections.abc import Generator, Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Protocol

from appeals.demo.askings import LifeFacts, LifeStep, list_askings
from appeals.demo.filings import Style
from appeals.demo.matters import load_phrases
from appeals.demo.outcomes import (
    NOT_SOLVED_SHARES,
    ON_SPOT_SHARES,
    OTHER_RATED_ONLINE_SHARE,
    RATED_ONLINE_SHARES,
    Outcomes,
    find_slowness,
)
from appeals.domain.calendar import Calendar
from appeals.domain.clocks import Limit, LimitUnit, due_at
from appeals.domain.people import Actor, Role
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

ODDS = {
    "withdrawn": 0.01,
    "not accepted": 0.004,
    "not accepted as told": 0.85,  # of matters that the centre does not accept
    "kind corrected": 0.01,
    "recalled": 0.01,
    "investigation": 0.4,  # of reports
    "returned": 0.05,
    "return granted": 0.7,
    "returned again": 0.1,
    "signed before returning": 0.4,
    "assigned": 0.3,
    "unreachable": 0.012,
    "asked": 0.025,
    "replied": 0.75,
    "added": 0.03,
    "withdrawn later": 0.006,
    "extension": 0.04,
    "extension granted": 0.85,
    "late": 0.035,
    "sent back": 0.04,
    "disputed": 0.025,
    "called": 0.97,
    "reached": 0.72,
    "follow-up refused": 0.05,
    "handled again": 0.6,
}
"""The probability of each event."""
SLOW_EVENTS = {"late", "sent back", "returned"}
"""Events that happen more often in a slow department."""
ANSWERED_AS_ASKED = {Kind.CONSULTATION, Kind.PRAISE, Kind.OTHER}
"""Kinds whose answer is that of the matter, whatever the result."""
WORKING_DAY_MINUTES = 420
CONTACT_WAYS = ((ContactHow.PHONE, ContactHow.VISIT, ContactHow.MESSAGE), (8, 1, 2))
OPINIONS = {
    True: ((Satisfaction.DISSATISFIED, Satisfaction.VERY_DISSATISFIED), (3, 1)),
    False: (
        (Satisfaction.VERY_SATISFIED, Satisfaction.SATISFIED, Satisfaction.FAIRLY_SATISFIED),
        (60, 30, 6),
    ),
}
"""Opinions and their weights, by whether the citizen is dissatisfied."""
UNHAPPY_NOT_SOLVED_SHARE = 0.6
MAX_TRIES = 3
SECONDS_PER_MINUTE = 60


class Cast(Protocol):
    """Who makes the moves of a made-up city."""

    @property
    def departments(self) -> Sequence[str]:
        """The departments that a wrong dispatch may go to."""

    def find_actor(self, role: Role, department: str | None) -> Actor:
        """Return who acts in a role, for an officer or leader in the department."""

    def find_officer(self, department: str | None) -> int | None:
        """Return the officer to whom the department assigns its cases; None: it assigns none."""


class LifeWriter:
    """Writes the steps of one life after another; all randomness comes from `rng`."""

    def __init__(self, rng: Random, calendar: Calendar, outcomes: Outcomes, cast: Cast) -> None:
        """Take what all lives of a city have in common."""
        self.rng = rng
        self.calendar = calendar
        self.outcomes = outcomes
        self.cast = cast
        self.phrases = load_phrases()

    def write_steps(self, life: LifeFacts) -> Iterator[LifeStep]:
        """Yield the steps after the filing; the player makes each before it asks for the next."""
        last = life.case.filed_at
        for step in self._write_handling(life):
            if life.sure is None:
                yield from list_askings(life, last, step.at, self.phrases)
            yield step
            last = step.at

    def _write_handling(self, life: LifeFacts) -> Iterator[LifeStep]:
        self.life, self.case, self.at = life, life.case, life.case.filed_at
        self.result, self.is_rehandled = Result.SOLVED, False
        by_operator = life.filed.style is Style.OPERATOR
        self._let_pass(4) if by_operator else self._let_work(40)
        matter = life.filed.matter
        told = matter.not_accepted and self._happens("not accepted as told")
        if self._happens("withdrawn"):
            yield self._step(Role.CITIZEN, Action.WITHDRAW, words=self._say("withdraw"))
        elif told or self._happens("not accepted"):
            reason = matter.not_accepted if told else NotAcceptedReason.OTHER
            words = matter.answer if told else self._say("not_accepted", "other")
            yield self._step(Role.OPERATOR, Action.NOT_ACCEPT, reason=str(reason), words=words)
        elif self._is_answered_on_spot():
            yield self._step(Role.OPERATOR, Action.ANSWER_ON_SPOT, words=matter.answer)
        else:
            yield self._step(Role.OPERATOR, Action.ACCEPT)
            yield from self._dispatch_steps()

    def _is_answered_on_spot(self) -> bool:
        share = ON_SPOT_SHARES[self.life.filed.style].get(self.case.kind, 0)
        return self.life.sure is None and self.rng.random() < share

    def _dispatch_steps(self) -> Iterator[LifeStep]:
        """Yield the dispatch, and one or two rounds of handling."""
        if self._happens("kind corrected"):
            kind = Kind.COMPLAINT if self.case.kind is Kind.HELP else Kind.HELP
            self._let_work(20)
            words = self._say("correct")
            yield self._step(Role.DISPATCHER, Action.AMEND, kind=kind.value, words=words)
        self._let_work(60)
        if self._happens("recalled"):
            yield self._step(Role.DISPATCHER, Action.DISPATCH, department=self._pick_other())
            self._let_work(20)
            yield self._step(Role.DISPATCHER, Action.RECALL, words=self._say("recall"))
            self._let_work(20)
        yield from self._dispatch_and_return_steps()
        yield from self._round_steps()
        while self.case.round.rehandling_pending:
            self._let_work(WORKING_DAY_MINUTES)
            if self.case.round.n > 1 or not self._happens("handled again"):
                words = self._say("rehandling", "refused")
                yield self._step(Role.SUPERVISOR, Action.REFUSE_REHANDLING, words=words)
                return
            self.is_rehandled = True
            to = self.case.holder or self.life.department
            yield self._step(Role.SUPERVISOR, Action.REHANDLE, department=to)
            yield from self._round_steps()

    def _dispatch_and_return_steps(self) -> Iterator[LifeStep]:
        """Yield the dispatch; some go to a wrong department, and some ask to return it."""
        returned, granted = self._happens("returned"), self._happens("return granted")
        wrong = returned and granted
        given = {"department": self._pick_other() if wrong else self.life.department}
        if self.case.kind is Kind.REPORT and self._happens("investigation"):
            given["investigation"] = YesNo.YES.value
        yield self._step(Role.DISPATCHER, Action.DISPATCH, **given)
        while returned and (yield from self._ask_return_steps()):
            self._let_work(120)
            if not granted:
                words = self._say("return", "refused")
                yield self._step(Role.DISPATCHER, Action.REFUSE_RETURN, words=words)
                return
            returned = self.case.returns == 0 and self._happens("returned again")
            to = self._pick_other() if returned else self.life.department
            yield self._step(Role.DISPATCHER, Action.GRANT_RETURN, department=to)

    def _ask_return_steps(self) -> Generator[LifeStep, None, bool]:
        """Yield the request to return; returns whether it came in time."""
        if self._happens("signed before returning"):
            yield self._sign_step()
        self._let_work(90)
        window = self.case.running(Duty.RETURN)
        if window is None or self.at > window.due_at:
            return False
        reason = self.rng.choice(list(ReturnReason)).value
        words = self._say("return", reason)
        yield self._step(Role.OFFICER, Action.ASK_RETURN, reason=reason, words=words)
        return True

    def _round_steps(self) -> Iterator[LifeStep]:
        """Yield one round: signing, contact, work, answer, review, closing, citizen's reaction."""
        if not self.case.dispatch or not self.case.dispatch.signed_at:
            yield self._sign_step()
        if self.cast.find_officer(self.case.holder) and self._happens("assigned"):
            self._let_work(20)
            yield self._step(Role.LEADER, Action.ASSIGN)
        self._let_work(150 * find_slowness(self.case.holder))
        yield from self._contact_steps()
        if self._happens("withdrawn later"):
            self._let_pass(600)
            yield self._step(Role.CITIZEN, Action.WITHDRAW, words=self._say("withdraw"))
            return
        yield from self._work_steps()
        if self.outcomes.stays_open(self.case, self.life.filed):
            return
        yield from self._answer_steps()
        yield from self._follow_up_steps()

    def _sign_step(self) -> LifeStep:
        self._let_work(40 * find_slowness(self.case.holder))
        return self._step(Role.OFFICER, Action.SIGN)

    def _contact_steps(self) -> Iterator[LifeStep]:
        """Yield the contact, three failed attempts on three days, or that no contact was left."""
        if self.case.dispatch and self.case.dispatch.unreachable_at:
            how = ContactHow.NOT_POSSIBLE
        elif not self.case.urgent and self._happens("unreachable"):
            for _ in range(MAX_TRIES):
                given = {"how": TryHow.PHONE.value, "message_left": YesNo.YES.value}
                yield self._step(Role.OFFICER, Action.TRY_CONTACT, **given)
                self._wait(Limit(WORKING_DAY_MINUTES, LimitUnit.WORKING_MINUTES))
            return
        else:
            how = self.rng.choices(*CONTACT_WAYS)[0]
        yield self._step(Role.OFFICER, Action.CONTACT, how=how.value)

    def _work_steps(self) -> Iterator[LifeStep]:
        """Yield, for some cases, a question to the citizen, what she adds, an extension."""
        if self._happens("asked"):
            self._let_work(60)
            yield self._step(Role.OFFICER, Action.ASK_CITIZEN, words=self._say("question"))
            if self._happens("replied"):
                self._let_pass(600)
                words = self._say("question", "reply")
                yield self._step(Role.CITIZEN, Action.ANSWER_QUESTION, words=words)
        if self._happens("added"):
            self._let_pass(900)
            yield self._step(Role.CITIZEN, Action.ADD, words=self._say("more"))
        finish = self.case.running(Duty.FINISH)
        if finish is None or self.case.urgent or not self._happens("extension"):
            return
        self._let_work(WORKING_DAY_MINUTES)
        if self.at > finish.due_at:
            return
        days = str(self.rng.randint(2, 10))
        words = self._say("extension")
        yield self._step(Role.LEADER, Action.ASK_EXTENSION, days=days, words=words)
        self._let_work(120)
        if self._happens("extension granted"):
            yield self._step(Role.SUPERVISOR, Action.GRANT_EXTENSION)
        else:
            words = self._say("extension", "refused")
            yield self._step(Role.SUPERVISOR, Action.REFUSE_EXTENSION, words=words)

    def _answer_steps(self) -> Iterator[LifeStep]:
        """Yield the answer, mostly on time; some answers are sent back and rewritten."""
        self._go_to_answer()
        self.result = self.outcomes.pick_result(self.case, self.life.filed)
        words, result = self._compose_answer(), self.result.value
        yield self._step(Role.OFFICER, Action.ANSWER, result=result, words=words)
        self._let_work(120)
        if self._happens("sent back"):
            yield self._step(Role.DISPATCHER, Action.SEND_BACK, words=self._say("send_back"))
            self._let_work(WORKING_DAY_MINUTES / 2)
            words += self._say("reply.sent_back", self.case.kind)
            yield self._step(Role.OFFICER, Action.ANSWER, result=result, words=words)
            self._let_work(120)
        yield self._step(Role.DISPATCHER, Action.CLOSE)

    def _go_to_answer(self) -> None:
        """Advance to the answer: some time before it is due, or some days after."""
        finish = self.case.running(Duty.FINISH)
        if finish is None or finish.due_at <= self.at:
            self._let_work(WORKING_DAY_MINUTES)
            return
        if self._happens("late"):
            self.at = finish.due_at
            self._let_work(2 * WORKING_DAY_MINUTES)
            return
        share = self.rng.betavariate(2, 2.5)
        at = (self.at + share * (finish.due_at - self.at)).replace(microsecond=0)
        working = due_at(self.calendar, at, Limit(0, LimitUnit.WORKING_MINUTES))
        self.at = working if working <= finish.due_at else at

    def _compose_answer(self) -> str:
        """Join opening, what was done, and what follows from the result."""
        opening, kind = self._say("reply", "opening"), self.case.kind
        ending = self._say(f"reply.{self.result}", kind)
        if kind in ANSWERED_AS_ASKED:
            return opening + self.life.filed.matter.answer
        if self.result in {Result.EXPLAINED, Result.CANNOT}:
            return opening + ending
        done = self._say("reply", "again") if self.is_rehandled else self.life.filed.matter.answer
        return opening + done + ending

    def _follow_up_steps(self) -> Iterator[LifeStep]:
        """Yield the citizen's own rating, else the centre's follow-up calls."""
        own = RATED_ONLINE_SHARES.get(self.life.filed.style, OTHER_RATED_ONLINE_SHARE)
        disputed = self.case.round.n == 1 and self._happens("disputed")
        if disputed or (self.life.sure is None and self.rng.random() < own):
            self._let_pass(2000)
            window = self.case.running(Duty.RATING)
            if window is None or self.at > window.due_at:
                return
            if disputed:
                given = {"satisfaction": Satisfaction.DISSATISFIED.value}
                words = self._say("unsolved")
                yield self._step(Role.CITIZEN, Action.SAY_NOT_SOLVED, words=words, **given)
            else:
                yield self._step(Role.CITIZEN, Action.RATE, **self._pick_opinion())
            return
        for _ in range(MAX_TRIES if self._happens("called") else 0):
            self._let_work(180)
            outcome = self._pick_outcome()
            said = self._pick_opinion() if outcome is FollowUpOutcome.REACHED else {}
            yield self._step(Role.OPERATOR, Action.FOLLOW_UP, outcome=outcome.value, **said)
            if outcome is not FollowUpOutcome.NO_ANSWER:
                return

    def _pick_outcome(self) -> FollowUpOutcome:
        if self._happens("reached"):
            return FollowUpOutcome.REACHED
        refused = self._happens("follow-up refused")
        return FollowUpOutcome.REFUSED if refused else FollowUpOutcome.NO_ANSWER

    def _pick_opinion(self) -> dict[str, str]:
        unhappy = self.outcomes.is_dissatisfied(self.case, self.life.filed, self.result)
        satisfied = self.rng.choices(*OPINIONS[unhappy])[0]
        share = UNHAPPY_NOT_SOLVED_SHARE if unhappy else NOT_SOLVED_SHARES.get(self.result, 0.01)
        solved = Solved.NO if self.rng.random() < share else Solved.YES
        return {"solved": solved.value, "satisfaction": satisfied.value}

    def _happens(self, event: str) -> bool:
        if self.life.sure is not None:
            return event in self.life.sure
        slowness = find_slowness(self.life.department) if event in SLOW_EVENTS else 1
        return self.rng.random() < ODDS[event] * slowness

    def _say(self, use: str, detail: str = "") -> str:
        return self.phrases.pick(self.rng, use, detail)

    def _pick_other(self) -> str:
        """Pick a department other than the right one."""
        departments = self.cast.departments
        others = [code for code in departments if code != self.life.department]
        return self.rng.choice(others or departments)

    def _step(self, role: Role, action: Action, **given: str) -> LifeStep:
        return LifeStep(self.at, role, action, given)

    def _let_pass(self, minutes: float) -> None:
        """Advance by about so many minutes, around the clock."""
        spent = self.rng.expovariate(1 / minutes)
        self.at += timedelta(seconds=int(SECONDS_PER_MINUTE * spent))

    def _let_work(self, minutes: float) -> None:
        """Advance by about so many working minutes; for an urgent case at any hour, and faster."""
        if self.case.urgent:
            self._let_pass(minutes / 4)
            return
        spent = int(self.rng.expovariate(1 / minutes))
        self._wait(Limit(spent, LimitUnit.WORKING_MINUTES))
        self.at += timedelta(seconds=self.rng.randrange(SECONDS_PER_MINUTE))

    def _wait(self, limit: Limit) -> None:
        self.at = due_at(self.calendar, self.at, limit)
