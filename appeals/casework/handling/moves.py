"""The only code that changes an appeal's state: lock, check, play, record and notify.

All of it is done in one transaction.
"""

from datetime import date, datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases import hash_chain
from appeals.cases.access import has_restricted_permission
from appeals.cases.case_rows import CaseRows
from appeals.cases.citizen_contact import is_reachable
from appeals.casework.erasure.erasure import refuse_erased
from appeals.casework.handling import notices
from appeals.database import Base
from appeals.domain.calendar import city_day, month_of
from appeals.domain.case import Case
from appeals.domain.contact import REACHABILITY_ACTIONS, UNREACHABLE
from appeals.domain.lifecycle import check_move_facts, find_move_rule, play_move
from appeals.domain.messages import message
from appeals.domain.moves.effects import MoveInput
from appeals.domain.moves.needs import (
    COMPLAINED_DEPARTMENT,
    RESTRICTED,
    STATEMENT,
    WORDS,
    Input,
    Need,
)
from appeals.domain.moves.restriction import ABOVE
from appeals.domain.people import Role
from appeals.domain.refusals import Refused, not_now, not_valid
from appeals.domain.states import Action, State
from appeals.domain.text.cleaning import clean_line, clean_text
from appeals.domain.vocabulary import YesNo
from appeals.models.appeal import Appeal, Move
from appeals.models.report import DirtyMonth
from appeals.models.staff import StaffMember
from appeals.reference.reference_data import Reference, ReferenceEntry, load_reference

INSERT_DIRTY_MONTHS = sa.insert(Base.metadata.tables[DirtyMonth.__tablename__])


def make_move(
    act: Act,
    appeal: Appeal,
    action: Action,
    given: MoveInput | None = None,
    *,
    seen: int | None = None,
) -> Move:
    """Make one move on an appeal that the actor may see, and record it.

    `seen` is the number of moves that the person saw when deciding; if another move was made since,
    this one is refused, and the edge shows what happened. Raises Refused: not allowed for the role,
    not now for the state or a guard, not valid for the input.
    """
    given = clean_move_input(given or {})
    city = load_reference(act)
    act.session.refresh(appeal, with_for_update=True)
    if seen is not None:
        _refuse_if_moved_since(appeal, seen)
    move = find_move_rule(action, appeal.state, act.actor.role)
    check_move_facts(move, given)
    if action in REACHABILITY_ACTIONS and not is_reachable(act, appeal):
        given[UNREACHABLE] = YesNo.YES.value
    for need in move.fields:
        if need.name in given:
            check_code(act, city, need, given)
    if action is Action.ASSIGN and appeal.restricted:
        _check_permission(act, int(given["officer"]))
    given |= restriction_facts(city, given, restricted=appeal.restricted)
    if not appeal.state.is_open:
        refuse_erased(act, appeal.id)
    rows = CaseRows.of(act, appeal)
    case = rows.case()
    play_move(case, move, given, act.now, city.book)
    rows.write(case)
    made = record_move(act, appeal, action, case.state, given)
    act.session.add(made)
    notices.write_move_notices(act, appeal, made, move.tells, case)
    mark_dirty(act, case)
    return made


