"""Changes that staff make on their own account; each asks for the password again.

A browser left open at a desk must not be enough to change how its owner signs in. Other sessions
end.
"""

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.accounts import (
    account_notices,
    passwords,
    rate_limits,
    second_factor,
    staff_accounts,
)
from appeals.casework.accounts.password_strength import check_password
from appeals.casework.accounts.second_factor import is_factor_demanded
from appeals.domain.messages import message
from appeals.domain.refusals import not_found, not_now, not_valid
from appeals.logs import SecurityEvent, log_security_event
from appeals.models.staff import StaffMember, StaffSession

FACTOR_ACTIONS: Mapping[str, Callable[[Act, str], list[str]]] = {
    "confirm": second_factor.confirm_setup,
    "renew": second_factor.renew_recovery_codes,
    "off": second_factor.switch_factor_off,
}
"""Actions on one's own second factor; the first two return recovery codes, shown once."""


def change_password(act: Act, old: str, new: str) -> str:
    """Change the actor's password, end all their sessions and return a new session's token.

    Raises Refused (not valid) for a wrong old password or a new one that is too weak.
    """
    person = confirm_password(act, old, "old")
    check_password(act, person, new, old)
    set_password(act, person, new)
    account_notices.notify_of_own_change(act, person, OWN_CHANGES["password"])
    return staff_accounts.begin_session(act, person)


def set_password(act: Act, person: StaffMember, new: str) -> None:
    """Set the password that a person chose; all their sessions end."""
    person.password_hash, person.one_time_until = passwords.hash_password(new), None
    staff_accounts.end_all_sessions(act, person.id)
    log_security_event(SecurityEvent.PASSWORD_CHANGED, staff_id=person.id)


def confirm_password(act: Act, password: str, field: str = "password") -> StaffMember:
    """Return the actor's own account if the password is right.

    Asked again before sensitive changes. Raises Refused: not valid for the field, too many.
    """
    person = act.session.get(StaffMember, act.actor.staff_id)
    if person is None:
        raise not_found()
    counted = ((rate_limits.PASSWORDS_PER_OWN_ACCOUNT, person.username),)
    rate_limits.count_try(act, counted)
    if not passwords.is_password_right(person.password_hash, password):
        raise not_valid(field, message("The password is not right."))
    rate_limits.forget_try(act, counted)
    return person


def change_factor(act: Act, step: str, password: str, code: str, token: str) -> list[str]:
    """Switch one's own second factor on or off, or renew its codes; other sessions end.

    Args:
        act: of the person.
        step: a key of `FACTOR_ACTIONS`.
        password: as typed.
        code: of the app, or a recovery code.
        token: of the session that stays.

    Raises Refused: not valid for the password or the code; not now, also where the role must have
    the factor; too many.
    """
    person = confirm_password(act, password)
    if step == "off" and is_factor_demanded(act, person.role):
        raise not_now(message("Your role must have a second factor: it cannot be switched off."))
    codes = FACTOR_ACTIONS[step](act, code)
    _end_other_sessions(act, token)
    account_notices.notify_of_own_change(act, person, OWN_CHANGES[step])
    return codes


def _end_other_sessions(act: Act, token: str) -> None:
    """End all sessions of the actor but the one of this browser."""
    this = bytes.fromhex(staff_accounts.make_session_reference(token))
    act.session.execute(
        sa.update(StaffSession)
        .where(
            StaffSession.staff_id == act.actor.staff_id,
            StaffSession.token_hash != this,
            StaffSession.ended_at.is_(None),
        )
        .values(ended_at=act.now)
    )


OWN_CHANGES = {
    "confirm": message("second factor switched on"),
    "renew": message("new recovery codes"),
    "off": message("second factor switched off"),
    "password": message("password changed"),
}
