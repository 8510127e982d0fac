"""Staff accounts and their server-side sessions, stored as rows that can be ended."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from appeals.act import Act
from appeals.cases.access import has_restricted_permission
from appeals.casework.accounts import passwords, rate_limits, second_factor
from appeals.casework.accounts.rate_limits import UNKNOWN_SOURCE, TrySource
from appeals.casework.accounts.second_factor import select_factor_demand
from appeals.domain.calendar import city_day
from appeals.domain.messages import message
from appeals.domain.people import (
    DEPARTMENT,
    STAFF,
    STAFF_IDLE_TIMEOUT,
    STAFF_SESSION_LIFETIME,
    Actor,
    Role,
    normalise_username,
)
from appeals.domain.refusals import not_found, not_now, not_valid
from appeals.domain.text.cleaning import clean_line
from appeals.models.staff import StaffMember, StaffSession
from appeals.reference.reference_data import load_reference

ONE_TIME_PASSWORD_LIFETIME = timedelta(hours=24)
ONE_TIME_PASSWORD_BYTES = 16
"""Random bytes in a one-time password: 128 bits (ASVS 11.5.1)."""
FACTOR_TIMEOUT = timedelta(minutes=10)
"""Time to enter the second factor after the password."""
SESSION_USE_INTERVAL = timedelta(minutes=1)
"""A session's use is recorded at most once in this time."""
SESSION_QUERY = (
    sa.select(
        StaffSession.seen_at,
        StaffMember.id,
        StaffMember.name,
        StaffMember.role,
        StaffMember.department_code,
        StaffMember.one_time_until,
        has_restricted_permission(StaffMember.id).label("permitted"),
        sa.and_(
            StaffMember.factor_since.is_(None),
            sa.func.coalesce(
                select_factor_demand(StaffMember.role, sa.bindparam("day", type_=sa.Date())),
                sa.false(),
            ),
        ).label("lacks_factor"),
    )
    .join(StaffMember, StaffMember.id == StaffSession.staff_id)
    .where(
        StaffSession.token_hash == sa.bindparam("hash"),
        StaffSession.ended_at.is_(None),
        StaffSession.awaits_factor.is_(False),
        StaffSession.seen_at > sa.bindparam("idle"),
        StaffSession.created_at > sa.bindparam("absolute"),
        StaffMember.disabled_at.is_(None),
    )
)
"""Query for a session's owner; run on every staff page, so it is built once."""


@dataclass(frozen=True)
class CurrentSession:
    """A session's owner, and what they must do first: change the password, set up a second factor.

    `is_stale` means that its last use was recorded over a minute ago.
    """

    actor: Actor
    must_change_password: bool
    must_set_factor: bool
    is_stale: bool


def add_staff(act: Act, username: str, name: str, role: Role, department: str | None = None) -> str:
    """Add a member of staff and return the one-time password, valid for 24 hours.

    Raises Refused (not valid) for a name that is taken or blank, a role that is not a staff role,
    or a department that does not fit the role.
    """
    username = normalise_username(username)
    if not username or not (name := clean_line(name)):
        raise not_valid("username", message("Enter a username and a name."))
    if role not in STAFF:
        raise not_valid("role", message("Choose a role of staff."))
    check_department(act, role, department)
    password = secrets.token_urlsafe(ONE_TIME_PASSWORD_BYTES)
    person = StaffMember(
        username=username,
        name=name,
        role=role,
        department_code=department,
        password_hash=passwords.hash_password(password),
        one_time_until=act.now + ONE_TIME_PASSWORD_LIFETIME,
        created_at=act.now,
    )
    try:
        with act.session.begin_nested():
            act.session.add(person)
    except IntegrityError as problem:
        if "uq_staff_member_username" not in str(problem.orig):
            raise
        raise not_valid("username", message("This username is already taken.")) from None
    return password


def sign_in(
    act: Act,
    username: str,
    password: str,
    source: TrySource = UNKNOWN_SOURCE,
    browser: str | None = None,
) -> str | None:
    """Check a password and return the token of a new session, None for any wrong answer.

    Every failure looks the same and takes the same time. Where the person has a second factor,
    the session awaits it: see `finish_sign_in`. `browser` is the name that the session is listed
    with. Raises Refused (too many).
    """
    username = normalise_username(username)
    counted = rate_limits.password_limits(source, username)
    rate_limits.count_try(act, counted)
    person = act.session.scalar(
        sa.select(StaffMember).where(
            StaffMember.username == username, StaffMember.disabled_at.is_(None)
        )
    )
    nobodys = passwords.dummy_hash()  # asked for in any case: an unknown name takes as long
    right = passwords.is_password_right(person.password_hash if person else nobodys, password)
    if person is None or not right or _one_time_is_over(act, person):
        return None
    rate_limits.forget_try(act, counted)
    if person.one_time_until is not None:
        person.one_time_until = act.now  # it worked once
    if passwords.HASHER.check_needs_rehash(person.password_hash):
        person.password_hash = passwords.hash_password(password)
    return begin_session(act, person, browser, awaits=person.factor_since is not None)


