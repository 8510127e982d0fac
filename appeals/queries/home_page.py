"""The headline figures of the newest published month, for the home page."""

from dataclasses import dataclass

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.domain.messages import Labelled, StoredText
from appeals.models.report import Figure, Report

SHOWN_MEASURES = ("completion", "on_time", "resolution", "satisfaction")


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
    figures = act.session.scalars(
        sa.select(Figure)
        .where(
            Figure.report_id == report.id, Figure.by == "city", Figure.measure.in_(SHOWN_MEASURES)
        )
        .order_by(Figure.base, Figure.variant)
    )
    first: dict[str, Figure] = {}
    for figure in figures:
        first.setdefault(figure.measure, figure)
    labels = {str(each.get("name")): each.get("label") for each in report.definitions}
    return NewestEdition(
        Period(report.start, report.end).label,
        tuple(
            _published_rate(first[name], labels.get(name))
            for name in SHOWN_MEASURES
            if name in first
        ),
    )


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
