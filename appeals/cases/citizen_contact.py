"""The current contact of a citizen: the newest change, else that of the filing (decision 0017)."""

from collections.abc import Collection, Sequence
from typing import TypedDict

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from appeals.act import Act
from appeals.addresses.telephones import read_telephone
from appeals.domain.contact import ContactDetails, ContactSettings
from appeals.domain.text.cleaning import clean_line
from appeals.models.appeal import Appeal, ContactVersion, Statement, caller_key

COLUMNS_OF_TELEPHONE = ("phone_number", "phone_extension")
"""The columns of the parsed telephone, beside the one with the telephone as typed."""
TextExpression = sa.ColumnElement[str]
ALL_OF_THEM: Sequence[sa.ColumnElement[bool]] = (sa.true(), sa.true())
EMPTY: sa.ColumnElement[str] = sa.literal_column("''")
FILED_CALLER = caller_key(Statement.phone_number, Statement.contact_phone)
CHANGED_CALLER = caller_key(ContactVersion.phone_number, ContactVersion.phone)
NEWEST_CONTACT = (
    sa.select(ContactVersion.name, ContactVersion.phone, ContactVersion.email)
    .where(ContactVersion.appeal_id == Statement.appeal_id)
    .order_by(ContactVersion.move_seq.desc())
    .limit(1)
    .lateral("newest_contact")
)
"""The newest contact change, as a lateral subquery; no row if the contact was never changed."""


class TelephoneColumns(TypedDict):
    """The number in E.164 and the extension; both empty if no valid number was typed."""

    phone_number: str
    phone_extension: str


def telephone_columns(typed: str, reach: ContactSettings) -> TelephoneColumns:
    """Parse a typed telephone into the values of its columns."""
    telephone = read_telephone(typed, reach.area_code) if typed else None
    if telephone is None:
        return {"phone_number": "", "phone_extension": ""}
    return {"phone_number": telephone.number, "phone_extension": telephone.extension}


def contact_columns() -> tuple[TextExpression, TextExpression, TextExpression]:
    """Return the columns of the current contact: name, telephone, e-mail.

    For queries over `Statement` joined to `NEWEST_CONTACT`.
    """
    newest = NEWEST_CONTACT.c
    return (
        sa.func.coalesce(newest.name, Statement.contact_name),
        sa.func.coalesce(newest.phone, Statement.contact_phone),
        sa.func.coalesce(newest.email, Statement.contact_email),
    )


SELECT_CURRENT_CONTACT = (
    sa.select(*contact_columns())
    .select_from(Statement)
    .outerjoin(NEWEST_CONTACT, sa.true())
    .where(Statement.appeal_id == sa.bindparam("appeal_id"))
)


def current_contact(act: Act, appeal: Appeal) -> ContactDetails:
    """Return the current contact of a citizen."""
    found = act.session.execute(SELECT_CURRENT_CONTACT, {"appeal_id": appeal.id}).one()
    return ContactDetails(*found)


def is_reachable(act: Act, appeal: Appeal) -> bool:
    """Return whether the department has a way to reach the citizen (Rules 1, met by)."""
    return current_contact(act, appeal).is_reachable(confidential=appeal.confidential)


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
    return select_reached_by(FILED_CALLER, CHANGED_CALLER, keys, is_own)


def select_reached_by(
    filed: sa.SQLColumnExpression[str],
    changed: sa.SQLColumnExpression[str],
    ways: Collection[str],
    also: Sequence[sa.ColumnElement[bool]] = ALL_OF_THEM,
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