def find_awaiting_factor(act: Act, token: str) -> StaffMember | None:
    """Return the owner of a session that awaits a second factor, up to 10 minutes after sign-in."""
    return act.session.scalar(
        sa.select(StaffMember)
        .join(StaffSession, StaffMember.id == StaffSession.staff_id)
        .where(
            StaffSession.token_hash == _hash_token(token),
            StaffSession.awaits_factor,
            StaffSession.ended_at.is_(None),
            StaffSession.created_at > act.now - FACTOR_TIMEOUT,
            StaffMember.disabled_at.is_(None),
        )
    )


def finish_sign_in(act: Act, token: str, code: str, known_browser: str | None = None) -> str | None:
    """Complete a sign-in with the second factor; return the token, None for a wrong code.

    Raises Refused: not now where the session no longer awaits a code; too many.
    """
    person = find_awaiting_factor(act, token)
    if person is None:
        raise not_now(message("Signing in took too long. Sign in again."))
    if not second_factor.accept_code(act, person.id, code, known_browser):
        return None
    waited = act.session.get_one(StaffSession, _hash_token(token))
    waited.ended_at = act.now
    return begin_session(act, person, waited.browser)


def load_session(act: Act, token: str) -> CurrentSession | None:
    """Return a valid session: idle at most 30 minutes, at most 12 hours old."""
    hashed = _hash_token(token)
    ages = {"idle": act.now - STAFF_IDLE_TIMEOUT, "absolute": act.now - STAFF_SESSION_LIFETIME}
    known = {"hash": hashed, "day": city_day(act.now), **ages}
    row = act.session.execute(SESSION_QUERY, known).one_or_none()
    if row is None:
        return None
    known_by = {"may_see_restricted": row.permitted, "session": hashed}
    actor = Actor(row.role, row.id, row.name, row.department_code, **known_by)
    is_stale = act.now - row.seen_at > SESSION_USE_INTERVAL
    return CurrentSession(actor, row.one_time_until is not None, row.lacks_factor, is_stale)


def record_session_use(act: Act, token: str) -> None:
    """Record that a session is in use, which keeps it alive; a locked row is skipped.

    The row stays locked until the transaction ends, so use a short one: in the page's own, the same
    person's other tabs would wait until the page is rendered.
    """
    own = StaffSession.token_hash == _hash_token(token)
    free = sa.select(StaffSession.token_hash).where(own).with_for_update(skip_locked=True)
    seen = sa.update(StaffSession).where(StaffSession.token_hash == free.scalar_subquery())
    act.session.execute(seen.values(seen_at=act.now))


def end_session(act: Act, token: str) -> None:
    """End one session: its cookie becomes invalid."""
    act.session.execute(
        sa.update(StaffSession)
        .where(StaffSession.token_hash == _hash_token(token), StaffSession.ended_at.is_(None))
        .values(ended_at=act.now)
    )


def make_session_reference(token: str) -> str:
    """Return the reference that a session is listed under: the hex of its hash."""
    return _hash_token(token).hex()


def end_session_by_reference(act: Act, staff_id: int, listed: str) -> None:
    """End a person's session by its reference in the list."""
    act.session.execute(
        sa.update(StaffSession)
        .where(
            StaffSession.staff_id == staff_id,
            sa.func.encode(StaffSession.token_hash, "hex") == listed,
            StaffSession.ended_at.is_(None),
        )
        .values(ended_at=act.now)
    )


def reset_password(act: Act, staff_id: int) -> str:
    """Return a new one-time password, valid for 24 hours; all sessions of the person end."""
    person = act.session.get(StaffMember, staff_id)
    if person is None:
        raise not_found()
    password = secrets.token_urlsafe(ONE_TIME_PASSWORD_BYTES)
    person.password_hash = passwords.hash_password(password)
    person.one_time_until = act.now + ONE_TIME_PASSWORD_LIFETIME
    end_all_sessions(act, person.id)
    return password


def disable_account(act: Act, staff_id: int) -> None:
    """Disable an account: its sessions end, and nobody can sign in with it again.

    Raises Refused: not found; not now, for the actor's own (the last administrator stays).
    """
    if staff_id == act.actor.staff_id:
        raise not_now(message("Nobody can disable their own account."))
    person = act.session.get(StaffMember, staff_id)
    if person is None:
        raise not_found()
    person.disabled_at = person.disabled_at or act.now
    end_all_sessions(act, person.id)


def check_department(act: Act, role: Role, department: str | None) -> None:
    """Refuse (not valid) a department that does not fit the role or does not exist."""
    if (role in DEPARTMENT) != (department is not None):
        raise not_valid(
            "department", message("An officer or leader belongs to a department, nobody else does.")
        )
    if department is not None and department not in load_reference(act).departments:
        raise not_valid("department", message("There is no such department."))


def _one_time_is_over(act: Act, person: StaffMember) -> bool:
    return person.one_time_until is not None and person.one_time_until < act.now


def begin_session(
    act: Act, person: StaffMember, browser: str | None = None, *, awaits: bool = False
) -> str:
    """Begin a session and return its token; only the token's hash is stored."""
    token = secrets.token_urlsafe(32)
    act.session.add(
        StaffSession(
            token_hash=_hash_token(token),
            staff_id=person.id,
            created_at=act.now,
            seen_at=act.now,
            awaits_factor=awaits,
            browser=browser,
        )
    )
    return token


def end_all_sessions(act: Act, staff_id: int) -> None:
    """End all sessions of a person."""
    act.session.execute(
        sa.update(StaffSession)
        .where(StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
        .values(ended_at=act.now)
    )


def _hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
