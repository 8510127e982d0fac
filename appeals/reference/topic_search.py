"""The categories an appeal can have, searched by the words that people use."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from appeals.domain.other_authorities import OTHER_AUTHORITIES, OtherAuthority
from appeals.domain.text.folding import fold_text
from appeals.reference.reference_data import Reference, ReferenceEntry

MAX_TOPICS = 12
WORD_PATTERN = re.compile(r"[a-z0-9]+|[^\W\d_a-z]+")
ENGLISH_SUFFIXES = ("es", "s", "ing", "ed", "y", "e")
STOP_WORDS = frozenset({"the", "and", "for", "with", "our", "are", "not", "has", "was"})
MIN_STEM_LETTERS = 3


@dataclass(frozen=True)
class TopicGroup:
    """Topics under one heading; a heading without topics is its own."""

    row: ReferenceEntry
    topics: list[ReferenceEntry]


@dataclass(frozen=True)
class TopicMatches:
    """Search results: topics, the best first, and matters that others decide."""

    topics: list[ReferenceEntry]
    elsewhere: list[OtherAuthority]


def group_topics(city: Reference, day: date) -> list[TopicGroup]:
    """Group the topics of a Shanghai day by heading, the heading with the most first."""
    under = city.by_parent(city.offered(city.categories_on(day)))
    found = [TopicGroup(top, under.get(top.code) or [top]) for top in under[None]]
    return sorted(found, key=lambda group: -len(group.topics))


def search_topics(city: Reference, day: date, asked: str) -> TopicMatches:
    """Return the topics that share a word with the search, the best match first."""
    asked = fold_text(asked)
    hits = [
        (_count_shared(asked, fold_text(f"{topic.zh} {topic.en} {topic.words}")), topic)
        for group in group_topics(city, day)
        for topic in group.topics
    ]
    hits = sorted((hit for hit in hits if hit[0]), key=lambda hit: -hit[0])
    not_here = [(_count_shared(asked, fold_text(each.words)), each) for each in OTHER_AUTHORITIES]
    best = max((score for score, _ in [*hits, *not_here]), default=0)
    return TopicMatches(
        [topic for _, topic in hits[:MAX_TOPICS]],
        [each for score, each in not_here if score and score == best],
    )


def _count_shared(asked: str, text: str) -> int:
    """Count the search terms that both share, and single-character words."""
    wanted, offered = set(_search_terms(asked)), set(_search_terms(text))
    single = [each for each in text.split() if len(each) == 1 and each in asked]
    return len(wanted & offered) + len(single) + (len(asked) == 1 and asked in text)


def _search_terms(text: str) -> Iterator[str]:
    """Yield the search terms of a text: stems of English words, bigrams of Chinese ones."""
    for word in WORD_PATTERN.findall(text):
        if word.isascii():
            if len(word) >= MIN_STEM_LETTERS and word not in STOP_WORDS:
                yield _stem_of(word)
        else:
            yield from (word[n : n + 2] for n in range(len(word) - 1))


def _stem_of(word: str) -> str:
    for ending in ENGLISH_SUFFIXES:
        if word.endswith(ending) and len(word) - len(ending) >= MIN_STEM_LETTERS:
            return word.removesuffix(ending)
    return word
