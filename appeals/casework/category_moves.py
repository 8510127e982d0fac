"""Moving a category to another department: which routing rules end, and the one that begins."""

from collections.abc import Iterator
from dataclasses import replace

from appeals.domain import configuration as tables
from appeals.domain.configuration import Change, Facts, Step
from appeals.domain.routing import Rule
from appeals.reference import Reference


def move_category_rules(city: Reference, change: Change) -> Iterator[Change]:
    """End the plain rules of a category and begin one for the whole of it, in their place.

    A rule for single words, a kind or a street is an exception and stays as it is.
    """
    rules = city.rules_on(change.since)
    plain = [rule for rule in rules if rule.category == change.key and not _is_exception(rule)]
    for rule in plain:
        facts = _facts(rule)
        yield replace(
            change, of="rules", key=str(rule.line), step=Step.END, before=facts, after=None
        )
    category = city.categories[change.key]
    department = city.departments[(change.after or {})[tables.LEAD.name]]
    after = {
        "position": str(_place(rules, plain, change.key)),
        "zh": f"{category.zh}由{department.zh}承办",
        "en": f"{category.en}: {department.en}",
        "category": category.code,
        tables.LEAD.name: department.code,
        tables.BEGINS.name: change.since.isoformat(),
    }
    yield replace(change, of="rules", key="", step=Step.ADD, before=None, after=after)


def _is_exception(rule: Rule) -> bool:
    return bool(rule.kind or rule.street or rule.words)


def _place(rules: tuple[Rule, ...], plain: list[Rule], category: str) -> int:
    """Give the position of the rules that end; else before the upper category's, else the last."""
    if plain:
        return min(rule.position for rule in plain)
    upper = [rule for rule in rules if rule.category == category.rpartition(".")[0]]
    if upper:
        return min(rule.position for rule in upper) - 1
    return max((rule.position for rule in rules), default=0) + 1


def _facts(rule: Rule) -> Facts:
    said = {
        "position": str(rule.position),
        "zh": rule.name_zh,
        "en": rule.name_en,
        "category": rule.category,
        "kind": rule.kind,
        "district": rule.district,
        "street": rule.street,
        "words": " ".join(rule.words),
        tables.LEAD.name: rule.department,
    }
    return {name: str(text) for name, text in said.items() if text}
