"""Editions: published reports, which never change (Rules 5).

An edition is a reviewed draft with a number, a digest over all its figures, definitions and names,
and its comparison basis. A correction is the next edition, with a reason. Verifying computes the
digest again and recounts the figures from the appeals as of the edition's cut-off.
"""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.domain.messages import message
from appeals.domain.refusals import not_now, not_valid
from appeals.domain.text.cleaning import clean_text
from appeals.models.appeal import Appeal, ImportedAppeal, ImportRun
from appeals.models.handling import Round
from appeals.models.report import Figure, Report
from appeals.reference.reference_data import load_reference
from appeals.reporting.counting.monthly_drafts import (
    count_cells,
    find_draft,
    find_edition,
    load_figures,
)
from appeals.reporting.editions import draft_review, recounts
from appeals.reporting.editions.report_document import build_document, digest_of
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.cells import Cell, Numbers
from appeals.reporting.measures.measure_shapes import Mean, Measure
from appeals.reporting.snapshot.breakdowns import CITY
from appeals.reporting.snapshot.count_window import CountWindow
from appeals.reporting.tables import comparison_basis
from appeals.reporting.tables.sections import collect_key_names

CELL_COLUMNS, NUMBER_COLUMNS = (
    ("by", "key", "base", "variant", "measure"),
    ("numerator", "denominator"),
)
SALT_BYTES = 16
MAX_CHANGES_SHOWN = 500
"""The most changed cells that a page shows; the files of both editions have all."""


@dataclass(frozen=True)
class Difference:
    """A cell that differs between two sets of figures; None if one has no such cell."""

    cell: Cell
    before: Numbers | None
    after: Numbers | None


@dataclass(frozen=True)
class LaterRows:
    """The number of appeals of an edition's period that one import added after its count."""

    run: int
    source: str
    file_name: str
    rows: int


@dataclass(frozen=True)
class EditionVerification:
    """The outcome of verifying an edition; `later_rows` are left out of the recount (Rules 6)."""

    label: str
    edition: int
    sealed: bool
    differences: tuple[Difference, ...]
    later_rows: tuple[LaterRows, ...] = ()

    @property
    def facts(self) -> dict[str, object]:
        """Return the outcome as plain values, for JSON."""
        return {
            "month": self.label,
            "edition": self.edition,
            "holds": self.holds,
            "sealed": self.sealed,
            "differences": [asdict(each) for each in self.differences],
            "later_rows": [asdict(each) for each in self.later_rows],
        }

    @property
    def holds(self) -> bool:
        """Return whether the digest matches and the recount reproduces every figure."""
        return self.sealed and not self.differences


def publish_edition(
    act: Act, period: Period, reason: str | None = None, *, draft_id: int | None = None
) -> Report:
    """Publish the period's reviewed draft as its next edition, which never changes.

    Args:
        act: By the administrator who publishes.
        period: The month or period of the draft.
        reason: Why the edition before is corrected; needed from the second edition on.
        draft_id: The draft that the publisher has read; None where only its review counts.

    Raises:
        Refused: Not allowed to anybody but an active administrator. Not now without a draft,
            for another draft than was read, for one that nobody reviewed or whose cut-off lies
            before the period's end, or while it is being counted again. Not valid for a
            correction without a reason.
    """
    publisher = draft_review.require_administrator(act)
    draft = _lock_publishable_draft(act, period, draft_id)
    before = latest_edition(act, period)
    reason = clean_text(reason) or None
    if before is not None and reason is None:
        raise not_valid("reason", message("Say why the edition is corrected."))
    number = before.edition + 1 if before is not None and before.edition else 1
    draft.reason, draft.published_by = reason, publisher.id
    draft.reviewer_name, draft.publisher_name = (
        draft_review.reviewer_name(act, draft),
        publisher.name,
    )
    draft.comparison_basis, draft.salt = (
        comparison_basis.serialize_basis(act, draft),
        secrets.token_hex(SALT_BYTES),
    )
    figures = load_figures(act, draft)
    draft.names = collect_key_names(load_reference(act), _named_keys(draft, figures))
    with act.session.no_autoflush:  # the edition and its seal reach the database together
        draft.edition, draft.published_at = number, act.now
        draft.digest = digest_of(build_document(draft, figures))
    act.session.flush()  # from here on the database guards it
    return draft


def _named_keys(draft: Report, figures: Iterable[Cell]) -> Iterator[tuple[str, str]]:
    """Yield every key, with its breakdown, whose name pages or files of the edition may show."""
    yield from {(cell.by, cell.key) for cell in figures}
    for units in (draft.comparison_basis or {}).get("groups", {}).values():
        yield from (("department", code) for code in units)
    repeated = (draft.findings or {}).get("repeated", {})
    yield from (("category", code) for code, _ in repeated.get("categories", ()))


def _lock_publishable_draft(act: Act, period: Period, draft_id: int | None) -> Report:
    """Lock and return the draft if it can be published; raises as `publish_edition` does."""
    recounts.lock_review(act, period)
    recounts.check_not_running(act, period)
    draft = find_draft(act, period, lock=True)
    if draft is None:
        raise not_now(message("Compile the period first."))
    if draft_id is not None and draft.id != draft_id:
        raise draft_review.DRAFT_RECOMPILED
    if draft.reviewed_at is None:
        raise not_now(message("Review the draft before it is published."))
    if draft.cut_off < period.end:
        raise not_now(
            message(
                "The draft's cut-off lies before the period's end: compile it again after that."
            )
        )
    return draft


