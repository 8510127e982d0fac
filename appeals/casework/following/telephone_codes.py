"""One-time codes by text message, by which a citizen opens the appeals of her telephone (Rules 3).

Whoever asks for a code writes the same row in the same way, whether the telephone is known or not;
only the worker looks for its appeals and sends a message where there are some. So neither the
answer nor its time tells whether a telephone is known.

A code is in no row: it is derived from the row's random nonce under a key of its own. It holds for
ten minutes, for the browser that asked, and for five tries.
"""

import hmac
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from appeals.act import Act
from appeals.addresses.telephones import Telephone, read_telephone
from appeals.cases.access import opens_without_code
from appeals.cases.citizen_contact import select_reached_by_phone
from appeals.domain.derived_keys import KeyPurpose, derive_key
from appeals.domain.messages import message
from appeals.domain.refusals import Refused, RefusedKind, not_valid
from appeals.models.appeal import Appeal
from appeals.models.citizen import TelephoneCode

CODE_LIFETIME = timedelta(minutes=10)
LIST_LIFETIME = timedelta(hours=12)
"""How long a code opens the appeals of its telephone in the browser that gave it."""
CODE_DIGITS = 6
MAX_TRIES = 5
"""Most codes that are compared with one row."""
MAX_APPEALS = 50
"""Most appeals that a telephone opens, the newest."""
MAX_SENDINGS = 3
SENDING_LEASE = timedelta(seconds=30)
"""Time of a try to send a code, after which another worker may try."""
NONCE_BYTES = 16


@dataclass(frozen=True)
class CodeMessage:
    """A message with a code to be sent; without text where the telephone has no appeals."""

    code_id: int
    telephone: str
    language: str
    text: str


def read_mobile_number(act: Act, typed: str) -> Telephone:
    """Return a typed number that can receive messages. Raises Refused (not valid) for others."""
    telephone = read_telephone(typed, act.reach.area_code)
    if telephone is None or not telephone.takes_messages:
        raise not_valid("telephone", message("Enter a mobile number, such as 138 0013 8000."))
    return telephone


def ask_code(act: Act, telephone: Telephone, language: str) -> None:
    """Write the row of a new code for the actor's session; an earlier one ends."""
    own = TelephoneCode.session_hash == act.actor.session
    act.session.execute(sa.delete(TelephoneCode).where(own))
    act.session.add(
        TelephoneCode(
            session_hash=act.actor.session,
            telephone=telephone.number,
            nonce=secrets.token_bytes(NONCE_BYTES),
            language=language,
            expires_at=act.now + CODE_LIFETIME,
            next_try_at=act.now,
        )
    )


def find_asked_telephone(act: Act) -> str | None:
    """Return the telephone for which the actor's session asked a code that still holds."""
    return act.session.scalar(sa.select(TelephoneCode.telephone).where(*_holds(act)))


def check_code(act: Act, typed: str) -> str:
    """Return the telephone whose code was typed; the code is used up then.

    Each try counts. Raises the same Refused (not valid) for a wrong code, one that is over, and one
    that was tried too often.
    """
    row = act.session.scalar(sa.select(TelephoneCode).where(*_holds(act)).with_for_update())
    if row is not None and row.tries < MAX_TRIES:
        row.tries += 1
        if hmac.compare_digest(derive_code(act.secret, row).encode(), _read_digits(typed).encode()):
            act.session.delete(row)
            return row.telephone
    raise Refused(
        RefusedKind.NOT_VALID,
        message(
            "The code is not right, or no longer valid. A code holds for ten minutes and for five "
            "tries; you can ask for a new one."
        ),
    )


def find_appeals(act: Act, telephone: str) -> Sequence[Appeal]:
    """Return the newest appeals whose current contact has this telephone and that it may open."""
    return act.session.scalars(
        sa.select(Appeal)
        .where(Appeal.id.in_(select_reached_by_phone(act, telephone)), opens_without_code())
        .order_by(Appeal.filed_at.desc(), Appeal.id.desc())
        .limit(MAX_APPEALS)
    ).all()


def claim_message(act: Act) -> CodeMessage | None:
    """Claim one code that is to be sent, for a lease; None where there is none."""
    row = act.session.scalar(
        sa.select(TelephoneCode)
        .where(TelephoneCode.next_try_at <= act.now, TelephoneCode.expires_at > act.now)
        .order_by(TelephoneCode.next_try_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    row.sendings += 1
    row.next_try_at = act.now + SENDING_LEASE if row.sendings < MAX_SENDINGS else None
    has_appeals = bool(find_appeals(act, row.telephone))
    telephone = read_telephone(row.telephone, act.reach.area_code)
    text = message(
        "%(code)s is your code to follow your appeals. It is valid for ten minutes. Nobody of the "
        "city asks you for it: tell it to no one.",
        code=derive_code(act.secret, row),
    )
    return CodeMessage(
        row.id,
        telephone.dialled if telephone else row.telephone,
        row.language,
        text.label(row.language) if has_appeals else "",
    )


def end_sending(act: Act, code_id: int) -> None:
    """Record that a code was sent, or that it is not sent again."""
    sent = sa.update(TelephoneCode).where(TelephoneCode.id == code_id)
    act.session.execute(sent.values(next_try_at=None))


def delete_expired_codes(act: Act) -> int:
    """Delete the rows of codes that are over; return how many."""
    over = sa.delete(TelephoneCode).where(TelephoneCode.expires_at <= act.now)
    return len(act.session.execute(over.returning(sa.literal(1))).all())


def derive_code(secret: bytes, row: TelephoneCode) -> str:
    """Return the code of a row: six digits."""
    key = derive_key(secret, KeyPurpose.TELEPHONE_CODE)
    digest = hmac.digest(key, row.nonce + row.telephone.encode(), "sha256")
    return f"{int.from_bytes(digest[:8]) % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def _holds(act: Act) -> tuple[sa.ColumnElement[bool], ...]:
    return TelephoneCode.session_hash == act.actor.session, TelephoneCode.expires_at > act.now


def _read_digits(typed: str) -> str:
    """Return the digits of a typed code, however it was spaced."""
    plain = unicodedata.normalize("NFKC", typed)
    return "".join(char for char in plain if char.isascii() and char.isdigit())
