"""Loading the city: the reference rows of the CSV files, and a year's holidays, into the tables.

Loading twice is loading once: a row that stands is brought to what the file says, and rows that
an administrator added stay.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals import city
from appeals.act import Act
from appeals.casework import changes
from appeals.database import Base
from appeals.domain.calendar import DECEMBER, city_day, day_start, noticed_years
from appeals.domain.clocks import Unit
from appeals.domain.configuration import CALENDAR, Change, Step
from appeals.domain.refusals import Refused, not_valid
from appeals.domain.vocabulary import YesNo
from appeals.models.organisation import (
    Area,
    CalendarDay,
    Category,
    Department,
    LimitOfDuty,
    RoutingRule,
)
from appeals.reference import touch

Row = Mapping[str, str]


def load(act: Act) -> None:
    """Bring the tables of the city to the CSV files of `appeals.city`.

    Limits and routing rules are put only into an empty table: from then on they are the
    administrator's, and what was promised under one stays explained.
    """
    for table in IN_ORDER:
        load_table(act, table)
    touch(act.session, calendar_digest(act))


def load_table(act: Act, table: type[Base]) -> None:
    """Bring one table to its CSV file; `touch` says afterwards that it changed."""
    if table in {LimitOfDuty, RoutingRule}:
        _fill(act, table, rows_of_file(table))
    else:
        _upsert(act, table, rows_of_file(table))


def rows_of_file(table: type[Base]) -> list[dict[str, object]]:
    """Return the rows of a table's CSV file, parents first."""
    read, name = IN_ORDER[table]
    rows = _parents_first(name) if name in TREES else city.rows(name)
    return [read(row) for row in rows]


def import_calendar(act: Act, document: str, why: str = "") -> int:
    """Take over one year of a holiday-cn document, record it, and give how many days it names.

    Due moments already promised do not move (Rules 1). Raises Refused (not valid) for a document
    of another shape.
    """
    changes.begin(act)
    change = calendar_change(act, document, why)
    year, days = _read_holidays(document)
    act.session.execute(sa.delete(CalendarDay).where(_of_notice(year)))
    _upsert(act, CalendarDay, days)
    changes.record(act, change)
    touch(act.session, calendar_digest(act))
    act.session.expire_all()  # rows were written past what the session had read
    return len(days)


def calendar_change(act: Act, document: str, why: str) -> Change:
    """Say what the days of a document would change; nothing is written. Raises Refused."""
    year, days = _read_holidays(document)
    standing = act.session.execute(
        sa.select(CalendarDay.day, CalendarDay.working, CalendarDay.name)
        .where(_of_notice(year))
        .order_by(CalendarDay.day)
    )
    before = {day.isoformat(): _said(name, working=working) for day, working, name in standing}
    after = {str(d["day"]): _said(str(d["name"]), working=bool(d["working"])) for d in days}
    today = city_day(act.now)
    return Change(CALENDAR, str(year), Step.IMPORT, today, before or None, after, why)


def _of_notice(year: int) -> sa.ColumnElement[bool]:
    """Give the days that a year's notice names: from the December before, for New Year."""
    first, end = _window(year)
    return sa.and_(CalendarDay.day >= first, CalendarDay.day < end)


def _window(year: int) -> tuple[date, date]:
    """Give the first day that a year's notice may name, and the day after the last."""
    return date(year - 1, DECEMBER, 1), date(year, DECEMBER, 1)


def _said(name: str, *, working: bool) -> str:
    return f"{(YesNo.YES if working else YesNo.NO).value} {name}"


def _read_holidays(document: str) -> tuple[int, list[dict[str, object]]]:
    try:
        read = json.loads(document)
        year = int(read["year"])
        days = [
            {
                "day": date.fromisoformat(day["date"]),
                "working": not day["isOffDay"],
                "name": str(day["name"]),
            }
            for day in read["days"]
        ]
        named = {date.fromisoformat(day["date"]) for day in read["days"]}
        first, end = _window(year)
    except KeyError as lacking:
        name = lacking.args[0]
        raise _no_notice(f"缺少“{name}”", f"it lacks “{name}”") from None
    except (ValueError, TypeError, OverflowError) as error:
        raise _no_notice(str(error), str(error)) from None
    if strange := sorted(day for day in named if not first <= day < end):
        raise not_valid(
            "document",
            f"文件是{year}年的，却列有{strange[0]}。",
            f"The document is of {year} and names {strange[0]}.",
        )
    if year not in noticed_years(named):
        raise not_valid(
            "document", f"文件没有{year}年的日期。", f"The document names no days of {year}."
        )
    return year, days


