"""The access log: writing rows and verifying them; each row has an HMAC over its own fields.

The key is derived from the secret key, so nobody with the database alone can change a row
unnoticed. Missing rows are found by the seals, which count the table.
"""

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Protocol
from uuid import UUID

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.hash_chain import CANONICAL
from appeals.domain.derived_keys import KeyPurpose, derive_key
from appeals.domain.refusals import not_allowed
from appeals.domain.vocabulary import AccessKind
from appeals.logs import SecurityEvent, log_security_event
from appeals.models.access_log import AccessLogRow

HMAC_FORM = "access log row, form 1"
"""Prefix of the HMAC's input; another row format would have another prefix."""
MAX_VALUE_CHARACTERS = 200
"""Longest value in `detail`, in characters."""
SESSION_DIGITS = 16
"""Hex digits of the session's reference in a row."""
SUBJECT_DIGITS = 32
"""Hex digits of the keyed hash of a looked-up subject."""
SECURITY_EVENTS = {
    AccessKind.CONTACT_SHOWN: SecurityEvent.CONTACT_SHOWN,
    AccessKind.PHONE_LOOKED_UP: SecurityEvent.PHONE_LOOKED_UP,
    AccessKind.PERSON_LOOKED_UP: SecurityEvent.PERSON_LOOKED_UP,
    AccessKind.LIST_EXPORTED: SecurityEvent.LIST_EXPORTED,
    AccessKind.PRINTED: SecurityEvent.PRINTED,
}
"""Accesses that are also security events; page views are logged as `answered`."""


@dataclass(frozen=True)
class Access:
    """One access: a page opened, a look-up, an export; `detail` may be filled until written."""

    kind: AccessKind
    appeal_id: int | None = None
    subject: str | None = None
    detail: dict[str, str] = field(default_factory=dict)


class SignedFields(Protocol):
    """Fields covered by a row's HMAC: the columns of `AccessLogRow` except `month` and `mac`."""

    @property
    def id(self) -> UUID: ...  # noqa: D102 - the columns
    @property
    def at(self) -> datetime: ...  # noqa: D102
    @property
    def staff_id(self) -> int: ...  # noqa: D102
    @property
    def role(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def appeal_id(self) -> int | None: ...  # noqa: D102
    @property
    def subject(self) -> str | None: ...  # noqa: D102
    @property
    def detail(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def session(self) -> str | None: ...  # noqa: D102


class StoredAccessRow(SignedFields, Protocol):
    """A row of the table."""

    @property
    def month(self) -> date: ...  # noqa: D102
    @property
    def mac(self) -> bytes: ...  # noqa: D102


def record_accesses(act: Act, accesses: Sequence[Access]) -> None:
    """Add one row for each access of the actor, all in one statement.

    Raises Refused (not allowed) where the actor is no member of staff.
    """
    if not accesses:
        return
    rows = [_build_row(act, access) for access in accesses]
    act.session.execute(sa.insert(AccessLogRow).values(rows))
    for access in accesses:
        if access.kind in SECURITY_EVENTS:
            by = act.actor.staff_id
            log_security_event(SECURITY_EVENTS[access.kind], appeal_id=access.appeal_id, by=by)


def _build_row(act: Act, access: Access) -> dict[str, object]:
    actor = act.actor
    if actor.staff_id is None:
        raise not_allowed()
    row = AccessLogRow(
        month=month_of_row(act.now),
        id=_new_id(act.now),
        at=act.now,
        staff_id=actor.staff_id,
        role=actor.role,
        kind=access.kind,
        appeal_id=access.appeal_id,
        subject=access.subject,
        detail={name: value[:MAX_VALUE_CHARACTERS] for name, value in access.detail.items()},
        session=actor.session.hex()[:SESSION_DIGITS] or None,
    )
    row.mac = compute_access_mac(derive_access_key(act), row)
    return {column.key: getattr(row, column.key) for column in AccessLogRow.__table__.columns}


def month_of_row(at: datetime) -> date:
    """Return the first day of the UTC month, which leads a row's key."""
    return at.astimezone(UTC).date().replace(day=1)


def derive_access_key(act: Act) -> bytes:
    """Return the key of the access log."""
    return derive_key(act.secret, KeyPurpose.ACCESS_LOG)


def compute_access_mac(key: bytes, row: SignedFields) -> bytes:
    """Return the HMAC-SHA-256 over a row's canonical form.

    The canonical form is a JSON list of the fields in the order below: no spaces, keys sorted by
    code point, the time in UTC with microseconds. `month` follows from `at`.
    """
    fields = [
        HMAC_FORM,
        str(row.id),
        row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        row.staff_id,
        str(row.role),
        str(row.kind),
        row.appeal_id,
        row.subject,
        dict(row.detail),
        row.session,
    ]
    return hmac.digest(key, CANONICAL.encode(fields).encode(), sha256)


def is_access_row_right(key: bytes, row: StoredAccessRow) -> bool:
    """Return whether a row's HMAC is right and its month is that of its timestamp."""
    right = hmac.compare_digest(row.mac, compute_access_mac(key, row))
    return right and row.month == month_of_row(row.at)


def hash_subject(act: Act, subject: str) -> str:
    """Return the keyed hash under which a telephone or name that was looked up is recorded.

    Look-ups of the same subject have the same hash; without the key nobody can try all numbers.
    """
    told = b"subject\0" + subject.encode()
    return hmac.digest(derive_access_key(act), told, sha256).hex()[:SUBJECT_DIGITS]


def _new_id(at: datetime) -> UUID:
    """Return a UUID of version 7 (RFC 9562): the milliseconds of `at`, then 74 random bits."""
    milliseconds = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    random = secrets.randbits(74)
    high, low = random >> 62, random & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 7 << 76 | high << 64 | 2 << 62 | low)
