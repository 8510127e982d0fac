"""Life cycles of the demo city's appeals: which events happen, in which order, how soon.

`demo/odds.py` has the probabilities and durations; the problems are those of Domain 8: returns and
recalls, late signing and answers, answers sent back, second rounds, unreachable citizens. A life is
independent of the database; `demo/demo_play.py` plays it through the moves.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from appeals.demo.odds import (
    CITIZEN_DELAY_MINUTES,
    DISSATISFIED_RATINGS,
    MOVE_WORDS,
    ODDS,
    PACE_MINUTES,
    RESULTS,
    SATISFIED_RATINGS,
    SOLVED_ODDS,
)
from appeals.domain import clocks
from appeals.domain.calendar import Calendar
from appeals.domain.clocks import Limit, LimitUnit
from appeals.domain.people import Role
from appeals.domain.states import Action
from appeals.domain.vocabulary import (
    ContactHow,
    FollowUpOutcome,
    Kind,
    NotAcceptedReason,
    ReturnReason,
    Satisfaction,
    Solved,
    TryHow,
    YesNo,
)


@dataclass(frozen=True)
class DemoStep:
    """One move of a life: its time, the role (of the holding department), its values."""

    at: datetime
    role: Role
    action: Action
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass
class DemoLife:
    """One appeal's life from its filing at `now`; each step advances `now`.

    `slowness` multiplies the probability of delays. With `sure` exactly the named events happen,
    otherwise they are random. `others` are departments that a wrong dispatch may go to.
    """

    chance: Random
    calendar: Calendar
    now: datetime
    kind: Kind
    urgent: bool
    department: str
    others: Sequence[str]
    answer: str
    reachable: bool = True
    slowness: float = 1
    sure: frozenset[str] | None = None

    def steps(self) -> Iterator[DemoStep]:
        """Yield the steps after the filing."""
        if self._happens("withdrawn"):
            yield self._citizen_step(Action.WITHDRAW, words=MOVE_WORDS["moved"])
            return
        self._let_pass("accept")
        if self._happens("not accepted"):
            reason = self.chance.choice([NotAcceptedReason.LEGAL_ROUTE, NotAcceptedReason.INVALID])
            yield self._step(
                Role.OPERATOR, Action.NOT_ACCEPT, reason=reason, words=MOVE_WORDS["elsewhere"]
            )
        elif self.kind is Kind.CONSULTATION and self._happens("on the spot"):
            yield self._step(Role.OPERATOR, Action.ANSWER_ON_SPOT, words=self.answer)
        else:
            yield self._step(Role.OPERATOR, Action.ACCEPT)
            yield from self._dispatch_steps()

    def _dispatch_steps(self) -> Iterator[DemoStep]:
        if self._happens("kind corrected"):
            other = Kind.HELP if self.kind is not Kind.HELP else Kind.COMPLAINT
            self._let_pass("decide")
            yield self._step(
                Role.DISPATCHER, Action.AMEND, kind=other, words=MOVE_WORDS["corrected"]
            )
            self.kind = other
        self._let_pass("dispatch")
        if self._happens("recalled"):
            yield self._step(Role.DISPATCHER, Action.DISPATCH, department=self._other_department())
            self._let_pass("assign")
            yield self._step(Role.DISPATCHER, Action.RECALL, words=MOVE_WORDS["wrong"])
            self._let_pass("dispatch")
        wrong = self._happens("returned")
        sent = {"department": self._other_department() if wrong else self.department}
        if self.kind is Kind.REPORT and not self.urgent:
            sent["investigation"] = YesNo.YES
        yield self._step(Role.DISPATCHER, Action.DISPATCH, **sent)
        if wrong:
            yield from self._return_steps()
        yield from self._handling_steps()

    def _return_steps(self) -> Iterator[DemoStep]:
        self._let_pass("return")
        reason = self.chance.choice(list(ReturnReason))
        yield self._step(
            Role.OFFICER, Action.ASK_RETURN, reason=reason, words=MOVE_WORDS["not ours"]
        )
        self._let_pass("decide")
        if self._happens("return granted"):
            yield self._step(Role.DISPATCHER, Action.GRANT_RETURN, department=self.department)
        else:
            yield self._step(Role.DISPATCHER, Action.REFUSE_RETURN, words=MOVE_WORDS["yours"])

    def _handling_steps(self) -> Iterator[DemoStep]:
        """Yield a round: signing, contact, work, answer, review, closing, citizen's reaction."""
        self._let_pass("slow to sign" if self._is_late("slow to sign") else "sign")
        yield self._step(Role.OFFICER, Action.SIGN)
        if self._happens("assigned"):
            self._let_pass("assign")
            yield DemoStep(self.now, Role.LEADER, Action.ASSIGN)
        late = self._is_late("slow to contact")
        self._let_pass("slow to contact" if late else "contact")
        yield from self._contact_steps()
        if self._happens("withdrawn later"):
            yield self._citizen_step(Action.WITHDRAW, words=MOVE_WORDS["moved"])
            return
        yield from self._work_steps(may_extend=not late)
        yield from self._review_steps()
        yield from self._follow_up_steps()

    def _contact_steps(self) -> Iterator[DemoStep]:
        """Yield the contact attempts; some citizens never answer, some left no contact."""
        if self.reachable and not self.urgent and self._happens("not answered"):
            for _ in range(3):
                given = {"how": TryHow.PHONE, "message_left": YesNo.YES}
                yield self._step(Role.OFFICER, Action.TRY_CONTACT, **given)
                self._let_pass("another day")
            return
        ways = (ContactHow.PHONE, ContactHow.VISIT, ContactHow.MESSAGE)
        how = self.chance.choice(ways) if self.reachable else ContactHow.NOT_POSSIBLE
        yield self._step(Role.OFFICER, Action.CONTACT, how=how)

    def _work_steps(self, *, may_extend: bool) -> Iterator[DemoStep]:
        if self._happens("asked"):
            self._let_pass("assign")
            yield self._step(Role.OFFICER, Action.ASK_CITIZEN, words=MOVE_WORDS["question"])
            if self._happens("replied"):
                yield self._citizen_step(
                    Action.ANSWER_QUESTION, most=600, words=MOVE_WORDS["reply"]
                )
                may_extend = False
        if self._happens("added"):
            yield self._citizen_step(Action.ADD, most=600, words=MOVE_WORDS["more"])
            may_extend = False
        ordinary = not self.urgent and self.kind is not Kind.CONSULTATION
        if may_extend and ordinary and self._happens("extension"):
            yield from self._extension_steps()
        elif self._is_late("late"):
            self._let_pass("late")
        else:
            self._let_pass(
                {Kind.CONSULTATION: "advise", Kind.REPORT: "investigate"}.get(self.kind, "work")
            )

    def _extension_steps(self) -> Iterator[DemoStep]:
        self._let_pass("decide")
        days = str(self.chance.randint(3, 10))
        yield self._step(Role.LEADER, Action.ASK_EXTENSION, days=days, words=MOVE_WORDS["longer"])
        self._let_pass("decide")
        if self._happens("extension granted"):
            yield self._step(Role.SUPERVISOR, Action.GRANT_EXTENSION)
            self._let_pass("extended")
        else:
            yield self._step(
                Role.SUPERVISOR, Action.REFUSE_EXTENSION, words=MOVE_WORDS["not longer"]
            )
            self._let_pass("work")

    def _review_steps(self) -> Iterator[DemoStep]:
        self.result = self.chance.choice(RESULTS)
        yield self._step(Role.OFFICER, Action.ANSWER, result=self.result, words=self.answer)
        if self._happens("sent back"):
            self._let_pass("review")
            yield self._step(Role.DISPATCHER, Action.SEND_BACK, words=MOVE_WORDS["back"])
            self._let_pass("again")
            yield self._step(Role.OFFICER, Action.ANSWER, result=self.result, words=self.answer)
        self._let_pass("slow review" if self._happens("slow review") else "review")
        yield self._step(Role.DISPATCHER, Action.CLOSE)

    def _follow_up_steps(self) -> Iterator[DemoStep]:
        """Yield up to three follow-up calls; a citizen not reached may come back on her own."""
        solved = Solved.YES if self.chance.random() < SOLVED_ODDS[self.result] else Solved.NO
        satisfaction = Satisfaction(
            self.chance.choice(SATISFIED_RATINGS if solved is Solved.YES else DISSATISFIED_RATINGS)
        )
        for _ in range(3 if self._happens("called") else 0):
            self._let_pass("call")
            if self._happens("reached"):
                yield self._follow_up(
                    FollowUpOutcome.REACHED, solved=solved, satisfaction=satisfaction
                )
                yield from self._rehandling_steps(asked=solved is Solved.NO)
                return
            yield self._follow_up(FollowUpOutcome.NO_ANSWER)
        if self._happens("disputed"):
            yield self._citizen_step(
                Action.SAY_NOT_SOLVED,
                satisfaction=Satisfaction.DISSATISFIED,
                words=MOVE_WORDS["unsolved"],
            )
            yield from self._rehandling_steps(asked=True)
        elif self._happens("rated"):
            yield self._citizen_step(Action.RATE, solved=solved, satisfaction=satisfaction)

    def _rehandling_steps(self, *, asked: bool) -> Iterator[DemoStep]:
        """Yield the decision on another round; the second round is the last."""
        if not asked:
            return
        self._let_pass("decide")
        if self.answer != MOVE_WORDS["done again"] and self._happens("handled again"):
            self.answer = MOVE_WORDS["done again"]
            yield self._step(Role.SUPERVISOR, Action.REHANDLE, department=self.department)
            yield from self._handling_steps()
        else:
            yield self._step(Role.SUPERVISOR, Action.REFUSE_REHANDLING, words=MOVE_WORDS["final"])

    def _follow_up(self, outcome: FollowUpOutcome, **said: str) -> DemoStep:
        return self._step(Role.OPERATOR, Action.FOLLOW_UP, outcome=outcome, **said)

    def _happens(self, what: str) -> bool:
        return self.chance.random() < ODDS[what] if self.sure is None else what in self.sure

    def _is_late(self, what: str) -> bool:
        if self.sure is not None:
            return what in self.sure
        return self.chance.random() < ODDS[what] * self.slowness

    def _other_department(self) -> str:
        return self.chance.choice([code for code in self.others if code != self.department])

    def _let_pass(self, what: str) -> None:
        """Advance `now` by a step's duration; only urgent cases are worked on at night."""
        minutes = self.chance.randint(*PACE_MINUTES[what][self.urgent])
        unit = LimitUnit.MINUTES if self.urgent and what != "call" else LimitUnit.WORKING_MINUTES
        self.now = clocks.due_at(self.calendar, self.now, Limit(minutes, unit))

    def _citizen_step(
        self, action: Action, *, most: int = CITIZEN_DELAY_MINUTES[1], **given: str
    ) -> DemoStep:
        minutes = self.chance.randint(min(CITIZEN_DELAY_MINUTES[0], most // 10), most)
        self.now = clocks.due_at(self.calendar, self.now, Limit(minutes, LimitUnit.MINUTES))
        return self._step(Role.CITIZEN, action, **given)

    def _step(self, role: Role, action: Action, **given: str) -> DemoStep:
        return DemoStep(self.now, role, action, given)
