"""The parsed telephone (E.164 number and extension), stored in columns beside the typed one.

Every writer of a contact fills them. Rows written by a release without these columns have NULL and
are filled in by the worker in batches (`worker/tasks.py`).
"""

from typing import TypedDict

import sqlalchemy as sa

from appeals.act import Act
from appeals.addresses.telephones import read_telephone
from appeals.database import Base
from appeals.domain.contact import ContactSettings

BATCH_SIZE = 1000
"""Rows per transaction."""
COLUMNS_OF_TELEPHONE = ("phone_number", "phone_extension")
TYPED_COLUMNS = (("statement", "contact_phone"), ("contact_version", "phone"))
"""Each table with the column that holds the telephone as typed."""


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


def fill_telephone_columns(act: Act) -> int:
    """Fill in one batch of rows that an earlier release left NULL; return how many there were.

    Rows locked by others are left for the next batch.
    """
    return sum(_fill_table(act, Base.metadata.tables[name], typed) for name, typed in TYPED_COLUMNS)


def _fill_table(act: Act, table: sa.Table, typed: str) -> int:
    keys = list(table.primary_key)
    unread = (
        sa.select(*keys, table.c[typed].label("typed"))
        .where(table.c.phone_number.is_(None), table.c[typed] != "")
        .order_by(table.c.appeal_id)
        .limit(BATCH_SIZE)
        .with_for_update(skip_locked=True)
    )
    found = [
        {
            **{f"own_{key.name}": row[key.name] for key in keys},
            **telephone_columns(row["typed"], act.reach),
        }
        for row in act.session.execute(unread).mappings()
    ]
    if found:
        own = [key == sa.bindparam(f"own_{key.name}") for key in keys]
        told = {name: sa.bindparam(name, type_=sa.Text()) for name in COLUMNS_OF_TELEPHONE}
        act.session.connection().execute(sa.update(table).where(*own).values(**told), found)
    return len(found)
