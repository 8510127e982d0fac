"""The city's reference data as values, cached per process and version.

Each transaction reads the version with one short statement; the rows are read only if it changed.
"""

import secrets
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, SessionTransaction

from appeals.act import Act
from appeals.domain import routing
from appeals.domain.calendar import Calendar, DatedEntry, noticed_years
from appeals.domain.clocks import Limit, LimitUnit
from appeals.domain.messages import Labelled, Text
from appeals.domain.rule_book import LimitRow, RuleBook
from appeals.domain.vocabulary import Tier
from appeals.models.configuration import Campaign, Downtime
from appeals.models.organisation import (
    Area,
    CalendarDay,
    Category,
    Department,
    LimitOfDuty,
    RecordedRuleChange,
    ReferenceVersion,
    RoutingRule,
)

IMPORTED_TIER = "imported"
"""What the column of the tier holds where an import created a department or a place."""
TIERS: Mapping[str, Tier] = {tier.value: tier for tier in Tier}


@dataclass(frozen=True)
class ReferenceEntry(Labelled, DatedEntry):
    """One row of reference data: its code, labels, parent, and what lists and forms need.

    Departments of the city have a tier. A row that an import created (`is_imported`) has none.
    """

    code: str
    zh: str
    en: str
    parent: str | None = None
    tier: Tier | None = None
    district: str | None = None
    words: str = ""
    urgent: bool = False
    restricted: bool = False
    email: str | None = None
    is_imported: bool = False
    successor: str | None = None

    def has_ended(self, day: date) -> bool:
        """Return whether the row is no longer in force on a day (Asia/Shanghai)."""
        return self.valid_to is not None and self.valid_to <= day

    def label(self, language: str) -> str:
        """Return the Chinese or the English name."""
        return Text(self.zh, self.en).label(language)


@dataclass(frozen=True)
class CampaignTexts:
    """The name and announcement of the campaign; without a name that of the settings is used."""

    name: Mapping[str, str] = field(default_factory=dict)
    message: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PlannedDowntime:
    """A planned downtime: from when until when, what is done, and whether forms are refused."""

    starts_at: datetime
    ends_at: datetime
    is_read_only: bool
    note: Mapping[str, str]

    def is_over(self, now: datetime) -> bool:
        """Return whether it has ended."""
        return now >= self.ends_at

    def has_begun(self, now: datetime) -> bool:
        """Return whether it has begun."""
        return now >= self.starts_at

    def seconds_left(self, now: datetime) -> int:
        """Return the seconds until its end, rounded up."""
        return int((self.ends_at - now).total_seconds()) + 1

    def refuses_forms(self, now: datetime) -> bool:
        """Return whether nothing can be sent now."""
        return self.is_read_only and self.has_begun(now) and not self.is_over(now)


