"""Passwords, hashed by argon2id. How strong one is: `accounts/password_strength.py`."""

import secrets
from functools import cache
from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

HASHER = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
"""argon2id with 46 MiB, one pass, one lane (Reliability 3, ASVS 11.4.2)."""
HASHING_LOCK = Lock()
"""Passwords are hashed one at a time in a process: each takes its 46 MiB."""


def is_password_right(stored: str, password: str) -> bool:
    """Tell whether the password is the one that was hashed."""
    try:
        with HASHING_LOCK:
            return HASHER.verify(stored, password)
    except VerificationError:
        return False


def hash_password(password: str) -> str:
    """Give the hash under which a password is kept."""
    with HASHING_LOCK:
        return HASHER.hash(password)


@cache
def dummy_hash() -> str:
    """Give a hash that no password has, so that an unknown name takes as long as a known one."""
    return hash_password(secrets.token_urlsafe(32))
