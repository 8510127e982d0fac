"""Two-person requests: made by one member of staff, decided by another, never deleted.

`domain/staff_requests.py` has the rules, `casework/configuration/request_effects.py` what a granted
request does. The caller sends the notices.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from appeals.act import Act
from appeals.casework.records import change_log
from appeals.domain import configuration as tables
from appeals.domain.messages import context_message, message
from appeals.domain.people import Role
from appeals.domain.refusals import Refused, RefusedKind, not_allowed, not_now, not_valid
from appeals.domain.staff_requests import (
    REQUEST_LIFETIME,
    REQUEST_RULES,
    SECOND_PERSON_GRACE,
    RequestKind,
    RequestOutcome,
    no_such_request,
    request_kinds_of,
)
from appeals.domain.text.cleaning import clean_text
from appeals.models.configuration import RecordedChange
from appeals.models.staff import StaffMember, StaffRequest

log = structlog.get_logger()


@dataclass(frozen=True)
class NewRequest:
    """A new request: its subject, the facts wanted, the person concerned, and the reason.

    `subject` is the key of the row it is about; no two open requests of a kind share one.
    """

    kind: RequestKind
    subject: str
    wanted: Mapping[str, str]
    reason: str
    staff_id: int | None = None


def ask_request(act: Act, new: NewRequest) -> StaffRequest:
    """Record a request of the actor; it stays open unless only the actor could decide it.

    Raises Refused: not allowed for the role or for oneself; not valid without a reason; not now
    where the same request is open, or where nobody else can decide.
    """
    rule = REQUEST_RULES[new.kind]
    if act.actor.staff_id is None or act.actor.role not in rule.may_ask:
        raise not_allowed()
    if new.staff_id == act.actor.staff_id and not may_ask_for_oneself(act, new.kind):
        raise Refused(RefusedKind.NOT_ALLOWED, message("You cannot request this for yourself."))
    if not (reason := clean_text(new.reason)):
        raise not_valid("why", context_message("refusal", "Say why."))
    change_log.lock_configuration(act)
    _close_expired(act)
    _refuse_second(act, new)
    asker = act.actor.staff_id
    row = StaffRequest(
        kind=new.kind,
        subject=new.subject,
        staff_id=new.staff_id,
        wanted=dict(new.wanted),
        reason=reason,
        asked_by=asker,
        asked_at=act.now,
        expires_at=act.now + REQUEST_LIFETIME,
    )
    if not find_deciders(act, new.kind, asker, new.staff_id):
        _refuse_unless_alone(act, new.kind, asker)
        row.outcome, row.decided_at = RequestOutcome.ALONE, act.now
    act.session.add(row)
    act.session.flush()  # the notices name its id
    log.info("staff_request_asked", request_id=row.id, kind=row.kind.value, alone=bool(row.outcome))
    return row


def decide_request(
    act: Act, request_id: int, *, is_granted: bool, answer: str = ""
) -> StaffRequest:
    """Record the actor's decision on an open request.

    Raises Refused: not found; not now where it is no longer open; not allowed for who may not
    decide it, the asker and the person concerned among them; not valid for a no without a reason.
    """
    row = _open_request(act, request_id)
    if not may_decide(act, row):
        raise Refused(
            RefusedKind.NOT_ALLOWED,
            message("Somebody else has to decide: neither who asked nor the person concerned."),
        )
    if not is_granted and not (answer := clean_text(answer)):
        raise not_valid("answer", message("Say why you refuse."))
    row.outcome = RequestOutcome.GRANTED if is_granted else RequestOutcome.REFUSED
    row.decided_by, row.decided_at = act.actor.staff_id, act.now
    row.answer = clean_text(answer) or None
    act.session.flush()
    log.info("staff_request_decided", request_id=row.id, outcome=row.outcome.value)
    return row


def withdraw_request(act: Act, request_id: int) -> StaffRequest:
    """Withdraw a request of the actor. Raises Refused: not found, not now, not allowed."""
    row = _open_request(act, request_id)
    if row.asked_by != act.actor.staff_id:
        raise not_allowed()
    row.outcome, row.decided_at = RequestOutcome.WITHDRAWN, act.now
    log.info("staff_request_decided", request_id=row.id, outcome=row.outcome.value)
    return row


def find_deciders(
    act: Act, kind: RequestKind, asked_by: int, staff_id: int | None
) -> Sequence[StaffMember]:
    """Return who may decide a request now: neither the asker nor the person concerned."""
    rule = REQUEST_RULES[kind]
    found = _list_active_staff(act, rule.may_decide, {asked_by, staff_id})
    if found or rule.stands_in is None:
        return found
    if not _was_role_lost_lately(act, rule.may_decide, {asked_by, staff_id}):
        found = _list_active_staff(act, {rule.stands_in}, {asked_by, staff_id})
    return found


def may_decide(act: Act, row: StaffRequest) -> bool:
    """Return whether the actor may decide the request now."""
    if row.outcome is not None or row.expires_at <= act.now:
        return False
    deciders = find_deciders(act, row.kind, row.asked_by, row.staff_id)
    return act.actor.staff_id in {each.id for each in deciders}


def count_to_decide(act: Act) -> int:
    """Return how many open requests the actor's role decides, the actor's own included.

    One that the role decides only in place of another role counts where the actor may decide it.
    """
    role = act.actor.role
    rows = act.session.scalars(
        sa.select(StaffRequest).where(
            StaffRequest.outcome.is_(None),
            StaffRequest.expires_at > act.now,
            StaffRequest.kind.in_(request_kinds_of(role)),
        )
    )
    return sum(role in REQUEST_RULES[row.kind].may_decide or may_decide(act, row) for row in rows)


def may_ask_for_oneself(act: Act, kind: RequestKind) -> bool:
    """Return whether the actor is the only one of their role, so that another role decides.

    Rules 3: where a city has one supervisor only, an administrator confirms.
    """
    rule = REQUEST_RULES[kind]
    alone = not _list_active_staff(act, rule.may_decide, {act.actor.staff_id})
    return rule.stands_in is not None and act.actor.role in rule.may_ask and alone


def would_be_alone(act: Act, kind: RequestKind) -> bool:
    """Return whether the actor's request would take effect at once, without a second person."""
    asker = act.actor.staff_id or 0
    return REQUEST_RULES[kind].alone and not _has_other_decider(act, kind, asker)


