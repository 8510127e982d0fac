"""Effects of a category change on its routing rules and on who may see its appeals.

If the category moves to another department, its plain rules end and one new rule begins. If it
becomes restricted, so do its appeals, without a move of theirs.
"""

from collections.abc import Iterator
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.casework.configuration.rule_effects import describe_rule
from appeals.domain import configuration as tables
from appeals.domain.configuration import Change, ChangeStep
from appeals.domain.messages import message
from appeals.domain.routing import Rule
from appeals.models.appeal import Appeal, RestrictedByCategory
from appeals.reference.reference_data import Reference

IDS = sa.ARRAY(sa.BigInteger())
"""Passes any number of ids as one parameter: a statement takes at most 65,535."""


def move_category_rules(city: Reference, change: Change) -> Iterator[Change]:
    """Replace the plain rules of a category by one rule for all of it.

    A rule for single words, a kind or a street is an exception and stays as it is.
    """
    rules = city.rules_on(change.since)
    plain = [rule for rule in rules if rule.category == change.key and not _is_exception(rule)]
    for rule in plain:
        facts = describe_rule(rule)
        yield replace(
            change, of="rules", key=str(rule.line), step=ChangeStep.END, before=facts, after=None
        )
    category = city.categories[change.key]
    department = city.departments[change.facts_after[tables.LEAD.name]]
    name = message("%(category)s: %(department)s", category=category, department=department)
    after = {
        "position": str(_find_rule_position(rules, plain, change.key)),
        "zh": name.label("zh"),
        "en": name.label("en"),
        "category": category.code,
        tables.LEAD.name: department.code,
        tables.BEGINS.name: change.since.isoformat(),
    }
    yield replace(change, of="rules", key="", step=ChangeStep.ADD, before=None, after=after)


def _is_exception(rule: Rule) -> bool:
    return bool(rule.kind or rule.street or rule.words)


def _find_rule_position(rules: tuple[Rule, ...], plain: list[Rule], category: str) -> int:
    """Return the position of the ending rules, else before the parent category's, else last."""
    if plain:
        return min(rule.position for rule in plain)
    upper = [rule for rule in rules if rule.category == category.rpartition(".")[0]]
    if upper:
        return min(rule.position for rule in upper) - 1
    return max((rule.position for rule in rules), default=0) + 1


def restrict_appeals(act: Act, category: str) -> None:
    """Restrict the appeals of a category; each gets a row for it, as there is no move."""
    found = (
        sa.select(Appeal.id, sa.literal(act.now))
        .where(Appeal.category == category, Appeal.restricted.is_(sa.false()))
        .with_for_update()
    )
    kept = insert(RestrictedByCategory).from_select(["appeal_id", "at"], found)
    restricted = act.session.scalars(kept.returning(RestrictedByCategory.appeal_id)).all()
    act.session.execute(
        sa.update(Appeal)
        .where(Appeal.id == sa.any_(sa.literal(restricted, IDS)))
        .values(restricted=True),
        execution_options={"synchronize_session": False},
    )
