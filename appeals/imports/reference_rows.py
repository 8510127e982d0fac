"""The city's rows that a file's values mean: existing ones, or created under a prefix.

A value means the city's row of that code or name, or of another name of a place; only an unknown
one may create a row. Created rows are marked as imported: they are counted, and not offered to
anybody who files or dispatches.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from appeals.act import Act
from appeals.domain.messages import message
from appeals.domain.text.folding import fold_text
from appeals.imports.faults import Fault
from appeals.imports.mapping import ColumnMapping
from appeals.models.organisation import Area, Category, Department
from appeals.reference.reference_data import (
    IMPORTED_TIER,
    ReferenceEntry,
    load_reference,
    mark_reference_changed,
)

MAX_SLUG_CHARACTERS = 40
PLACE_SUFFIXES = ("街道办事处", "街道", "镇", "区", "市")
"""Suffixes that a place's name is often written without."""
MIN_PLACE_CHARACTERS = 2
ReferenceRow: TypeAlias = Department | Category | Area
ROW_KIND_OF_COLUMN: Mapping[str, str] = {
    "department": "department",
    "returned_by": "department",
    "complained_department": "department",
    "category": "category",
    "district": "district",
    "street": "street",
}
"""The kind of rows that a column names."""


@dataclass
class RowsOfKind:
    """The rows of one kind: labels by code, and the codes that bear a folded name."""

    labels: dict[str, str] = field(default_factory=dict)
    by_name: dict[str, list[str]] = field(default_factory=dict)
    parents: dict[str, str | None] = field(default_factory=dict)

    def add_row(self, row: ReferenceEntry, other_names: Iterable[str] = ()) -> None:
        """Index a row by all its names."""
        self.labels[row.code] = row.zh
        self.parents[row.code] = row.parent
        for name in {fold_text(text) for text in (row.zh, row.en, *other_names) if text}:
            self.by_name.setdefault(name, []).append(row.code)

    def drop_row(self, code: str) -> None:
        """Remove a row that was not created."""
        del self.labels[code], self.parents[code]
        for codes in self.by_name.values():
            if code in codes:
                codes.remove(code)


class ReferenceRows:
    """Finds the rows that values mean, and creates those that the mapping allows."""

    def __init__(self, act: Act, mapping: ColumnMapping) -> None:
        """Index the city's codes and names."""
        self.act, self.mapping = act, mapping
        self.has_created = False
        self.wanted: list[tuple[str, ReferenceRow]] = []
        city = load_reference(act)
        self.kinds = {kind: RowsOfKind() for kind in dict.fromkeys(ROW_KIND_OF_COLUMN.values())}
        for department in city.departments.values():
            self.kinds["department"].add_row(department, _other_names(department))
        for category in city.categories.values():
            self.kinds["category"].add_row(category)  # its search words are no names of it
        for area in city.areas.values():
            kind = "street" if _is_street(city.areas, area) else "district"
            self.kinds[kind].add_row(area, _other_names(area))

    def find_code(self, column: str, text: str, within: str | None = None) -> str | Fault:
        """Return the code that a cell names; a row to be created for it waits in `wanted`.

        `within` is the district of a street. A value that is neither known nor allowed to create a
        row is a fault, and so is one that names several rows.
        """
        kind = ROW_KIND_OF_COLUMN[column]
        rows = self.kinds[kind]
        if text in rows.labels:
            return text
        found = rows.by_name.get(fold_text(text), [])
        if kind == "street":
            found = [code for code in found if rows.parents[code] == within]
        if kind == "category" and len(found) > 1:
            found = [code for code in found if code not in rows.parents.values()] or found
        if len(found) > 1:
            return _ambiguous(column, text, found)
        if found:
            return found[0]
        if kind not in self.mapping.create:
            return _unmapped(column, kind, text)
        return self._create(kind, text, within)

    def _create(self, kind: str, label: str, within: str | None) -> str | Fault:
        """Prepare a row; categories and districts get a parent with the source's name."""
        source = self.mapping.source
        if kind == "street" and within is None:
            return Fault("street", message("needs a district beside it"), label)
        parent = within if kind == "street" else None if kind == "department" else source
        rows = self.kinds[kind]
        if parent == source and parent not in rows.labels:
            self._add_row(kind, source, source, None)
        prefix = source
        if kind == "street":
            prefix = f"{source}.{within}".replace(f"{source}.{source}.", f"{source}.")
        code = make_code(prefix, label, rows.labels)
        self._add_row(kind, code, label, parent)
        return code

    def _add_row(self, kind: str, code: str, label: str, parent: str | None) -> None:
        row: ReferenceRow
        if kind == "category":
            row = Category(code=code, parent_code=parent, zh=label, en=label, imported=True)
        else:
            table = Department if kind == "department" else Area
            row = table(code=code, parent_code=parent, zh=label, en=label, tier=IMPORTED_TIER)
        self.wanted.append((kind, row))
        self.kinds[kind].add_row(ReferenceEntry(code, label, label, parent))

    def create_wanted(self) -> None:
        """Create the rows that the last file row needs."""
        for _, row in self.wanted:
            self.act.session.add(row)
            self.act.session.flush()  # the parent is inserted before its children
            self.has_created = True
        self.wanted.clear()

    def drop_wanted(self) -> None:
        """Discard them: the file row is refused."""
        for kind, row in self.wanted:
            self.kinds[kind].drop_row(row.code)
        self.wanted.clear()

    def publish_created(self) -> None:
        """Make every process reload the city's rows if rows were created."""
        if self.has_created:
            mark_reference_changed(self.act.session, load_reference(self.act).book.calendar.version)
            self.act.session.flush()  # the version is read by a query of columns
            self.has_created = False


def _is_street(areas: Mapping[str, ReferenceEntry], area: ReferenceEntry) -> bool:
    """Return whether an area is a street; imported districts have their source as parent."""
    parent = areas.get(area.parent or "")
    is_source = parent is not None and parent.is_imported and parent.parent is None
    return parent is not None and not is_source


def _other_names(row: ReferenceEntry) -> Iterator[str]:
    """Yield the other names of a place or a department."""
    yield from (word for word in row.words.split() if not word.isascii())
    for ending in PLACE_SUFFIXES:
        if row.zh.endswith(ending) and len(row.zh) - len(ending) >= MIN_PLACE_CHARACTERS:
            yield row.zh.removesuffix(ending)


def make_code(prefix: str, label: str, taken: Mapping[str, str]) -> str:
    """Make the code of a created row: the prefix and the label as a slug, else its hash."""
    slug = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")[:MAX_SLUG_CHARACTERS]
    if not slug or f"{prefix}.{slug}" in taken:
        slug = f"{slug}-{hashlib.sha256(label.encode()).hexdigest()[:8]}".strip("-")
    return f"{prefix}.{slug}"


def _unmapped(column: str, kind: str, text: str) -> Fault:
    told = message(
        'is not mapped: name a code under [values.%(column)s], or create = ["%(kind)s"]',
        column=column,
        kind=kind,
    )
    return Fault(column, told, text)


def _ambiguous(column: str, text: str, codes: list[str]) -> Fault:
    told = message(
        "is the name of %(count)s rows: name the code under [values.%(column)s]",
        count=len(codes),
        column=column,
    )
    return Fault(column, told, text, ", ".join(codes))
