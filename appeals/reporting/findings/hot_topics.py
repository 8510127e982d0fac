"""Hot topics: words used in more subjects of a period than in the three months before.

Words are taken from a sample of subjects and counted in all of them. Only common nouns of the
dictionary are counted, never names of people or places, and none that fewer than five appeals
have; confidential and restricted appeals are left out. So a topic reveals nothing about a person.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.domain.vocabulary import Kind
from appeals.models.appeal import Appeal, Statement
from appeals.reference.reference_data import ReferenceEntry, load_reference
from appeals.reporting.snapshot.count_window import CountWindow
from appeals.reporting.snapshot.cut_off_values import classification_at

KINDS = (Kind.CONSULTATION, Kind.HELP, Kind.COMPLAINT, Kind.SUGGESTION)
MONTHS_BEFORE = 3
MAX_TOPICS, MIN_TOPIC_APPEALS = 3, 5
"""The most topics of a kind, and the fewest appeals of a topic."""
SAMPLE_APPEALS = 20_000
COMMON_NOUN_TAGS = frozenset({"n", "vn", "nz", "l", "an"})
"""The dictionary's part-of-speech tags of common nouns; people are nr, places ns, bodies nt."""
MIN_RISE_STANDARD_ERRORS = 1.96
"""Standard errors from which a rise is significant (95 %)."""
UNINFORMATIVE_WORDS = re.compile(
    "街道|社区|小区|家园|广场|花园|公寓|大厦|公园|路口|市场|市民|居民|问题|情况|部门|单位|"
    "建议|意见|咨询|投诉|举报|求助|表扬|希望|要求|反映"
)
"""Stop words: parts of addresses, and words that any appeal may have."""
CHINESE = re.compile(r"[\u4e00-\u9fff]{2,}")


@dataclass(frozen=True)
class HotTopic:
    """A word, the number of subjects of a kind that have it, and of all; now and before."""

    kind: str
    word: str
    count: int
    of: int
    count_before: int
    of_before: int


def find_hot_topics(act: Act, window: CountWindow) -> list[dict[str, object]]:
    """Return the topics of each kind, the hottest first, as plain values."""
    period, before = window.period, _months_before(window.period)
    words = TopicWords(
        name for area in load_reference(act).areas.values() for name in _place_names(area)
    )
    now, then = (_count_sample_words(act, words, each, window.cut_off) for each in (period, before))
    chosen = [(kind, word) for kind in KINDS for word in _hottest_words(now[kind], then[kind])]
    if not chosen:
        return []
    counts = [_count_exactly(act, chosen, each, window.cut_off) for each in (period, before)]
    return [
        asdict(
            HotTopic(kind.value, word, counts[0][n], counts[0][kind], counts[1][n], counts[1][kind])
        )
        for n, (kind, word) in enumerate(chosen)
        if counts[0][n] >= MIN_TOPIC_APPEALS
    ]


class TopicWords:
    """The common nouns of a text, by jieba's dictionary alone, without the names of `places`."""

    def __init__(self, places: Iterable[str]) -> None:
        """Load the dictionary, and leave out the places."""
        import rjieba  # noqa: PLC0415 - 33 MB that few processes ever need

        self.tag = rjieba.tag
        self.places = frozenset(places)

    def of(self, text: str) -> set[str]:
        """Return the distinct words of a text."""
        return {
            word
            for word, tag in self.tag(text, hmm=False)
            if tag in COMMON_NOUN_TAGS and word not in self.places and _is_topic_word(word)
        }


def _is_topic_word(word: str) -> bool:
    return bool(CHINESE.fullmatch(word)) and not UNINFORMATIVE_WORDS.fullmatch(word)


def _place_names(area: ReferenceEntry) -> list[str]:
    return [area.zh, *area.words.split()]


@dataclass
class WordCounts:
    """The number of texts that have each word, and the number of texts."""

    texts: int
    words: Counter[str]


