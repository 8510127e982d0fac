"""What a journey begins with, made by the product's own functions at moments of their own."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from appeals.act import Act
from appeals.casework.configuration import configuration_changes
from appeals.casework.configuration.configuration_changes import WantedChange
from appeals.casework.handling.filing import file_appeal
from appeals.casework.handling.moves import make_move
from appeals.domain.calendar import city_day
from appeals.domain.configuration import DEPARTMENTS, ChangeStep
from appeals.domain.people import STRANGER, SYSTEM, Actor, Role
from appeals.domain.states import Action
from tests.factories import a_filing

A_MINUTE, A_WEEK = timedelta(minutes=1), timedelta(days=7)
_forms = itertools.count()


def open_department(act: Act, code: str, zh: str, en: str) -> None:
    """Open a department of the city a week earlier, so that what is prepared can have waited there.

    At one o'clock in the night a case of three hours ago is one of the day before.
    """
    before = act.at(act.now - A_WEEK)
    given = {"code": code, "zh": zh, "en": en, "tier": "municipal"}
    dated = {"since": city_day(before.now).isoformat(), "why": "旅程"}
    configuration_changes.make_change(
        before.by(SYSTEM), WantedChange(DEPARTMENTS, ChangeStep.ADD, "", {**given, **dated}), 0
    )


@dataclass
class PreparedAppeal:
    """One appeal: filed by a citizen at the act's moment, then moved a minute at a time.

    `department` is whom it is sent to.
    """

    act: Act
    department: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """File it."""
        receipt = file_appeal(
            self.act.by(STRANGER), a_filing(**self.facts), f"journey {next(_forms)}"
        )
        self.appeal, self.number, self.code = receipt.appeal, receipt.number, receipt.code

    def accepted(self) -> "PreparedAppeal":
        """Let the centre accept it."""
        return self._then(Role.OPERATOR, Action.ACCEPT)

    def sent(self) -> "PreparedAppeal":
        """Accept it and send it to the department."""
        self.accepted()
        return self._then(Role.DISPATCHER, Action.DISPATCH, department=self.department)

    def in_hand(self) -> "PreparedAppeal":
        """Let the department sign for it and call the citizen."""
        self._then(Role.OFFICER, Action.SIGN)
        return self._then(Role.OFFICER, Action.CONTACT, how="phone")

    def sent_back(self, answer: str, reason: str) -> "PreparedAppeal":
        """Let the department answer, and the centre send the answer back."""
        self._then(Role.OFFICER, Action.ANSWER, result="solved", words=answer)
        return self._then(Role.DISPATCHER, Action.SEND_BACK, words=reason)

    def answered(self, answer: str) -> "PreparedAppeal":
        """Let the department answer, and the centre close the case."""
        self._then(Role.OFFICER, Action.ANSWER, result="solved", words=answer)
        return self._then(Role.DISPATCHER, Action.CLOSE)

    def questioned(self, question: str) -> "PreparedAppeal":
        """Let the department ask the citizen, who has not replied yet."""
        return self._then(Role.OFFICER, Action.ASK_CITIZEN, words=question)

    def asked(self, question: str, reply: str) -> "PreparedAppeal":
        """Let the department ask the citizen, and the citizen reply."""
        self.questioned(question)
        return self._then(Role.CITIZEN, Action.ANSWER_QUESTION, words=reply)

    def _then(self, role: Role, action: Action, **given: str) -> "PreparedAppeal":
        self.act = self.act.later(A_MINUTE)
        department = self.department if role is Role.OFFICER else None
        make_move(self.act.by(Actor(role, department=department)), self.appeal, action, given)
        return self