@dataclass(frozen=True, eq=False)
class Reference:
    """All reference data: rule book, rules, departments, areas, categories, campaign, downtime.

    Instances compare by identity, so that values derived from one can be cached with it.
    """

    version: str
    book: RuleBook
    rules: tuple[routing.Rule, ...]
    departments: Mapping[str, ReferenceEntry]
    areas: Mapping[str, ReferenceEntry]
    categories: Mapping[str, ReferenceEntry]
    campaign: CampaignTexts = field(default_factory=CampaignTexts)
    downtime: PlannedDowntime | None = None

    def era(self, day: date) -> int:
        """Return how many days up to `day` had rules begin or end: the cache key for its rules."""
        return bisect_right(self._turns, day)

    def turns_after(self, day: date) -> list[date]:
        """Return the days after `day` on which rules begin or end."""
        return self._turns[self.era(day) :]

    def rules_on(self, day: date) -> tuple[routing.Rule, ...]:
        """Return the routing rules in force on a day (Asia/Shanghai)."""
        return self._eras[self.era(day)]

    def rules_about(self, category: str, day: date) -> tuple[routing.Rule, ...]:
        """Return the rules in force on a day that can match an appeal of this category."""
        asked = self.era(day), category
        if asked not in self._about:
            self._about[asked] = routing.rules_about(self._eras[asked[0]], category)
        return self._about[asked]

    @cached_property
    def _about(self) -> dict[tuple[int, str], tuple[routing.Rule, ...]]:
        return {}

    @cached_property
    def _turns(self) -> list[date]:
        dates = {day for rule in self.rules for day in (rule.valid_from, rule.valid_to) if day}
        return sorted(dates)

    @cached_property
    def _eras(self) -> list[tuple[routing.Rule, ...]]:
        return [routing.rules_on(self.rules, day) for day in (date.min, *self._turns)]

    @cached_property
    def labels(self) -> dict[str, Text]:
        """The names of departments and categories by code, for the reasons of suggestions."""
        return _name_rows([*self.departments.values(), *self.categories.values()])

    @cached_property
    def place_labels(self) -> dict[str, Text]:
        """The names of districts and streets by code; departments may have the same codes."""
        return _name_rows(self.areas.values())

    def units_above(self, code: str) -> tuple[str, ...]:
        """Return the departments above one, nearest first."""
        above = list[str]()
        parent = self.departments[code].parent if code in self.departments else None
        while parent is not None and parent not in {code, *above}:
            above.append(parent)
            parent = self.departments[parent].parent
        return tuple(above)

    def successors_on(self, day: date) -> dict[str, str]:
        """Return for each department that has ended by a day the one that took over.

        Where the successor has ended too, that is its own successor; without one in force there is
        none.
        """
        found = dict[str, str]()
        for code, row in self.departments.items():
            passed, last = {code}, row
            while last.has_ended(day) and last.successor and last.successor not in passed:
                passed.add(last.successor)
                last = self.departments[last.successor]
            if last.code != code and last.holds_on(day):
                found[code] = last.code
        return found

    def is_within(self, code: str, unit: str) -> bool:
        """Return whether a department is the unit or is below it."""
        return unit in {code, *self.units_above(code)}

    def offered(self, rows: Mapping[str, ReferenceEntry]) -> dict[str, ReferenceEntry]:
        """Return the rows that forms offer: all but those created by an import."""
        return {code: row for code, row in rows.items() if not row.is_imported}

    def departments_on(self, day: date) -> dict[str, ReferenceEntry]:
        """Return the departments that appeals can be dispatched to on a day (Asia/Shanghai)."""
        return {code: row for code, row in self.departments.items() if row.holds_on(day)}

    def categories_on(self, day: date) -> dict[str, ReferenceEntry]:
        """Return the categories that appeals can be filed under on a day (Asia/Shanghai)."""
        return {code: row for code, row in self.categories.items() if row.holds_on(day)}

    def children(
        self, rows: Mapping[str, ReferenceEntry], parent: str | None
    ) -> list[ReferenceEntry]:
        """Return the rows directly below `parent` (None: the top), ordered by code."""
        return [row for row in rows.values() if row.parent == parent]

    def by_parent(
        self, rows: Mapping[str, ReferenceEntry]
    ) -> dict[str | None, list[ReferenceEntry]]:
        """Return the rows below each parent (None: the top), ordered by code."""
        found: dict[str | None, list[ReferenceEntry]] = {None: []}
        for row in rows.values():
            found.setdefault(row.parent, []).append(row)
        return found


VERSION_QUERY = sa.select(*ReferenceVersion.__table__.columns["version", "calendar"])
_cache: dict[str, Reference] = {}
SESSION_KEY = "reference"
"""The key in `session.info` that caches the data of the current transaction."""


def load_reference(act: Act) -> Reference:
    """Return the reference data for this transaction, cached per process and version."""
    transaction = act.session.get_transaction()
    told: tuple[SessionTransaction | None, Reference] | None = act.session.info.get(SESSION_KEY)
    if told is not None and transaction is not None and told[0] is transaction:
        return told[1]
    found = _current_reference(act)
    act.session.info[SESSION_KEY] = (act.session.get_transaction(), found)
    return found


def _current_reference(act: Act) -> Reference:
    row = act.session.connection().execute(VERSION_QUERY).one_or_none()
    version, calendar = (row.version, row.calendar) if row else ("", "")
    if version not in _cache or not version:
        _cache.clear()
        _cache[version] = _read_reference(act.session, version, calendar)
    return _cache[version]


def _name_rows(rows: Iterable[ReferenceEntry]) -> dict[str, Text]:
    return {row.code: Text(row.zh, row.en) for row in rows}


