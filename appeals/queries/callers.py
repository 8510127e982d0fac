"""Who called before: a caller's earlier appeals, found by the telephone."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from appeals.access import visible_to
from appeals.act import Act
from appeals.addresses.telephones import read_telephone
from appeals.domain.text.cleaning import clean_line
from appeals.models.appeal import Appeal, ContactVersion, Statement, caller_of

SHOWN_MOST = 20


def earlier(act: Act, phone: str) -> Sequence[sa.Row[Appeal, str]]:
    """Give the newest appeals, with their subjects, of whoever is reached by this number now.

    `phone` is as the operator typed it; every spelling of a number is one. With an extension only
    that one's are found, without one all of the number. Rows whose number was not read yet, and
    what is no number, are found by what was typed.
    """
    telephone, written = read_telephone(phone, act.reach.area_code), clean_line(phone)
    if not written:
        return []
    keys = {written}
    if telephone is not None:
        home = telephone.dialled
        keys |= {telephone.number, home, f"+86{home}"}
    extension = telephone.extension if telephone else ""
    return act.session.execute(
        sa.select(Appeal, Statement.subject)
        .join(Statement, Statement.appeal_id == Appeal.id)
        .where(Appeal.id.in_(_reached_by(keys, extension)))
        .where(visible_to(act.actor))
        .order_by(Appeal.filed_at.desc(), Appeal.id.desc())
        .limit(SHOWN_MOST)
    ).all()


def _reached_by(keys: Collection[str], extension: str) -> sa.CompoundSelect[int]:
    """Give the appeals whose current contact is one of the callers; both halves use an index."""
    later = aliased(ContactVersion)
    was_filed = sa.select(Statement.appeal_id).where(
        caller_of(Statement.phone_number, Statement.contact_phone).in_(keys),
        Statement.contact_phone != "",
        _has_extension(Statement.phone_extension, extension),
        ~sa.exists().where(later.appeal_id == Statement.appeal_id),
    )
    was_changed = sa.select(ContactVersion.appeal_id).where(
        caller_of(ContactVersion.phone_number, ContactVersion.phone).in_(keys),
        ContactVersion.phone != "",
        _has_extension(ContactVersion.phone_extension, extension),
        ~sa.exists().where(
            later.appeal_id == ContactVersion.appeal_id, later.move_seq > ContactVersion.move_seq
        ),
    )
    return sa.union_all(was_filed, was_changed)


def _has_extension(
    column: sa.SQLColumnExpression[str | None], extension: str
) -> sa.ColumnElement[bool]:
    return column == extension if extension else sa.true()
