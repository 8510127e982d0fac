"""The one-time key of a form, under which its photos, its draft and its appeal are known.

The key itself stays with the person's browser; here only its hash is kept.
"""

import hashlib

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.refusals import Refused, not_now

FORM_LOCK = sa.func.pg_advisory_xact_lock(sa.bindparam("form", type_=sa.BigInteger()))
"""Waits until nobody else works on the form, whose `lock_number` it is given."""
TAKE_FORM_LOCK = sa.select(FORM_LOCK)


def hash_key(form_key: str) -> bytes:
    """Return the hash under which a form is known."""
    return hashlib.sha256(form_key.encode()).digest()


def lock_number(hashed: bytes) -> int:
    """Return the number of the lock of a form, from the hash of its key."""
    return int.from_bytes(hashed[:8], signed=True)


def lock_form(act: Act, hashed: bytes) -> None:
    """Let nobody else work on the form with that hash until the transaction ends."""
    act.session.execute(TAKE_FORM_LOCK, {"form": lock_number(hashed)})


def form_already_sent(number: str | None) -> Refused:
    """Refuse to send something else with a form that was sent.

    The `number` is told only to a session that has opened the appeal: the key of a form, which
    others may have seen, tells nobody a number.
    """
    if number is None:
        return not_now(
            "这份表单已经提交过。如要补充，请凭回执上的编号和查询码查询该诉求后补充内容。",
            "This form was already sent. To say more, follow that appeal with the number and the "
            "query code of your receipt, and add to it.",
        )
    return not_now(
        f"这份表单已经提交过，诉求编号是{number}。如要补充，请查询该诉求后补充内容。",
        f"This form was already sent as {number}. To say more, follow that appeal and add to it.",
    )
