"""A caller's earlier appeals, found by telephone number or e-mail address."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from appeals.act import Act
from appeals.addresses.email_addresses import plain_address
from appeals.addresses.telephones import read_telephone
from appeals.cases.access import visible_to
from appeals.domain.lifecycle import MOVE_RULES
from appeals.domain.states import Action
from appeals.domain.text.cleaning import clean_line
from appeals.models.appeal import Appeal, ContactVersion, Statement, caller_key

MAX_SHOWN = 20
QUICK_ACTIONS = (Action.URGE, Action.ADD, Action.ENQUIRE)
"""What is done for a caller beside the list of her appeals; the case page has the rest."""
EMPTY: sa.ColumnElement[str] = sa.literal_column("''")
FILED_CALLER = caller_key(Statement.phone_number, Statement.contact_phone)
CHANGED_CALLER = caller_key(ContactVersion.phone_number, ContactVersion.phone)
EarlierAppeal = sa.Row[Appeal, str]
"""An earlier appeal with its subject."""


def list_quick_actions(appeal: Appeal) -> tuple[Action, ...]:
    """Return what can be done for a caller about the appeal in its state, without asking more."""
    return tuple(each for each in QUICK_ACTIONS if appeal.state in MOVE_RULES[each].start)


def find_earlier_by_phone(act: Act, phone: str) -> Sequence[EarlierAppeal]:
    """Return the newest appeals whose current contact has this number, as the operator typed it."""
    return _load_newest(act, select_reached_by_phone(act, phone)) if clean_line(phone) else []


def select_reached_by_phone(act: Act, phone: str) -> sa.CompoundSelect[int]:
    """Select the ids of the appeals whose current contact has this number.

    All spellings of a number are equal. With an extension, only its appeals are found, without one
    all of the number. Rows whose number was not parsed yet, and texts that are no number, are found
    by the exact text.
    """
    telephone, written = read_telephone(phone, act.reach.area_code), clean_line(phone)
    keys, extension = {written}, ""
    if telephone is not None:
        keys |= {telephone.number, telephone.dialled, f"+86{telephone.dialled}"}
        extension = telephone.extension
    is_own = [
        column == extension if extension else sa.true()
        for column in (Statement.phone_extension, ContactVersion.phone_extension)
    ]
    return _select_reached_by(FILED_CALLER, CHANGED_CALLER, keys, is_own)


def select_reached_by_last_digits(digits: str) -> sa.CompoundSelect[int]:
    """Select the ids of the appeals whose current contact's number ends with these four digits."""
    four: sa.ColumnElement[int] = sa.literal_column("4")
    filed, changed = (sa.func.right(column, four) for column in (FILED_CALLER, CHANGED_CALLER))
    is_given = [column != EMPTY for column in (FILED_CALLER, CHANGED_CALLER)]
    return _select_reached_by(filed, changed, {digits}, is_given)


def find_earlier_by_email(act: Act, email: str) -> Sequence[EarlierAppeal]:
    """Return the newest appeals whose current contact has this e-mail address, in any case.

    `email` is as the operator typed it; full-width letters and a Chinese full stop are accepted.
    """
    address = plain_address(email).lower()
    if not address:
        return []
    filed, changed = sa.func.lower(Statement.contact_email), sa.func.lower(ContactVersion.email)
    return _load_newest(act, _select_reached_by(filed, changed, {address}))


def _load_newest(act: Act, appeal_ids: sa.CompoundSelect[int]) -> Sequence[EarlierAppeal]:
    return act.session.execute(
        sa.select(Appeal, Statement.subject)
        .join(Statement, Statement.appeal_id == Appeal.id)
        .where(Appeal.id.in_(appeal_ids))
        .where(visible_to(act.actor))
        .order_by(Appeal.filed_at.desc(), Appeal.id.desc())
        .limit(MAX_SHOWN)
    ).all()


def _select_reached_by(
    filed: sa.SQLColumnExpression[str],
    changed: sa.SQLColumnExpression[str],
    ways: Collection[str],
    also: Sequence[sa.ColumnElement[bool]] = (sa.true(), sa.true()),
) -> sa.CompoundSelect[int]:
    """Select the appeals whose current contact is one of `ways`; both halves use an index.

    `filed` is a column of the statement, `changed` the same of a later contact;
    `also` is a further condition of each.
    """
    later = aliased(ContactVersion)
    was_filed = sa.select(Statement.appeal_id).where(
        filed.in_(ways),
        filed != EMPTY,  # the partial index's condition
        also[0],
        ~sa.exists().where(later.appeal_id == Statement.appeal_id),
    )
    was_changed = sa.select(ContactVersion.appeal_id).where(
        changed.in_(ways),
        changed != EMPTY,
        also[1],
        ~sa.exists().where(
            later.appeal_id == ContactVersion.appeal_id, later.move_seq > ContactVersion.move_seq
        ),
    )
    return sa.union_all(was_filed, was_changed)
