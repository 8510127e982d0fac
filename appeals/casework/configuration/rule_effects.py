"""Changes of many routing rules at once: each version of a rule that lasts goes elsewhere."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

from appeals.domain import configuration as tables
from appeals.domain.configuration import Change, ChangeStep, RowFacts
from appeals.domain.routing import Rule
from appeals.reference.reference_data import Reference

RuleTest = Callable[[Rule], bool]


def describe_rule(rule: Rule) -> RowFacts:
    """Return the values of a rule as text, without the days of its version."""
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


def reassign_rules(
    city: Reference, change: Change, is_chosen: RuleTest, department: str
) -> Iterator[Change]:
    """Yield the changes by which the chosen rules name another department from a day on.

    A rule keeps its later versions and its end: writing one version ends those after it, so all
    that last beyond the day are written again, in order.

    Args:
        city: The reference data.
        change: The change that this follows from; its day and reason are those of each.
        is_chosen: Whether a version of a rule is one to be reassigned.
        department: The code of the department that they name then.
    """
    lasting = [rule for rule in city.rules if _lasts_beyond(rule, change.since)]
    lines = {rule.line for rule in lasting if is_chosen(rule)}
    for rule in sorted(
        lasting, key=lambda each: (each.line or each.id, each.valid_from or date.min)
    ):
        if rule.line not in lines:
            continue
        since = max(change.since, rule.valid_from or change.since)
        before = describe_rule(rule)
        after = {**before, tables.BEGINS.name: since.isoformat()}
        if rule.valid_to is not None:
            after[tables.ENDS.name] = rule.valid_to.isoformat()
        if is_chosen(rule):
            after[tables.LEAD.name] = department
        yield replace(
            change,
            of=tables.RULES.name,
            key=str(rule.line),
            step=ChangeStep.CHANGE,
            since=since,
            before=before,
            after=after,
        )


def _lasts_beyond(rule: Rule, day: date) -> bool:
    """Return whether a version of a rule holds on some day after the given one, or on it."""
    is_void = rule.valid_from is not None and rule.valid_from == rule.valid_to
    return not is_void and (rule.valid_to is None or rule.valid_to > day)