def list_editions(act: Act, period: Period | None = None) -> list[Report]:
    """Return the editions of one period or all, the newest period and edition first."""
    query = sa.select(Report).where(Report.edition.is_not(None))
    if period is not None:
        query = query.where(Report.start == period.start, Report.end == period.end)
    order = (Report.start.desc(), Report.end.desc(), Report.edition.desc())
    return list(act.session.scalars(query.order_by(*order)))


def count_editions(act: Act) -> int:
    """Count the editions; while the number stays the same, nothing published has changed."""
    published = sa.select(sa.func.count()).where(Report.edition.is_not(None))
    return act.session.execute(published).scalar_one()


def latest_edition(act: Act, period: Period) -> Report | None:
    """Return the period's newest edition, if there is one."""
    return find_edition(act, period)


def compare_figures(
    before: dict[Cell, Numbers], after: dict[Cell, Numbers]
) -> tuple[Difference, ...]:
    """Return the cells in which two sets of figures differ, sorted."""
    return tuple(
        Difference(cell, before.get(cell), after.get(cell))
        for cell in sorted({**before, **after})
        if before.get(cell) != after.get(cell)
    )


def list_changes(act: Act, edition: Report) -> tuple[Difference, ...]:
    """List the cells that differ from the edition before, at most `MAX_CHANGES_SHOWN`."""
    number = edition.edition or 0
    before = (
        find_edition(act, Period(edition.start, edition.end), number - 1) if number > 1 else None
    )
    return compare_reports(act, before, edition) if before is not None else ()


def compare_reports(act: Act, before: Report, after: Report) -> tuple[Difference, ...]:
    """List the cells that differ, the whole city's first, at most `MAX_CHANGES_SHOWN`."""
    one, other = (
        sa.select(Figure).where(Figure.report_id == each.id).subquery() for each in (before, after)
    )
    same = sa.and_(*(one.c[name] == other.c[name] for name in CELL_COLUMNS))
    cell = [sa.func.coalesce(one.c[name], other.c[name]) for name in CELL_COLUMNS]
    differs = sa.or_(*(one.c[name].is_distinct_from(other.c[name]) for name in NUMBER_COLUMNS))
    rows = act.session.execute(
        sa.select(*cell, *(side.c[name] for side in (one, other) for name in NUMBER_COLUMNS))
        .select_from(one.join(other, same, full=True))
        .where(differs)
        .order_by(cell[0] != CITY, *(sa.collate(each, "C") for each in cell))
        .limit(MAX_CHANGES_SHOWN)
    )
    return tuple(
        Difference(
            Cell.from_codes(*found[:5]), _numbers_or_none(found[5:7]), _numbers_or_none(found[7:])
        )
        for found in rows
    )


def _numbers_or_none(found: Sequence[int | None]) -> Numbers | None:
    """Return the two numbers of one side; None if it has no such cell."""
    met, of = found
    return None if met is None or of is None else Numbers(met, of)


def verify_editions(act: Act, period: Period | None = None) -> list[EditionVerification]:
    """Check every edition's digest, and recount its figures from the appeals as of its cut-off.

    Measures that had another version are not recounted, nor those of working days if the calendar
    has changed; the digest alone covers these. Appeals imported after the edition was counted are
    left out of the recount; the outcome has their number.
    """
    return [_verify_edition(act, edition) for edition in list_editions(act, period)]


def _verify_edition(act: Act, edition: Report) -> EditionVerification:
    stored = load_figures(act, edition)
    span = Period(edition.start, edition.end)
    same_calendar = edition.calendar_version == load_reference(act).book.calendar.version
    known = {
        str(each["name"])
        for each in edition.definitions
        if _counts_as_then(
            MEASURES.get(str(each["name"])), each["version"], same_calendar=same_calendar
        )
    }
    recounted = count_cells(
        act, CountWindow(span, edition.cut_off, imported_by=edition.compiled_at)
    )
    return EditionVerification(
        label=span.label,
        edition=edition.edition or 0,
        sealed=digest_of(build_document(edition, stored)) == edition.digest,
        differences=compare_figures(
            _only_measures(stored, known), _only_measures(recounted, known)
        ),
        later_rows=_later_rows(act, edition),
    )


def _later_rows(act: Act, edition: Report) -> tuple[LaterRows, ...]:
    """Count by import the appeals of an edition's period that were imported after its count."""
    last = sa.and_(Round.appeal_id == Appeal.id, Round.until_at.is_(None))
    lived_then = sa.or_(Round.closed_at.is_(None), Round.closed_at >= edition.start)
    rows = act.session.execute(
        sa.select(ImportRun.id, ImportRun.source, ImportRun.file_name, sa.func.count())
        .join(ImportedAppeal, ImportedAppeal.run_id == ImportRun.id)
        .join(Appeal, Appeal.id == ImportedAppeal.appeal_id)
        .join(Round, last)
        .where(
            ImportedAppeal.imported_at > edition.compiled_at,
            Appeal.filed_at <= edition.cut_off,
            Appeal.filed_at < edition.end,
            lived_then,
        )
        .group_by(ImportRun.id)
        .order_by(ImportRun.id)
    )
    return tuple(LaterRows(*row) for row in rows)


def _counts_as_then(measure: Measure | None, version: object, *, same_calendar: bool) -> bool:
    """Return whether the measure counts as it did in an edition with that version."""
    if measure is None or measure.version != version:
        return False
    return same_calendar or not (isinstance(measure, Mean) and measure.duration.uses_calendar)


def _only_measures(figures: dict[Cell, Numbers], measures: set[str]) -> dict[Cell, Numbers]:
    return {cell: numbers for cell, numbers in figures.items() if cell.measure in measures}
