"""Everything that a page about one appeal shows, loaded in a fixed number of statements."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import aliased

from appeals.act import Act
from appeals.addresses.email_addresses import delivery_address
from appeals.addresses.telephones import read_telephone
from appeals.cases.access import may_read_words, open_case
from appeals.cases.case_rows import load_case
from appeals.cases.citizen_contact import NEWEST_CONTACT, contact_columns
from appeals.domain.case import Case
from appeals.domain.contact import ContactDetails
from appeals.domain.lifecycle import MOVE_RULES, list_open_moves
from appeals.domain.lifecycle import MoveRule as PossibleMove
from appeals.domain.messages import Message
from appeals.domain.people import Role
from appeals.domain.states import Action
from appeals.models.answer import StaffFile
from appeals.models.appeal import Appeal, ContactVersion, Move, RoutingReason, Statement
from appeals.models.attachment import Attachment
from appeals.models.erasure import Erasure
from appeals.models.staff import StaffMember
from appeals.reference.reference_data import Reference, load_reference


@dataclass(frozen=True)
class CaseFile:
    """One appeal with its words, its history, its promises and the actions open now.

    `contact` is the citizen's current contact, `addresses` every telephone and e-mail that she
    ever left. `case` is the value that the rules read; `photos` are those of the moves, `files`
    those that staff put with answers and notes, and the actor's own that are not sent yet; `people`
    maps each member of staff in the history to the name; `open` has the moves that the actor may
    make at the act's moment, `open_to_citizen` those of them that the citizen's page offers. For an
    actor who may not read the words, everything written is left out: the statement, the words of
    moves, the reason, the photos and files.
    """

    appeal: Appeal
    statement: Statement
    contact: ContactDetails
    addresses: frozenset[str]
    moves: Sequence[Move]
    reason: RoutingReason | None
    case: Case
    photos: Sequence[Attachment]
    people: Mapping[int, str]
    open: tuple[PossibleMove, ...]
    is_citizen: bool = False
    is_helper: bool = False
    has_words: bool = True
    files: Sequence[StaffFile] = ()
    erased_at: datetime | None = None

    @property
    def open_to_citizen(self) -> tuple[PossibleMove, ...]:
        """The open moves, if the citizen or her helper looks; staff see her page without forms."""
        return self.open if self.is_citizen or self.is_helper else ()

    @property
    def answer_files(self) -> list[StaffFile]:
        """The files of the answers that review accepted, which the citizen sees."""
        accepted = accepted_answer_times(self.case)
        seqs = {m.seq for m in self.moves if m.action is Action.ANSWER and m.at in accepted}
        return [each for each in self.files if each.move_seq in seqs]

    @property
    def is_reachable(self) -> bool:
        """Return whether the department has a way to reach the citizen (Rules 1, met by)."""
        return self.contact.is_reachable(confidential=self.appeal.confidential)

    def since(self, seen: int) -> list[Move]:
        """Return the moves made after the first `seen` ones."""
        return [move for move in self.moves if move.seq > seen]


def _erased_at() -> sa.ScalarSelect[datetime]:
    """Return when the personal data of the appeal was erased, as SQL; NULL if it was not."""
    of = sa.select(Erasure.erased_at).where(Erasure.appeal_id == Statement.appeal_id)
    return of.correlate(Statement).scalar_subquery()


def _earlier_addresses() -> sa.ColumnElement[Sequence[str]]:
    """Return every telephone and e-mail of the citizen's later contacts, as SQL."""
    both = sa.func.unnest(array([ContactVersion.phone, ContactVersion.email]))
    of = sa.select(both).where(ContactVersion.appeal_id == Statement.appeal_id)
    return sa.func.array(of.correlate(Statement).scalar_subquery())


SELECT_STATEMENT = (
    sa.select(Statement, RoutingReason, *contact_columns(), _earlier_addresses(), _erased_at())
    .outerjoin(RoutingReason, RoutingReason.appeal_id == Statement.appeal_id)
    .outerjoin(NEWEST_CONTACT, sa.true())
    .where(Statement.appeal_id == sa.bindparam("appeal_id"))
)
"""What was written at the filing, and the contact of now."""
ASSIGNED = aliased(StaffMember)
SELECT_MOVES = (
    sa.select(
        Move,
        StaffMember.name.label("made_by"),
        ASSIGNED.id.label("officer"),
        ASSIGNED.name.label("assigned"),
        Attachment,
    )
    .outerjoin(StaffMember, StaffMember.id == Move.staff_id)
    .outerjoin(ASSIGNED, sa.cast(ASSIGNED.id, sa.Text) == Move.facts["officer"].astext)
    .outerjoin(
        Attachment,
        sa.and_(Attachment.appeal_id == Move.appeal_id, Attachment.move_seq == Move.seq),
    )
    .where(Move.appeal_id == sa.bindparam("appeal_id"))
    .order_by(Move.seq, Attachment.id)
)
"""The moves, each with its maker, the officer it assigned, and one of its photos."""


