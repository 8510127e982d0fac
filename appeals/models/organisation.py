"""The city's reference data: departments, areas, categories, routing rules, limits, calendar days.

Rows are dated instead of deleted, so that earlier deadlines and decisions stay explainable.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base, enum_type
from appeals.domain.vocabulary import Kind


class Department(Base):
    """A unit that can hold an appeal: municipal, of a district, a street office or a company.

    Appeals are dispatched to it from `valid_from` until the day before `valid_to`; `successor_code`
    names the department that took over its work.
    """

    __tablename__ = "department"

    code: Mapped[str] = mapped_column(primary_key=True)
    parent_code: Mapped[str | None] = mapped_column(sa.ForeignKey("department.code"))
    zh: Mapped[str]
    en: Mapped[str]
    tier: Mapped[str]
    district: Mapped[str | None]
    email: Mapped[str | None]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    successor_code: Mapped[str | None] = mapped_column(sa.ForeignKey("department.code"))


class Area(Base):
    """A district, or a street or town in a district, by its administrative division code."""

    __tablename__ = "area"

    code: Mapped[str] = mapped_column(primary_key=True)
    parent_code: Mapped[str | None] = mapped_column(sa.ForeignKey("area.code"))
    zh: Mapped[str]
    en: Mapped[str]
    tier: Mapped[str]
    aliases: Mapped[str] = mapped_column(default="")


class Category(Base):
    """What an appeal is about, on two levels; `urgent` and `restricted` are defaults.

    From `valid_to` on nothing can be filed under it; earlier appeals stay in it. An `imported`
    category was created by an import: it is counted, but not offered in forms.
    """

    __tablename__ = "category"

    code: Mapped[str] = mapped_column(primary_key=True)
    parent_code: Mapped[str | None] = mapped_column(sa.ForeignKey("category.code"))
    zh: Mapped[str]
    en: Mapped[str]
    words: Mapped[str] = mapped_column(default="")
    urgent: Mapped[bool] = mapped_column(default=False)
    restricted: Mapped[bool] = mapped_column(default=False)
    imported: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    valid_to: Mapped[date | None]


class RoutingRule(Base):
    """One rule of the dispatch catalogue; the first match by position is suggested.

    A change ends the old row and adds a new one from the same day on, so that earlier suggestions
    stay explainable; `line` is the id of the first of these rows (None: this is the first).
    """

    __tablename__ = "routing_rule"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    position: Mapped[int] = mapped_column(index=True)
    zh: Mapped[str]
    en: Mapped[str]
    department_code: Mapped[str] = mapped_column(sa.ForeignKey("department.code"))
    category: Mapped[str | None] = mapped_column(sa.ForeignKey("category.code"))
    kind: Mapped[Kind | None] = mapped_column(enum_type(Kind))
    district: Mapped[str | None] = mapped_column(sa.ForeignKey("area.code"))
    street: Mapped[str | None] = mapped_column(sa.ForeignKey("area.code"))
    words: Mapped[list[str]] = mapped_column(ARRAY(sa.Text()))
    line: Mapped[int | None] = mapped_column(sa.ForeignKey("routing_rule.id"), index=True)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


class LimitOfDuty(Base):
    """One dated limit (Rules 2): the duty, the appeals it holds for, the amount, and since when."""

    __tablename__ = "limit_of_duty"
    __table_args__ = (sa.CheckConstraint("amount > 0", name="a_limit_is_positive"),)

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    duty: Mapped[str]
    kind: Mapped[Kind | None] = mapped_column(enum_type(Kind))
    urgent: Mapped[bool]
    investigation: Mapped[bool]
    amount: Mapped[int]
    unit: Mapped[str]
    valid_from: Mapped[datetime]


class RecordedRuleChange(Base):
    """Since when a rule change holds (`domain/rule_book.py`); inserted by a migration."""

    __tablename__ = "rule_change"

    name: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]


class CalendarDay(Base):
    """A holiday, or a weekend day that is worked.

    It comes from a State Council notice, or (`is_single`) was set by an administrator.
    """

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    working: Mapped[bool]
    name: Mapped[str]
    is_single: Mapped[bool] = mapped_column(server_default=sa.false())


class ReferenceVersion(Base):
    """A single row whose value changes with every change to the tables of this module.

    Processes cache what they read until it differs. `calendar` is the digest of the calendar days,
    which deadlines and editions record.
    """

    __tablename__ = "reference_version"
    __table_args__ = (sa.CheckConstraint("id = 1", name="there_is_one_version"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[str]
    calendar: Mapped[str]
