"""Editions as the public reads them: every public page and file gets its figures here.

`small_cells.py` decides what is withheld. Administrators read `monthly_drafts.load_figures` and
`report_tables.read_report`, which have every cell.
"""

from dataclasses import dataclass

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.models.report import Report
from appeals.reference.reference_data import load_reference
from appeals.reporting.counting.monthly_drafts import find_edition, load_figures
from appeals.reporting.editions import report_document
from appeals.reporting.editions.editions import MAX_CHANGES_SHOWN, Difference, compare_figures
from appeals.reporting.editions.small_cells import (
    Figures,
    PublishedFigures,
    publishable_findings,
    withhold_small_cells,
)
from appeals.reporting.measures.cells import Cell
from appeals.reporting.snapshot.breakdowns import CITY
from appeals.reporting.tables import comparison_basis
from appeals.reporting.tables.period_comparisons import Comparison
from appeals.reporting.tables.report_tables import Reading
from appeals.reporting.tables.sections import PublicSeal, Reader


@dataclass(frozen=True)
class PublicEdition:
    """An edition with its published figures, its withheld cells, and its public seal."""

    report: Report
    published: PublishedFigures
    seal: PublicSeal

    @property
    def period(self) -> str:
        """Return the edition's period as it stands in addresses ("2026-11")."""
        return Period(self.report.start, self.report.end).label

    def figures(self, *only: str) -> Figures:
        """Return the published figures: all, or only those of some breakdowns."""
        figures = self.published.figures
        return {c: n for c, n in figures.items() if c.by in only} if only else figures


def read_public_edition(act: Act, edition: Report) -> PublicEdition:
    """Load an edition without its withheld cells."""
    published = published_figures(act, edition)
    digest = str(report_document.public_document(edition, published)["public_digest"])
    return PublicEdition(edition, published, PublicSeal(digest, len(published.withheld)))


def published_figures(act: Act, edition: Report) -> PublishedFigures:
    """Split an edition's figures into the published and the withheld ones."""
    if edition.edition is None:
        raise ValueError("a draft is not published")
    districts = {code: area.parent for code, area in load_reference(act).areas.items()}
    return withhold_small_cells(load_figures(act, edition), districts)


def read_public_report(act: Act, edition: Report, reader: Reader) -> Reading:
    """Load an edition and the earlier editions of its comparison basis, without withheld cells."""
    public, stands = read_public_edition(act, edition), comparison_basis.find_basis(act, edition)
    others = {
        comparison: published_figures(act, each)
        for comparison, each in stands.earlier.items()
        if each.edition is not None  # a basis looked up now may have drafts
    }
    withheld: dict[Comparison | None, frozenset[Cell]] = {None: public.published.withheld}
    withheld.update({comparison: each.withheld for comparison, each in others.items()})
    return Reading(
        edition,
        public.published.figures,
        stands,
        {
            comparison: comparison_basis.select_comparable(
                edition, stands.earlier[comparison], each.figures
            )
            for comparison, each in others.items()
        },
        reader.for_report(edition),
        publishable_findings(edition.findings or {}),
        withheld,
        public.seal,
    )


def list_public_changes(act: Act, edition: PublicEdition) -> tuple[Difference, ...]:
    """List the changes since the edition before, of figures that both publish.

    The whole city's come first; there are at most `MAX_CHANGES_SHOWN`.
    """
    report = edition.report
    if report.edition is None or report.edition == 1:
        return ()
    before = find_edition(act, Period(report.start, report.end), report.edition - 1)
    if before is None:
        return ()
    earlier = published_figures(act, before)
    hidden = earlier.withheld | edition.published.withheld
    then, now = (
        {cell: numbers for cell, numbers in figures.items() if cell not in hidden}
        for figures in (earlier.figures, edition.published.figures)
    )
    changed = compare_figures(then, now)
    return tuple(sorted(changed, key=lambda each: each.cell.by != CITY))[:MAX_CHANGES_SHOWN]
