"""Editions: what was published, sealed by a digest, and whether the rows still say so (Rules 5)."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.domain.refusals import not_now, not_valid
from appeals.domain.text.cleaning import clean_text
from appeals.models.appeal import Appeal, ImportedAppeal, ImportRun
from appeals.models.handling import Round
from appeals.models.report import Figure, Report
from appeals.reference.reference_data import load_reference
from appeals.reporting.counting.monthly_drafts import (
    Cell,
    Numbers,
    count,
    draft_of,
    edition_of,
    figures_of,
)
from appeals.reporting.editions import draft_review
from appeals.reporting.editions.report_document import digest_of, document
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.measure_shapes import CITY, Mean, Measure, Window
from appeals.reporting.tables import comparison_basis
from appeals.reporting.tables.sections import names_of

CELL, NUMBERS = ("by", "key", "base", "variant", "measure"), ("numerator", "denominator")
SALT_BYTES = 16
CHANGES_MOST = 500
"""Changed cells that are shown; the files of both editions have all."""


@dataclass(frozen=True)
class Difference:
    """One cell that differs; None where one side has no such cell."""

    cell: Cell
    before: Numbers | None
    after: Numbers | None


@dataclass(frozen=True)
class LaterRows:
    """Appeals of an edition's period that an import brought after it was counted."""

    run: int
    source: str
    file_name: str
    rows: int


@dataclass(frozen=True)
class Finding:
    """What verifying one edition found; `later_rows` are left out of the recount (Rules 6)."""

    label: str
    edition: int
    sealed: bool
    differences: tuple[Difference, ...]
    later_rows: tuple[LaterRows, ...] = ()

    @property
    def facts(self) -> dict[str, object]:
        """Give the finding as plain values, for JSON."""
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
        """Tell whether the digest is right and the rows still give every figure."""
        return self.sealed and not self.differences


def publish(
    act: Act, period: Period, reason: str | None = None, *, draft_id: int | None = None
) -> Report:
    """Make the period's reviewed draft its next edition, which nobody can change any more.

    Args:
        act: By the administrator who publishes.
        period: The month or period of the draft.
        reason: Why the edition before is corrected; needed from the second edition on.
        draft_id: The draft that the publisher has read; None for a publisher who trusts the
            review.

    Raises:
        Refused: Not allowed to anybody but an active administrator. Not now without a draft,
            for another draft than was read, for one that nobody reviewed or whose cut-off lies
            before the period's end. Not valid for a correction without a reason.
    """
    publisher = draft_review.administrator(act)
    draft = _publishable(act, period, draft_id)
    before = latest(act, period)
    reason = clean_text(reason) or None
    if before is not None and reason is None:
        raise not_valid("reason", "请说明更正原因。", "Say why the edition is corrected.")
    number = before.edition + 1 if before is not None and before.edition else 1
    draft.reason, draft.published_by = reason, publisher.id
    draft.reviewer_name, draft.publisher_name = draft_review.reviewer(act, draft), publisher.name
    draft.beside, draft.salt = comparison_basis.keep(act, draft), secrets.token_hex(SALT_BYTES)
    figures = figures_of(act, draft)
    draft.names = names_of(load_reference(act), _named_keys(draft, figures))
    with act.session.no_autoflush:  # the edition and its seal reach the database together
        draft.edition, draft.published_at = number, act.now
        draft.digest = digest_of(document(draft, figures))
    act.session.flush()  # from here on the database guards it
    return draft


def _named_keys(draft: Report, figures: Iterable[Cell]) -> Iterator[tuple[str, str]]:
    """Give every key that a page or a file of the edition may print, with its breakdown."""
    yield from {(cell[0], cell[1]) for cell in figures}
    for units in (draft.beside or {}).get("groups", {}).values():
        yield from (("department", code) for code in units)
    repeated = (draft.found or {}).get("repeated", {})
    yield from (("category", code) for code, _ in repeated.get("categories", ()))


def _publishable(act: Act, period: Period, draft_id: int | None) -> Report:
    """Return the draft, locked, if it can be published. Raises Refused as `publish` says."""
    draft = draft_of(act, period, lock=True)
    if draft is None:
        raise not_now("请先统计这一期。", "Compile the period first.")
    if draft_id is not None and draft.id != draft_id:
        raise draft_review.COUNTED_ANEW
    if draft.reviewed_at is None:
        raise not_now("请先审阅草稿，再发布。", "Review the draft before it is published.")
    if draft.cut_off < period.end:
        raise not_now(
            "草稿的截止时间早于这一期结束，请在这一期结束后重新统计，再发布。",
            "The draft's cut-off lies before the period's end: compile it again after that.",
        )
    return draft


