"""A new query code for a citizen who lost theirs; the old one stops working at once (Rules 3)."""

import secrets

from appeals.act import Act
from appeals.casework.handling.moves import make_move
from appeals.domain import numbers
from appeals.domain.moves.context import MoveInput
from appeals.domain.states import Action
from appeals.models.appeal import Appeal


def issue_query_code(act: Act, appeal: Appeal, given: MoveInput) -> str:
    """Issue a new query code and return it in plain text, only this once; its hash is stored.

    It is derived from a new random key instead of the form's, so that nobody who has the form's key
    can derive it. Raises Refused as `moves.make_move` does.
    """
    make_move(act, appeal, Action.NEW_CODE, given)
    code = numbers.derive_code(act.secret, secrets.token_urlsafe(32), appeal.code_generation)
    appeal.code_hash = numbers.hash_code(act.secret, appeal.number, code)
    return code
