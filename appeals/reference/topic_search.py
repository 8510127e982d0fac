"""The categories an appeal can have, proposed by the words that people use.

A category is found by its name and by words that administrators give it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from appeals.act import Act
from appeals.domain.calendar import city_day
from appeals.domain.messages import Labelled, Message, message
from appeals.domain.other_authorities import OTHER_AUTHORITIES, OtherAuthority
from appeals.domain.text.word_index import WordIndex
from appeals.models.appeal import Appeal
from appeals.reference.reference_data import Reference, ReferenceEntry, load_reference

MAX_PROPOSALS = 6
OTHER_TOPIC = "other"
"""The category of what fits no other: offered below all proposals."""
HEADING_WEIGHT = 0.3
"""What the words of a heading count for in each of its topics."""
MIN_SHARE_OF_BEST = 0.2
"""A topic whose score is less than this part of the best one's is not proposed."""
SCORE_DIGITS = 1
"""Scores that are equal when rounded are a tie."""
STATISTICS = sa.table(
    "pg_stats",
    *(sa.column(name) for name in ("schemaname", "tablename", "attname")),
    *(sa.column(name) for name in ("most_common_vals", "most_common_freqs")),
)


@dataclass(frozen=True)
class TopicProposal(Labelled):
    """A topic that fits a text, and the phrases of the text that speak for it."""

    topic: ReferenceEntry
    phrases: tuple[str, ...]

    def label(self, language: str) -> str:
        """Return the name of the topic in `language`."""
        return self.topic.label(language)

    @property
    def reason(self) -> Message:
        """Why it is proposed, as a text for people."""
        first, *others = self.phrases
        if not others:
            return message("because you wrote “%(first)s”", first=first)
        second, *others = others
        if not others:
            return message(
                "because you wrote “%(first)s” and “%(second)s”", first=first, second=second
            )
        return message(
            "because you wrote “%(first)s”, “%(second)s” and “%(third)s”",
            first=first,
            second=second,
            third=others[0],
        )


@dataclass(frozen=True)
class TopicMatches:
    """Search results: proposals, the best first, and matters that others decide.

    `other` is the category of what fits no other, where the city has it.
    """

    proposals: list[TopicProposal]
    elsewhere: list[OtherAuthority]
    other: ReferenceEntry | None = None

    @property
    def topics(self) -> list[ReferenceEntry]:
        """The proposed topics, the best first."""
        return [proposal.topic for proposal in self.proposals]


def propose_topics(act: Act, asked: str) -> TopicMatches:
    """Return the topics that fit a text today; of equal ones the most chosen first."""
    return search_topics(load_reference(act), city_day(act.now), asked, _load_shares(act))


def _load_shares(act: Act) -> Mapping[str, float]:
    """Load the share of all appeals by category, as PostgreSQL counted them last.

    Counting the rows would take seconds in a city with millions; the statistics are one row.
    """
    values = sa.cast(sa.cast(STATISTICS.c.most_common_vals, sa.Text), ARRAY(sa.Text))
    row = act.session.execute(
        sa.select(values, STATISTICS.c.most_common_freqs).where(
            STATISTICS.c.schemaname == sa.func.current_schema(),
            STATISTICS.c.tablename == Appeal.__tablename__,
            STATISTICS.c.attname == Appeal.category.key,
        )
    ).one_or_none()
    return dict(zip(*row, strict=True)) if row is not None and row[0] else {}


def search_topics(
    city: Reference, day: date, asked: str, chosen: Mapping[str, float] | None = None
) -> TopicMatches:
    """Return the topics that have words in common with a text, the best match first.

    Of equal ones the one that people choose more often comes first: `chosen` is the share of all
    appeals by category.
    """
    index, topics, elsewhere = _index_topics(city, day)
    found = index.match_text(asked)
    best = max((match.score for match in found.values()), default=0.0)
    least = best * MIN_SHARE_OF_BEST
    proposed = sorted(
        (code for code in topics if code in found and found[code].score >= least),
        key=lambda code: (
            -round(found[code].score, SCORE_DIGITS),
            -(chosen or {}).get(code, 0.0),
            -found[code].score,
        ),
    )
    return TopicMatches(
        [TopicProposal(topics[code], found[code].phrases) for code in proposed[:MAX_PROPOSALS]],
        [each for code, each in elsewhere.items() if code in found and found[code].score == best],
        topics.get(OTHER_TOPIC),
    )


@lru_cache(maxsize=4)
def _index_topics(
    city: Reference, day: date
) -> tuple[WordIndex, dict[str, ReferenceEntry], dict[str, OtherAuthority]]:
    """Index the words of the topics of a Shanghai day, and of matters that others decide.

    A heading without topics is one itself. Those of the heading with the most come first.
    """
    topics, words = dict[str, ReferenceEntry](), dict[str, list[tuple[str, float]]]()
    under = city.by_parent(city.offered(city.categories_on(day)))
    for heading in sorted(under[None], key=lambda row: -len(under.get(row.code, []))):
        for topic in under.get(heading.code) or [heading]:
            topics[topic.code] = topic
            words[topic.code] = [(word, 1.0) for word in _words_of(topic)]
            if topic is not heading:
                words[topic.code] += [(word, HEADING_WEIGHT) for word in _words_of(heading)]
    elsewhere = {f"elsewhere {n}": each for n, each in enumerate(OTHER_AUTHORITIES)}
    words |= {key: [(word, 1.0) for word in each.words.split()] for key, each in elsewhere.items()}
    return WordIndex(words), topics, elsewhere


def _words_of(row: ReferenceEntry) -> Iterator[str]:
    """Yield the name of a row in both languages, and the words that administrators gave it."""
    yield row.zh
    yield from row.en.split()
    yield from row.words.split()