def editions(act: Act, period: Period | None = None) -> list[Report]:
    """Give the published editions, of one period or all, newest period and edition first."""
    query = sa.select(Report).where(Report.edition.is_not(None))
    if period is not None:
        query = query.where(Report.start == period.start, Report.end == period.end)
    order = (Report.start.desc(), Report.end.desc(), Report.edition.desc())
    return list(act.session.scalars(query.order_by(*order)))


def how_many(act: Act) -> int:
    """Count the editions: as none changes or goes, nothing that is published differs meanwhile."""
    published = sa.select(sa.func.count()).where(Report.edition.is_not(None))
    return act.session.execute(published).scalar_one()


def latest(act: Act, period: Period) -> Report | None:
    """Give the newest edition of the period, if there is one."""
    return edition_of(act, period)


def differences(before: dict[Cell, Numbers], after: dict[Cell, Numbers]) -> tuple[Difference, ...]:
    """Give the cells in which two sets of figures differ, in order."""
    return tuple(
        Difference(cell, before.get(cell), after.get(cell))
        for cell in sorted({**before, **after})
        if before.get(cell) != after.get(cell)
    )


def changes(act: Act, edition: Report) -> tuple[Difference, ...]:
    """Give what an edition changed against the one before it, the first `CHANGES_MOST` cells."""
    number = edition.edition or 0
    before = edition_of(act, Period(edition.start, edition.end), number - 1) if number > 1 else None
    return changed(act, before, edition) if before is not None else ()


def changed(act: Act, before: Report, after: Report) -> tuple[Difference, ...]:
    """Give the cells in which two reports differ, the city's first, and at most `CHANGES_MOST`."""
    one, other = (
        sa.select(Figure).where(Figure.report_id == each.id).subquery() for each in (before, after)
    )
    same = sa.and_(*(one.c[name] == other.c[name] for name in CELL))
    cell = [sa.func.coalesce(one.c[name], other.c[name]) for name in CELL]
    differs = sa.or_(*(one.c[name].is_distinct_from(other.c[name]) for name in NUMBERS))
    rows = act.session.execute(
        sa.select(*cell, *(side.c[name] for side in (one, other) for name in NUMBERS))
        .select_from(one.join(other, same, full=True))
        .where(differs)
        .order_by(cell[0] != CITY, *(sa.collate(each, "C") for each in cell))
        .limit(CHANGES_MOST)
    )
    return tuple(
        Difference(tuple(found[:5]), _numbers(found[5:7]), _numbers(found[7:])) for found in rows
    )


def _numbers(found: Sequence[int | None]) -> Numbers | None:
    """Give the two numbers that one side has, if it has the cell."""
    met, of = found
    return None if met is None or of is None else (met, of)


def verify(act: Act, period: Period | None = None) -> list[Finding]:
    """Recount every edition from the rows as of its cut-off, and check its digest.

    A measure that was defined otherwise then (another version), or counts working days by a
    calendar that has changed, cannot be recounted; its figures are covered by the digest alone.
    Appeals that an import brought after the edition was counted are left out, and named.
    """
    return [_verified(act, edition) for edition in editions(act, period)]


def _verified(act: Act, edition: Report) -> Finding:
    stored = figures_of(act, edition)
    span = Period(edition.start, edition.end)
    same_calendar = edition.calendar_version == load_reference(act).book.calendar.version
    known = {
        str(each["name"])
        for each in edition.definitions
        if _is_known(MEASURES.get(str(each["name"])), each["version"], same_calendar=same_calendar)
    }
    recounted = count(act, Window(span, edition.cut_off, imported_by=edition.compiled_at))
    return Finding(
        label=span.label,
        edition=edition.edition or 0,
        sealed=digest_of(document(edition, stored)) == edition.digest,
        differences=differences(_of(stored, known), _of(recounted, known)),
        later_rows=_later_rows(act, edition),
    )


def _later_rows(act: Act, edition: Report) -> tuple[LaterRows, ...]:
    """Count by import the appeals of an edition's period that came after it was counted."""
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


def _is_known(measure: Measure | None, version: object, *, same_calendar: bool) -> bool:
    """Tell whether a measure still counts as it did in an edition of that version."""
    if measure is None or measure.version != version:
        return False
    return same_calendar or not (isinstance(measure, Mean) and measure.of_calendar)


def _of(figures: dict[Cell, Numbers], measures: set[str]) -> dict[Cell, Numbers]:
    return {cell: numbers for cell, numbers in figures.items() if cell[-1] in measures}
