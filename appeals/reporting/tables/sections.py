"""The annex of a report: for each measure its meaning, its base, and its figures by key.

Pages, workbook and PDF show the same sections. Keys of an edition have the names that the edition
stores; those of a draft, and of an edition from before names were stored, the city's present ones.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime

from appeals.domain.calendar import SHANGHAI, Period
from appeals.domain.messages import Message, StoredText, context_message, message
from appeals.domain.text.dates import describe_period
from appeals.domain.vocabulary import Channel, Kind, Term
from appeals.models.report import Report
from appeals.reference.reference_data import Reference
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.cells import NO_NUMBERS, Cell, Numbers
from appeals.reporting.measures.measure_names import MeasureBase, MeasureVariant
from appeals.reporting.measures.measure_shapes import STORED_LANGUAGES, WITHHELD, Shape, divide
from appeals.reporting.snapshot.breakdowns import CITY, DIMENSIONS, Breakdown
from appeals.reporting.snapshot.cut_off_values import CENTRE
from appeals.reporting.snapshot.snapshot_rows import MAX_ANSWER_DAYS

UNDER_A_DAY = message("Under 1 day")
THE_CENTRE = context_message("report", "The centre")
MEASURE_CONTEXT = "measure"
"""The context of the labels of measures, in catalogues."""
NAME_CONTEXTS: Mapping[str, str] = {
    Breakdown.KIND: Kind.__name__,
    Breakdown.CHANNEL: Channel.__name__,
}
"""The contexts of the names of keys that are terms; other names are data."""
Names = Mapping[str, Mapping[str, Mapping[str, str]]]
"""The names of keys by breakdown, key and language."""
FACT_LABELS = {
    "edition": message("Edition"),
    "reviewer": message("Reviewed by"),
    "publisher": message("Published by"),
    "published": context_message("report", "Published"),
    "cut_off": message("Cut-off"),
    "calendar": message("Calendar version"),
    "reason": message("Reason of correction"),
    "digest": message("Seal"),
    "public_digest": message("Seal of what is published"),
    "withheld": message("Withheld"),
}
REPORT_SUBJECT = message("Report on citizens' appeals")
WITHHELD_NOTE = message(
    "＊ Withheld for privacy: fewer than 5 ratings or follow-up answers, or a figure that such a"
    " one could be worked out from."
)


@dataclass(frozen=True)
class PublicSeal:
    """The digest of an edition's published figures, and the number of its withheld ones."""

    digest: str
    withheld: int


FEW_CASES = 10
"""A share of fewer cases says little: charts hatch it and never draw it the darkest."""


@dataclass(frozen=True)
class FigureLine:
    """One figure: its key's name, its two whole numbers, and the displayed text.

    A withheld figure has no numbers (`reporting/editions/small_cells.py`).
    """

    cell: Cell
    key: str
    variant: str
    numerator: int
    denominator: int
    shown: str
    value: float | None
    is_withheld: bool = False

    @property
    def has_few_cases(self) -> bool:
        """Return whether a share rests on few cases, but on some."""
        return 0 < self.denominator < FEW_CASES


@dataclass(frozen=True)
class MeasureSection:
    """One measure with its figures, in the words of the definitions that the report stores."""

    name: str
    version: int
    label: str
    meaning: str
    base: str
    lines: tuple[FigureLine, ...]
    shape: Shape

    @property
    def is_count(self) -> bool:
        """Return whether the two numbers are one count."""
        return self.shape is Shape.COUNT

    @property
    def has_withheld(self) -> bool:
        """Return whether any of its figures is withheld."""
        return any(line.is_withheld for line in self.lines)

    @property
    def is_share(self) -> bool:
        """Return whether the figure is a share, so that some of its cases missed."""
        return self.shape is Shape.SHARE


