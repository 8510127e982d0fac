"""A report as a document: its JSON, the canonical bytes that are sealed, its CSV."""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime

from appeals.domain.calendar import SHANGHAI, Period
from appeals.models.report import Report
from appeals.reporting.counting.case_lists import ListedCase
from appeals.reporting.counting.monthly_drafts import Cell, Numbers
from appeals.reporting.editions.small_cells import PublishedFigures, publishable_findings
from appeals.reporting.measures.measure_shapes import WITHHELD, Words
from appeals.reporting.snapshot.snapshot_rows import DIMENSIONS
from appeals.reporting.tables.sections import BREAKDOWN_LABELS, Reader

FIGURE_COLUMNS = ("by", "key", "base", "variant", "measure", "numerator", "denominator")
FORMULA_STARTS = tuple("=+-@\t\r\0\uff1d\uff0b\uff0d\uff20")
"""What a text begins with that a spreadsheet would run; the last four are full-width."""
CASE_LABELS = (
    Words("编号", "Number"),
    Words("轮次或派单", "Round or dispatch"),
    Words("提交时间", "Filed"),
)
HIDDEN_LABEL = Words("限制件", "Restricted")
"""Stands in the place of the number of an appeal that the reader may not see."""
Document = dict[str, object]
DIGESTS = ("digest", "public_digest")


def build_document(report: Report, figures: dict[Cell, Numbers]) -> Document:
    """Give the report in its published shape; times in Shanghai, whole numbers only.

    A draft has no edition and no digest. The digest of an edition covers all but itself. What an
    edition of an earlier release does not keep is left out, so that its digest still holds.
    """
    apart = {
        "reviewed_by": report.reviewer_name,
        "published_by": report.publisher_name,
        "beside": report.beside,
        "found": report.found,
        "names": report.names,
        "salt": report.salt,
    }
    kept = {name: value for name, value in apart.items() if value is not None}
    return {
        "month": Period(report.start, report.end).label,
        "edition": report.edition,
        "published_at": _shanghai_time(report.published_at),
        "cut_off": _shanghai_time(report.cut_off),
        "calendar_version": report.calendar_version,
        "definitions": report.definitions,
        "figures": [
            dict(zip(FIGURE_COLUMNS, (*cell, *numbers), strict=True))
            for cell, numbers in sorted(figures.items())
        ],
        "previous_edition": report.edition - 1 if report.edition and report.edition > 1 else None,
        "reason": report.reason,
        **kept,
        "digest": report.digest,
    }


def public_document(report: Report, published: PublishedFigures) -> Document:
    """Give an edition as everybody may have it: without what is withheld, with how many that is.

    `digest` stays that of the whole edition; its salt is left out, so that nobody can try numbers
    for the withheld figures until the digest fits. `public_digest` covers what is here, but for
    both digests.
    """
    shown = build_document(report, dict(published.figures))
    shown.pop("salt", None)
    if report.found is not None:
        shown["found"] = publishable_findings(report.found)
    digest = shown.pop("digest")
    shown["withheld"] = len(published.withheld)
    return {**shown, "digest": digest, "public_digest": digest_of(shown)}


def digest_of(document: Document) -> str:
    """Give "sha256:…" of the canonical JSON: sorted keys, no spaces, UTF-8, without digests."""
    sealed = {name: value for name, value in document.items() if name not in DIGESTS}
    text = json.dumps(sealed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def as_json(document: Document) -> str:
    """Give the document as readable JSON."""
    return json.dumps(document, ensure_ascii=False, indent=1)


def as_csv(figures: dict[Cell, Numbers], withheld: AbstractSet[Cell] = frozenset()) -> str:
    """Give the figures as CSV with a byte order mark, which spreadsheets need for Chinese.

    A withheld cell has its line, with the sign that says so instead of both numbers.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(FIGURE_COLUMNS)
    for cell in sorted({*figures, *withheld}):
        numbers = (WITHHELD, WITHHELD) if cell in withheld else figures[cell]
        writer.writerow((*(escape_formula(text) for text in cell), *numbers))
    return "\ufeff" + out.getvalue()


def public_csv(report: Report, published: PublishedFigures) -> str:
    """Give an edition's published figures as CSV; its last lines say how many are withheld.

    These lines bear what they are in the first column and nothing in the last two.
    """
    known = public_document(report, published)
    out = io.StringIO()
    for name in ("withheld", "digest", "public_digest"):
        csv.writer(out).writerow((name, known[name], *("" for _ in FIGURE_COLUMNS[2:])))
    return as_csv(dict(published.figures), published.withheld) + out.getvalue()


def cases_as_csv(cases: Iterable[ListedCase], reader: Reader) -> Iterator[str]:
    """Give a list of cases as CSV line by line, in the reader's words, as the cases come."""
    words = (
        each.label(reader.language)
        for each in (*CASE_LABELS, *(BREAKDOWN_LABELS[by] for by in DIMENSIONS))
    )
    yield "\ufeff" + _csv_line(words)
    for case in cases:
        if case.is_hidden:
            yield _csv_line(
                (
                    HIDDEN_LABEL.label(reader.language),
                    *[""] * (len(CASE_LABELS) + len(DIMENSIONS) - 1),
                )
            )
            continue
        keys = ((by, getattr(case, by)) for by in DIMENSIONS)
        named = (reader.key(by, key) if key else "" for by, key in keys)
        yield _csv_line((str(case.number), str(case.n), str(_shanghai_time(case.filed_at)), *named))


def _csv_line(texts: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([escape_formula(text) for text in texts])
    return out.getvalue()


def escape_formula(text: str) -> str:
    """Give a text as a CSV cell that no spreadsheet runs (Reliability 3)."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _shanghai_time(moment: datetime | None) -> str | None:
    return moment.astimezone(SHANGHAI).isoformat() if moment else None
