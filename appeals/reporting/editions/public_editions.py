"""Editions as everybody may read them: every public page and file gets its figures here.

What is withheld is decided by `small_cells.py`; administrators read `monthly_drafts.figures_of`
and `report_tables.reading`, which have every cell.
"""

from dataclasses import dataclass

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.models.report import Report
from appeals.reference.reference_data import load_reference
from appeals.reporting.counting.monthly_drafts import Cell, edition_of, figures_of
from appeals.reporting.editions import report_document
from appeals.reporting.editions.editions import CHANGES_MOST, Difference, differences
from appeals.reporting.editions.small_cells import Figures, Published, published_findings, withhold
from appeals.reporting.measures.measure_shapes import CITY
from appeals.reporting.tables import comparison_basis
from appeals.reporting.tables.period_comparisons import Comparison
from appeals.reporting.tables.report_tables import Reading
from appeals.reporting.tables.sections import PublicSeal, Reader


@dataclass(frozen=True)
class PublicEdition:
    """An edition with the figures that are published, what is withheld, and its seal."""

    report: Report
    published: Published
    seal: PublicSeal

    def figures(self, *only: str) -> Figures:
        """Give the published figures, all or only those by some dimensions."""
        figures = self.published.figures
        return {c: n for c, n in figures.items() if c[0] in only} if only else figures


def read_public_edition(act: Act, edition: Report) -> PublicEdition:
    """Read an edition as everybody may."""
    published = published_of(act, edition)
    digest = str(report_document.public_document(edition, published)["public_digest"])
    return PublicEdition(edition, published, PublicSeal(digest, len(published.withheld)))


def published_of(act: Act, edition: Report) -> Published:
    """Return what is published of an edition's figures."""
    assert edition.edition is not None, "a draft is not published"
    districts = {code: area.parent for code, area in load_reference(act).areas.items()}
    return withhold(figures_of(act, edition), districts)


def read_publicly(act: Act, edition: Report, reader: Reader) -> Reading:
    """Read an edition with what it stands beside, as everybody may."""
    public, stands = read_public_edition(act, edition), comparison_basis.of(act, edition)
    others = {
        comparison: published_of(act, each)
        for comparison, each in stands.earlier.items()
        if each.edition is not None  # of an edition that kept none, these are the present ones
    }
    withheld: dict[Comparison | None, frozenset[Cell]] = {None: public.published.withheld}
    withheld.update({comparison: each.withheld for comparison, each in others.items()})
    return Reading(
        edition,
        public.published.figures,
        stands,
        {
            comparison: comparison_basis.comparable(
                edition, stands.earlier[comparison], each.figures
            )
            for comparison, each in others.items()
        },
        reader.of(edition),
        published_findings(edition.found or {}),
        withheld,
        public.seal,
    )


def public_changes(act: Act, edition: PublicEdition) -> tuple[Difference, ...]:
    """Give what an edition changed against the one before it, of what both publish.

    The city's figures come first, and at most `CHANGES_MOST` in all.
    """
    report = edition.report
    if report.edition is None or report.edition == 1:
        return ()
    before = edition_of(act, Period(report.start, report.end), report.edition - 1)
    if before is None:
        return ()
    earlier = published_of(act, before)
    hidden = earlier.withheld | edition.published.withheld
    then, now = (
        {cell: numbers for cell, numbers in figures.items() if cell not in hidden}
        for figures in (earlier.figures, edition.published.figures)
    )
    changed = differences(then, now)
    return tuple(sorted(changed, key=lambda each: each.cell[0] != CITY))[:CHANGES_MOST]
