"""The reference data of Qingdao as CSV files, and the two ways to read them."""

import csv
import hashlib
from datetime import date
from importlib import resources

from appeals.domain.calendar import Calendar, noticed_years


def read_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of `name`.csv beside this module, by the names in its first line."""
    text = resources.files(__name__).joinpath(f"{name}.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def read_calendar() -> Calendar:
    """Return the calendar of the State Council's notices, without a database."""
    named = read_rows("calendar")
    days = {date.fromisoformat(row["date"]): bool(row["working"]) for row in named}
    names = {date.fromisoformat(row["date"]): row["name"] for row in named}
    return Calendar(digest_calendar(days), days, names, noticed_years(days))


def digest_calendar(days: dict[date, bool]) -> str:
    """Return the version of a calendar: a short hash over its days."""
    text = ",".join(f"{day}{int(works)}" for day, works in sorted(days.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
