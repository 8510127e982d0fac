"""Changes of staff accounts made on the configuration pages; `staff_accounts` does the work.

Whatever gives somebody access takes two people: a new account, a role or department that lets a
person see or do more, a password or second factor reset by somebody else.
"""

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.accounts import second_factor, staff_accounts
from appeals.casework.records.change_log import WrittenRow
from appeals.domain.configuration import Change, ChangeStep, RowFacts
from appeals.domain.messages import message
from appeals.domain.people import Role
from appeals.domain.refusals import Refused, RefusedKind, not_now
from appeals.logs import SecurityEvent, log_security_event
from appeals.models.staff import StaffMember


def check_account_change(act: Act, change: Change) -> None:
    """Refuse a change that would lock out its author or give a role a wrong department."""
    after = change.facts_after
    person = _load_account(act, change.key) if change.step is not ChangeStep.ADD else None
    own = person is not None and person.id == act.actor.staff_id
    if person is not None and person.disabled_at is not None:
        raise not_now(message("This account is disabled."))
    if own and change.step in {ChangeStep.DISABLE, ChangeStep.PASSWORD, ChangeStep.FACTOR}:
        raise not_now(
            message(
                "Nobody can disable or reset their own account. Change your password at your "
                "account."
            )
        )
    if own and after.get("role") != Role.ADMINISTRATOR:
        raise not_now(message("Nobody can change their own role."))
    if change.step in {ChangeStep.ADD, ChangeStep.CHANGE}:
        staff_accounts.check_department(act, Role(after["role"]), after.get("department_code"))


def find_staff_id(act: Act, change: Change) -> int | None:
    """Return the id of the person concerned; None for an account that does not exist yet."""
    return None if change.step is ChangeStep.ADD else _load_account(act, change.key).id


def write_account_change(act: Act, change: Change) -> WrittenRow:
    """Make the change; the result holds a new password, to be shown once."""
    after = change.facts_after
    if change.step is ChangeStep.ADD:
        role, department = Role(after["role"]), after.get("department_code")
        once = staff_accounts.add_staff(act, after["username"], after["name"], role, department)
        person = _load_account(act, after["username"].lower())
        person.email = after.get("email")
        _log_account_event(act, SecurityEvent.ACCOUNT_ADDED, person)
        return WrittenRow(person.username, once)
    person = _load_account(act, change.key)
    if change.step is ChangeStep.PASSWORD:
        _log_account_event(act, SecurityEvent.PASSWORD_RESET, person)
        return WrittenRow(change.key, staff_accounts.reset_password(act, person.id))
    if change.step is ChangeStep.FACTOR:
        second_factor.reset_factor(act, person)
        _log_account_event(act, SecurityEvent.FACTOR_RESET, person)
    elif change.step is ChangeStep.DISABLE:
        staff_accounts.disable_account(act, person.id)
        _log_account_event(act, SecurityEvent.ACCOUNT_DISABLED, person)
    else:
        _rewrite_account(act, person, after)
    return WrittenRow(change.key)


def _log_account_event(act: Act, event: SecurityEvent, person: StaffMember) -> None:
    by = act.actor.staff_id
    log_security_event(event, staff_id=person.id, role=person.role.value, by=by)


def _rewrite_account(act: Act, person: StaffMember, after: RowFacts) -> None:
    """Write name, role, department and mail address; they apply from the next request on."""
    before = person.role, person.department_code
    person.name, person.role = after["name"], Role(after["role"])
    person.department_code = after.get("department_code")
    if person.email != after.get("email"):
        person.email, person.email_verified_at = after.get("email"), None
    if before != (person.role, person.department_code):
        _log_account_event(act, SecurityEvent.ROLE_CHANGED, person)


def _load_account(act: Act, username: str) -> StaffMember:
    person = act.session.scalar(sa.select(StaffMember).where(StaffMember.username == username))
    if person is None:
        raise Refused(RefusedKind.NOT_FOUND, message("There is no such account."))
    return person
