"""Everything that a page about one appeal shows, read at once in a fixed number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa

from appeals.access import open_case
from appeals.act import Act
from appeals.domain import case as value
from appeals.domain.case import Case
from appeals.domain.lifecycle import MOVES, open_moves
from appeals.domain.lifecycle import Move as PossibleMove
from appeals.models.appeal import Appeal, Move, RoutingReason, Statement
from appeals.models.attachment import Attachment
from appeals.models.handling import Amendment, Deadline, Dispatch, OfAppeal, Rating, Round
from appeals.models.staff import StaffMember

T = TypeVar("T")
RULE = {move.action: move for move in MOVES}


@dataclass(frozen=True)
class CaseFile:
    """One appeal with its words, its history, its promises and what may be done now.

    `case` is the value that the rules read; `photos` came with the moves; `people` gives the name
    of each member of staff in the history; `open` the moves that the actor may make at the act's
    moment.
    """

    appeal: Appeal
    statement: Statement
    moves: Sequence[Move]
    reason: RoutingReason | None
    case: Case
    photos: Sequence[Attachment]
    people: Mapping[int, str]
    open: tuple[PossibleMove, ...]

    def since(self, seen: int) -> list[Move]:
        """Give the moves made after the first `seen`: what happened meanwhile."""
        return [move for move in self.moves if move.seq > seen]


@dataclass(frozen=True)
class Chosen:
    """A choice from a closed list that a move recorded, as its label and the term's."""

    zh: str
    en: str

    def label(self, language: str) -> str:
        """Give both labels in `language`."""
        return self.zh if language.startswith("zh") else self.en


def read(act: Act, number: str) -> CaseFile:
    """Read the appeal of that number. Raises Refused (not found) as `open_case` does."""
    return of(act, open_case(act, number))


def of(act: Act, appeal: Appeal) -> CaseFile:
    """Read the rest of an appeal that was opened."""
    said = (
        sa.select(Statement, RoutingReason)
        .outerjoin(RoutingReason, RoutingReason.appeal_id == Statement.appeal_id)
        .where(Statement.appeal_id == appeal.id)
    )
    statement, reason = act.session.execute(said).one()
    with_its_photos = sa.and_(
        Attachment.appeal_id == Move.appeal_id, Attachment.move_seq == Move.seq
    )
    made = act.session.execute(
        sa.select(Move, StaffMember.name, Attachment)
        .outerjoin(StaffMember, StaffMember.id == Move.staff_id)
        .outerjoin(Attachment, with_its_photos)
        .where(Move.appeal_id == appeal.id)
        .order_by(Move.seq, Attachment.id)
    ).all()
    case = _case(act, appeal)
    return CaseFile(
        appeal=appeal,
        statement=statement,
        moves=list(dict.fromkeys(move for move, _, _ in made)),
        reason=reason,
        case=case,
        photos=list(filter(None, (photo for _, _, photo in made))),
        people={move.staff_id: name for move, name, _ in made if move.staff_id is not None},
        open=open_moves(case, act.actor.role, act.now),
    )


def chosen(move: Move) -> list[Chosen]:
    """Give what a recorded move chose from closed lists, such as the reason of a return."""
    found = []
    for need in RULE[move.action].fields:
        code = move.facts.get(need.name)
        if need.choices is not None and code in {term.value for term in need.choices}:
            term = need.choices(code)
            found.append(Chosen(f"{need.zh}：{term.zh}", f"{need.en}: {term.en}"))
    return found


def accepted_answers(case: Case) -> set[datetime]:
    """Give the times of the answers that review accepted; any other answer is not shown outside."""
    return {each.answered_at for each in case.rounds if each.answered_at}


def _case(act: Act, appeal: Appeal) -> Case:
    return Case(
        filed_at=appeal.filed_at,
        kind=appeal.kind,
        category=appeal.category,
        district=appeal.district,
        street=appeal.street,
        urgent=appeal.urgent,
        state=appeal.state,
        investigation=appeal.investigation,
        holder=appeal.holder,
        assignee=appeal.assignee,
        question_open=appeal.question_open,
        code_generation=appeal.code_generation,
        accepted_at=appeal.accepted_at,
        not_accepted_at=appeal.not_accepted_at,
        answered_on_spot_at=appeal.answered_on_spot_at,
        withdrawn_at=appeal.withdrawn_at,
        rounds=_items(act, appeal, Round, value.RoundFacts),
        dispatches=_items(act, appeal, Dispatch, value.DispatchFacts),
        deadlines=_items(act, appeal, Deadline, value.DeadlineFacts),
        ratings=_items(act, appeal, Rating, value.RatingFacts),
        amendments=_items(act, appeal, Amendment, value.AmendmentFacts),
    )


def _items(act: Act, appeal: Appeal, table: type[OfAppeal], items: type[T]) -> list[T]:
    rows = act.session.scalars(
        sa.select(table).where(table.appeal_id == appeal.id).order_by(table.n)
    )
    names = [f.name for f in fields(items)]  # type: ignore[arg-type]  # dataclasses all
    return [items(**{name: getattr(row, name) for name in names}) for row in rows]
