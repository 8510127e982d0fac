"""The dry run: which appeals of the last month would be routed differently under changed rules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import may_read_words, visible_to
from appeals.domain import configuration as tables
from appeals.domain import routing
from appeals.domain.configuration import Change, RowFacts
from appeals.domain.routing import Rule
from appeals.models.appeal import Appeal, Statement
from appeals.reference.reference_data import load_reference

DRY_RUN_SPAN = timedelta(days=31)
MAX_APPEALS = 2000
"""The most appeals of a dry run, the newest first; more would take a page too long."""
MAX_SHOWN = 50
"""The most rerouted appeals that are shown with their subjects."""
UNSAVED_RULE_ID = 0
"""The id of a rule that is not saved yet."""


@dataclass(frozen=True)
class ReroutedAppeal:
    """One appeal that would be rerouted: from one department to another ("": to none).

    The subject is empty if the actor may not read it.
    """

    number: str
    filed_at: datetime
    category: str
    subject: str
    was: str
    now: str


@dataclass(frozen=True)
class DryRun:
    """The result of a dry run: the appeals it checked, and all that could be affected."""

    looked: int
    concerned: int
    moved: tuple[ReroutedAppeal, ...]

    @property
    def shown(self) -> tuple[ReroutedAppeal, ...]:
        """Return the newest, which are shown one by one."""
        return self.moved[:MAX_SHOWN]

    @property
    def ways(self) -> Mapping[tuple[str, str], int]:
        """Count the appeals by the department they went to and the one they would go to."""
        found: dict[tuple[str, str], int] = {}
        for each in self.moved:
            found[each.was, each.now] = found.get((each.was, each.now), 0) + 1
        return dict(sorted(found.items(), key=lambda way: -way[1]))


def run_dry_run(act: Act, changes: Sequence[Change]) -> DryRun:
    """Compare the rules as of the day of the change, with and without it, for the last 31 days."""
    city, since = load_reference(act), changes[0].since
    old = city.rules_on(since)
    new = routing.rules_on(apply_changes(city.rules, changes), since)
    concerned = sa.or_(*(_may_match(facts) for facts in _changed_rules(changes)))
    where = (Appeal.filed_at > act.now - DRY_RUN_SPAN, concerned, visible_to(act.actor))
    count = act.session.scalar(sa.select(sa.func.count()).select_from(Appeal).where(*where)) or 0
    rows = act.session.execute(
        sa.select(Appeal, Statement.subject, Statement.detail)
        .join(Statement, Statement.appeal_id == Appeal.id)
        .where(*where)
        .order_by(Appeal.filed_at.desc(), Appeal.id.desc())
        .limit(MAX_APPEALS)
    ).all()
    moved = []
    for appeal, subject, detail in rows:
        facts = routing.RoutingFacts(
            kind=appeal.kind,
            category=appeal.category,
            district=appeal.district,
            street=appeal.street,
            text=f"{subject}\n{detail}",
        )
        was, now = _choose_department(old, facts), _choose_department(new, facts)
        if was != now:
            shown = subject if may_read_words(act.actor, appeal) else ""
            moved.append(
                ReroutedAppeal(appeal.number, appeal.filed_at, appeal.category, shown, was, now)
            )
    return DryRun(len(rows), count, tuple(moved))


def apply_changes(rules: Sequence[Rule], changes: Sequence[Change]) -> tuple[Rule, ...]:
    """Return the rules with the changes applied; changes of other tables are ignored."""
    left = list(rules)
    for change in changes:
        if change.of != tables.RULES.name:
            continue
        left = [rule for rule in left if str(rule.line) != change.key or not change.key]
        if change.after is not None:
            left.append(_build_rule(change.after, change.since))
    return tuple(left)


def _build_rule(facts: RowFacts, since: date) -> Rule:
    return Rule(
        id=UNSAVED_RULE_ID,
        position=int(facts["position"]),
        department=facts[tables.LEAD.name],
        name_zh=facts["zh"],
        name_en=facts["en"],
        category=facts.get("category"),
        kind=facts.get("kind"),
        district=facts.get("district"),
        street=facts.get("street"),
        words=tuple(facts.get("words", "").split()),
        valid_from=since,
    )


def _choose_department(rules: Sequence[Rule], facts: routing.RoutingFacts) -> str:
    found = routing.suggest_department(rules, facts, {})
    return found.department if found else ""


def _changed_rules(changes: Sequence[Change]) -> Iterator[RowFacts]:
    for change in changes:
        if change.of == tables.RULES.name:
            yield from (facts for facts in (change.before, change.after) if facts)


def _may_match(facts: RowFacts) -> sa.ColumnElement[bool]:
    """Return the condition on `Appeal` that a rule needs to match; words are checked later."""
    asked: list[sa.ColumnElement[bool]] = [sa.true()]
    if category := facts.get("category"):
        under = Appeal.category.startswith(f"{category}.", autoescape=True)
        asked.append(sa.or_(Appeal.category == category, under))
    plain = (name for name in ("kind", "district", "street") if name in facts)
    return sa.and_(*asked, *(getattr(Appeal, name) == facts[name] for name in plain))
