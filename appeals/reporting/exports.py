"""A report as a document: its JSON, the canonical bytes that are sealed, and its CSV."""

import csv
import hashlib
import io
import json
from datetime import datetime

from appeals.domain.calendar import SHANGHAI, Period
from appeals.models.report import Report
from appeals.reporting.monthly import Cell, Numbers

FIGURE = ("by", "key", "base", "variant", "measure", "numerator", "denominator")
Document = dict[str, object]


def document(report: Report, figures: dict[Cell, Numbers]) -> Document:
    """Give the report in its published shape; times in Shanghai, whole numbers only.

    A draft has no edition and no digest. The digest of an edition covers all but itself.
    """
    return {
        "month": Period(report.start, report.end).label,
        "edition": report.edition,
        "published_at": _shanghai(report.published_at),
        "cut_off": _shanghai(report.cut_off),
        "calendar_version": report.calendar_version,
        "definitions": report.definitions,
        "figures": [
            dict(zip(FIGURE, (*cell, *numbers), strict=True))
            for cell, numbers in sorted(figures.items())
        ],
        "previous_edition": report.edition - 1 if report.edition and report.edition > 1 else None,
        "reason": report.reason,
        "digest": report.digest,
    }


def digest_of(document: Document) -> str:
    """Give "sha256:…" of the canonical JSON: sorted keys, no spaces, UTF-8, without the digest."""
    sealed = {name: value for name, value in document.items() if name != "digest"}
    text = json.dumps(sealed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def as_json(document: Document) -> str:
    """Give the document as readable JSON."""
    return json.dumps(document, ensure_ascii=False, indent=1)


def as_csv(figures: dict[Cell, Numbers]) -> str:
    """Give the figures as CSV with a byte order mark, which spreadsheets need for Chinese."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(FIGURE)
    writer.writerows((*cell, *numbers) for cell, numbers in sorted(figures.items()))
    return "\ufeff" + out.getvalue()


def _shanghai(moment: datetime | None) -> str | None:
    return moment.astimezone(SHANGHAI).isoformat() if moment else None
