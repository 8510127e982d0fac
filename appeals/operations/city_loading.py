"""Loading the city: the reference rows of the CSV files into the tables.

Loading twice is loading once: a row that stands is brought to what the file says, and rows that
an administrator added stay.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals import city
from appeals.act import Act
from appeals.casework.configuration.calendar_changes import calendar_digest
from appeals.database import Base
from appeals.domain.calendar import day_start
from appeals.domain.clocks import LimitUnit
from appeals.models.organisation import (
    Area,
    CalendarDay,
    Category,
    Department,
    LimitOfDuty,
    RoutingRule,
)
from appeals.reference.reference_data import mark_reference_changed

Row = Mapping[str, str]


def load(act: Act) -> None:
    """Bring the tables of the city to the CSV files of `appeals.city`.

    Limits and routing rules are put only into an empty table: from then on they are the
    administrator's, and what was promised under one stays explained.
    """
    for table in IN_ORDER:
        load_table(act, table)
    mark_reference_changed(act.session, calendar_digest(act))


def load_table(act: Act, table: type[Base]) -> None:
    """Bring one table to its CSV file; `touch` says afterwards that it changed."""
    if table in {LimitOfDuty, RoutingRule}:
        _fill(act, table, rows_of_file(table))
    else:
        _upsert(act, table, rows_of_file(table))


def rows_of_file(table: type[Base]) -> list[dict[str, object]]:
    """Return the rows of a table's CSV file, parents first."""
    read, name = IN_ORDER[table]
    rows = _parents_first(name) if name in TREES else city.read_rows(name)
    return [read(row) for row in rows]


def _parents_first(name: str) -> list[dict[str, str]]:
    """Give the rows of a file so that each follows its parent."""
    left, given, ordered = city.read_rows(name), {""}, list[dict[str, str]]()
    while left:
        ready = [row for row in left if row["parent"] in given]
        if not ready:
            raise ValueError(f"{name}.csv: parents that do not exist or form a circle.")
        ordered += ready
        given |= {row["code"] for row in ready}
        left = [row for row in left if row["code"] not in given]
    return ordered


def _area(row: Row) -> dict[str, object]:
    return {**_named(row), "tier": row["tier"], "aliases": row["aliases"] or ""}


def _department(row: Row) -> dict[str, object]:
    return {
        **_named(row),
        "tier": row["tier"],
        "district": row["district"] or None,
        "valid_from": _date(row["valid_from"]),
    }


def _category(row: Row) -> dict[str, object]:
    return {
        **_named(row),
        "urgent": bool(row["urgent"]),
        "restricted": bool(row["restricted"]),
        "words": row["words"] or "",
    }


def _named(row: Row) -> dict[str, object]:
    labels = {name: row[name] for name in ("code", "zh", "en")}
    return {**labels, "parent_code": row["parent"] or None}


def _day(row: Row) -> dict[str, object]:
    return {
        "day": date.fromisoformat(row["date"]),
        "working": bool(row["working"]),
        "name": row["name"],
    }


def _limit(row: Row) -> dict[str, object]:
    return {
        "duty": row["duty"],
        "kind": row["kind"] or None,
        "urgent": bool(row["urgent"]),
        "investigation": bool(row["investigation"]),
        "amount": int(row["amount"]),
        "unit": LimitUnit(row["unit"]).value,
        "valid_from": _since(row["valid_from"]),
    }


def _rule(row: Row) -> dict[str, object]:
    return {
        "position": int(row["position"]),
        "zh": row["zh"],
        "en": row["en"],
        "department_code": row["department"],
        **{name: row[name] or None for name in ("category", "kind", "district", "street")},
        "words": row["words"].split(),
    }


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _since(text: str) -> datetime:
    """Give 00:00 Shanghai of a file's date, in UTC."""
    return day_start(date.fromisoformat(text))


def _upsert(act: Act, table: type[Base], rows: list[dict[str, object]]) -> None:
    """Put the rows, or bring those of the same key to what they say."""
    mapped = sa.inspect(table)
    keys = [column.name for column in mapped.primary_key]
    statement = insert(table)
    changes = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    act.session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes), rows)


def _fill(act: Act, table: type[Base], rows: Iterable[dict[str, object]]) -> None:
    """Put the rows where the table has none."""
    if not act.session.scalar(sa.select(sa.exists(sa.select(table)))):
        act.session.execute(sa.insert(table), list(rows))


TREES = ("areas", "departments", "categories")
IN_ORDER: Mapping[type[Base], tuple[Callable[[Row], dict[str, object]], str]] = {
    Area: (_area, "areas"),
    Department: (_department, "departments"),
    Category: (_category, "categories"),
    CalendarDay: (_day, "calendar"),
    LimitOfDuty: (_limit, "limits"),
    RoutingRule: (_rule, "routing"),
}
"""The tables of a city, each with how a line of its file is read and the file's name.

Later ones refer to earlier ones.
"""
