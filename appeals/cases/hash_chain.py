"""The hash chain: an HMAC of every move over the one before it, so that an altered history shows.

Links are HMAC-SHA-256 under a key derived from the installation's secret key: who can write to the
database alone cannot make one. Links of releases before this one are plain SHA-256 and stay so;
`link_version` tells the two apart, and decision 0019 how far a plain one is believed. An appeal
bears an HMAC over its number of moves and its last link, so that moves cut off its end show too.

A link covers who did what, when and with which facts; the free text enters as a salted
commitment, which the move keeps: the chain holds when a citizen's words and their salt are
erased, and while the words stand they must be those committed to. The first move commits to the
citizen's statement so, a change of her contact to the new contact; a filing from before that
commits to nothing. Each appeal has its own chain, extended under the appeal's lock, which
therefore cannot fork.
"""

import enum
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol

from appeals.domain.contact import ContactDetails
from appeals.domain.derived_keys import KeyPurpose, derive_key
from appeals.domain.people import Role
from appeals.domain.states import Action, State

NO_LINK = bytes(32)
STATEMENT_COLUMNS = (
    "subject",
    "detail",
    "address",
    "contact_name",
    "contact_phone",
    "contact_email",
)
CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
"""No space, keys in the order of their code points, letters as they are."""


class LinkVersion(enum.IntEnum):
    """How the link of a move was made."""

    PLAIN = 1
    """SHA-256, by a release before this one: whoever can write to the database can make it."""
    KEYED = 2
    """HMAC-SHA-256 under the key of the hash chain."""


class ChainedMove(Protocol):
    """What a link covers: a row of the history, or a move that is still to be written."""

    @property
    def seq(self) -> int: ...  # noqa: D102 - the columns of `Move`
    @property
    def action(self) -> Action: ...  # noqa: D102
    @property
    def to_state(self) -> State: ...  # noqa: D102
    @property
    def at(self) -> datetime: ...  # noqa: D102
    @property
    def actor_role(self) -> Role: ...  # noqa: D102
    @property
    def staff_id(self) -> int | None: ...  # noqa: D102
    @property
    def department(self) -> str | None: ...  # noqa: D102
    @property
    def facts(self) -> Mapping[str, str]: ...  # noqa: D102


def make_commitment(words: str | None, salt: bytes) -> str:
    """Return the salted SHA-256 of the free text, or an empty string where there is none."""
    return hashlib.sha256(salt + words.encode()).hexdigest() if words else ""


def statement_text(of: object) -> str:
    """Return the words of a statement, or of what is filed, as one text to be committed to."""
    return json.dumps([getattr(of, name) for name in STATEMENT_COLUMNS], ensure_ascii=False)


def contact_text(contact: ContactDetails) -> str:
    """Return a changed contact as one text to be committed to."""
    return json.dumps([contact.name, contact.phone, contact.email], ensure_ascii=False)


def make_salt() -> bytes:
    """Return sixteen random bytes."""
    return secrets.token_bytes(16)


def make_link(
    secret: bytes, previous: bytes, appeal_id: int, move: ChainedMove, committed: str
) -> bytes:
    """Return the HMAC-SHA-256 over the previous link and the canonical form of this move."""
    content = b"move" + previous + _canonical_form(appeal_id, move, committed)
    return hmac.digest(_chain_key(secret), content, hashlib.sha256)


def make_plain_link(previous: bytes, appeal_id: int, move: ChainedMove, committed: str) -> bytes:
    """Return the link as releases before this one made it: SHA-256 without a key."""
    return hashlib.sha256(previous + _canonical_form(appeal_id, move, committed)).digest()


def make_head_hmac(secret: bytes, appeal_id: int, moves_made: int, last_link: bytes) -> bytes:
    """Return the HMAC that an appeal bears over its number of moves and its last link."""
    content = CANONICAL.encode([appeal_id, moves_made, last_link.hex()]).encode()
    return hmac.digest(_chain_key(secret), b"head" + content, hashlib.sha256)


@lru_cache(maxsize=2)
def _chain_key(secret: bytes) -> bytes:
    return derive_key(secret, KeyPurpose.HASH_CHAIN)


def _canonical_form(appeal_id: int, move: ChainedMove, committed: str) -> bytes:
    return CANONICAL.encode(
        [
            appeal_id,
            move.seq,
            Action(move.action).value,
            State(move.to_state).value,
            _format_utc(move.at),
            Role(move.actor_role).value,
            move.staff_id,
            move.department,
            move.facts,
            committed,
        ]
    ).encode()


def _format_utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
