"""The current contact of a citizen: the newest change, else that of the filing (decision 0017)."""

from typing import TypedDict

import sqlalchemy as sa

from appeals.act import Act
from appeals.addresses.telephones import read_telephone
from appeals.domain.contact import ContactDetails, ContactSettings
from appeals.models.appeal import Appeal, ContactVersion, Statement

COLUMNS_OF_TELEPHONE = ("phone_number", "phone_extension")
"""The columns of the parsed telephone, beside the one with the telephone as typed."""
TextExpression = sa.ColumnElement[str]
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
