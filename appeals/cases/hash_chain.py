"""The hash chain: each move has an HMAC over itself and the previous link, so tampering shows.

Links are HMAC-SHA-256 under a key derived from the installation's secret key: write access to the
database alone is not enough to forge one. Earlier releases wrote plain SHA-256, and those links
stay; `link_version` distinguishes them, and decision 0019 says how far a plain one is trusted. Each
appeal carries an HMAC over its number of moves and its last link, so that moves removed from the
end show too.

A link covers who did what, when and with which facts. Free text enters as a salted commitment,
stored in the move: the chain still holds after text and salt are erased, and until then the text
must match its commitment. The first move commits to the citizen's statement, a change of contact to
the new contact; filings from before that commit to nothing. Each appeal has its own chain, extended
under the appeal's lock, so it cannot fork.
"""

import enum
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from appeals.domain.case import RecordedMove
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
"""JSON without spaces, keys ordered by code point, non-ASCII characters unescaped."""


class LinkVersion(enum.IntEnum):
    """How the link of a move was made."""

    PLAIN = 1
    """SHA-256 without a key, by an earlier release: anyone with write access can make one."""
    KEYED = 2
    """HMAC-SHA-256 under the key of the hash chain."""


@dataclass(frozen=True, slots=True)
class StoredMove:
    """A recorded move with its salt, the commitment to its words or statement, and its link."""

    move: RecordedMove
    salt: bytes
    committed: str
    link_version: int
    row_hash: bytes


def chain_move(
    secret: bytes, previous: bytes, appeal_id: int, move: RecordedMove, committing: str = ""
) -> StoredMove:
    """Link a move to the one before, whose link is `previous`.

    The move commits to its words, or without words to `committing`: the text of another table that
    it brings, a statement or a contact.
    """
    salt = make_salt()
    committed = make_commitment(move.words or committing, salt)
    row_hash = make_link(secret, previous, appeal_id, move, committed)
    return StoredMove(move, salt, committed, LinkVersion.KEYED.value, row_hash)


def make_commitment(words: str | None, salt: bytes) -> str:
    """Return the salted SHA-256 of the text in hex, or an empty string if there is no text."""
    return hashlib.sha256(salt + words.encode()).hexdigest() if words else ""


def statement_text(of: object) -> str:
    """Return the texts of a statement or filing as one string, to commit to."""
    return json.dumps([getattr(of, name) for name in STATEMENT_COLUMNS], ensure_ascii=False)


def contact_text(contact: ContactDetails) -> str:
    """Return a changed contact as one string, to commit to."""
    return json.dumps([contact.name, contact.phone, contact.email], ensure_ascii=False)


def make_salt() -> bytes:
    """Return 16 random bytes."""
    return secrets.token_bytes(16)


def make_link(
    secret: bytes, previous: bytes, appeal_id: int, move: RecordedMove, committed: str
) -> bytes:
    """Return the HMAC-SHA-256 over the previous link and the canonical form of the move."""
    content = b"move" + previous + _canonical_form(appeal_id, move, committed)
    return hmac.digest(_chain_key(secret), content, hashlib.sha256)


def make_plain_link(previous: bytes, appeal_id: int, move: RecordedMove, committed: str) -> bytes:
    """Return the link as earlier releases made it: SHA-256 without a key."""
    return hashlib.sha256(previous + _canonical_form(appeal_id, move, committed)).digest()


def make_head_hmac(secret: bytes, appeal_id: int, moves_made: int, last_link: bytes) -> bytes:
    """Return the HMAC over an appeal's number of moves and its last link."""
    content = CANONICAL.encode([appeal_id, moves_made, last_link.hex()]).encode()
    return hmac.digest(_chain_key(secret), b"head" + content, hashlib.sha256)


@lru_cache(maxsize=2)
def _chain_key(secret: bytes) -> bytes:
    return derive_key(secret, KeyPurpose.HASH_CHAIN)


def _canonical_form(appeal_id: int, move: RecordedMove, committed: str) -> bytes:
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
