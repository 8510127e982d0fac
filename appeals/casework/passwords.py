"""Passwords: hashed by argon2id, long enough, and none that is guessed at once."""

import secrets
from functools import cache
from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from appeals.domain.refusals import not_valid

HASHER = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
"""argon2id with 46 MiB, one pass, one lane (Reliability 3, ASVS 11.4.2)."""
ONE_AT_A_TIME = Lock()
"""Passwords are hashed one at a time in a process: each takes its 46 MiB."""
PASSWORD_LEAST = 12
PASSWORD_MOST = 128
COMMON = ("password", "123456789012", "qwertyuiop", "appeals", "qingdao", "12345")


def check(new: str, old: str, username: str) -> None:
    """Refuse (not valid) a new password that is short, long, common, old or like the name."""
    if not PASSWORD_LEAST <= len(new) <= PASSWORD_MOST:
        raise not_valid(
            "new",
            f"新密码须为{PASSWORD_LEAST}至{PASSWORD_MOST}个字符。",
            f"The new password must have {PASSWORD_LEAST} to {PASSWORD_MOST} characters.",
        )
    lowered = new.lower()
    few = len(set(lowered)) < PASSWORD_LEAST // 3
    easy = few or any(lowered.startswith(word) for word in COMMON)
    if easy or new == old or username in lowered:
        raise not_valid(
            "new",
            "这个密码太容易被猜到，请换一个。",
            "This password is too easy to guess. Choose another.",
        )


def matches(stored: str, password: str) -> bool:
    """Tell whether the password is the one that was hashed."""
    try:
        with ONE_AT_A_TIME:
            return HASHER.verify(stored, password)
    except VerificationError:
        return False


def hashed(password: str) -> str:
    """Give the hash under which a password is kept."""
    with ONE_AT_A_TIME:
        return HASHER.hash(password)


@cache
def of_nobody() -> str:
    """Give a hash that no password has, so that an unknown name takes as long as a known one."""
    return hashed(secrets.token_urlsafe(32))
