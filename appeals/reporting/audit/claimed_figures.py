"""A table of figures that others published, read from CSV: one line for each figure.

`COLUMNS` says what each column means; `appeals report check --help` and docs/reports.md show it.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import cached_property

from appeals.domain.messages import Message, join_texts, message
from appeals.domain.refusals import Refused, not_valid
from appeals.domain.vocabulary import Term
from appeals.reporting.measures.measure_shapes import NO_CASES

COLUMNS = {
    "name": "what the figure is called, e.g. 投诉",
    "period": "its period, e.g. 2024-11, 2023-Q3 or 2025",
    "value": "the figure as printed; – for nothing over nothing",
    "unit": "count, percent (share or rate), points, percent_change",
    "part_of": "the total that it is a part of, where all its parts are listed",
    "grouping": "what the parts are by, where a total is broken down twice, e.g. kind",
    "numerator": "of a percent: a number or counts of the period joined by +; empty: its name's",
    "denominator": "likewise; empty: part_of",
    "compared_with": "of a change: the period it is compared with",
    "wording": "the words printed with it, e.g. 较上月同比",
    "rounding": "of percents from here on: rounded, cut, largest_remainder; empty: as above",
}
REQUIRED_COLUMNS = ("name", "period", "value", "unit")
DASHES = frozenset({"-", NO_CASES, "—", "--"})
NUMBER_CHARACTERS = str.maketrans(
    {",": "", "\uff0c": "", "%": "", "\uff05": "", "\u2212": "-", "+": "", " ": ""}
)
"""Commas and per-cent signs, full-width too, and the typographic minus sign."""
HUNDRED = Decimal(100)
PERCENT_TOLERANCE = Decimal("0.01")
"""In percentage points: a share may be rounded, cut, or adjusted so that all add up to 100."""
PERCENT_DECIMALS = 2


class FigureUnit(Term):
    """The unit of a published figure."""

    COUNT = "count", "Count"
    PERCENT = "percent", "Per cent"
    POINTS = "points", "Percentage points"
    PERCENT_CHANGE = "percent_change", "Change in per cent"


class Rounding(Term):
    """How the percentages of a table were rounded."""

    ROUNDED = "rounded", "rounded half up"
    CUT = "cut", "cut"
    LARGEST_REMAINDER = "largest_remainder", "largest remainder"


@dataclass(frozen=True)
class ClaimedFigure:
    """One figure as it was published; `value` is None if it is a dash."""

    line: int
    name: str
    period: str
    value: Decimal | None
    unit: FigureUnit
    part_of: str = ""
    grouping: str = ""
    numerator: str = ""
    denominator: str = ""
    compared_with: str = ""
    wording: str = ""
    rounding: Rounding | None = None

    @property
    def number(self) -> Decimal:
        """Return the value; raises ValueError for a dash, which `of` and `find` never return."""
        if self.value is None:
            raise ValueError(f"a dash in line {self.line}")
        return self.value

    @property
    def shown(self) -> str:
        """Return the figure with its unit."""
        sign = "+" if self.unit is FigureUnit.PERCENT_CHANGE else ""
        per_cent = "%" if self.unit in {FigureUnit.PERCENT, FigureUnit.PERCENT_CHANGE} else ""
        return NO_CASES if self.value is None else f"{self.value:{sign},}{per_cent}"

    @property
    def half(self) -> Decimal:
        """Return half a unit of the last decimal: the largest error of rounding half up."""
        exponent = self.value.as_tuple().exponent if self.value is not None else 0
        return Decimal(1).scaleb(int(exponent)) / 2

    def near(self, right: Decimal) -> bool:
        """Return whether this is the right percentage, to the decimals that were published."""
        return self.value is not None and abs(self.value - right) <= max(
            PERCENT_TOLERANCE, self.half
        )


@dataclass(frozen=True)
class FigureVerdict:
    """The verdict of one rule on one figure: the right figure, and the fault if there is one."""

    figure: ClaimedFigure
    rule: str
    right: str | None
    fault: Message | None = None

    @property
    def facts(self) -> dict[str, object]:
        """Return the verdict as plain values, for JSON."""
        return {
            "line": self.figure.line,
            "name": self.figure.name,
            "period": self.figure.period,
            "rule": self.rule,
            "printed": NO_CASES if self.figure.value is None else str(self.figure.value),
            "right": self.right,
            "zh": self.fault.label("zh") if self.fault else None,
            "en": self.fault.label("en") if self.fault else None,
        }


@dataclass(frozen=True)
class ClaimedTable:
    """The published figures, in the order of their lines."""

    lines: tuple[ClaimedFigure, ...]

    def of(self, *units: FigureUnit) -> Iterator[ClaimedFigure]:
        """Yield the figures in these units that are not a dash."""
        return (each for each in self.lines if each.unit in units and each.value is not None)

    @cached_property
    def _first(self) -> Mapping[tuple[FigureUnit, str, str], ClaimedFigure]:
        """Map unit, name and period to the figure, the first if it stands twice in the table."""
        return {(each.unit, each.name, each.period): each for each in reversed(self.lines)}

    def find(self, unit: FigureUnit, name: str, period: str) -> ClaimedFigure | None:
        """Return a figure; None if it is a dash or not in the table."""
        found = self._first.get((unit, name, period))
        return found if found is not None and found.value is not None else None

    def total(self, text: str, period: str) -> Decimal | None:
        """Add up the counts that `text` names, joined by +; None if one is not in the table."""
        found = [self._number(part.strip(), period) for part in text.split("+")]
        known = [each for each in found if each is not None]
        return sum(known, Decimal()) if len(known) == len(found) else None

    def numerator_of(self, each: ClaimedFigure) -> Decimal | None:
        """Return the numerator of a percent; None if it is not in the table."""
        return self.total(each.numerator or each.name, each.period)

    def denominator_of(self, each: ClaimedFigure) -> Decimal | None:
        """Return the denominator of a percent; None if it is not in the table."""
        return self.total(each.denominator or each.part_of, each.period)

    def _number(self, text: str, period: str) -> Decimal | None:
        count = self.find(FigureUnit.COUNT, text, period)
        return count.value if count is not None else _read_decimal(text)

    def groups(self, unit: FigureUnit) -> Mapping[tuple[str, str, str], list[ClaimedFigure]]:
        """Map period, total and grouping to the parts."""
        found: dict[tuple[str, str, str], list[ClaimedFigure]] = {}
        for each in self.of(unit):
            if each.part_of:
                found.setdefault((each.period, each.part_of, each.grouping), []).append(each)
        return found


def read_claimed_table(text: str) -> ClaimedTable:
    """Parse a table. Raises Refused (not valid), naming the line, if the text is no such table."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        header = [(name or "").strip() for name in rows.fieldnames or ()]
        rows.fieldnames = header
        _check_header(header)
        lines = [_read_figure(rows.line_num, row) for row in rows if any(row.values())]
    except csv.Error as wrong:
        raise _refuse_line(rows.line_num + 1, message("no CSV: %(error)s", error=wrong)) from None
    if not lines:
        raise _refuse_line(1, message("the table has no figure"))
    table = ClaimedTable(tuple(_carry_rounding(lines)))
    for each in lines:
        _check_names(table, each)
    return table


