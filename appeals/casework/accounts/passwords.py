"""Password hashing with argon2id; `accounts/password_strength.py` checks strength."""

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
    """Return whether the password matches the stored hash."""
    try:
        with HASHING_LOCK:
            return HASHER.verify(stored, password)
    except VerificationError:
        return False


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    with HASHING_LOCK:
        return HASHER.hash(password)


@cache
def dummy_hash() -> str:
    """Return the hash of no password: checking it takes an unknown name as long as a known one."""
    return hash_password(secrets.token_urlsafe(32))
