"""The cells of one row as times, codes and terms, with all their faults."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from appeals.domain.messages import Message, message
from appeals.domain.vocabulary import Term
from appeals.imports.faults import Fault
from appeals.imports.mapping import SOURCE_NAME, Cells, ColumnMapping
from appeals.imports.mapping_keys import COLUMN_KEYS, NEEDED_COLUMNS, ColumnType
from appeals.imports.reference_rows import ROW_KIND_OF_COLUMN, ReferenceRows

T = TypeVar("T", bound=Term)


@dataclass
class RowReader:
    """Reads the cells of one row and collects their faults."""

    mapping: ColumnMapping
    rows: ReferenceRows
    now: datetime
    cells: Cells
    faults: list[Fault] = field(default_factory=list)

    def note_fault(self, column: str, text: Message, value: str = "") -> None:
        """Note a fault."""
        self.faults.append(Fault(column, text, value))

    def note_unknown(self, column: str, text: Message, value: str = "") -> None:
        """Note a value that a closed list does not have, with those that it has."""
        self.faults.append(Fault(column, text, value, COLUMN_KEYS[column].allowed))

    def read_text(self, key: str) -> str:
        """Return the text of a column."""
        return self.mapping.cell(self.cells, key)

    def check_identity(self) -> None:
        """Check the columns that identify an appeal of a source."""
        for key in NEEDED_COLUMNS:
            if not self.read_text(key):
                self.note_fault(key, message("is empty"))
        system = self.read_text("source_system")
        if system and not SOURCE_NAME.fullmatch(system):
            told = message("is not small letters, digits, _ and -")
            self.note_fault("source_system", told, system)

    def read_moments(self) -> dict[str, datetime | None]:
        """Read every time of the row."""
        times = [key for key, column in COLUMN_KEYS.items() if column.holds is ColumnType.TIME]
        return {key: self._read_moment(key) for key in times}

    def _read_moment(self, key: str) -> datetime | None:
        text = self.read_text(key)
        if not text:
            return None
        try:
            moment = self.mapping.moment(text)
        except ValueError:
            formats = " / ".join((*self.mapping.time_formats, "2026-03-01 09:30"))
            self.faults.append(Fault(key, message("is not a time"), text, formats))
            return None
        if moment > self.now and key not in {"promised", "extended_until"}:
            self.note_fault(key, message("lies in the future"), text)
        return moment

    def read_term(self, key: str, terms: type[T]) -> T | None:
        """Return the member of a closed list, None for an empty cell."""
        text = self.read_text(key)
        try:
            return terms(text) if text else None
        except ValueError:
            self.note_unknown(
                key,
                message("is not mapped: give it a line under [values.%(key)s]", key=key),
                text,
            )
            return None

    def read_needed_term(self, key: str, terms: type[T], default: T) -> T:
        """Return the member of a closed list that every appeal has; note a fault without one."""
        before = len(self.faults)
        found = self.read_term(key, terms)
        if found is None and len(self.faults) == before:
            self.note_unknown(key, message("is empty: say under [otherwise] what holds"))
        return found or default

    def read_code(self, key: str, within: str | None = None) -> str | None:
        """Return the code of the city's row that a cell names, None for an empty cell."""
        text = self.read_text(key)
        found = self.rows.find_code(key, text, within) if text else None
        if isinstance(found, Fault):
            self.faults.append(found)
            return None
        return found

    def check_every_code(self) -> dict[str, str | None]:
        """Read every code of the row."""
        codes = {key: self.read_code(key) for key in ROW_KIND_OF_COLUMN if key != "street"}
        return {**codes, "street": self.read_code("street", codes["district"])}
