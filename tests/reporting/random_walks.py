"""Random lives: any legal move after any other, by who may make it, at any hour."""

import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from appeals.act import Act
from appeals.cases.case_rows import load_case
from appeals.cases.driver import MoveRequest
from appeals.casework.handling.bulk_writing import BulkWriter, PlayedHistory
from appeals.casework.handling.moves import make_move
from appeals.domain.case import Case
from appeals.domain.filing import Filing
from appeals.domain.lifecycle import MoveRule, list_open_moves
from appeals.domain.moves.needs import Input, Need
from appeals.domain.people import CENTRE, STRANGER, Role
from appeals.domain.refusals import Refused
from appeals.domain.rule_book import RuleBook
from appeals.domain.states import Action
from appeals.domain.vocabulary import Channel, Kind
from appeals.models.appeal import Appeal
from appeals.reference.reference_data import load_reference
from tests.cast import CAST, ROADS, WATER
from tests.factories import CALLER, a_filing

ACTORS = (STRANGER, *CAST.values())
ENDS = {Action.WITHDRAW, Action.NOT_ACCEPT, Action.ANSWER_ON_SPOT, Action.RECALL}
ROWS = {
    Input.DEPARTMENT: (ROADS, WATER),
    Input.CATEGORY: ("urban.noise", "water.burst", "water"),
    Input.DISTRICT: ("370202", "370203"),
    Input.STREET: ("001",),
    Input.OFFICER: ("3",),
    Input.NUMBER: ("1", "3", "10"),
    Input.WORDS: ("说明",),
}
PLACES = (("370202", "370202001"), ("370202", None), ("370203", "370203001"), (None, None))
CONFIDENTIAL = 0.1
HOURS = (0, 0.25, 2, 9, 24, 49, 120)
"""So long from one move to the next, at most."""


@dataclass
class Walker:
    """Walks by the dice over what the rules allow."""

    dice: random.Random

    def filing(self) -> Filing:
        """Give a filing of any kind, through any channel, from any place."""
        district, street = self.dice.choice(PLACES)
        return a_filing(
            kind=self.dice.choice([*Kind]),
            channel=self.dice.choice([*Channel]),
            category=self.dice.choice(ROWS[Input.CATEGORY]),
            district=district,
            street=street,
            contact_email=self.dice.choice(("", *4 * ("wang@example.org",))),
            confidential=self.dice.random() < CONFIDENTIAL,
        )

    def walk(
        self, bulk: BulkWriter, filed: datetime, moves: int, until: datetime | None = None
    ) -> PlayedHistory:
        """Play a life of at most so many moves after its filing, none of them after `until`."""
        played = bulk.start_history(
            self.filing(), MoveRequest(Action.FILE, {}, filed, CAST[Role.OPERATOR])
        )
        at = filed
        for _ in range(moves):
            at = self.later(at)
            if until and at > until:
                break
            if step := self.step(played.case, at, bulk.city.book):
                with suppress(Refused):  # a correction that corrects nothing changes nothing
                    bulk.play_next(played, step)
        return played

    def go_on(self, act: Act, appeal: Appeal) -> bool:
        """Make one more move on an appeal, at the act's now; tell whether there was one."""
        step = self.step(load_case(act, appeal.id), act.now, load_reference(act).book)
        if step is None:
            return False
        with suppress(Refused):
            make_move(act.by(step.actor), appeal, step.action, step.given)
            return True
        return False

    def later(self, at: datetime) -> datetime:
        """Give the moment of the next move."""
        return at + timedelta(minutes=round(60 * self.dice.choice(HOURS)))

    def step(self, case: Case, at: datetime, book: RuleBook) -> MoveRequest | None:
        """Choose a move that is allowed now; those that go on are chosen oftener."""
        moves = [
            (move, each)
            for each in ACTORS
            for move in list_open_moves(case, each.role, at, book)
            if move.action is not Action.CHANGE_CONTACT  # it brings a row of its own
        ]
        onward = [(move, each) for move, each in moves if move.to and move.action not in ENDS]
        if not moves:
            return None
        move, actor = self.dice.choice(onward if onward and self.dice.random() < 0.6 else moves)
        caller = CALLER if move.for_caller and actor.role in CENTRE else {}
        return MoveRequest(move.action, {**self.given(move), **caller}, at, actor)

    def given(self, move: MoveRule) -> Mapping[str, str]:
        """Give what the move needs, and of the rest what the dice say."""
        asked = [each for each in move.fields if each.required or self.dice.random() < 0.5]
        given = {each.name: value for each in asked if (value := self._value(each))}
        if "street" in given:
            given["street"] = given.setdefault("district", "370202") + given["street"]
        return given

    def _value(self, need: Need) -> str:
        if need.choices is not None:
            return str(self.dice.choice([*need.choices]).value)
        return self.dice.choice(ROWS.get(need.input, ("",)))