def _months_before(period: Period) -> Period:
    earliest = period
    for _ in range(MONTHS_BEFORE):
        earliest = earliest.before()
    return Period(earliest.start, period.start)


_OPEN_TO_ALL = (Appeal.confidential.is_(sa.false()), Appeal.restricted.is_(sa.false()))


def _filed_in(period: Period, cut_off: datetime) -> sa.ColumnElement[bool]:
    inside = sa.and_(Appeal.filed_at >= period.start, Appeal.filed_at < period.end)
    return sa.and_(inside, Appeal.filed_at <= cut_off, *_OPEN_TO_ALL)


def _count_sample_words(
    act: Act, words: TopicWords, period: Period, cut_off: datetime
) -> Mapping[Kind, WordCounts]:
    """Count the words of a sample: every n-th appeal of the period."""
    holds = _filed_in(period, cut_off)
    n = act.session.scalar(sa.select(sa.func.count()).select_from(Appeal).where(holds)) or 0
    every = max(1, math.ceil(n / SAMPLE_APPEALS))
    rows = act.session.execute(
        sa.select(classification_at(Appeal, "kind", cut_off), Statement.subject)
        .join(Statement, Statement.appeal_id == Appeal.id)
        .where(holds, Appeal.id % every == 0)
        .execution_options(yield_per=1000)
    )
    found = {kind: WordCounts(0, Counter()) for kind in Kind}
    for name, subject in rows:
        kind = Kind(name or "")
        found[kind].texts += 1
        found[kind].words.update(words.of(subject))
    return found


def _hottest_words(now: WordCounts, then: WordCounts) -> Iterable[str]:
    """Return the words with the most significant rise; without texts before, the commonest."""
    often = [word for word, count in now.words.items() if count >= MIN_TOPIC_APPEALS]
    heat = {word: _rise_in_standard_errors(now, then, word) for word in often}
    return sorted(
        (word for word in often if heat[word] >= MIN_RISE_STANDARD_ERRORS),
        key=lambda word: (-heat[word], word),
    )[:MAX_TOPICS]


def _rise_in_standard_errors(now: WordCounts, then: WordCounts, word: str) -> float:
    """Return by how many standard errors the word's share of the texts rose."""
    if not then.texts:
        return now.words[word]
    both = (now.words[word] + then.words[word]) / (now.texts + then.texts)
    error = math.sqrt(both * (1 - both) * (1 / now.texts + 1 / then.texts))
    step = now.words[word] / now.texts - then.words[word] / then.texts
    return step / error if error else 0.0


def _count_exactly(
    act: Act, chosen: list[tuple[Kind, str]], period: Period, cut_off: datetime
) -> dict[int | Kind, int]:
    """Count the subjects with each chosen word, and those of each kind."""
    n = sa.func.count()
    texts = (
        sa.select(classification_at(Appeal, "kind", cut_off).label("kind"), Statement.subject)
        .join(Statement, Statement.appeal_id == Appeal.id)
        .where(_filed_in(period, cut_off))
        .subquery("texts")
    )
    of = {kind: texts.c.kind == kind.value for kind in KINDS}
    columns = [n.filter(of[kind], _has_word(texts.c.subject, word)) for kind, word in chosen]
    found = act.session.execute(
        sa.select(*columns, *(n.filter(each) for each in of.values()))
    ).one()
    return dict(zip([*range(len(chosen)), *KINDS], found, strict=True))


def _has_word(subject: sa.SQLColumnExpression[str], word: str) -> sa.ColumnElement[bool]:
    return sa.func.strpos(subject, word) > 0


def with_word(rows: sa.Subquery, word: str) -> sa.ColumnElement[bool]:
    """Match rows whose subject has the word, of appeals neither confidential nor restricted."""
    named = sa.select(Statement.appeal_id).join(Appeal, Appeal.id == Statement.appeal_id)
    named = named.where(_has_word(Statement.subject, word), *_OPEN_TO_ALL)
    return rows.c.appeal_id.in_(named)
