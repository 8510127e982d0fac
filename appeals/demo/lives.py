"""The lives that the demo city's appeals lead: what happens to one, in which order, how soon.

How often and how soon stands in `demo_odds.py`; the troubles are those of Domain 8: returns and
recalls, late signing and late answers, answers sent back, second rounds, citizens whom nobody
reaches. A life knows nothing of the database; the demo plays it through the moves.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from appeals.demo.odds import CROSS, LATER, ODDS, PACE, PLEASED, RESULTS, SOLVED_AFTER, WORDS
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
class Step:
    """One move of a life: when, by which role (of the holding department), what was given."""

    at: datetime
    role: Role
    action: Action
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Life:
    """One appeal's life from its filing at `now` on; `now` moves with each step.

    `slowness` multiplies what goes late; `sure` makes exactly the named things happen, and
    without it chance decides. `others` are departments that a wrong dispatch may go to.
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

    def steps(self) -> Iterator[Step]:
        """Tell the life after the filing, step by step."""
        if self._happens("withdrawn"):
            yield self._citizen(Action.WITHDRAW, words=WORDS["moved"])
            return
        self._pass("accept")
        if self._happens("not accepted"):
            reason = self.chance.choice([NotAcceptedReason.LEGAL_ROUTE, NotAcceptedReason.INVALID])
            yield self._step(
                Role.OPERATOR, Action.NOT_ACCEPT, reason=reason, words=WORDS["elsewhere"]
            )
        elif self.kind is Kind.CONSULTATION and self._happens("on the spot"):
            yield self._step(Role.OPERATOR, Action.ANSWER_ON_SPOT, words=self.answer)
        else:
            yield self._step(Role.OPERATOR, Action.ACCEPT)
            yield from self._dispatched()

    def _dispatched(self) -> Iterator[Step]:
        if self._happens("kind corrected"):
            other = Kind.HELP if self.kind is not Kind.HELP else Kind.COMPLAINT
            self._pass("decide")
            yield self._step(Role.DISPATCHER, Action.AMEND, kind=other, words=WORDS["corrected"])
            self.kind = other
        self._pass("dispatch")
        if self._happens("recalled"):
            yield self._step(Role.DISPATCHER, Action.DISPATCH, department=self._another())
            self._pass("assign")
            yield self._step(Role.DISPATCHER, Action.RECALL, words=WORDS["wrong"])
            self._pass("dispatch")
        wrong = self._happens("returned")
        sent = {"department": self._another() if wrong else self.department}
        if self.kind is Kind.REPORT and not self.urgent:
            sent["investigation"] = YesNo.YES
        yield self._step(Role.DISPATCHER, Action.DISPATCH, **sent)
        if wrong:
            yield from self._returned()
        yield from self._handled()

    def _returned(self) -> Iterator[Step]:
        self._pass("return")
        reason = self.chance.choice(list(ReturnReason))
        yield self._step(Role.OFFICER, Action.ASK_RETURN, reason=reason, words=WORDS["not ours"])
        self._pass("decide")
        if self._happens("return granted"):
            yield self._step(Role.DISPATCHER, Action.GRANT_RETURN, department=self.department)
        else:
            yield self._step(Role.DISPATCHER, Action.REFUSE_RETURN, words=WORDS["yours"])

    def _handled(self) -> Iterator[Step]:
        """Sign, contact, work, answer, review, close, and what the citizen says."""
        self._pass("slow to sign" if self._late("slow to sign") else "sign")
        yield self._step(Role.OFFICER, Action.SIGN)
        if self._happens("assigned"):
            self._pass("assign")
            yield Step(self.now, Role.LEADER, Action.ASSIGN)
        late = self._late("slow to contact")
        self._pass("slow to contact" if late else "contact")
        yield from self._contacted()
        if self._happens("withdrawn later"):
            yield self._citizen(Action.WITHDRAW, words=WORDS["moved"])
            return
        yield from self._worked(may_extend=not late)
        yield from self._reviewed()
        yield from self._heard()

    def _contacted(self) -> Iterator[Step]:
        """Contact the citizen; some never answer, and some left no way to reach them."""
        if self.reachable and not self.urgent and self._happens("not answered"):
            for _ in range(3):
                given = {"how": TryHow.PHONE, "message_left": YesNo.YES}
                yield self._step(Role.OFFICER, Action.TRY_CONTACT, **given)
                self._pass("another day")
            return
        ways = (ContactHow.PHONE, ContactHow.VISIT, ContactHow.MESSAGE)
        how = self.chance.choice(ways) if self.reachable else ContactHow.NOT_POSSIBLE
        yield self._step(Role.OFFICER, Action.CONTACT, how=how)

    def _worked(self, *, may_extend: bool) -> Iterator[Step]:
        if self._happens("asked"):
            self._pass("assign")
            yield self._step(Role.OFFICER, Action.ASK_CITIZEN, words=WORDS["question"])
            if self._happens("replied"):
                yield self._citizen(Action.ANSWER_QUESTION, most=600, words=WORDS["reply"])
                may_extend = False
        if self._happens("added"):
            yield self._citizen(Action.ADD, most=600, words=WORDS["more"])
            may_extend = False
        ordinary = not self.urgent and self.kind is not Kind.CONSULTATION
        if may_extend and ordinary and self._happens("extension"):
            yield from self._extended()
        elif self._late("late"):
            self._pass("late")
        else:
            self._pass(
                {Kind.CONSULTATION: "advise", Kind.REPORT: "investigate"}.get(self.kind, "work")
            )

    def _extended(self) -> Iterator[Step]:
        self._pass("decide")
        days = str(self.chance.randint(3, 10))
        yield self._step(Role.LEADER, Action.ASK_EXTENSION, days=days, words=WORDS["longer"])
        self._pass("decide")
        if self._happens("extension granted"):
            yield self._step(Role.SUPERVISOR, Action.GRANT_EXTENSION)
            self._pass("extended")
        else:
            yield self._step(Role.SUPERVISOR, Action.REFUSE_EXTENSION, words=WORDS["not longer"])
            self._pass("work")

    def _reviewed(self) -> Iterator[Step]:
        self.result = self.chance.choice(RESULTS)
        yield self._step(Role.OFFICER, Action.ANSWER, result=self.result, words=self.answer)
        if self._happens("sent back"):
            self._pass("review")
            yield self._step(Role.DISPATCHER, Action.SEND_BACK, words=WORDS["back"])
            self._pass("again")
            yield self._step(Role.OFFICER, Action.ANSWER, result=self.result, words=self.answer)
        self._pass("slow review" if self._happens("slow review") else "review")
        yield self._step(Role.DISPATCHER, Action.CLOSE)

    def _heard(self) -> Iterator[Step]:
        """Follow up, up to three tries; whoever is not reached may come back by herself."""
        solved = Solved.YES if self.chance.random() < SOLVED_AFTER[self.result] else Solved.NO
        satisfaction = Satisfaction(self.chance.choice(PLEASED if solved is Solved.YES else CROSS))
        for _ in range(3 if self._happens("called") else 0):
            self._pass("call")
            if self._happens("reached"):
                yield self._called(
                    FollowUpOutcome.REACHED, solved=solved, satisfaction=satisfaction
                )
                yield from self._again(asked=solved is Solved.NO)
                return
            yield self._called(FollowUpOutcome.NO_ANSWER)
        if self._happens("disputed"):
            yield self._citizen(
                Action.SAY_NOT_SOLVED,
                satisfaction=Satisfaction.DISSATISFIED,
                words=WORDS["unsolved"],
            )
            yield from self._again(asked=True)
        elif self._happens("rated"):
            yield self._citizen(Action.RATE, solved=solved, satisfaction=satisfaction)

    def _again(self, *, asked: bool) -> Iterator[Step]:
        """Decide on another round; a second one is the last."""
        if not asked:
            return
        self._pass("decide")
        if self.answer != WORDS["done again"] and self._happens("handled again"):
            self.answer = WORDS["done again"]
            yield self._step(Role.SUPERVISOR, Action.REHANDLE, department=self.department)
            yield from self._handled()
        else:
            yield self._step(Role.SUPERVISOR, Action.REFUSE_REHANDLING, words=WORDS["final"])

    def _called(self, outcome: FollowUpOutcome, **said: str) -> Step:
        return self._step(Role.OPERATOR, Action.FOLLOW_UP, outcome=outcome, **said)

    def _happens(self, what: str) -> bool:
        return self.chance.random() < ODDS[what] if self.sure is None else what in self.sure

    def _late(self, what: str) -> bool:
        if self.sure is not None:
            return what in self.sure
        return self.chance.random() < ODDS[what] * self.slowness

    def _another(self) -> str:
        return self.chance.choice([code for code in self.others if code != self.department])

    def _pass(self, what: str) -> None:
        """Let the time to a step pass; only the urgent is worked on at night."""
        minutes = self.chance.randint(*PACE[what][self.urgent])
        unit = LimitUnit.MINUTES if self.urgent and what != "call" else LimitUnit.WORKING_MINUTES
        self.now = clocks.due_at(self.calendar, self.now, Limit(minutes, unit))

    def _citizen(self, action: Action, *, most: int = LATER[1], **given: str) -> Step:
        minutes = self.chance.randint(min(LATER[0], most // 10), most)
        self.now = clocks.due_at(self.calendar, self.now, Limit(minutes, LimitUnit.MINUTES))
        return self._step(Role.CITIZEN, action, **given)

    def _step(self, role: Role, action: Action, **given: str) -> Step:
        return Step(self.now, role, action, given)