@dataclass(frozen=True)
class Reader:
    """Who reads: the language, the city with its labels, and the names that an edition stores."""

    city: Reference
    language: str
    names: Names = field(default_factory=dict)

    def for_report(self, report: Report) -> "Reader":
        """Return a reader who knows the names that this report stores."""
        return replace(self, names=report.names or {})

    def dimension(self, by: str) -> str:
        """Return the label of a breakdown."""
        return Breakdown(by).label(self.language)

    def key(self, by: str, key: str) -> str:
        """Return the name of a key; its code if no row has it."""
        if stored := self.names.get(by, {}).get(key):
            name = StoredText(stored["zh"], stored["en"], NAME_CONTEXTS.get(by, ""))
            return name.label(self.language)
        if by == CITY:
            return self.dimension(CITY)
        if key == CENTRE:
            return THE_CENTRE.label(self.language)
        if by == Breakdown.DAYS:
            return self.days(int(key))
        terms = {"kind": Kind, "channel": Channel}.get(by)
        if terms is not None and key in set(terms):
            return terms(key).label(self.language)
        row = self.city.departments.get(key) or self.city.areas.get(key)
        row = row or self.city.categories.get(key)
        return row.label(self.language) if row else key

    def days(self, n: int) -> str:
        """Return the label of a key of `days`: n whole days to the answer."""
        if n == MAX_ANSWER_DAYS:
            return message("%(n)s days or more", n=n).label(self.language)
        days = context_message("days to the answer", "%(n)s days", n=n) if n else UNDER_A_DAY
        return days.label(self.language)

    def stored_text(self, words: object, context: str = "") -> str:
        """Return a text that an edition stores in Chinese and English, in the reader's language.

        `context` is that of the message that was stored.
        """
        if not isinstance(words, Mapping):
            return str(words)
        return StoredText(str(words["zh"]), str(words["en"]), context).label(self.language)

    def title(self, report: Report) -> str:
        """Return the report's title: what it is, and its period as people read it."""
        period = describe_period(Period(report.start, report.end))
        return message("Report %(period)s", period=period).label(self.language)

    def facts(self, report: Report, seal: PublicSeal | None = None) -> list[tuple[str, str]]:
        """Return edition, people, times, calendar and digest as labels and texts, Shanghai time.

        With the seal of a published edition also how many figures are withheld, and why.
        """
        facts = {
            "edition": str(report.edition or ""),
            "reviewer": report.reviewer_name,
            "publisher": report.publisher_name,
            "published": _format_moment(report.published_at),
            "cut_off": _format_moment(report.cut_off),
            "calendar": report.calendar_version,
            "reason": report.reason,
            "digest": report.digest,
            "public_digest": seal.digest if seal else None,
            "withheld": describe_withheld(seal.withheld).label(self.language) if seal else "",
        }
        return [
            (FACT_LABELS[name].label(self.language), fact) for name, fact in facts.items() if fact
        ]

    def sections(
        self,
        report: Report,
        figures: Mapping[Cell, Numbers],
        by: str,
        withheld: AbstractSet[Cell] = frozenset(),
    ) -> list[MeasureSection]:
        """Return the report's measures in one breakdown, in the order of their definitions.

        Cells of `withheld` are shown with the sign for it.
        """
        lines: dict[str, list[FigureLine]] = {}
        reader = self.for_report(report)
        for cell in sorted({*figures, *withheld}):
            if cell.by == by:
                line = (
                    _withheld_line(reader, cell)
                    if cell in withheld
                    else _figure_line(reader, cell, figures[cell])
                )
                lines.setdefault(cell.measure, []).append(line)
        return [
            self._section(definition, tuple(lines[str(definition["name"])]))
            for definition in report.definitions
            if str(definition["name"]) in lines
        ]

    def measure_lines(
        self, report: Report, figures: Mapping[Cell, Numbers], by: str, measure: str
    ) -> tuple[FigureLine, ...]:
        """Return the lines of one measure in one breakdown."""
        chosen = {
            cell: each for cell, each in figures.items() if (cell.by, cell.measure) == (by, measure)
        }
        return next((each.lines for each in self.sections(report, chosen, by)), ())

    def _section(
        self, definition: Mapping[str, object], lines: tuple[FigureLine, ...]
    ) -> MeasureSection:
        name, base = str(definition["name"]), lines[0].cell.base
        return MeasureSection(
            name=name,
            version=int(str(definition["version"])),
            label=self.stored_text(definition["label"], MEASURE_CONTEXT),
            meaning=self.stored_text(definition["meaning"]),
            base=_term_label(MeasureBase, base, self.language),
            lines=lines,
            shape=_shape_of(name),
        )


def collect_key_names(
    city: Reference, keys: Iterable[tuple[str, str]]
) -> dict[str, dict[str, dict[str, str]]]:
    """Return the present names of keys in both languages; `keys` are breakdowns with keys."""
    readers = [Reader(city, language) for language in STORED_LANGUAGES]
    names: dict[str, dict[str, dict[str, str]]] = {}
    for by, key in keys:
        if by in DIMENSIONS:
            names.setdefault(by, {})[key] = {each.language: each.key(by, key) for each in readers}
    return names


def _figure_line(reader: Reader, cell: Cell, numbers: Numbers) -> FigureLine:
    by, key, _base, variant, name = cell
    measure = MEASURES.get(name)
    value = measure.value(*numbers) if measure else divide(*numbers)
    return FigureLine(
        cell=cell,
        key=reader.key(by, key),
        variant=_term_label(MeasureVariant, variant, reader.language),
        numerator=numbers[0],
        denominator=numbers[1],
        shown=_shape_of(name).show(value),
        value=value,
    )


def _withheld_line(reader: Reader, cell: Cell) -> FigureLine:
    counted = _figure_line(reader, cell, NO_NUMBERS)
    return replace(counted, shown=WITHHELD, value=None, is_withheld=True)


def _term_label(terms: type[Term], code: str, language: str) -> str:
    """Return the label of a stored code; the code itself if only old editions have it."""
    return terms(code).label(language) if code in set(terms) else code


def describe_withheld(n: int) -> Message:
    """Say how many figures are withheld, and why."""
    return message(
        "%(n)s figures, shown as “＊”: they rest on fewer than 5 ratings or follow-up answers, or"
        " such a figure could be worked out from them. This holds within this edition; comparing"
        " it with other editions or with overlapping periods is not covered.",
        n=n,
    )


def _format_moment(at: datetime | None) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if at else ""


def _shape_of(name: str) -> Shape:
    """Return a measure's shape; measures that only old editions have were shares."""
    return MEASURES[name].shape if name in MEASURES else Shape.SHARE
