"""The one-time key of a filing form, by which its photos, draft and appeal are found.

The key stays in the person's browser; the database holds only its hash.
"""

import hashlib

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.messages import message
from appeals.domain.refusals import Refused, not_now

FORM_LOCK = sa.func.pg_advisory_xact_lock(sa.bindparam("form", type_=sa.BigInteger()))
"""The advisory lock of a form, by its `lock_number`; waits until nobody else works on the form."""
TAKE_FORM_LOCK = sa.select(FORM_LOCK)


def hash_key(form_key: str) -> bytes:
    """Return the hash by which a form is stored."""
    return hashlib.sha256(form_key.encode()).digest()


def lock_number(hashed: bytes) -> int:
    """Return the key of the form's advisory lock, from the hash of the form key."""
    return int.from_bytes(hashed[:8], signed=True)


def lock_form(act: Act, hashed: bytes) -> None:
    """Lock the form with that hash until the transaction ends."""
    act.session.execute(TAKE_FORM_LOCK, {"form": lock_number(hashed)})


def form_already_sent(number: str | None) -> Refused:
    """Return the refusal to send a form again with other content.

    Pass the `number` only for a session that has opened the appeal: others may have seen the form's
    key, and it must not reveal a number.
    """
    if number is None:
        return not_now(
            message(
                "This form was already sent. To say more, follow that appeal with the number "
                "and the query code of your receipt, and add to it."
            )
        )
    return not_now(
        message(
            "This form was already sent as %(number)s. To say more, follow that appeal and "
            "add to it.",
            number=number,
        )
    )
