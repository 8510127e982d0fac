"""What the home page shows: the newest published month, and the counts of this one."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.calendar import Period, month_of
from appeals.domain.messages import Labelled, StoredText
from appeals.models.report import Figure, Report

SHOWN_MEASURES = ("completion", "on_time", "resolution", "satisfaction")


MONTH_COUNTS = ("filed", "answered_on_spot", "dispatched", "closed")
"""The measures of `count_month`, in the order of `MonthSoFar`; of a rate its numerator."""


@dataclass(frozen=True)
class PublishedRate(Labelled):
    """One figure of the whole city: its numerator and denominator, with the report's own label."""

    text: StoredText
    numerator: int
    denominator: int

    def label(self, language: str) -> str:
        """Return the measure's label in `language`."""
        return self.text.label(language)


@dataclass(frozen=True)
class NewestEdition:
    """The newest edition: its month ("2020-03", or the span of a longer period), its headlines."""

    month: str
    headlines: tuple[PublishedRate, ...]


@dataclass(frozen=True)
class MonthSoFar:
    """Counts of the whole city from the month's newest report, which nobody has reviewed yet."""

    until: datetime
    received: int
    answered_at_once: int
    sent: int
    closed: int


def count_month(act: Act) -> MonthSoFar | None:
    """Return the counts of the current month; None until it is counted for the first time."""
    month = Period.month(f"{month_of(act.now):%Y-%m}")
    report = act.session.scalar(
        sa.select(Report)
        .where(Report.start == month.start, Report.end == month.end)
        .order_by(Report.compiled_at.desc())
        .limit(1)
    )
    if report is None:
        return None
    counts = {
        name: figure.numerator for name, figure in _city_figures(act, report, MONTH_COUNTS).items()
    }
    filed, at_once, dispatched, closed = (counts.get(name, 0) for name in MONTH_COUNTS)
    return MonthSoFar(report.cut_off, filed, at_once, dispatched, closed)


def find_newest_edition(act: Act) -> NewestEdition | None:
    """Return the headlines of the newest published edition, if there is one."""
    report = act.session.scalar(
        sa.select(Report)
        .where(Report.edition.is_not(None))
        .order_by(Report.start.desc(), Report.edition.desc())
        .limit(1)
    )
    if report is None:
        return None
    first = _city_figures(act, report, SHOWN_MEASURES)
    labels = {str(each.get("name")): each.get("label") for each in report.definitions}
    return NewestEdition(
        Period(report.start, report.end).label,
        tuple(
            _published_rate(first[name], labels.get(name))
            for name in SHOWN_MEASURES
            if name in first
        ),
    )


def _city_figures(act: Act, report: Report, measures: tuple[str, ...]) -> dict[str, Figure]:
    """Return the whole city's figure of each measure: of its first base and variant."""
    figures = act.session.scalars(
        sa.select(Figure)
        .where(Figure.report_id == report.id, Figure.by == "city", Figure.measure.in_(measures))
        .order_by(Figure.base, Figure.variant)
    )
    first: dict[str, Figure] = {}
    for figure in figures:
        first.setdefault(figure.measure, figure)
    return first


def _published_rate(figure: Figure, label: object) -> PublishedRate:
    known = label if isinstance(label, dict) else {}
    return PublishedRate(
        StoredText(
            str(known.get("zh", figure.measure)),
            str(known.get("en", figure.measure)),
            "measure",
        ),
        figure.numerator,
        figure.denominator,
    )
