"""The rows that administrators change, as text by the names of their fields.

A row may have versions over time; the one of a day is what holds on it, later ones are coming.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from appeals.act import Act
from appeals.database import Base
from appeals.domain import configuration as tables
from appeals.domain import routing
from appeals.domain.calendar import city_day
from appeals.domain.configuration import Facts, Table, limit_key
from appeals.domain.moves.needs import Need
from appeals.domain.vocabulary import YesNo
from appeals.models.configuration import Campaign
from appeals.models.erasure import Retention
from appeals.models.organisation import Category, Department, LimitOfDuty, RoutingRule
from appeals.models.staff import FactorDemand, StaffMember
from appeals.reference.reference_data import Reference, reference

Model = (
    Department
    | Category
    | RoutingRule
    | LimitOfDuty
    | Campaign
    | StaffMember
    | FactorDemand
    | Retention
)
MODELS: dict[str, type[Model]] = {
    tables.DEPARTMENTS.name: Department,
    tables.CATEGORIES.name: Category,
    tables.RULES.name: RoutingRule,
    tables.LIMITS.name: LimitOfDuty,
    tables.CAMPAIGN.name: Campaign,
    tables.ACCOUNTS.name: StaffMember,
    tables.FACTOR_DEMANDS.name: FactorDemand,
    tables.RETENTION.name: Retention,
}
THE_ONE = "1"
"""The key of a table that has one row."""


@dataclass(frozen=True)
class Row:
    """A row as it stands on a day (or will first stand), and the versions that come after."""

    key: str
    facts: Facts
    coming: tuple[Facts, ...] = ()


def rows_on(act: Act, table: Table, day: date) -> dict[str, Row]:
    """Give every row of a table as it stands on a Shanghai day, by its key."""
    model = MODELS[table.name]
    versions: dict[str, list[Facts]] = {}
    for row in act.session.scalars(sa.select(model).order_by(*model.__table__.primary_key)):
        facts = said(row, table.fields)
        if not _is_void(facts):
            versions.setdefault(_key(row, facts), []).append(facts)
    if table is tables.CAMPAIGN:
        versions.setdefault(THE_ONE, [{}])
    found = {key: _standing(key, facts, day) for key, facts in versions.items()}
    return _with_leads(reference(act), found, day) if table is tables.CATEGORIES else found


def said(row: Base, fields: Sequence[Need]) -> dict[str, str]:
    """Give what a row says, by the names of the fields."""
    texts = {need.name: _text(getattr(row, need.name)) for need in fields}
    return {name: text for name, text in texts.items() if text}


def values(model: type[Base], facts: Facts, names: Sequence[str]) -> dict[str, object]:
    """Give the values of a row's columns from what it is to say."""
    columns = model.__table__.columns
    return {name: _value(columns[name], facts.get(name, "")) for name in names}


def lead_of(city: Reference, category: str, day: date) -> str:
    """Give the department that a category's appeals go to where nothing else is known of them."""
    facts = routing.Facts(kind="", category=category, district=None, street=None, text="")
    found = routing.choose(city.rules_on(day), facts, city.labels)
    return found.department if found else ""


def _with_leads(city: Reference, found: Mapping[str, Row], day: date) -> dict[str, Row]:
    return {
        key: Row(key, {**row.facts, tables.LEAD.name: lead}, tuple(_leads_after(city, key, day)))
        for key, row in found.items()
        for lead in (lead_of(city, key, day),)
    }


def _leads_after(city: Reference, category: str, day: date) -> Iterator[Facts]:
    """Give the departments that a category goes to later, each with its first day."""
    lead = lead_of(city, category, day)
    for turn in city.turns_after(day):
        following = lead_of(city, category, turn)
        if following != lead:
            yield {tables.LEAD.name: following, tables.BEGINS.name: turn.isoformat()}
        lead = following


def _standing(key: str, versions: list[Facts], day: date) -> Row:
    ordered = sorted(versions, key=_begin)
    begun = [each for each in ordered if _begin(each) <= day.isoformat()]
    coming = tuple(each for each in ordered if each not in begun)
    return Row(key, begun[-1], coming) if begun else Row(key, coming[0], coming[1:])


def _begin(facts: Facts) -> str:
    return facts.get(tables.BEGINS.name, "")


def _is_void(facts: Facts) -> bool:
    """Tell whether a later change took the version back before its first day."""
    return bool(_begin(facts)) and _begin(facts) == facts.get(tables.ENDS.name)


def _key(row: Base, facts: Facts) -> str:
    if isinstance(row, RoutingRule):
        return str(row.line or row.id)
    if isinstance(row, LimitOfDuty):
        return limit_key(facts)
    if isinstance(row, FactorDemand):
        return row.role.value
    if isinstance(row, Retention):
        return row.kind.value
    name = tables.USERNAME if isinstance(row, StaffMember) else tables.CODE
    return facts.get(name.name, THE_ONE)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return (YesNo.YES if value else YesNo.NO).value
    if isinstance(value, datetime):
        return city_day(value).isoformat()
    return " ".join(value) if isinstance(value, list) else str(value)


def _value(column: sa.ColumnElement[object], text: str) -> object:
    if isinstance(column.type, sa.Boolean):
        return text == YesNo.YES
    if isinstance(column.type, ARRAY):
        return text.split()
    if not text:
        return None if getattr(column, "nullable", False) else ""
    if isinstance(column.type, sa.Date):
        return date.fromisoformat(text)
    return int(text) if isinstance(column.type, sa.Integer) else text
