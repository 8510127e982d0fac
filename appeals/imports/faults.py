"""Faults of rows, grouped by kind, so that many can be shown as a few."""

from dataclasses import dataclass, field, replace

from appeals.domain.messages import Labelled, Message, message
from appeals.domain.refusals import Refused, not_valid

MAX_EXAMPLES_PER_KIND = 3


@dataclass(frozen=True)
class Fault(Labelled):
    """One thing that is wrong with a row.

    `column` is the key of the mapping that it is about, `value` what the cell says. `text` says
    what is wrong without the value, so that faults of one kind are said alike; `allowed` says
    what would do instead.
    """

    column: str
    text: Labelled
    value: str = ""
    allowed: str = ""

    @property
    def kind(self) -> tuple[str, str]:
        """Return the key by which faults are grouped."""
        return self.column, self.text.label("en")

    @property
    def kind_sentence(self) -> str:
        """Return what is wrong with every row of this kind, in English."""
        return replace(self, value="").label("en")

    def label(self, language: str) -> str:
        """Return what is wrong, with the value."""
        told = self.text
        if self.allowed:
            told = message("%(fault)s (allowed: %(values)s)", fault=told, values=self.allowed)
        if self.value:
            told = message("“%(cell)s” %(fault)s", cell=self.value, fault=told)
        return message("%(field)s: %(value)s", field=self.column, value=told).label(language)


@dataclass(frozen=True)
class _WithoutFullStop(Labelled):
    text: Labelled

    def label(self, language: str) -> str:
        return self.text.label(language).rstrip("。.")


def fault_of_refusal(problem: Refused, column: str = "row") -> Fault:
    """Turn a refusal by the rules into a fault."""
    return Fault(problem.field or column, _WithoutFullStop(problem.text))


def file_refusal(text: Message) -> Refused:
    """Make the refusal of a whole file."""
    return not_valid("file", text)


def mapping_refusal(text: Message) -> Refused:
    """Make the refusal of a mapping."""
    return not_valid("mapping", text)


@dataclass(frozen=True)
class RefusedRow:
    """A row that is not imported: its number without the header, its line, its faults."""

    number: int
    line: int
    faults: tuple[Fault, ...]

    @property
    def place(self) -> str:
        """Return the row's place in the file."""
        return f"row {self.number} (line {self.line})"

    def sentence(self, language: str = "en") -> str:
        """Return all that is wrong with it."""
        parts = [fault.label(language) for fault in self.faults]
        return f"{self.place}: {'; '.join(parts)}."


@dataclass
class FaultKind:
    """Faults of one kind: how many rows have it, and the first three of them."""

    sentence: str
    rows: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass
class FaultTally:
    """Counts of a run's faults by kind; the rows themselves are not kept."""

    kinds: dict[tuple[str, str], FaultKind] = field(default_factory=dict)

    def add_row(self, row: RefusedRow) -> None:
        """Count the faults of a row."""
        for fault in row.faults:
            kind = self.kinds.setdefault(fault.kind, FaultKind(fault.kind_sentence))
            kind.rows += 1
            if len(kind.examples) < MAX_EXAMPLES_PER_KIND:
                value = f": “{fault.value}”" if fault.value else ""
                kind.examples.append(f"{row.place}{value}")

    def by_number(self) -> list[FaultKind]:
        """Return the kinds of faults, the most frequent first."""
        return sorted(self.kinds.values(), key=lambda kind: -kind.rows)
