"""Loading the city's reference rows from the CSV files into the tables.

Loading is idempotent: existing rows are updated to the file, and rows that an administrator added
stay.
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

FileRow = Mapping[str, str]


def load_city(act: Act) -> None:
    """Load or update the city's tables from the CSV files of `appeals.city`.

    Limits and routing rules are loaded only into an empty table: from then on administrators own
    them, and past promises can still be explained.
    """
    for table in TABLES_IN_ORDER:
        load_table(act, table)
    mark_reference_changed(act.session, calendar_digest(act))


def load_table(act: Act, table: type[Base]) -> None:
    """Load or update one table from its CSV file; the caller marks the reference as changed."""
    if table in {LimitOfDuty, RoutingRule}:
        _fill_empty_table(act, table, read_file_rows(table))
    else:
        _upsert_rows(act, table, read_file_rows(table))


def read_file_rows(table: type[Base]) -> list[dict[str, object]]:
    """Return the rows of a table's CSV file, parents first."""
    read, name = TABLES_IN_ORDER[table]
    rows = _sort_parents_first(name) if name in TREE_FILES else city.read_rows(name)
    return [read(row) for row in rows]


def _sort_parents_first(name: str) -> list[dict[str, str]]:
    """Return a file's rows ordered so that each follows its parent."""
    left, given, ordered = city.read_rows(name), {""}, list[dict[str, str]]()
    while left:
        ready = [row for row in left if row["parent"] in given]
        if not ready:
            raise ValueError(f"{name}.csv: parents that do not exist or form a circle.")
        ordered += ready
        given |= {row["code"] for row in ready}
        left = [row for row in left if row["code"] not in given]
    return ordered


def _read_area(row: FileRow) -> dict[str, object]:
    return {**_read_labels(row), "tier": row["tier"], "aliases": row["aliases"] or ""}


def _read_department(row: FileRow) -> dict[str, object]:
    return {
        **_read_labels(row),
        "tier": row["tier"],
        "district": row["district"] or None,
        "valid_from": _read_date(row["valid_from"]),
    }


def _read_category(row: FileRow) -> dict[str, object]:
    return {
        **_read_labels(row),
        "urgent": bool(row["urgent"]),
        "restricted": bool(row["restricted"]),
        "words": row["words"] or "",
    }


def _read_labels(row: FileRow) -> dict[str, object]:
    labels = {name: row[name] for name in ("code", "zh", "en")}
    return {**labels, "parent_code": row["parent"] or None}


def _read_day(row: FileRow) -> dict[str, object]:
    return {
        "day": date.fromisoformat(row["date"]),
        "working": bool(row["working"]),
        "name": row["name"],
    }


def _read_limit(row: FileRow) -> dict[str, object]:
    return {
        "duty": row["duty"],
        "kind": row["kind"] or None,
        "urgent": bool(row["urgent"]),
        "investigation": bool(row["investigation"]),
        "amount": int(row["amount"]),
        "unit": LimitUnit(row["unit"]).value,
        "valid_from": _read_start(row["valid_from"]),
    }


def _read_rule(row: FileRow) -> dict[str, object]:
    return {
        "position": int(row["position"]),
        "zh": row["zh"],
        "en": row["en"],
        "department_code": row["department"],
        **{name: row[name] or None for name in ("category", "kind", "district", "street")},
        "words": row["words"].split(),
    }


def _read_date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _read_start(text: str) -> datetime:
    """Return 00:00 Shanghai time of a file's date, in UTC."""
    return day_start(date.fromisoformat(text))


def _upsert_rows(act: Act, table: type[Base], rows: list[dict[str, object]]) -> None:
    """Insert the rows, or update those with the same key (upsert)."""
    mapped = sa.inspect(table)
    keys = [column.name for column in mapped.primary_key]
    statement = insert(table)
    changes = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    act.session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes), rows)


def _fill_empty_table(act: Act, table: type[Base], rows: Iterable[dict[str, object]]) -> None:
    """Insert the rows if the table is empty."""
    if not act.session.scalar(sa.select(sa.exists(sa.select(table)))):
        act.session.execute(sa.insert(table), list(rows))


TREE_FILES = ("areas", "departments", "categories")
TABLES_IN_ORDER: Mapping[type[Base], tuple[Callable[[FileRow], dict[str, object]], str]] = {
    Area: (_read_area, "areas"),
    Department: (_read_department, "departments"),
    Category: (_read_category, "categories"),
    CalendarDay: (_read_day, "calendar"),
    LimitOfDuty: (_read_limit, "limits"),
    RoutingRule: (_read_rule, "routing"),
}
"""The tables of a city, each with its file's name and the parser of a line.

Later tables refer to earlier ones.
"""
