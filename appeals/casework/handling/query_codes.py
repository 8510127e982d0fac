"""A new query code for a citizen who lost theirs; the old one dies at once (Rules 3)."""

import secrets

from appeals.act import Act
from appeals.casework.handling.moves import make_move
from appeals.domain import numbers
from appeals.domain.moves.effects import MoveInput
from appeals.domain.states import Action
from appeals.models.appeal import Appeal


def issue_query_code(act: Act, appeal: Appeal, given: MoveInput, *, seen: int | None = None) -> str:
    """Issue a new query code and give it in clear, this once; only its hash is stored.

    Derived from a fresh random key and not from the form's, so that whoever kept the form's key
    cannot derive it. Raises Refused as `moves.make_move` does.
    """
    make_move(act, appeal, Action.NEW_CODE, given, seen=seen)
    code = numbers.derive_code(act.secret, secrets.token_urlsafe(32), appeal.code_generation)
    appeal.code_hash = numbers.hash_code(act.secret, appeal.number, code)
    return code
