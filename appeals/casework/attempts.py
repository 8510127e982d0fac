"""Tries at passwords and query codes, and what is filed, counted in the database beforehand.

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
ADDED_TO_APPEAL = Tries("added", 30, timedelta(days=1))
PHOTOS_OF_FORM = Tries("photos_form", 30, timedelta(hours=1))
Counted = tuple[tuple[Tries, str], ...]
TALLY = """
    WITH given AS (
        SELECT * FROM unnest(
            %(scopes)s::text[], %(whos)s::text[], %(froms)s::timestamptz[], %(mosts)s::int[]
        ) AS given(scope, who, since, most)
    ), tried AS (
        INSERT INTO attempt (scope, who, at) SELECT scope, who, %(now)s::timestamptz FROM given
    )
    SELECT 1 FROM given WHERE most <= (
        SELECT count(*) FROM attempt
        WHERE attempt.scope = given.scope AND attempt.who = given.who AND at > since
    )
"""
"""Count one try for each, and give a row for each that had too many before: one way there."""


def filed_from_address(most: int) -> Tries:
    """Give how much one address may file in an hour: a whole office may stand behind it."""
    return Tries("filed_address", most, timedelta(hours=1))


def photos_from_address(most: int) -> Tries:
    """Return how many photos of one address are decoded in an hour: each takes a core's second."""
    return Tries("photos_address", most, timedelta(hours=1))


def filed_for_contact(most: int) -> Tries:
    """Give how much may be filed in a day in the name of one telephone or e-mail: each is told."""
    return Tries("filed_contact", most, timedelta(days=1))


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


def tally(act: Act, counted: Counted) -> None:
    """Count one try for each of what is allowed so often. Raises Refused (too many).

    Nothing is locked: of many at once some may be let through over the limit, which bounds a
    volume and guards no secret.
    """
    full = (
        act.session.connection()
        .exec_driver_sql(
            TALLY,
            {
                "scopes": [tries.scope for tries, _ in counted],
                "whos": [_hidden(who) for _, who in counted],
                "froms": [act.now - tries.window for tries, _ in counted],
                "mosts": [tries.most for tries, _ in counted],
                "now": act.now,
            },
        )
        .first()
    )
    if full is not None:
        raise Refused(
            RefusedKind.TOO_MANY,
            "短时间内提交得太多，没有再收下。您填写的内容都在，请过一会儿再提交，或拨打12345。",
            "Too much was sent in a short time, so this was not taken. All that you typed is kept: "
            "send it again later, or call 12345.",
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
