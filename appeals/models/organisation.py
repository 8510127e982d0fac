"""The city as rows: departments, areas, categories, routing rules, limits, calendar days.

Rows are dated rather than deleted: what was promised or decided under one stays explained.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base, enum_type
from appeals.domain.vocabulary import Kind


class Department(Base):
    """A unit that can hold an appeal: municipal, of a district, a street office or a company.

    It is sent appeals from `valid_from` on and no longer on `valid_to`; `successor_code` says who
    took its work over.
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
    """A district, or a street or town in it, by its division code."""

    __tablename__ = "area"

    code: Mapped[str] = mapped_column(primary_key=True)
    parent_code: Mapped[str | None] = mapped_column(sa.ForeignKey("area.code"))
    zh: Mapped[str]
    en: Mapped[str]
    tier: Mapped[str]
    aliases: Mapped[str] = mapped_column(default="")


class Category(Base):
    """What an appeal is about, on two levels; `urgent` and `restricted` are defaults.

    From `valid_to` on nothing is filed under it; what was filed before stays under it. An
    `imported` one was made by an import: it is counted and not offered.
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
    """One line of the dispatch catalogue; the first that matches, by position, is suggested.

    A changed rule is a new row from a day on, and the old one ends on it, so that every
    suggestion stays explained; `line` is the id of the first of such rows (None: its own).
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
    """One dated limit (Rules 2): `duty`, for whom it holds, how much, since when."""

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
    """Since when a change of the rules holds (`domain/rule_book.py`); a migration adds the row."""

    __tablename__ = "rule_change"

    name: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]


class CalendarDay(Base):
    """A day that a State Council notice names, or that an administrator set (`is_single`).

    It is a holiday, or a weekend day that works.
    """

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    working: Mapped[bool]
    name: Mapped[str]
    is_single: Mapped[bool] = mapped_column(server_default=sa.false())


class ReferenceVersion(Base):
    """The one row whose value changes with any change to the rows of this module.

    Processes keep what they read until it differs. `calendar` is the digest of the calendar
    days, which promises and editions carry.
    """

    __tablename__ = "reference_version"
    __table_args__ = (sa.CheckConstraint("id = 1", name="there_is_one_version"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[str]
    calendar: Mapped[str]
