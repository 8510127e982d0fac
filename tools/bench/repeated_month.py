"""More appeals than simulating makes in good time: those of a month, repeated in earlier months.

Each has a number, days and a telephone of its own; texts, places, moves and words are those of the
appeal that it repeats. Tables that neither the search nor the similar appeals read are left out.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.bulk_copy import CopyBlock, copy_blocks
from appeals.casework.handling.bulk_writing import reserve_ids
from appeals.cli.acts import open_act
from appeals.cli.progress import show_progress
from appeals.database import Base
from appeals.domain.calendar import city_day
from appeals.domain.numbers import make_number
from appeals.models.appeal import Appeal
from appeals.models.search import SearchWords
from appeals.settings import Settings

TABLES = ("appeal", "statement", "move", SearchWords.__tablename__)
APART = timedelta(days=31)
TELEPHONE_COLUMNS = {"statement.contact_phone", "statement.phone_number"}
TELEPHONE_DIGITS = 8
TELEPHONE_STEP = 7_654_321
"""Added to the last digits of a telephone with each month."""
ONCE_ONLY = {"appeal.form_key_hash", "appeal.source_ref"}
"""Columns that no two appeals may share: left empty."""
REPEATED = sa.table(
    "repeated", sa.column("source", sa.BigInteger), *(sa.column(name) for name in ("id", "number"))
)
CREATE_REPEATED = """CREATE TEMP TABLE repeated
(source bigint PRIMARY KEY, id bigint NOT NULL, number text NOT NULL) ON COMMIT DROP"""
"""Which appeal each new one of a month repeats, with its own id and number."""
WITHOUT_TRIGGERS = "SET LOCAL session_replication_role = replica"
"""Neither triggers nor foreign keys: marks of the search would have all words indexed anew."""
INDEX_MEMORY = "SET LOCAL maintenance_work_mem = '1GB'"


def repeat_month(city: Settings, months: int) -> None:
    """Repeat all appeals of a city, whose words are indexed, in so many earlier months.

    The index of words is made anew in the end, which is quicker than adding to it.
    """
    words = next(index for index in _find_table(TABLES[-1]).indexes if "words" in index.columns)
    with open_act(city) as act:
        filed = act.session.execute(sa.select(Appeal.id, Appeal.filed_at)).tuples().all()
        words.drop(act.session.connection())
        act.session.commit()
        for month in range(1, months + 1):
            show_progress(f"repeating {len(filed):,} appeals: month {month} of {months}")
            _write_month(act, filed, month)
            act.session.commit()
        show_progress("indexing the words of all months")
        act.session.execute(sa.text(INDEX_MEMORY))
        words.create(act.session.connection())
        act.session.commit()


def _write_month(act: Act, filed: Sequence[tuple[int, datetime]], month: int) -> None:
    """Write all appeals once more, so many months earlier."""
    ids = reserve_ids(act, len(filed))
    rows = [
        (source, id_, make_number(id_, city_day(filed_at - month * APART).year, act.secret))
        for id_, (source, filed_at) in zip(ids, filed, strict=True)
    ]
    act.session.execute(sa.text(CREATE_REPEATED))
    copy_blocks(act, [CopyBlock.of(REPEATED.name, [c.name for c in REPEATED.columns], rows)])
    act.session.execute(sa.text(WITHOUT_TRIGGERS))
    for name in TABLES:
        table = _find_table(name)
        key = table.c.appeal_id if "appeal_id" in table.c else table.c.id
        values = [REPEATED.c.id if c is key else _repeat_value(c, month) for c in table.c]
        repeats = sa.select(*values).join_from(table, REPEATED, REPEATED.c.source == key)
        act.session.execute(sa.insert(table).from_select([c.name for c in table.c], repeats))


def _find_table(name: str) -> sa.Table:
    return Base.metadata.tables[name]


def _repeat_value(column: sa.Column[object], month: int) -> sa.ColumnElement[object]:
    """Return what a repeated row has in a column."""
    name = str(column)
    if name == "appeal.number":
        return REPEATED.c.number
    if name in ONCE_ONLY:
        return sa.literal(None, column.type)
    if name in TELEPHONE_COLUMNS:
        return _change_telephone(column, month)
    if isinstance(column.type, sa.DateTime):
        return column - sa.literal(month * APART)
    return column


def _change_telephone(column: sa.Column[object], month: int) -> sa.ColumnElement[object]:
    """Return a telephone with other last digits; a text that does not end in digits stays."""
    digits = sa.cast(sa.func.right(column, TELEPHONE_DIGITS), sa.BigInteger)
    other = (digits + month * TELEPHONE_STEP) % 10**TELEPHONE_DIGITS
    padded = sa.func.lpad(sa.cast(other, sa.Text), TELEPHONE_DIGITS, "0")
    changed = sa.func.concat(sa.func.left(column, -TELEPHONE_DIGITS), padded)
    ends_in_digits = column.regexp_match(f"[0-9]{{{TELEPHONE_DIGITS}}}$")
    return sa.case((ends_in_digits, changed), else_=column)
