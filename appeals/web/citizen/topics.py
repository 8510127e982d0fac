"""What an appeal can be about, found by the words that people use."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from appeals.domain.other_authorities import OTHER_AUTHORITIES, OtherAuthority
from appeals.domain.text.folding import fold_text
from appeals.reference.reference_data import Reference, ReferenceEntry

FOUND_MOST = 12
LETTERS = re.compile(r"[a-z0-9]+|[^\W\d_a-z]+")
ENDINGS = ("es", "s", "ing", "ed", "y", "e")
IDLE = frozenset({"the", "and", "for", "with", "our", "are", "not", "has", "was"})
SHORTEST = 3


@dataclass(frozen=True)
class Group:
    """Topics under one heading; a heading without any is its own topic."""

    row: ReferenceEntry
    topics: list[ReferenceEntry]


@dataclass(frozen=True)
class Found:
    """What a search found: topics, the best first, and matters that are not decided here."""

    topics: list[ReferenceEntry]
    elsewhere: list[OtherAuthority]


def groups(city: Reference, day: date) -> list[Group]:
    """Give the topics of a Shanghai day under their headings, those with the most first."""
    under = city.by_parent(city.offered(city.categories_on(day)))
    found = [Group(top, under.get(top.code) or [top]) for top in under[None]]
    return sorted(found, key=lambda group: -len(group.topics))


def find(city: Reference, day: date, asked: str) -> Found:
    """Give the topics that share a word with what was asked, those that share most first."""
    asked = fold_text(asked)
    hits = [
        (_score(asked, fold_text(f"{topic.zh} {topic.en} {topic.words}")), topic)
        for group in groups(city, day)
        for topic in group.topics
    ]
    hits = sorted((hit for hit in hits if hit[0]), key=lambda hit: -hit[0])
    not_here = [(_score(asked, fold_text(each.words)), each) for each in OTHER_AUTHORITIES]
    best = max((score for score, _ in [*hits, *not_here]), default=0)
    return Found(
        [topic for _, topic in hits[:FOUND_MOST]],
        [each for score, each in not_here if score and score == best],
    )


def _score(asked: str, text: str) -> int:
    """Count the pieces that both share, and the single characters that one holds as a word."""
    wanted, offered = set(_pieces(asked)), set(_pieces(text))
    single = [each for each in text.split() if len(each) == 1 and each in asked]
    return len(wanted & offered) + len(single) + (len(asked) == 1 and asked in text)


def _pieces(text: str) -> Iterator[str]:
    """Give what is compared: stems of English words, and each two Chinese characters in a row."""
    for word in LETTERS.findall(text):
        if word.isascii():
            if len(word) >= SHORTEST and word not in IDLE:
                yield _stem(word)
        else:
            yield from (word[n : n + 2] for n in range(len(word) - 1))


def _stem(word: str) -> str:
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST:
            return word.removesuffix(ending)
    return word
