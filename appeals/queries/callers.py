"""A caller's earlier appeals, found by telephone number or e-mail address."""

from collections.abc import Sequence

import sqlalchemy as sa

from appeals.act import Act
from appeals.addresses.email_addresses import plain_address
from appeals.cases.access import visible_to
from appeals.cases.citizen_contact import (
    CHANGED_CALLER,
    EMPTY,
    FILED_CALLER,
    select_reached_by,
    select_reached_by_phone,
)
from appeals.domain.lifecycle import MOVE_RULES
from appeals.domain.states import Action
from appeals.domain.text.cleaning import clean_line
from appeals.models.appeal import Appeal, ContactVersion, Statement

MAX_SHOWN = 20
QUICK_ACTIONS = (Action.URGE, Action.ADD, Action.ENQUIRE)
"""What is done for a caller beside the list of her appeals; the case page has the rest."""
EarlierAppeal = sa.Row[Appeal, str]
"""An earlier appeal with its subject."""


def list_quick_actions(appeal: Appeal) -> tuple[Action, ...]:
    """Return what can be done for a caller about the appeal in its state, without asking more."""
    return tuple(each for each in QUICK_ACTIONS if appeal.state in MOVE_RULES[each].start)


def find_earlier_by_phone(act: Act, phone: str) -> Sequence[EarlierAppeal]:
    """Return the newest appeals whose current contact has this number, as the operator typed it."""
    return _load_newest(act, select_reached_by_phone(act, phone)) if clean_line(phone) else []


def select_reached_by_last_digits(digits: str) -> sa.CompoundSelect[int]:
    """Select the ids of the appeals whose current contact's number ends with these four digits."""
    four: sa.ColumnElement[int] = sa.literal_column("4")
    filed, changed = (sa.func.right(column, four) for column in (FILED_CALLER, CHANGED_CALLER))
    is_given = [column != EMPTY for column in (FILED_CALLER, CHANGED_CALLER)]
    return select_reached_by(filed, changed, {digits}, is_given)


def find_earlier_by_email(act: Act, email: str) -> Sequence[EarlierAppeal]:
    """Return the newest appeals whose current contact has this e-mail address, in any case.

    `email` is as the operator typed it; full-width letters and a Chinese full stop are accepted.
    """
    address = plain_address(email).lower()
    if not address:
        return []
    filed, changed = sa.func.lower(Statement.contact_email), sa.func.lower(ContactVersion.email)
    return _load_newest(act, select_reached_by(filed, changed, {address}))


def _load_newest(act: Act, appeal_ids: sa.CompoundSelect[int]) -> Sequence[EarlierAppeal]:
    return act.session.execute(
        sa.select(Appeal, Statement.subject)
        .join(Statement, Statement.appeal_id == Appeal.id)
        .where(Appeal.id.in_(appeal_ids))
        .where(visible_to(act.actor))
        .order_by(Appeal.filed_at.desc(), Appeal.id.desc())
        .limit(MAX_SHOWN)
    ).all()