def _list_active_staff(
    act: Act, roles: frozenset[Role] | set[Role], without: set[int | None]
) -> list[StaffMember]:
    rows = act.session.scalars(
        sa.select(StaffMember)
        .where(StaffMember.role.in_(roles), StaffMember.disabled_at.is_(None))
        .order_by(StaffMember.id)
    )
    return [row for row in rows if row.id not in without]


def _has_other_decider(act: Act, kind: RequestKind, asker: int) -> bool:
    """Return whether somebody else holds a deciding role, or lost it in the last few days."""
    roles, since = REQUEST_RULES[kind].may_decide, act.now - SECOND_PERSON_GRACE
    found = sa.select(StaffMember.id).where(
        StaffMember.id != asker,
        sa.or_(
            sa.and_(
                StaffMember.role.in_(roles),
                sa.or_(StaffMember.disabled_at.is_(None), StaffMember.disabled_at > since),
            ),
            _had_role(act, roles),
        ),
    )
    return act.session.scalar(found.limit(1)) is not None


def _was_role_lost_lately(act: Act, roles: frozenset[Role], without: set[int | None]) -> bool:
    """Return whether somebody else lost one of the roles in the last few days.

    Whoever disables the second supervisor must not decide in their place a minute later.
    """
    found = sa.select(StaffMember.id).where(
        StaffMember.id.not_in([each for each in without if each is not None]),
        sa.or_(
            sa.and_(
                StaffMember.role.in_(roles), StaffMember.disabled_at > act.now - SECOND_PERSON_GRACE
            ),
            _had_role(act, roles),
        ),
    )
    return act.session.scalar(found.limit(1)) is not None


def _had_role(act: Act, roles: frozenset[Role]) -> sa.ColumnElement[bool]:
    """Return the SQL condition that an account with the role was changed in the last few days."""
    return sa.exists().where(
        RecordedChange.of == tables.ACCOUNTS.name,
        RecordedChange.key == StaffMember.username,
        RecordedChange.at > act.now - SECOND_PERSON_GRACE,
        RecordedChange.before["role"].astext.in_([role.value for role in roles]),
    )


def _refuse_unless_alone(act: Act, kind: RequestKind, asker: int) -> None:
    if REQUEST_RULES[kind].alone and not _has_other_decider(act, kind, asker):
        return
    raise not_now(
        message(
            "A second person has to agree to this, and there is nobody who may. Whoever runs "
            "the system can do it at the command line."
        )
    )


def _refuse_second(act: Act, new: NewRequest) -> None:
    found = act.session.scalar(
        sa.select(StaffRequest.id).where(
            StaffRequest.kind == new.kind,
            StaffRequest.subject == new.subject,
            StaffRequest.outcome.is_(None),
        )
    )
    if found is not None:
        raise not_now(message("The same was asked already and waits for a decision."))


def _close_expired(act: Act) -> None:
    act.session.execute(
        sa.update(StaffRequest)
        .where(StaffRequest.outcome.is_(None), StaffRequest.expires_at <= act.now)
        .values(outcome=RequestOutcome.EXPIRED, decided_at=act.now)
    )


def _open_request(act: Act, request_id: int) -> StaffRequest:
    change_log.lock_configuration(act)
    row = act.session.get(StaffRequest, request_id, populate_existing=True)
    if row is None:
        raise no_such_request()
    if row.outcome is not None or row.expires_at <= act.now:
        raise not_now(message("This request is no longer open."))
    return row
