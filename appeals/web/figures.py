"""A report as a page shows it: for each measure its meaning, its base, and its figures by key."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request
from flask_babel import gettext as _

from appeals.domain.calendar import Period
from appeals.domain.refusals import Refused, RefusedKind
from appeals.domain.vocabulary import Channel, Kind
from appeals.models.report import Report
from appeals.reporting.asof import CENTRE, DIMENSIONS
from appeals.reporting.definitions import BASES, MEASURES, VARIANTS
from appeals.reporting.monthly import Cell, Numbers
from appeals.reporting.rates import BY, CITY, Count, Mean, Words
from appeals.web.display import row_label, share
from appeals.web.request import language

HEADLINE = "completion"
WHOLE_CITY = Words("全市", "Whole city")
THE_CENTRE = Words("受理中心", "The centre")
NO_REPORT = Refused(RefusedKind.NOT_FOUND, "没有这一期报表。", "There is no report of this period.")


@dataclass(frozen=True)
class Line:
    """One figure: whose it is, its two whole numbers, and what is displayed of them."""

    cell: Cell
    key: str
    variant: str
    numerator: int
    denominator: int
    shown: str


@dataclass(frozen=True)
class Section:
    """One measure with its figures, in the words of the report's own definitions.

    `counts` tells that the two numbers are one count, `parts` that some cases missed.
    """

    name: str
    label: str
    meaning: str
    base: str
    lines: tuple[Line, ...]
    counts: bool
    parts: bool


def period_of(text: str) -> Period:
    """Read the period of an address. Raises Refused (not found) for none."""
    try:
        return Period.parse(text)
    except ValueError:
        raise NO_REPORT from None


def asked() -> tuple[str, str]:
    """Give the breakdown and the measure of this request; the city, and completion, by default."""
    by, measure = request.args.get("by", CITY), request.args.get("measure", HEADLINE)
    return by if by in BY else CITY, measure if measure in MEASURES else HEADLINE


def sections(report: Report, figures: Mapping[Cell, Numbers], by: str) -> list[Section]:
    """Give the report's measures by one dimension, in the order of their definitions."""
    lines: dict[str, list[Line]] = {}
    for cell, numbers in sorted(figures.items()):
        if cell[0] == by:
            lines.setdefault(cell[-1], []).append(_line(cell, numbers))
    return [
        _section(definition, tuple(lines[str(definition["name"])]))
        for definition in report.definitions
        if str(definition["name"]) in lines
    ]


def dimensions() -> dict[str, str]:
    """Give the ways in which a report is broken down, and their labels."""
    labels = {
        CITY: WHOLE_CITY.label(language()),
        "department": _("Department"),
        "district": _("District"),
        "street": _("Street"),
        "category": _("Category"),
        "kind": _("Kind"),
        "channel": _("Channel"),
    }
    return {name: labels[name] for name in (CITY, *DIMENSIONS)}


def key_label(by: str, key: str) -> str:
    """Give what a key is called in the reader's language."""
    if by == CITY:
        return WHOLE_CITY.label(language())
    if key == CENTRE:
        return THE_CENTRE.label(language())
    terms = {"kind": Kind, "channel": Channel}.get(by)
    if terms is not None and key in set(terms):
        return terms(key).label(language())
    return row_label(key)


def _line(cell: Cell, numbers: Numbers) -> Line:
    by, key, _base, variant, name = cell
    measure = MEASURES.get(name)
    return Line(
        cell=cell,
        key=key_label(by, key),
        variant=VARIANTS[variant].label(language()) if variant in VARIANTS else variant,
        numerator=numbers[0],
        denominator=numbers[1],
        shown=measure.show(*numbers) if measure else share(*numbers),
    )


def _section(definition: Mapping[str, object], lines: tuple[Line, ...]) -> Section:
    name = str(definition["name"])
    base = lines[0].cell[2]
    measure = MEASURES.get(name)
    return Section(
        name=name,
        label=_said(definition["label"]),
        meaning=_said(definition["meaning"]),
        base=BASES[base].label(language()) if base in BASES else base,
        lines=lines,
        counts=isinstance(measure, Count),
        parts=not isinstance(measure, Count | Mean),
    )


def _said(words: object) -> str:
    """Give one language of a text that an edition keeps in both."""
    return str(words.get(language(), "")) if isinstance(words, Mapping) else str(words)
