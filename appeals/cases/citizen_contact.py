"""The current contact of a citizen: the newest change, else that of the filing (decision 0017)."""

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.contact import ContactDetails
from appeals.models.appeal import Appeal, ContactVersion, Statement

TextExpression = sa.ColumnElement[str]
NEWEST_CONTACT = (
    sa.select(ContactVersion.name, ContactVersion.phone, ContactVersion.email)
    .where(ContactVersion.appeal_id == Statement.appeal_id)
    .order_by(ContactVersion.move_seq.desc())
    .limit(1)
    .lateral("newest_contact")
)
"""The newest contact change, as a lateral subquery; no row if the contact was never changed."""


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


def current_contact(act: Act, appeal: Appeal) -> ContactDetails:
    """Return the current contact of a citizen."""
    if appeal.moves_made == 1:  # for the filing's notice, whose rows are not written yet
        filed = act.session.get_one(Statement, appeal.id)
        return ContactDetails(filed.contact_name, filed.contact_phone, filed.contact_email)
    found = act.session.execute(
        sa.select(*contact_columns())
        .select_from(Statement)
        .outerjoin(NEWEST_CONTACT, sa.true())
        .where(Statement.appeal_id == appeal.id)
    ).one()
    return ContactDetails(*found)


def is_reachable(act: Act, appeal: Appeal) -> bool:
    """Return whether the department has a way to reach the citizen (Rules 1, met by)."""
    return current_contact(act, appeal).is_reachable(confidential=appeal.confidential)
