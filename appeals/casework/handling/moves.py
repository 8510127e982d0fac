"""The only code that changes an appeal's state: lock, check, play, record and notify.

All of it is done in one transaction.
"""

from copy import deepcopy
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from appeals.act import Act
from appeals.cases.access import has_restricted_permission, lock_case
from appeals.cases.case_rows import load_case, save_case
from appeals.cases.citizen_contact import is_reachable
from appeals.cases.driver import MoveRequest, apply_move, clean_move_input
from appeals.cases.hash_chain import NO_LINK, chain_move
from appeals.casework.erasure.erasure import refuse_erased
from appeals.casework.handling import answer_drafts, notices
from appeals.casework.handling.notices import NO_ANSWER, LastAnswer
from appeals.database import Base
from appeals.domain.calendar import month_of
from appeals.domain.case import Case
from appeals.domain.contact import REACHABILITY_ACTIONS
from appeals.domain.messages import message
from appeals.domain.moves.context import MoveInput
from appeals.domain.moves.needs import NEEDS, WORDS, wrong_choice
from appeals.domain.people import Role
from appeals.domain.refusals import not_now, not_valid
from appeals.domain.states import Action
from appeals.models.appeal import Appeal, Move
from appeals.models.report import DirtyMonth
from appeals.models.staff import StaffMember
from appeals.reference.reference_data import load_reference

INSERT_DIRTY_MONTHS = sa.insert(Base.metadata.tables[DirtyMonth.__tablename__])


def make_move(
    act: Act,
    appeal: Appeal,
    action: Action,
    given: MoveInput | None = None,
    *,
    committing: str = "",
) -> Move:
    """Make one move on an appeal that the actor may see, and record it.

    `committing` is the text of another table that the move commits to in the hash chain. Raises
    Refused: not allowed for the role, not now for the state or a guard, not valid for the input.
    """
    city = load_reference(act)
    if act.actor.role is Role.HELPER:
        lock_case(act, appeal)  # the citizen may have ended her code since the page was opened
    else:
        act.session.refresh(appeal, with_for_update=True)
    if not appeal.state.is_open:
        refuse_erased(act, appeal.id)
    before, holder = load_case(act, appeal.id), appeal.holder
    case = deepcopy(before)
    made = apply_move(
        city,
        case,
        MoveRequest(action, given or {}, act.now, act.actor),
        seq=appeal.moves_made + 1,
        is_reachable=action not in REACHABILITY_ACTIONS or is_reachable(act, appeal),
    )
    if action is Action.ASSIGN:
        _check_officer(act, appeal, int(made.facts["officer"]))
    link, answer = _load_last_moves(act, appeal)
    stored = chain_move(act.secret, link, appeal.id, made, committing)
    row = save_case(act, appeal, before, case, stored)
    notices.write_move_notices(act, appeal, made, case, answer)
    answer_drafts.delete_needless_drafts(act, appeal, action, holder)
    mark_dirty(act, case)
    return row


def refuse_if_moved_since(act: Act, appeal: Appeal, seen: int) -> None:
    """Refuse (not now) a move on an appeal that has moved since the person decided.

    `seen` is the number of moves that the form was shown with. The appeal stays locked until the
    transaction ends.
    """
    act.session.refresh(appeal, with_for_update=True)
    if seen != appeal.moves_made:
        raise not_now(
            message("Somebody else has just worked on this appeal. See what happened first.")
        )


def find_repeated_move(
    act: Act, appeal: Appeal, action: Action, given: MoveInput, *, seen: int
) -> Move | None:
    """Return the move that an earlier submission of the same form made, if this is a repeat.

    It was made by the same role, with the same action and input, after the `seen` moves that the
    form was shown with. The appeal stays locked until the transaction ends.
    """
    act.session.refresh(appeal, with_for_update=True)
    said = clean_move_input(given)
    later = sa.select(Move).where(
        Move.appeal_id == appeal.id,
        Move.seq > seen,
        Move.action == action,
        Move.actor_role == act.actor.role,
    )
    made = act.session.scalars(later).all()
    written = ((each, {**each.facts, WORDS: each.words or ""}) for each in made)
    return next((each for each, given in written if clean_move_input(given) == said), None)


def _load_last_moves(act: Act, appeal: Appeal) -> tuple[bytes, LastAnswer]:
    """Return the link of the last move in the hash chain, and the last answer, in one query."""
    answer = aliased(Move)
    is_answer = sa.and_(answer.appeal_id == Move.appeal_id, answer.action == Action.ANSWER)
    found = act.session.execute(
        sa.select(Move.row_hash, answer.words, answer.facts["result"].astext)
        .outerjoin(answer, is_answer)
        .where(Move.appeal_id == appeal.id, Move.seq == appeal.moves_made)
        .order_by(answer.seq.desc())
        .limit(1)
    ).first()
    if found is None:
        return NO_LINK, NO_ANSWER
    row_hash, words, result = found
    return row_hash or NO_LINK, LastAnswer(words or "", result or "")


def _check_officer(act: Act, appeal: Appeal, staff_id: int) -> None:
    """Refuse (not valid) an officer of another department, or one who may not see the appeal."""
    if act.actor.role is not Role.SYSTEM and not _is_colleague(act, staff_id):
        raise wrong_choice(NEEDS["officer"])
    is_permitted = sa.select(has_restricted_permission(sa.literal(staff_id)))
    if appeal.restricted and not act.session.scalar(is_permitted):
        raise not_valid(
            "officer", message("This officer has no permission to see restricted appeals.")
        )


def _is_colleague(act: Act, staff_id: int) -> bool:
    found = act.session.scalar(
        sa.select(StaffMember.id).where(
            StaffMember.id == staff_id,
            StaffMember.department_code == act.actor.department,
            StaffMember.disabled_at.is_(None),
        )
    )
    return found is not None


def touched_months(case: Case, now: datetime) -> set[date]:
    """Return the months whose figures the case enters: filing, dispatch, due, closing, and now."""
    stamps = [case.filed_at, case.accepted_at, case.withdrawn_at, now]
    for each in case.rounds:
        stamps += [each.first_dispatched_at, each.original_due_at]
        stamps += [each.extended_due_at, each.closed_at]
    stamps += [each.sent_at for each in case.dispatches]
    stamps += [stamp for each in case.reversals for stamp in (each.closed_at, each.reversed_at)]
    return {month_of(stamp) for stamp in stamps if stamp}


def mark_dirty(act: Act, case: Case) -> None:
    """Mark the months to be counted again; rows are only inserted, so moves never wait here."""
    months = sorted(touched_months(case, act.now))
    act.session.execute(
        INSERT_DIRTY_MONTHS, [{"month": month, "marked_at": act.now} for month in months]
    )