def _refuse_if_moved_since(appeal: Appeal, seen: int) -> None:
    """Refuse (not now) if the appeal has moved since the person saw it."""
    if seen != appeal.moves_made:
        raise not_now(
            "其他人刚刚处理了这件诉求，请先看看发生了什么。",
            "Somebody else has just worked on this appeal. See what happened first.",
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


def clean_move_input(given: MoveInput) -> dict[str, str]:
    """Return the input of a move as it is stored, without empty or invisible values."""
    cleaned = {
        name: clean_text(text) if name == WORDS else clean_line(text)
        for name, text in given.items()
    }
    return {name: text for name, text in cleaned.items() if text}


def record_move(act: Act, appeal: Appeal, action: Action, to: State, given: MoveInput) -> Move:
    """Build the move with its link of the hash chain, and set the state that it leads to.

    The caller adds the move to the session.
    """
    salt = hash_chain.make_salt()
    words = given.get(WORDS)
    committed = hash_chain.make_commitment(words or given.get(STATEMENT), salt)
    move = Move(
        appeal_id=appeal.id,
        seq=appeal.moves_made + 1,
        action=action,
        to_state=to,
        at=act.now,
        actor_role=act.actor.role,
        staff_id=act.actor.staff_id,
        department=act.actor.department,
        facts={name: text for name, text in given.items() if name not in {WORDS, STATEMENT}},
        words=words,
        salt=salt,
        committed=committed,
        row_hash=hash_chain.NO_LINK,
        link_version=hash_chain.LinkVersion.KEYED,
    )
    previous = _last_link(act, appeal)
    move.row_hash = hash_chain.make_link(act.secret, previous, appeal.id, move, committed)
    appeal.head_hmac = hash_chain.make_head_hmac(act.secret, appeal.id, move.seq, move.row_hash)
    appeal.moves_made, appeal.state = move.seq, to
    return move


def _last_link(act: Act, appeal: Appeal) -> bytes:
    if not appeal.moves_made:
        return hash_chain.NO_LINK
    found = act.session.scalar(
        sa.select(Move.row_hash).where(Move.appeal_id == appeal.id, Move.seq == appeal.moves_made)
    )
    return found or hash_chain.NO_LINK


def check_code(act: Act, city: Reference, need: Need, given: MoveInput) -> None:
    """Refuse (not valid) a code unknown to the city; a history may name an ended department."""
    played = act.actor.role is Role.SYSTEM
    rows = {
        Input.DEPARTMENT: city.departments,
        Input.CATEGORY: city.categories,
        Input.DISTRICT: city.areas,
        Input.STREET: city.areas,
    }.get(need.input)
    code = given[need.name]
    wrong = rows is not None and code not in rows
    if need.input in {Input.DEPARTMENT, Input.CATEGORY} and rows and not wrong and not played:
        wrong = not rows[code].holds_on(city_day(act.now))
    if need.input is Input.OFFICER and not played:
        wrong = not _is_colleague(act, code)
    if need.input is Input.STREET and not wrong:
        wrong = city.areas[code].parent != given.get("district")
    if wrong:
        raise not_valid(need.name, message("Choose: %(field)s.", field=need))


def restriction_facts(city: Reference, given: MoveInput, *, restricted: bool) -> dict[str, str]:
    """Return the facts about restriction that the rules need but no form asks for.

    Raises Refused (not valid) if a department complained about is named although the appeal is not
    `restricted` and does not become so.
    """
    facts = dict[str, str]()
    if given.get("category") and city.categories[given["category"]].restricted:
        facts[RESTRICTED] = YesNo.YES.value
    if given.get(COMPLAINED_DEPARTMENT) and not (restricted or facts):
        raise complained_department_not_asked()
    if restricted and given.get("department"):
        facts[ABOVE] = " ".join(city.units_above(given["department"]))
    return {name: text for name, text in facts.items() if text}


def check_complained_department(
    city: Reference, category: ReferenceEntry, code: str | None, day: date
) -> None:
    """Refuse (not valid) an unknown department, or one named where the category asks for none."""
    if code is not None and not category.restricted:
        raise complained_department_not_asked()
    if code is not None and code not in city.departments_on(day):
        raise not_valid(
            COMPLAINED_DEPARTMENT, "请选择被反映单位。", "Choose the department complained about."
        )


def complained_department_not_asked() -> Refused:
    """Return the refusal to name a department complained about where the category asks for none."""
    return not_valid(
        COMPLAINED_DEPARTMENT,
        "只有限制件类别才填写被反映单位。",
        "Only a restricted category asks for the department complained about.",
    )


def _check_permission(act: Act, staff_id: int) -> None:
    """Refuse (not valid) to assign a restricted appeal to somebody who may not see it."""
    if not act.session.scalar(sa.select(has_restricted_permission(sa.literal(staff_id)))):
        raise not_valid(
            "officer",
            "这位承办人没有限制件查看权限。",
            "This officer has no permission to see restricted appeals.",
        )


def _is_colleague(act: Act, staff_id: str) -> bool:
    if not (staff_id.isascii() and staff_id.isdecimal()):  # stored as given: one spelling only
        return False
    found = act.session.scalar(
        sa.select(StaffMember.id).where(
            StaffMember.id == int(staff_id),
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
    act.session.execute(INSERT_DIRTY_MONTHS, dirty_month_rows(act, case))


def dirty_month_rows(act: Act, case: Case) -> list[dict[str, object]]:
    """Build the rows that mark the months of the case."""
    months = sorted(touched_months(case, act.now))
    return [{"month": month, "marked_at": act.now} for month in months]