def _no_notice(zh: str, en: str) -> Refused:
    return not_valid(
        "document",
        f"这不是 holiday-cn 格式的节假日文件：{zh}。",
        f"This is not a holiday-cn document: {en}.",
    )


def _parents_first(name: str) -> list[dict[str, str]]:
    """Give the rows of a file so that each follows its parent."""
    left, given, ordered = city.rows(name), {""}, list[dict[str, str]]()
    while left:
        ready = [row for row in left if row["parent"] in given]
        if not ready:
            raise ValueError(f"{name}.csv: parents that do not exist or form a circle.")
        ordered += ready
        given |= {row["code"] for row in ready}
        left = [row for row in left if row["code"] not in given]
    return ordered


def _area(row: Row) -> dict[str, object]:
    return {**_named(row), "tier": row["tier"], "aliases": row["aliases"] or ""}


def _department(row: Row) -> dict[str, object]:
    return {
        **_named(row),
        "tier": row["tier"],
        "district": row["district"] or None,
        "valid_from": _date(row["valid_from"]),
    }


def _category(row: Row) -> dict[str, object]:
    return {
        **_named(row),
        "urgent": bool(row["urgent"]),
        "restricted": bool(row["restricted"]),
        "words": row["words"] or "",
    }


def _named(row: Row) -> dict[str, object]:
    labels = {name: row[name] for name in ("code", "zh", "en")}
    return {**labels, "parent_code": row["parent"] or None}


def _day(row: Row) -> dict[str, object]:
    return {
        "day": date.fromisoformat(row["date"]),
        "working": bool(row["working"]),
        "name": row["name"],
    }


def _limit(row: Row) -> dict[str, object]:
    return {
        "duty": row["duty"],
        "kind": row["kind"] or None,
        "urgent": bool(row["urgent"]),
        "investigation": bool(row["investigation"]),
        "amount": int(row["amount"]),
        "unit": Unit(row["unit"]).value,
        "valid_from": _since(row["valid_from"]),
    }


def _rule(row: Row) -> dict[str, object]:
    return {
        "position": int(row["position"]),
        "zh": row["zh"],
        "en": row["en"],
        "department_code": row["department"],
        **{name: row[name] or None for name in ("category", "kind", "district", "street")},
        "words": row["words"].split(),
    }


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _since(text: str) -> datetime:
    """Give 00:00 Shanghai of a file's date, in UTC."""
    return day_start(date.fromisoformat(text))


def _upsert(act: Act, table: type[Base], rows: list[dict[str, object]]) -> None:
    """Put the rows, or bring those of the same key to what they say."""
    mapped = sa.inspect(table)
    keys = [column.name for column in mapped.primary_key]
    statement = insert(table)
    changes = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    act.session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes), rows)


def _fill(act: Act, table: type[Base], rows: Iterable[dict[str, object]]) -> None:
    """Put the rows where the table has none."""
    if not act.session.scalar(sa.select(sa.exists(sa.select(table)))):
        act.session.execute(sa.insert(table), list(rows))


def calendar_digest(act: Act) -> str:
    """Return the digest of all calendar days."""
    days = act.session.scalars(sa.select(CalendarDay))
    return city.digest({row.day: row.working for row in days})


TREES = ("areas", "departments", "categories")
IN_ORDER: Mapping[type[Base], tuple[Callable[[Row], dict[str, object]], str]] = {
    Area: (_area, "areas"),
    Department: (_department, "departments"),
    Category: (_category, "categories"),
    CalendarDay: (_day, "calendar"),
    LimitOfDuty: (_limit, "limits"),
    RoutingRule: (_rule, "routing"),
}
"""The tables of a city, each with how a line of its file is read and the file's name.

Later ones refer to earlier ones.
"""