def mark_reference_changed(session: Session, calendar: str) -> None:
    """Invalidate the cached reference data of all processes after a change to its rows.

    `calendar` is the digest of the calendar days.
    """
    session.info.pop(SESSION_KEY, None)
    session.flush()  # the new version must not be visible before its rows
    values = {"version": secrets.token_hex(16), "calendar": calendar}
    session.execute(
        insert(ReferenceVersion)
        .values(id=1, **values)
        .on_conflict_do_update(index_elements=["id"], set_=values)
    )


def _read_reference(session: Session, version: str, calendar: str) -> Reference:
    return Reference(
        version=version,
        book=RuleBook(
            _read_calendar(session, calendar), _read_limits(session), _read_rule_changes(session)
        ),
        rules=_read_rules(session),
        campaign=_read_campaign(session),
        downtime=_read_downtime(session),
        departments=_read_departments(session),
        areas=_read_areas(session),
        categories=_read_categories(session),
    )


def _read_areas(session: Session) -> dict[str, ReferenceEntry]:
    return {
        a.code: ReferenceEntry(
            a.code,
            a.zh,
            a.en,
            a.parent_code,
            words=a.aliases,
            is_imported=a.tier == IMPORTED_TIER,
        )
        for a in session.scalars(sa.select(Area).order_by(Area.code))
    }


def _read_departments(session: Session) -> dict[str, ReferenceEntry]:
    return {
        d.code: ReferenceEntry(
            d.code,
            d.zh,
            d.en,
            d.parent_code,
            TIERS.get(d.tier),
            d.district,
            email=d.email,
            valid_from=d.valid_from,
            valid_to=d.valid_to,
            is_imported=d.tier == IMPORTED_TIER,
            successor=d.successor_code,
        )
        for d in session.scalars(sa.select(Department).order_by(Department.code))
    }


def _read_categories(session: Session) -> dict[str, ReferenceEntry]:
    return {
        c.code: ReferenceEntry(
            c.code,
            c.zh,
            c.en,
            c.parent_code,
            words=c.words,
            urgent=c.urgent,
            restricted=c.restricted,
            valid_to=c.valid_to,
            is_imported=c.imported,
        )
        for c in session.scalars(sa.select(Category).order_by(Category.code))
    }


def _read_campaign(session: Session) -> CampaignTexts:
    row = session.execute(sa.select(*Campaign.__table__.columns)).one_or_none()
    if row is None:
        return CampaignTexts()
    return CampaignTexts(
        {"zh": row.name_zh, "en": row.name_en}, {"zh": row.message_zh, "en": row.message_en}
    )


def _read_downtime(session: Session) -> PlannedDowntime | None:
    row = session.execute(sa.select(*Downtime.__table__.columns)).one_or_none()
    if row is None or row.starts_at is None:
        return None
    note = {"zh": row.note_zh, "en": row.note_en}
    return PlannedDowntime(row.starts_at, row.ends_at, row.read_only, note)


def _read_calendar(session: Session, version: str) -> Calendar:
    rows = session.scalars(sa.select(CalendarDay)).all()
    days: dict[date, bool] = {row.day: row.working for row in rows}
    names = {row.day: row.name for row in rows}
    noticed = noticed_years(row.day for row in rows if not row.is_single)
    return Calendar(version, days, names, noticed)


def _read_limits(session: Session) -> tuple[LimitRow, ...]:
    return tuple(
        LimitRow(
            duty=row.duty,
            kind=row.kind,
            urgent=row.urgent,
            investigation=row.investigation,
            limit=Limit(row.amount, LimitUnit(row.unit)),
            valid_from=row.valid_from,
        )
        for row in session.scalars(sa.select(LimitOfDuty))
    )


def _read_rule_changes(session: Session) -> dict[str, datetime]:
    return {row.name: row.since for row in session.scalars(sa.select(RecordedRuleChange))}


def _read_rules(session: Session) -> tuple[routing.Rule, ...]:
    rows = session.scalars(sa.select(RoutingRule).order_by(RoutingRule.position, RoutingRule.id))
    return tuple(
        routing.Rule(
            id=row.id,
            position=row.position,
            department=row.department_code,
            name_zh=row.zh,
            name_en=row.en,
            category=row.category,
            kind=row.kind,
            district=row.district,
            street=row.street,
            words=tuple(row.words),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            line=row.line or row.id,
        )
        for row in rows
    )
