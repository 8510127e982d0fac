"""Parser of a year's holiday notice (holiday-cn JSON): accepted whole, or refused by rows."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from appeals.domain.calendar import DECEMBER, noticed_years
from appeals.domain.messages import SEMICOLON, Message, join_texts, message
from appeals.domain.refusals import Refused, not_valid

MAX_FAULTS_SHOWN = 5
DATE_CHARACTERS = len("2026-01-01")
BOM = "\ufeff"
"""A sentence in Chinese and in English, without its full stop."""


@dataclass(frozen=True)
class NamedDay:
    """A day named by a notice: whether it is a working day, and for which holiday."""

    day: date
    working: bool
    name: str


@dataclass(frozen=True)
class NoticeDocument:
    """The days that the notice of a year names."""

    year: int
    days: Sequence[NamedDay]


def notice_window(year: int) -> tuple[date, date]:
    """Return the first day that a year's notice may name, and the day after the last.

    It begins in the December before, for New Year.
    """
    return date(year - 1, DECEMBER, 1), date(year, DECEMBER, 1)


def decode_document(content: bytes) -> str:
    """Return the text of a file. Raises Refused (not valid) where it is not UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise not_valid(
            "document", message("The file is not in UTF-8. Save it as UTF-8 and try again.")
        ) from None


def read_document(text: str) -> NoticeDocument:
    """Parse a document.

    Raises:
        Refused: Not valid; the sentence names the rows that are wrong, the first five of them.
    """
    year, rows = _read_frame(text)
    days: list[NamedDay] = []
    faults: list[Message] = []
    for place, row in enumerate(rows, 1):
        fault = _find_fault(row, year, days)
        if fault is None:
            days.append(NamedDay(date.fromisoformat(row["date"]), not row["isOffDay"], row["name"]))
        else:
            faults.append(_place_fault(place, row, fault))
    if faults:
        raise _refuse_rows(faults)
    if year not in noticed_years(each.day for each in days):
        raise not_valid("document", message("The document names no days of %(year)s.", year=year))
    return NoticeDocument(year, days)


def _read_frame(text: str) -> tuple[int, Sequence[dict[str, str]]]:
    """Return the document's year and its unparsed rows."""
    try:
        read = json.loads(text.removeprefix(BOM))
    except (ValueError, RecursionError) as error:
        raise _no_notice(message("it is no JSON (%(problem)s)", problem=error)) from None
    for name, shape in (("year", int), ("days", list)):
        if not isinstance(read, dict) or name not in read:
            raise _no_notice(message("it lacks “%(name)s”", name=name))
        if type(read[name]) is not shape:
            raise _no_notice(message("its “%(name)s” is of another shape", name=name))
    if not date.min.year < read["year"] < date.max.year:
        raise _no_notice(message("there is no year %(year)s", year=read["year"]))
    return read["year"], read["days"]


def _find_fault(row: object, year: int, before: Sequence[NamedDay]) -> Message | None:
    """Return what is wrong with a row, if anything; `before` are the valid rows above it."""
    if not isinstance(row, dict) or not {"date", "name", "isOffDay"} <= row.keys():
        return message("it needs date, name and isOffDay")
    if not isinstance(row["isOffDay"], bool):
        return message("isOffDay is true or false, without quotation marks")
    if not isinstance(row["name"], str) or not row["name"].strip():
        return message("it lacks the holiday’s name")
    return _find_fault_of_date(_read_date(row["date"]), year, before)


def _find_fault_of_date(day: date | None, year: int, before: Sequence[NamedDay]) -> Message | None:
    if day is None:
        return message("date is written like 2026-01-01")
    first, end = notice_window(year)
    if not first <= day < end:
        return message("the document is of %(year)s", year=year)
    if any(each.day == day for each in before):
        return message("the day is named above already")
    return None


def _read_date(text: object) -> date | None:
    if not isinstance(text, str) or len(text) != DATE_CHARACTERS:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _place_fault(place: int, row: object, fault: Message) -> Message:
    named = row.get("date", "") if isinstance(row, dict) else ""
    if isinstance(named, str) and named:
        day = named[:DATE_CHARACTERS]
        return message("row %(row)s %(day)s: %(fault)s", row=place, day=day, fault=fault)
    return message("row %(row)s: %(fault)s", row=place, fault=fault)


def _refuse_rows(faults: Sequence[Message]) -> Refused:
    shown = list(faults[:MAX_FAULTS_SHOWN])
    more = len(faults) - len(shown)
    if more:
        shown = [*shown, message("and %(count)s more rows", count=more)]
    told = join_texts(shown, SEMICOLON)
    return not_valid(
        "document", message("Some rows of the document are wrong: %(faults)s.", faults=told)
    )


def _no_notice(why: Message) -> Refused:
    return not_valid("document", message("This is not a holiday-cn document: %(why)s.", why=why))
