"""The rows that administrators change, as text keyed by field name.

A row may have several dated versions: the one in force on a day, and later ones.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from appeals.act import Act
from appeals.database import Base
from appeals.domain import configuration as tables
from appeals.domain import routing
from appeals.domain.calendar import SHANGHAI, city_day
from appeals.domain.configuration import ConfiguredTable, RowFacts, limit_key
from appeals.domain.moves.needs import Input, Need
from appeals.domain.vocabulary import YesNo
from appeals.models.configuration import Campaign, Downtime
from appeals.models.erasure import Retention
from appeals.models.notice import DatedMessageRule
from appeals.models.organisation import Category, Department, LimitOfDuty, RoutingRule
from appeals.models.staff import FactorDemand, StaffMember
from appeals.reference.reference_data import Reference, load_reference

Model = (
    Department
    | Category
    | RoutingRule
    | LimitOfDuty
    | Campaign
    | Downtime
    | StaffMember
    | FactorDemand
    | Retention
    | DatedMessageRule
)
MODELS: dict[str, type[Model]] = {
    tables.DEPARTMENTS.name: Department,
    tables.CATEGORIES.name: Category,
    tables.RULES.name: RoutingRule,
    tables.LIMITS.name: LimitOfDuty,
    tables.CAMPAIGN.name: Campaign,
    tables.DOWNTIME.name: Downtime,
    tables.ACCOUNTS.name: StaffMember,
    tables.FACTOR_DEMANDS.name: FactorDemand,
    tables.RETENTION.name: Retention,
    tables.MESSAGES.name: DatedMessageRule,
}
ColumnValue = str | int | bool | date | datetime | list[str] | None
"""A value of a column that administrators change."""
SINGLE_ROW_KEY = "1"
"""The key of the row in a table with a single row."""


@dataclass(frozen=True)
class ConfiguredRow:
    """A row as in force on a day (or its first version, if it starts later), and later versions."""

    key: str
    facts: RowFacts
    coming: tuple[RowFacts, ...] = ()


def read_rows_on(act: Act, table: ConfiguredTable, day: date) -> dict[str, ConfiguredRow]:
    """Return every row of a table as in force on a day (Asia/Shanghai), by key."""
    model = MODELS[table.name]
    versions: dict[str, list[RowFacts]] = {}
    for row in act.session.scalars(sa.select(model).order_by(*model.__table__.primary_key)):
        facts = read_row_facts(row, table.fields)
        if not _is_void(facts):
            versions.setdefault(_row_key(row, facts), []).append(facts)
    if table in tables.SINGLE_ROW_TABLES:
        versions.setdefault(SINGLE_ROW_KEY, [{}])
    found = {key: _select_version(key, facts, day) for key, facts in versions.items()}
    return _with_leads(load_reference(act), found, day) if table is tables.CATEGORIES else found


def read_row_facts(row: Base, fields: Sequence[Need]) -> dict[str, str]:
    """Return the non-empty values of a row as text, by field name."""
    texts = {need.name: _format_value(need, getattr(row, need.name)) for need in fields}
    return {name: text for name, text in texts.items() if text}


def parse_column_values(
    model: type[Base], facts: RowFacts, names: Sequence[str]
) -> dict[str, ColumnValue]:
    """Convert text by field name into values for a row's columns."""
    columns = model.__table__.columns
    return {name: _parse_value(columns[name], facts.get(name, "")) for name in names}


def format_moment(moment: datetime) -> str:
    """Format a moment as a form's field has it: Asia/Shanghai, to the minute."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"


def parse_moment(text: str) -> datetime:
    """Parse the moment of a form's field, Asia/Shanghai unless it says otherwise.

    Raises ValueError or OverflowError for what is none.
    """
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).astimezone(UTC)


def lead_department(city: Reference, category: str, day: date) -> str:
    """Return the department that the rules give for a category alone, "" if none."""
    facts = routing.RoutingFacts(kind="", category=category, district=None, street=None, text="")
    found = routing.suggest_department(city.rules_on(day), facts, city.labels, city.place_labels)
    return found.department if found else ""


def _with_leads(
    city: Reference, found: Mapping[str, ConfiguredRow], day: date
) -> dict[str, ConfiguredRow]:
    return {
        key: ConfiguredRow(
            key, {**row.facts, tables.LEAD.name: lead}, tuple(_leads_after(city, key, day))
        )
        for key, row in found.items()
        for lead in (lead_department(city, key, day),)
    }


def _leads_after(city: Reference, category: str, day: date) -> Iterator[RowFacts]:
    """Yield the departments that a category goes to later, each with its first day."""
    lead = lead_department(city, category, day)
    for turn in city.turns_after(day):
        following = lead_department(city, category, turn)
        if following != lead:
            yield {tables.LEAD.name: following, tables.BEGINS.name: turn.isoformat()}
        lead = following


def _select_version(key: str, versions: list[RowFacts], day: date) -> ConfiguredRow:
    ordered = sorted(versions, key=_first_day)
    begun = [each for each in ordered if _first_day(each) <= day.isoformat()]
    coming = tuple(each for each in ordered if each not in begun)
    return (
        ConfiguredRow(key, begun[-1], coming)
        if begun
        else ConfiguredRow(key, coming[0], coming[1:])
    )


def _first_day(facts: RowFacts) -> str:
    return facts.get(tables.BEGINS.name, "")


def _is_void(facts: RowFacts) -> bool:
    """Return whether the version was cancelled before its first day."""
    return bool(_first_day(facts)) and _first_day(facts) == facts.get(tables.ENDS.name)


def _row_key(row: Base, facts: RowFacts) -> str:
    if isinstance(row, RoutingRule):
        return str(row.line or row.id)
    if isinstance(row, LimitOfDuty):
        return limit_key(facts)
    if isinstance(row, FactorDemand):
        return row.role.value
    if isinstance(row, Retention):
        return row.kind.value
    if isinstance(row, DatedMessageRule):
        return row.rule.value
    name = tables.USERNAME if isinstance(row, StaffMember) else tables.CODE
    return facts.get(name.name, SINGLE_ROW_KEY)


def _format_value(need: Need, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return (YesNo.YES if value else YesNo.NO).value
    if isinstance(value, datetime):
        return format_moment(value) if need.input is Input.MOMENT else city_day(value).isoformat()
    return " ".join(value) if isinstance(value, list) else str(value)


def _parse_value(column: sa.ColumnElement[object], text: str) -> ColumnValue:
    if isinstance(column.type, sa.Boolean):
        return text == YesNo.YES
    if isinstance(column.type, ARRAY):
        return text.split()
    if not text:
        return None if getattr(column, "nullable", False) else ""
    if isinstance(column.type, sa.DateTime):
        return parse_moment(text)
    if isinstance(column.type, sa.Date):
        return date.fromisoformat(text)
    return int(text) if isinstance(column.type, sa.Integer) else text