def _check_header(header: list[str]) -> None:
    if lacking := [name for name in REQUIRED_COLUMNS if name not in header]:
        raise _refuse_line(1, message("there is no column %(column)s", column=lacking[0]))
    if strange := [name for name in header if name not in COLUMNS]:
        raise _refuse_line(1, message("no column is called “%(column)s”", column=strange[0]))


def _carry_rounding(lines: Sequence[ClaimedFigure]) -> Iterator[ClaimedFigure]:
    """Yield the lines, each with the rounding that it or the last one above it states."""
    stated = None
    for each in lines:
        stated = each.rounding or stated
        yield replace(each, rounding=stated)


def _read_figure(number: int, row: Mapping[str | None, str | list[str] | None]) -> ClaimedFigure:
    if None in row or None in row.values():
        raise _refuse_line(number, message("it has not as many cells as the header"))
    cells = {name: str(text).strip() for name, text in row.items() if name is not None}
    if empty := [name for name in REQUIRED_COLUMNS if not cells[name]]:
        raise _refuse_line(number, message("%(column)s is empty", column=empty[0]))
    value = None if cells["value"] in DASHES else _read_decimal(cells["value"])
    if value is None and cells["value"] not in DASHES:
        raise _refuse_line(number, message("“%(value)s” is no number", value=cells["value"]))
    if cells["unit"] not in set(FigureUnit):
        units = join_texts(each.value for each in FigureUnit)
        raise _refuse_line(number, message("unit is one of %(codes)s", codes=units))
    rounding = cells.pop("rounding", "")
    if rounding not in {"", *Rounding}:
        ways = join_texts(each.value for each in Rounding)
        raise _refuse_line(number, message("rounding is one of %(codes)s", codes=ways))
    given = {"line": number, "value": value, "unit": FigureUnit(cells["unit"])}
    stated = Rounding(rounding) if rounding else None
    return ClaimedFigure(**{**cells, **given, "rounding": stated})  # type: ignore[arg-type]  # the names are the columns'


def _check_names(table: ClaimedTable, each: ClaimedFigure) -> None:
    """Refuse a figure that names a count which is not in the table."""
    named = [each.numerator, each.denominator] if each.unit is FigureUnit.PERCENT else []
    named += [each.part_of] if each.unit is FigureUnit.COUNT else []
    for text in filter(None, named):
        if table.total(text, each.period) is None:
            raise _refuse_line(
                each.line,
                message(
                    "no count of %(period)s is called “%(name)s”", period=each.period, name=text
                ),
            )


def _read_decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text.translate(NUMBER_CHARACTERS))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _refuse_line(line: int, fault: Message) -> Refused:
    return not_valid("file", message("line %(line)s: %(fault)s.", line=line, fault=fault))
