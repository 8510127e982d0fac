"""A mapping: a TOML file that says how another system's columns and values read as ours.

The project's own mappings stand in `appeals/city/mappings/`; every key is explained in
`imports/mapping_keys.py`.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from appeals.domain.messages import join_texts, message
from appeals.domain.text.cleaning import clean_text
from appeals.imports.faults import mapping_refusal
from appeals.imports.mapping_keys import (
    CLOSED_IF_UNTIMED,
    COLUMN_KEYS,
    CREATABLE,
    NEEDED_COLUMNS,
    NEEDED_OPTIONS,
    OPTION_KEYS,
)

Cells = Mapping[str, str]
ANY_OTHER_VALUE = "*"
"""In a table of values: every value without a line of its own."""
SOURCE_NAME = re.compile(r"[a-z0-9_-]+")
MAPPING_TABLES = ("columns", "otherwise", "values")
TYPE_OF_OPTION: Mapping[str, type | tuple[type, ...]] = {
    **dict.fromkeys(MAPPING_TABLES, dict),
    "create": list,
    "time_format": (list, str),
}
"""The type of a top-level key that is not text."""
FORBIDDEN_SEPARATORS = '"\r\n'
"""Characters that mean something else in a CSV file."""
REQUIRED_FIELDS = ("kind", "channel", "category")
"""Fields that every appeal has: each needs a column or a default."""


@dataclass(frozen=True)
class ColumnMapping:
    """One mapping: `columns` maps our keys to theirs, `values` their values to ours by key.

    `otherwise` holds where the cell is empty; `create` names the kinds of reference rows that
    may be created under the prefix `source`. Times without an offset are in `zone`, written as
    one of `time_formats` (strptime) or in ISO 8601.
    """

    source: str
    zone: ZoneInfo
    columns: Mapping[str, str]
    otherwise: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    create: frozenset[str] = frozenset()
    closed_if_untimed: str = ""
    language: str = "zh"
    encoding: str = ""
    separator: str = ""
    several: str = ""
    time_formats: tuple[str, ...] = ()
    sheet: str = ""

    @classmethod
    def read_file(cls, path: Path) -> "ColumnMapping":
        """Read a TOML file. Raises Refused (not valid), naming what is wrong."""
        try:
            told = tomllib.loads(path.read_text("utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
            raise mapping_refusal(
                message("%(file)s: %(problem)s.", file=path.name, problem=wrong)
            ) from None
        try:
            _check_options(told)
            _check_tables(told)
            formats = told.get("time_format", ())
            plain = ("source", "language", "encoding", "separator", "several", "sheet")
            return cls(
                zone=_find_zone(told["time_zone"]),
                create=frozenset(told.get("create", ())),
                closed_if_untimed=told.get("closed_if_untimed", ""),
                time_formats=(formats,) if isinstance(formats, str) else tuple(formats),
                **{name: told[name] for name in plain if name in told},
                **{name: told[name] for name in MAPPING_TABLES if name in told},
            )
        except _WrongKeyError as wrong:
            raise mapping_refusal(
                message("%(file)s: %(problem)s.", file=path.name, problem=wrong)
            ) from None

    def check_header(self, header: Sequence[str]) -> None:
        """Refuse a file that lacks a column the mapping names, or has it twice."""
        for key, column in self.columns.items():
            places = [str(n) for n, name in enumerate(header, start=1) if name == column]
            if not places:
                there = ", ".join(f"“{name}”" for name in header)
                raise mapping_refusal(
                    message(
                        "The file has no column “%(column)s” (for %(key)s); it has %(names)s.",
                        column=column,
                        key=key,
                        names=there,
                    )
                )
            if len(places) > 1:
                raise mapping_refusal(
                    message(
                        "The column “%(column)s” stands %(count)s times in the header (columns "
                        "%(places)s): rename all but one.",
                        column=column,
                        count=len(places),
                        places=join_texts(places),
                    )
                )

    def raw(self, cells: Cells, key: str) -> str:
        """Return the cell of one of our columns, unmapped; empty without such a column."""
        column = self.columns.get(key)
        return clean_text(cells.get(column)) if column else ""

    def cell(self, cells: Cells, key: str) -> str:
        """Return the mapped value of one of our columns, else its default."""
        text = self.raw(cells, key)
        return (self._as_ours(key, text) if text else "") or self.otherwise.get(key, "")

    def _as_ours(self, key: str, text: str) -> str:
        values = self.values.get(key, {})
        if text in values:
            return values[text]
        parts = [part.strip() for part in text.split(self.several)] if self.several else []
        known = next((values[part] for part in parts if part in values), None)
        return values.get(ANY_OTHER_VALUE, text) if known is None else known

    def moment(self, text: str) -> datetime:
        """Parse a moment, in UTC. Raises ValueError."""
        for pattern in self.time_formats:
            try:
                return self._in_utc(datetime.strptime(text, pattern))  # noqa: DTZ007 - zone is put
            except ValueError:
                continue
        return self._in_utc(datetime.fromisoformat(text))

    def _in_utc(self, read: datetime) -> datetime:
        try:
            return (read if read.tzinfo else read.replace(tzinfo=self.zone)).astimezone(UTC)
        except OverflowError as wrong:
            raise ValueError(str(wrong)) from None


class _WrongKeyError(Exception):
    """What is wrong with a key of a mapping."""


def _check_options(told: Mapping[str, Any]) -> None:
    """Check the top-level keys: unknown, missing, or with a wrong value."""
    if strange := sorted(set(told) - set(OPTION_KEYS)):
        raise _WrongKeyError(f"unknown key {strange[0]}; there are {', '.join(OPTION_KEYS)}")
    if lacking := [each for each in NEEDED_OPTIONS if each not in told]:
        raise _WrongKeyError(f"{lacking[0]} is missing")
    for name, value in told.items():
        if not isinstance(value, TYPE_OF_OPTION.get(name, str)):
            raise _WrongKeyError(f"{name} is of another kind: {OPTION_KEYS[name]}")
    strange = sorted(set(told.get("create", ())) - set(CREATABLE))
    wrong = {
        "source is small letters, digits, _ and -": not SOURCE_NAME.fullmatch(told["source"]),
        f"create names only {', '.join(CREATABLE)}": bool(strange),
        f"closed_if_untimed is one of {', '.join(CLOSED_IF_UNTIMED)}": told.get(
            "closed_if_untimed", "filed"
        )
        not in CLOSED_IF_UNTIMED,
        "separator is one character, no quotation mark and no line end": (
            len(separator := told.get("separator", ",")) != 1 or separator in FORBIDDEN_SEPARATORS
        ),
        f"there is no encoding {told.get('encoding')}": not _is_encoding(told.get("encoding")),
    }
    for sentence, is_wrong in wrong.items():
        if is_wrong:
            raise _WrongKeyError(sentence)


def _is_encoding(name: str | None) -> bool:
    """Return whether a text encoding of that name exists; codecs such as hex are none."""
    try:
        "".encode(name or "utf-8")
    except (LookupError, ValueError):  # a null character in the name is a ValueError
        return False
    return True


def _check_tables(told: Mapping[str, Any]) -> None:
    """Check the keys of the tables: unknown, missing, or with a wrong value."""
    tables = {name: told.get(name, {}) for name in MAPPING_TABLES}
    if missing := [each for each in NEEDED_COLUMNS if each not in tables["columns"]]:
        raise _WrongKeyError(f"[columns] lacks {missing[0]}")
    if strange := sorted({key for each in tables.values() for key in each} - set(COLUMN_KEYS)):
        there = ", ".join(COLUMN_KEYS)
        raise _WrongKeyError(f"nothing of ours is called {strange[0]}; there are {there}")
    said = {*tables["columns"], *tables["otherwise"]}
    if missing := [key for key in REQUIRED_FIELDS if key not in said]:
        raise _WrongKeyError(
            f"{missing[0]} needs a column under [columns] or a value under [otherwise]"
        )
    for name, keys in tables.items():
        for key, value in keys.items():
            _check_value(name, key, value)


def _check_value(table: str, key: str, value: object) -> None:
    """Check the type of a table's line."""
    if table != "values":
        if not isinstance(value, str):
            raise _WrongKeyError(f"[{table}] {key} is a text")
        _check_terms(key, (value,) if table == "otherwise" else ())
        return
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise _WrongKeyError(f'[values.{key}] holds lines such as "word" = "ours"')
    _check_terms(key, value.values())


def _check_terms(key: str, ours: Iterable[str]) -> None:
    """Check that values of ours are in their closed list; an empty one means “not given”."""
    terms = COLUMN_KEYS[key].terms
    for value in ours if terms else ():
        if value and value not in {term.value for term in terms or ()}:
            raise _WrongKeyError(f"{key}: “{value}” is not one of {COLUMN_KEYS[key].allowed}")


def _find_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, ZoneInfoNotFoundError):
        raise _WrongKeyError(f"there is no time zone {name}") from None
