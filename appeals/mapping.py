"""How another system's CSV reads as ours: a TOML file that names columns, values and rows.

The project's own mappings stand in `appeals/city/mappings/` and show every table there is.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from appeals.domain.refusals import not_valid
from appeals.domain.vocabulary import Term

Cells = Mapping[str, str]
NEEDED_KEYS = ("source", "time_zone", "columns")
NEEDED = ("reference", "filed")
TEXTS = ("subject", "detail", "address", "contact_name", "contact_phone", "contact_email", "reply")
TIMES = ("filed", "accepted", "dispatched", "signed", "contacted", "answered", "closed", "promised")
CODES = ("department", "category", "district", "complained_department")
LISTS = ("channel", "kind")
COLUMNS = ("reference", *TIMES, *CODES, *LISTS, *TEXTS)
"""What a mapping may find in a column."""
SLUG_MOST = 40
T = TypeVar("T", bound=Term)


@dataclass(frozen=True)
class ColumnMapping:
    """One mapping; `columns` is ours → theirs, `values` is per column theirs → ours.

    `otherwise` holds where the cell is empty; `create` names the kinds of reference rows that
    may be created under the prefix `source`. Times without an offset are in `zone`, read by
    `time_format` (strptime) or, where that is empty, as ISO 8601.
    """

    source: str
    zone: ZoneInfo
    columns: Mapping[str, str]
    otherwise: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    create: frozenset[str] = frozenset()
    language: str = "zh"
    encoding: str = "utf-8-sig"
    time_format: str = ""

    @classmethod
    def read(cls, path: Path) -> "ColumnMapping":
        """Read a TOML file. Raises Refused (not valid) with what is wrong in it."""
        try:
            text = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
            raise _wrong(f"{path.name}: {wrong}") from None
        known = set(cls.__dataclass_fields__) - {"zone"} | {"time_zone"}
        if strange := sorted(set(text) - known):
            raise _wrong(
                f"{path.name}: unknown key {strange[0]}; there are {', '.join(sorted(known))}"
            )
        if lacking := [each for each in NEEDED_KEYS if each not in text]:
            raise _wrong(f"{path.name}: {lacking[0]} is missing")
        try:
            mapping = cls(
                zone=ZoneInfo(text.pop("time_zone")),
                create=frozenset(text.pop("create", ())),
                **text,
            )
        except (TypeError, ValueError, ZoneInfoNotFoundError) as wrong:
            raise _wrong(f"{path.name}: {wrong}") from None
        mapping._check(path.name)
        return mapping

    def _check(self, name: str) -> None:
        if missing := [each for each in NEEDED if each not in self.columns]:
            raise _wrong(f"{name}: [columns] lacks {missing[0]}")
        named = {*self.columns, *self.otherwise, *self.values}
        if strange := sorted(named - set(COLUMNS)):
            ours = ", ".join(COLUMNS)
            raise _wrong(f"{name}: nothing of ours is called {strange[0]}; there are {ours}")
        if not re.fullmatch(r"[a-z0-9_-]+", self.source):
            raise _wrong(f"{name}: source is small letters, digits, _ and -")

    def check_header(self, header: Sequence[str]) -> None:
        """Refuse a file that lacks a column the mapping names."""
        if lacking := [column for column in self.columns.values() if column not in header]:
            raise _wrong(f"The file has no column {lacking[0]}")

    def cell(self, cells: Cells, name: str) -> str:
        """Give the text of one of our columns, else what holds otherwise; may be empty."""
        column = self.columns.get(name)
        text = (cells.get(column) or "").replace("\x00", "").strip() if column else ""
        return self.values.get(name, {}).get(text, text) or self.otherwise.get(name, "")

    def moment(self, cells: Cells, name: str) -> datetime | None:
        """Give a moment in UTC, None for an empty cell. Raises Refused for what is no time."""
        text = self.cell(cells, name)
        if not text:
            return None
        try:
            read = (
                datetime.strptime(text, self.time_format)  # noqa: DTZ007 - the zone is put below
                if self.time_format
                else datetime.fromisoformat(text)
            )
            return (read if read.tzinfo else read.replace(tzinfo=self.zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise _wrong(f"{name}: “{text}” is not a time") from None

    def term(self, cells: Cells, name: str, terms: type[T]) -> T:
        """Give the member of a closed list. Raises Refused for a value the mapping lacks."""
        text = self.cell(cells, name)
        try:
            return terms(text)
        except ValueError:
            raise _wrong(f"{name}: “{text}” is not mapped") from None


def new_code(prefix: str, label: str, taken: Mapping[str, str]) -> str:
    """Give the code for a created row: the prefix and the label in plain letters, else a hash."""
    slug = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")[:SLUG_MOST]
    if not slug or f"{prefix}.{slug}" in taken:
        slug = f"{slug}-{hashlib.sha256(label.encode()).hexdigest()[:8]}".strip("-")
    return f"{prefix}.{slug}"


def _wrong(sentence: str) -> Exception:
    return not_valid("mapping", f"导入有误：{sentence}。", f"{sentence}.")