def open_case_file(act: Act, number: str) -> CaseFile:
    """Load the appeal of that number. Raises Refused (not found) as `open_case` does."""
    return load_case_file(act, open_case(act, number))


def load_case_file(act: Act, appeal: Appeal) -> CaseFile:
    """Load the rest of an appeal that was opened."""
    found = act.session.execute(SELECT_STATEMENT, {"appeal_id": appeal.id}).one()
    statement, reason, *contact, addresses, erased = found
    erased_at: datetime | None = erased
    history = act.session.execute(SELECT_MOVES, {"appeal_id": appeal.id}).all()
    case = load_case(act, appeal.id)
    city = load_reference(act)
    file = CaseFile(
        appeal=appeal,
        statement=statement,
        contact=ContactDetails(*contact),
        addresses=_spellings_of(
            {statement.contact_phone, statement.contact_email, *addresses} - {""}
        ),
        moves=list(dict.fromkeys(row.Move for row in history)),
        reason=usable_reason(city, appeal, reason),
        case=case,
        photos=list(dict.fromkeys(row.Attachment for row in history if row.Attachment)),
        people={
            id_: name
            for row in history
            for id_, name in ((row.Move.staff_id, row.made_by), (row.officer, row.assigned))
            if id_ is not None
        },
        open=list_open_moves(case, act.actor.role, act.now, city.book) if erased_at is None else (),
        is_citizen=act.actor.role is Role.CITIZEN,
        is_helper=act.actor.role is Role.HELPER,
        files=_load_files(act, appeal),
        erased_at=erased_at,
    )
    return file if may_read_words(act.actor, appeal) else _without_words(file)


def usable_reason(
    city: Reference, appeal: Appeal, reason: RoutingReason | None
) -> RoutingReason | None:
    """Return the suggestion of a department, unless it names the one that the appeal is about.

    The suggestion dates from the filing, when that may not have been known.
    """
    complained = appeal.complained_department
    if reason is None or complained is None:
        return reason
    named = [code for code in (reason.department, *reason.alternatives.split(",")) if code]
    return None if any(city.is_within(code, complained) for code in named) else reason


def _without_words(file: CaseFile) -> CaseFile:
    """Return the file without anything written; the rows are copied, not changed."""
    facts = [each.key for each in Move.__mapper__.column_attrs if each.key != "words"]
    return replace(
        file,
        statement=Statement(appeal_id=file.appeal.id, subject="", detail="", address=""),
        contact=ContactDetails(),
        moves=[Move(**{name: getattr(move, name) for name in facts}) for move in file.moves],
        reason=None,
        photos=(),
        files=(),
        has_words=False,
    )


def _load_files(act: Act, appeal: Appeal) -> Sequence[StaffFile]:
    """Load the files of staff; those that are not sent yet are their owner's alone."""
    own = StaffFile.staff_id == act.actor.staff_id
    return act.session.scalars(
        sa.select(StaffFile)
        .where(StaffFile.appeal_id == appeal.id, sa.or_(StaffFile.move_seq.is_not(None), own))
        .order_by(StaffFile.shows.desc(), StaffFile.id)
        .execution_options(populate_existing=True)
    ).all()


def _spellings_of(typed: Collection[str]) -> frozenset[str]:
    """Return each telephone and e-mail as typed, and as notices are addressed to it."""
    telephones = [found for each in typed if (found := read_telephone(each))]
    return frozenset(
        [*typed, *map(delivery_address, typed), *(each.dialled for each in telephones)]
    )


def chosen_terms(move: Move) -> list[Message]:
    """Return a recorded move's choices from closed lists, such as the reason of a return."""
    found = []
    for need in MOVE_RULES[move.action].recorded_fields:
        code = move.facts.get(need.name)
        if need.choices is not None and code in {term.value for term in need.choices}:
            found.append(need.with_value(need.choices(code)))
    return found


def find_accepted_answer(file: CaseFile) -> str | None:
    """Return the words of the newest answer that review accepted; None if there is none."""
    accepted = accepted_answer_times(file.case)
    answers = [
        each.words
        for each in file.moves
        if each.action is Action.ANSWER and each.at in accepted and each.words
    ]
    return answers[-1] if answers else None


def find_newest_answer(file: CaseFile) -> Move | None:
    """Return the newest answer, accepted or not; None if there is none."""
    answers = (Action.ANSWER, Action.ANSWER_ON_SPOT)
    return next((each for each in reversed(file.moves) if each.action in answers), None)


def accepted_answer_times(case: Case) -> set[datetime]:
    """Return the times of the answers that review accepted; others are not shown to citizens."""
    return {each.answered_at for each in case.rounds if each.answered_at}
