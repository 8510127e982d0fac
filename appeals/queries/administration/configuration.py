"""Queries of the configuration: the rows in order, their history, and the log of all changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from appeals.act import Act
from appeals.domain import configuration as tables
from appeals.domain.calendar import city_day
from appeals.domain.configuration import Change, ChangeStep, ConfiguredTable
from appeals.domain.text.folding import fold_text
from appeals.models.configuration import RecordedChange
from appeals.models.staff import StaffMember, StaffRequest
from appeals.reference.configured_rows import ConfiguredRow, read_rows_on
from appeals.reference.reference_data import Reference, load_reference

PAGE_ROWS = 50
SECOND_PERSON = aliased(StaffMember)


@dataclass(frozen=True)
class TreeRow:
    """A row of a list, and its depth in the tree."""

    row: ConfiguredRow
    depth: int


@dataclass(frozen=True)
class LoggedChange:
    """A recorded change: its number, who made it, when, and who confirmed it."""

    id: int
    change: Change
    who: str
    at: datetime
    agreed_by: str = ""


def list_rows(act: Act, table: ConfiguredTable, words: str = "") -> list[TreeRow]:
    """Return the rows that match `words`, in the order of their list: as a tree, or by position."""
    found = read_rows_on(act, table, city_day(act.now))
    if any(need.name == "parent_code" for need in table.fields):
        placed = list(_walk_tree(found, "", 0))
    else:
        placed = [TreeRow(row, 0) for row in sorted(found.values(), key=_sort_key)]
    sought, city = fold_text(words), load_reference(act)
    return [each for each in placed if sought in fold_text(_searched_text(each.row, city))]


def _searched_text(row: ConfiguredRow, city: Reference) -> str:
    """Return the values of a row, with the names of the rows that they refer to."""
    said = row.facts.values()
    known = (labels.get(value) for value in said for labels in (city.labels, city.place_labels))
    return " ".join([*said, *(name for text in known if text for name in (text.zh, text.en))])


GROUPINGS = {
    tables.LEAD.name: tables.LEAD,
    "category": tables.RULES.needs["category"],
    "district": tables.RULES.needs["district"],
}
"""By what the routing rules can be grouped: the field of a rule."""


def group_rows(listed: Sequence[TreeRow], name: str) -> dict[str, list[TreeRow]]:
    """Return the rows by their value of a field ("": for any), in the order of their lists."""
    found: dict[str, list[TreeRow]] = {}
    for each in listed:
        found.setdefault(each.row.facts.get(name, ""), []).append(each)
    return dict(sorted(found.items()))


def find_row(act: Act, table: ConfiguredTable, key: str) -> ConfiguredRow | None:
    """Return one row as of today; None if there is none."""
    return read_rows_on(act, table, city_day(act.now)).get(key)


def list_predecessors(act: Act, key: str) -> list[ConfiguredRow]:
    """Return the departments that this one succeeds, or will succeed, by code."""
    found = read_rows_on(act, tables.DEPARTMENTS, city_day(act.now))
    return [row for row in found.values() if row.facts.get(tables.SUCCESSOR.name) == key]


def list_row_changes(act: Act, of: str, key: str) -> list[LoggedChange]:
    """Return the changes of one row, the newest first."""
    return _load_changes(act, [RecordedChange.of == of, RecordedChange.key == key], limit=None)


def list_changes(
    act: Act, before: int | None = None, of: str = ""
) -> tuple[list[LoggedChange], int | None]:
    """Return a page of all changes, newest first, and `before` of the next page, if there is one.

    `of` limits them to one table; `before` is the number of a change.
    """
    conditions = [RecordedChange.id < before] if before else []
    if of:
        conditions.append(RecordedChange.of == of)
    found = _load_changes(act, conditions, limit=PAGE_ROWS + 1)
    return found[:PAGE_ROWS], found[PAGE_ROWS - 1].id if len(found) > PAGE_ROWS else None


def _load_changes(
    act: Act, conditions: Sequence[sa.ColumnElement[bool]], limit: int | None
) -> list[LoggedChange]:
    rows = act.session.execute(
        sa.select(RecordedChange, StaffMember.name, SECOND_PERSON.name)
        .outerjoin(StaffMember, StaffMember.id == RecordedChange.staff_id)
        .outerjoin(StaffRequest, StaffRequest.id == RecordedChange.request_id)
        .outerjoin(SECOND_PERSON, SECOND_PERSON.id == StaffRequest.decided_by)
        .where(*conditions)
        .order_by(RecordedChange.id.desc())
        .limit(limit)
    )
    return [
        LoggedChange(
            row.id,
            Change(
                row.of, row.key, ChangeStep(row.step), row.since, row.before, row.after, row.why
            ),
            name or "",
            row.at,
            second or "",
        )
        for row, name, second in rows
    ]


def _walk_tree(found: Mapping[str, ConfiguredRow], parent: str, depth: int) -> Iterator[TreeRow]:
    for key in sorted(found):
        if found[key].facts.get("parent_code", "") == parent:
            yield TreeRow(found[key], depth)
            yield from _walk_tree(found, key, depth + 1)


def _sort_key(row: ConfiguredRow) -> tuple[int, int, str]:
    position = int(row.facts.get("position", 0))
    duties = list(tables.DUTY_LABELS)
    duty = row.facts.get("duty")
    return position, duties.index(duty) if duty in duties else 0, row.key
