"""Fills in the columns of the parsed telephone where a release without them wrote the row.

The worker runs it in batches (`worker/tasks.py`).
"""

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.citizen_contact import COLUMNS_OF_TELEPHONE, telephone_columns
from appeals.database import Base

BATCH_SIZE = 1000
"""Rows per transaction."""
TYPED_COLUMNS = (("statement", "contact_phone"), ("contact_version", "phone"))
"""Each table with the column that holds the telephone as typed."""


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
