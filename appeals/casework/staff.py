"""Staff accounts and their sessions: passwords by argon2id, sessions as rows that can be ended."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy.exc import IntegrityError

from appeals.act import Act
from appeals.casework import attempts
from appeals.domain.people import DEPARTMENT, STAFF, Actor, Role
from appeals.domain.refusals import not_found, not_now, not_valid
from appeals.models.staff import StaffMember, StaffSession
from appeals.reference import reference

HASHER = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
"""argon2id with 46 MiB, one pass, one lane (Reliability 3, ASVS 11.4.2)."""
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
ONE_TIME = timedelta(hours=24)
SEEN_EVERY = timedelta(minutes=1)
PASSWORD_LEAST = 12
PASSWORD_MOST = 128
COMMON = ("password", "123456789012", "qwertyuiop", "appeals", "qingdao", "12345")


@dataclass(frozen=True)
class SignedIn:
    """Who a session belongs to, and whether a one-time password must be changed first."""

    actor: Actor
    must_change_password: bool


def add_staff(act: Act, username: str, name: str, role: Role, department: str | None = None) -> str:
    """Add a member of staff and give the one-time password, good for 24 hours.

    Raises Refused (not valid) for a name that is taken or blank, a role that is no staff role, or
    a department that does not fit the role.
    """
    username = username.strip().lower()
    if not username or not name.strip():
        raise not_valid("username", "请填写用户名和姓名。", "Enter a username and a name.")
    if role not in STAFF:
        raise not_valid("role", "请选择工作人员角色。", "Choose a role of staff.")
    _check_department(act, role, department)
    password = secrets.token_urlsafe(15)
    person = StaffMember(
        username=username,
        name=name.strip(),
        role=role,
        department_code=department,
        password_hash=HASHER.hash(password),
        one_time_until=act.now + ONE_TIME,
        created_at=act.now,
    )
    try:
        with act.session.begin_nested():
            act.session.add(person)
    except IntegrityError as problem:
        if "uq_staff_member_username" not in str(problem.orig):
            raise
        raise not_valid(
            "username", "这个用户名已被使用。", "This username is already taken."
        ) from None
    return password


def sign_in(act: Act, username: str, password: str, address: str = "unknown") -> str | None:
    """Give the token of a new session, or None for any wrong answer, alike and in the same time.

    The try is counted before the password is compared. Raises Refused (too many).
    """
    username = username.strip().lower()
    counted = (
        (attempts.PASSWORD_FROM_ADDRESS, address),
        (attempts.PASSWORD_OF_NAME, username),
    )
    attempts.begin(act, counted)
    person = act.session.scalar(
        sa.select(StaffMember).where(
            StaffMember.username == username, StaffMember.disabled_at.is_(None)
        )
    )
    right = _matches(person.password_hash if person else _nobodys_hash(), password)
    if person is None or not right or _one_time_is_over(act, person):
        return None
    attempts.succeed(act, counted)
    if HASHER.check_needs_rehash(person.password_hash):
        person.password_hash = HASHER.hash(password)
    return _new_session(act, person)


def session_of(act: Act, token: str) -> SignedIn | None:
    """Give who the token belongs to: idle at most 30 minutes, never longer than 12 hours."""
    row = act.session.execute(
        sa.select(StaffSession, StaffMember)
        .join(StaffMember, StaffMember.id == StaffSession.staff_id)
        .where(
            StaffSession.token_hash == _hash(token),
            StaffSession.ended_at.is_(None),
            StaffSession.seen_at > act.now - IDLE,
            StaffSession.created_at > act.now - ABSOLUTE,
            StaffMember.disabled_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    seen: StaffSession = row[0]
    person: StaffMember = row[1]
    if act.now - seen.seen_at > SEEN_EVERY:
        seen.seen_at = act.now
    actor = Actor(person.role, person.id, person.name, person.department_code)
    return SignedIn(actor, person.one_time_until is not None)


def end_session(act: Act, token: str) -> None:
    """End one session: its cookie is worth nothing from now on."""
    act.session.execute(
        sa.update(StaffSession)
        .where(StaffSession.token_hash == _hash(token), StaffSession.ended_at.is_(None))
        .values(ended_at=act.now)
    )


def change_password(act: Act, old: str, new: str) -> str:
    """Change the actor's own password, end all their sessions and give a new one's token.

    Raises Refused (not valid) for a wrong old password or a new one that is too weak.
    """
    person = act.session.get(StaffMember, act.actor.staff_id)
    if person is None:
        raise not_found()
    counted = ((attempts.PASSWORD_OF_NAME, person.username),)
    attempts.begin(act, counted)
    if not _matches(person.password_hash, old):
        raise not_valid("old", "原密码不正确。", "The old password is not right.")
    attempts.succeed(act, counted)
    _check_password(new, old, person)
    person.password_hash, person.one_time_until = HASHER.hash(new), None
    _end_all(act, person.id)
    return _new_session(act, person)


def reset_password(act: Act, staff_id: int) -> str:
    """Give a new one-time password, good for 24 hours; all sessions of the person end."""
    person = act.session.get(StaffMember, staff_id)
    if person is None:
        raise not_found()
    password = secrets.token_urlsafe(15)
    person.password_hash = HASHER.hash(password)
    person.one_time_until = act.now + ONE_TIME
    _end_all(act, person.id)
    return password


def disable(act: Act, staff_id: int) -> None:
    """Close an account: its sessions end, and nobody signs in with it again.

    Raises Refused: not found; not now, for the actor's own (the last administrator stays).
    """
    if staff_id == act.actor.staff_id:
        raise not_now("不能停用自己的账号。", "Nobody can disable their own account.")
    person = act.session.get(StaffMember, staff_id)
    if person is None:
        raise not_found()
    person.disabled_at = person.disabled_at or act.now
    _end_all(act, person.id)


def _check_department(act: Act, role: Role, department: str | None) -> None:
    if (role in DEPARTMENT) != (department is not None):
        raise not_valid(
            "department",
            "承办人和承办单位领导必须属于一个单位，其他角色不属于单位。",
            "An officer or leader belongs to a department, nobody else does.",
        )
    if department is not None and department not in reference(act).departments:
        raise not_valid("department", "没有这个单位。", "There is no such department.")


def _check_password(new: str, old: str, person: StaffMember) -> None:
    if not PASSWORD_LEAST <= len(new) <= PASSWORD_MOST:
        raise not_valid(
            "new",
            f"新密码须为{PASSWORD_LEAST}至{PASSWORD_MOST}个字符。",
            f"The new password must have {PASSWORD_LEAST} to {PASSWORD_MOST} characters.",
        )
    lowered = new.lower()
    few = len(set(lowered)) < PASSWORD_LEAST // 3
    easy = few or any(lowered.startswith(word) for word in COMMON)
    if easy or new == old or person.username in lowered:
        raise not_valid(
            "new",
            "这个密码太容易被猜到，请换一个。",
            "This password is too easy to guess. Choose another.",
        )


def _matches(stored: str, password: str) -> bool:
    try:
        return HASHER.verify(stored, password)
    except VerificationError:
        return False


@cache
def _nobodys_hash() -> str:
    """Give a hash that no password has, so that an unknown name takes as long as a known one."""
    return HASHER.hash(secrets.token_urlsafe(32))


def _one_time_is_over(act: Act, person: StaffMember) -> bool:
    return person.one_time_until is not None and person.one_time_until < act.now


def _new_session(act: Act, person: StaffMember) -> str:
    token = secrets.token_urlsafe(32)
    act.session.add(
        StaffSession(
            token_hash=_hash(token), staff_id=person.id, created_at=act.now, seen_at=act.now
        )
    )
    return token


def _end_all(act: Act, staff_id: int) -> None:
    act.session.execute(
        sa.update(StaffSession)
        .where(StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
        .values(ended_at=act.now)
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
