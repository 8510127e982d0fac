"""A report as a document: its JSON, the digest over its canonical JSON, its CSV."""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime

from appeals.domain.calendar import SHANGHAI, Period
from appeals.domain.messages import message
from appeals.models.report import Report
from appeals.reporting.counting.case_lists import ListedCase
from appeals.reporting.editions.small_cells import PublishedFigures, publishable_findings
from appeals.reporting.measures.cells import Cell, Numbers
from appeals.reporting.measures.measure_shapes import WITHHELD
from appeals.reporting.snapshot.breakdowns import DIMENSIONS
from appeals.reporting.tables.sections import Reader

FIGURE_COLUMNS = ("by", "key", "base", "variant", "measure", "numerator", "denominator")
FORMULA_STARTS = tuple("=+-@\t\r\0\uff1d\uff0b\uff0d\uff20")
"""First characters of a text that a spreadsheet would run; the last four are full-width."""
CASE_LABELS = (
    message("Number"),
    message("Round or dispatch"),
    message("Filed"),
)
HIDDEN_LABEL = message("Restricted")
"""Replaces the number of an appeal that the reader may not see."""
Document = dict[str, object]
DIGESTS = ("digest", "public_digest")


def build_document(report: Report, figures: dict[Cell, Numbers]) -> Document:
    """Return the report as the values of its JSON: whole numbers, Shanghai time.

    This is what the digest of an edition covers, except the digest itself. A draft has neither
    number nor digest. Fields that an edition of an earlier release does not have are left out, so
    that its digest still matches.
    """
    apart = {
        "reviewed_by": report.reviewer_name,
        "published_by": report.publisher_name,
        "beside": report.comparison_basis,
        "found": report.findings,
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
    """Return an edition without its withheld figures, and with the number of these.

    `digest` is still that of the whole edition. Its salt is left out, so that nobody can try out
    numbers for the withheld figures until the digest matches. `public_digest` covers this document,
    except both digests.
    """
    shown = build_document(report, dict(published.figures))
    shown.pop("salt", None)
    if report.findings is not None:
        shown["found"] = publishable_findings(report.findings)
    digest = shown.pop("digest")
    shown["withheld"] = len(published.withheld)
    return {**shown, "digest": digest, "public_digest": digest_of(shown)}


def digest_of(document: Document) -> str:
    """Return "sha256:…" of the canonical JSON: sorted keys, no spaces, UTF-8, without digests."""
    sealed = {name: value for name, value in document.items() if name not in DIGESTS}
    text = json.dumps(sealed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def as_json(document: Document) -> str:
    """Return the document as indented JSON."""
    return json.dumps(document, ensure_ascii=False, indent=1)


def as_csv(figures: dict[Cell, Numbers], withheld: AbstractSet[Cell] = frozenset()) -> str:
    """Return the figures as CSV, with the byte order mark that spreadsheets need for Chinese.

    A withheld cell has a row too, with the sign for it in place of both numbers.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(FIGURE_COLUMNS)
    for cell in sorted({*figures, *withheld}):
        numbers = (WITHHELD, WITHHELD) if cell in withheld else figures[cell]
        writer.writerow((*(escape_formula(text) for text in cell), *numbers))
    return "\ufeff" + out.getvalue()


def public_csv(report: Report, published: PublishedFigures) -> str:
    """Return an edition's published figures as CSV; the last rows are not figures.

    They have the number of withheld figures and both digests: the name in the first column, the
    value in the second.
    """
    known = public_document(report, published)
    out = io.StringIO()
    for name in ("withheld", "digest", "public_digest"):
        csv.writer(out).writerow((name, known[name], *("" for _ in FIGURE_COLUMNS[2:])))
    return as_csv(dict(published.figures), published.withheld) + out.getvalue()


def cases_as_csv(cases: Iterable[ListedCase], reader: Reader) -> Iterator[str]:
    """Yield a list of cases as CSV, row by row as the cases come, in the reader's language."""
    words = (each.label(reader.language) for each in (*CASE_LABELS, *DIMENSIONS))
    yield "\ufeff" + format_csv_row(words)
    for case in cases:
        if case.is_hidden:
            yield format_csv_row(
                (
                    HIDDEN_LABEL.label(reader.language),
                    *[""] * (len(CASE_LABELS) + len(DIMENSIONS) - 1),
                )
            )
            continue
        keys = ((by, getattr(case, by)) for by in DIMENSIONS)
        named = (reader.key(by, key) if key else "" for by, key in keys)
        yield format_csv_row(
            (str(case.number), str(case.n), str(_shanghai_time(case.filed_at)), *named)
        )


def format_csv_row(texts: Iterable[str]) -> str:
    """Return a line of CSV in which no cell is run as a formula."""
    out = io.StringIO()
    csv.writer(out).writerow([escape_formula(text) for text in texts])
    return out.getvalue()


def escape_formula(text: str) -> str:
    """Return the text, quoted where a spreadsheet would run it as a formula (Reliability 3)."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _shanghai_time(moment: datetime | None) -> str | None:
    return moment.astimezone(SHANGHAI).isoformat() if moment else None
