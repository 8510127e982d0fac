"""Routing: which department is suggested for an appeal, and why.

The rules are the dispatch catalogue (Domain 2.1 [S22]), which administrators edit. The first match
by position is suggested; if none matches, no department is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import attrgetter

from appeals.domain.calendar import DatedEntry
from appeals.domain.messages import Message, Text, join_texts, message
from appeals.domain.text.folding import fold_text
from appeals.domain.vocabulary import Kind

Labels = Mapping[str, Text]
MAX_ALTERNATIVES = 3


@dataclass(frozen=True)
class Rule(DatedEntry):
    """One rule of the catalogue; a field that is None and an empty `words` match everything.

    A category also matches its children, whose codes begin with its own and a dot. `line` is the id
    of the first of the rule's versions.
    """

    id: int
    position: int
    department: str
    name_zh: str
    name_en: str
    category: str | None = None
    kind: str | None = None
    district: str | None = None
    street: str | None = None
    words: tuple[str, ...] = ()
    line: int | None = None

    def label(self, language: str) -> str:
        """Return the rule's name in `language`."""
        return Text(self.name_zh, self.name_en).label(language)


@dataclass(frozen=True)
class RoutingFacts:
    """What rules are matched against: codes, and the text in which keywords are searched."""

    kind: str
    category: str
    district: str | None
    street: str | None
    text: str


RULE_ORDER = attrgetter("position", "id")


@dataclass(frozen=True)
class Suggestion:
    """The suggested department, its rule, the reason in words, and other departments that match."""

    department: str
    rule_id: int
    reason: Message
    alternatives: tuple[str, ...]


def suggest_department(
    rules: Sequence[Rule], facts: RoutingFacts, labels: Labels, places: Labels | None = None
) -> Suggestion | None:
    """Return the suggestion of the first matching rule, or None.

    `labels` names departments and categories for the reason, `places` districts and streets: the
    office of a street may have the code of the street.
    """
    matching = (rule for rule in sorted(rules, key=RULE_ORDER) if _rule_matches(rule, facts))
    first = next(matching, None)
    if first is None:
        return None
    others: dict[str, None] = {}
    for rule in matching:
        if rule.department != first.department and len(others) < MAX_ALTERNATIVES:
            others.setdefault(rule.department)
    reason = _reason_text(first, facts, labels, labels if places is None else places)
    return Suggestion(first.department, first.id, reason, tuple(others))


def rules_on(rules: Sequence[Rule], day: date) -> tuple[Rule, ...]:
    """Return the rules in force on a day (Asia/Shanghai)."""
    return tuple(rule for rule in rules if rule.holds_on(day))


def rules_about(rules: Sequence[Rule], category: str) -> tuple[Rule, ...]:
    """Return the rules that can match an appeal of the category."""
    return tuple(r for r in rules if r.category is None or _is_within(category, r.category))


def _rule_matches(rule: Rule, facts: RoutingFacts) -> bool:
    return (
        (rule.category is None or _is_within(facts.category, rule.category))
        and rule.kind in {None, facts.kind}
        and rule.district in {None, facts.district}
        and rule.street in {None, facts.street}
        and (not rule.words or any(_has_word(facts, word) for word in rule.words))
    )


def _is_within(category: str, parent: str) -> bool:
    return category == parent or category.startswith(f"{parent}.")


def _has_word(facts: RoutingFacts, word: str) -> bool:
    return fold_text(word) in _fold_cached(facts.text)


@lru_cache(maxsize=64)
def _fold_cached(text: str) -> str:
    """Fold a text, cached because one text is searched for the words of many rules."""
    return fold_text(text)


def _reason_text(rule: Rule, facts: RoutingFacts, labels: Labels, places: Labels) -> Message:
    name = Text(rule.name_zh, rule.name_en)
    department = labels.get(rule.department, Text(rule.department, rule.department))
    matched = list(_matched_conditions(rule, facts, labels, places))
    if not matched:
        return message("Rule “%(rule)s” names %(department)s", rule=name, department=department)
    return message(
        "Rule “%(rule)s” names %(department)s: %(conditions)s",
        rule=name,
        department=department,
        conditions=join_texts(matched),
    )


def _matched_conditions(
    rule: Rule, facts: RoutingFacts, labels: Labels, places: Labels
) -> Iterator[Message]:
    if rule.category:
        yield message("category “%(name)s”", name=labels.get(facts.category, facts.category))
    if rule.kind:
        yield message("kind “%(name)s”", name=Kind(rule.kind))
    if rule.district:
        yield message("district “%(name)s”", name=places.get(rule.district, rule.district))
    if rule.street:
        yield message("street “%(name)s”", name=places.get(rule.street, rule.street))
    for word in rule.words:
        if _has_word(facts, word):
            yield message("word “%(name)s”", name=word)
