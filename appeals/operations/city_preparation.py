"""Whether a database has the reference rows of a city, and completing those that it lacks.

Each kind of rows is looked at by itself: a department that an import made is no prepared city.
"""

from datetime import date

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.configuration.calendar_changes import calendar_digest
from appeals.database import Base
from appeals.domain.refusals import not_now
from appeals.models.organisation import (
    Area,
    CalendarDay,
    Category,
    Department,
    LimitOfDuty,
    RoutingRule,
)
from appeals.operations.city_loading import load_table, rows_of_file
from appeals.reference.reference_data import IMPORTED_TIER, mark_reference_changed

NEEDED: dict[type[Base], tuple[str, str]] = {
    Area: ("区市和街道", "districts"),
    Department: ("承办单位", "departments"),
    Category: ("诉求类别", "categories"),
    CalendarDay: ("日历", "calendar"),
    LimitOfDuty: ("办理时限", "limits"),
}
"""The kinds of rows without which nothing can be filed, promised or counted."""
RULES = ("派单规则", "routing rules")
Kinds = dict[type[Base], tuple[str, str]]


def lacking_kinds(act: Act) -> Kinds:
    """Return the kinds of which there are no rows but imported ones, in both languages."""
    return {table: names for table, names in NEEDED.items() if not _has_own_rows(act, table)}


def check_prepared(act: Act) -> None:
    """Refuse (not now) to work on a city that lacks a kind of reference rows."""
    if lacking := lacking_kinds(act):
        zh = "、".join(name for name, _ in lacking.values())
        en = ", ".join(name for _, name in lacking.values())
        raise not_now(
            f"数据库里还没有这个城市的{zh}：请先运行 appeals prepare。",
            f"The city is not prepared, it lacks: {en}. Run `appeals prepare` first.",
        )


def complete_city(act: Act) -> list[str]:
    """Load each kind of rows that the city lacks, and return their names in English.

    A kind that has rows is the administrators' and is left alone. The routing rules of the files
    are loaded only where the city has every department, category and place that they name.
    """
    lacking: Kinds = lacking_kinds(act)
    for table in lacking:
        load_table(act, table)
    if CalendarDay not in lacking and _fill_earlier_years(act):
        lacking[CalendarDay] = NEEDED[CalendarDay]
    if not _has_own_rows(act, RoutingRule) and _knows_rules(act):
        load_table(act, RoutingRule)
        lacking[RoutingRule] = RULES
    if lacking:
        mark_reference_changed(act.session, calendar_digest(act))
    return [name for _, name in lacking.values()]


def _fill_earlier_years(act: Act) -> bool:
    """Load the days before the calendar's first: a single year may have been imported alone."""
    first = act.session.scalar(sa.select(sa.func.min(CalendarDay.day)))
    earlier = [
        row
        for row in rows_of_file(CalendarDay)
        if first is not None and isinstance(day := row["day"], date) and day < first
    ]
    if earlier:
        act.session.execute(sa.insert(CalendarDay), earlier)
    return bool(earlier)


def _has_own_rows(act: Act, table: type[Base]) -> bool:
    """Tell whether a kind has rows that no import made."""
    rows = sa.select(sa.literal(1)).select_from(table)
    columns = table.__table__.columns
    if table is Category:
        rows = rows.where(columns["imported"].is_(False))
    elif table in {Area, Department}:
        rows = rows.where(columns["tier"] != IMPORTED_TIER)
    return bool(act.session.scalar(sa.select(rows.exists())))


def _knows_rules(act: Act) -> bool:
    """Tell whether the city has every row that the routing rules of the files name."""
    rules = rows_of_file(RoutingRule)
    named: dict[type[Base], tuple[str, ...]] = {
        Department: ("department_code",), Category: ("category",), Area: ("district", "street"),
    }  # fmt: skip
    for table, columns in named.items():
        asked = {rule[column] for rule in rules for column in columns} - {None}
        there = act.session.scalars(sa.select(table.__table__.columns["code"]))
        if asked - set(there):
            return False
    return True
