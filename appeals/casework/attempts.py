"""Tries at passwords and query codes, counted in the database before anything is compared.

A limit is a scope, a number of wrong tries and a window (Reliability 3, anti-guessing). Tries of
the same person are taken one after another, so that many at once are not counted as one.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.refusals import Refused, RefusedKind
from appeals.models.staff import Attempt


@dataclass(frozen=True)
class Tries:
    """How many wrong tries of one scope are borne within the window."""

    scope: str
    most: int
    window: timedelta


CODE_OF_NUMBER = Tries("code_number", 10, timedelta(hours=1))
CODE_FROM_ADDRESS = Tries("code_address", 30, timedelta(hours=1))
PASSWORD_OF_NAME = Tries("password_name", 10, timedelta(minutes=5))
PASSWORD_FROM_ADDRESS = Tries("password_address", 10, timedelta(minutes=5))
FACTOR_OF_PERSON = (
    Tries("factor_5_minutes", 5, timedelta(minutes=5)),
    Tries("factor_hour", 20, timedelta(hours=1)),
    Tries("factor_day", 50, timedelta(days=1)),
)
Counted = tuple[tuple[Tries, str], ...]


def begin(act: Act, counted: Counted) -> None:
    """Count one try for each, before it is compared. Raises Refused (too many)."""
    for tries, who in counted:
        act.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_lock(tries, who))))
    for tries, who in counted:
        made = act.session.scalar(
            sa.select(sa.func.count()).where(
                Attempt.scope == tries.scope,
                Attempt.who == _hidden(who),
                Attempt.at > act.now - tries.window,
            )
        )
        if (made or 0) >= tries.most:
            raise Refused(
                RefusedKind.TOO_MANY,
                "尝试次数过多，请稍后再试。",
                "There were too many tries. Please wait a while and try again.",
            )
    act.session.execute(
        sa.insert(Attempt),
        [{"scope": tries.scope, "who": _hidden(who), "at": act.now} for tries, who in counted],
    )


def succeed(act: Act, counted: Counted) -> None:
    """Forget this try for each: only wrong ones count."""
    for tries, who in counted:
        act.session.execute(
            sa.delete(Attempt).where(
                Attempt.scope == tries.scope, Attempt.who == _hidden(who), Attempt.at == act.now
            )
        )


def _hidden(who: str) -> str:
    """Keep no name, number or address in clear: whatever was typed may be a secret."""
    return hashlib.sha256(who.encode()).hexdigest()


def _lock(tries: Tries, who: str) -> int:
    digest = hashlib.sha256(f"{tries.scope} {who}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
