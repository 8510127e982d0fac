"""Appeals with words, place and time in common: suggested to staff, never decided (Rules 9).

Two ways lead to them, each bounded: the newest of the same street, and those anywhere that have
rare words in common. Their texts are then compared (`domain/text/similarity.py`). PostgreSQL's
statistics of the search index say which words are rare.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from appeals.act import Act
from appeals.cases.access import visible_to, words_readable_by
from appeals.domain.calendar import city_day
from appeals.domain.messages import (
    SEMICOLON,
    JoinedTexts,
    Message,
    join_texts,
    message,
    plural_message,
)
from appeals.domain.text.similarity import (
    ComparableText,
    WordShares,
    compare_texts,
    list_common_phrases,
    make_comparable,
)
from appeals.domain.vocabulary import Term
from appeals.models.appeal import Appeal, Statement
from appeals.models.search import SearchWords

WINDOW = timedelta(days=30)
"""How far apart two appeals may be filed."""
MAX_SHOWN = 5
MAX_PHRASES = 5
MIN_SIMILARITY = 0.25
"""Below, two texts that both tell of a noise at night are about different matters."""
OTHER_PLACE, UNKNOWN_PLACE = 0.6, 0.85
"""How much of their similarity texts keep in another district; in the same one, or where a place is
not known."""
MAX_OF_STREET = 300
"""So many of the newest appeals of the street are looked at."""
MAX_COMPARED = 40
"""So many of either way are compared by their texts."""
MAX_RARE_WORDS = 24
MAX_ROWS = 60_000
"""So many index entries at most are expected of the rare words that are looked up."""
RAREST_WORDS = 3
"""Looked up together where each word alone stands in too many appeals."""
STATISTICS = sa.table(
    "pg_stats",
    *(sa.column(name) for name in ("schemaname", "tablename", "attname")),
    *(sa.column(name) for name in ("most_common_elems", "most_common_elem_freqs")),
)
TABLES = sa.table("pg_class", *(sa.column(name) for name in ("oid", "reltuples")))


class SharedPlace(Term):
    """What two appeals have in common of their places."""

    STREET = "street", "Same street"
    DISTRICT = "district", "Same district"


@dataclass(frozen=True)
class DescribedMatter:
    """What similar appeals are looked for with: an appeal's texts and place, or those of a form.

    `appeal_id` is the appeal's own, which is not similar to itself.
    """

    subject: str
    detail: str
    filed_at: datetime
    district: str | None = None
    street: str | None = None
    appeal_id: int | None = None


@dataclass(frozen=True)
class SimilarAppeal:
    """One suggestion: the appeal, its subject, and what it has in common with the matter.

    `days` is how many days later it was filed; negative for earlier.
    """

    appeal: Appeal
    subject: str
    similarity: float
    phrases: tuple[str, ...]
    place: SharedPlace | None
    days: int

    @property
    def reason(self) -> JoinedTexts:
        """Why it is suggested, as a text for people."""
        words = message("words in common: %(words)s", words=join_texts(self.phrases))
        place = [self.place] if self.place else []
        return join_texts([*place, self.distance, words], SEMICOLON)

    @property
    def distance(self) -> Message:
        """How far apart the two were filed, as a text for people."""
        if self.days == 0:
            return message("filed on the same day")
        if self.days < 0:
            return plural_message(
                "filed %(count)s day earlier", "filed %(count)s days earlier", -self.days
            )
        return plural_message("filed %(count)s day later", "filed %(count)s days later", self.days)


@dataclass(frozen=True)
class IndexStatistics:
    """What PostgreSQL knows of the search index: how many appeals, and how common words are."""

    appeals: float
    shares: WordShares


@dataclass(frozen=True)
class SimilaritySearch:
    """A matter, its words, and how common these are."""

    matter: DescribedMatter
    words: ComparableText
    known: IndexStatistics


def find_similar_to_appeal(
    act: Act, appeal: Appeal, said: Statement, most: int = MAX_SHOWN
) -> Sequence[SimilarAppeal]:
    """Return the appeals similar to one that was opened; none for a restricted one (Rules 3)."""
    if appeal.restricted:
        return ()
    matter = DescribedMatter(
        said.subject, said.detail, appeal.filed_at, appeal.district, appeal.street, appeal.id
    )
    return find_similar_appeals(act, matter, most)


def find_similar_appeals(
    act: Act, matter: DescribedMatter, most: int = MAX_SHOWN
) -> Sequence[SimilarAppeal]:
    """Return the appeals that the actor may see and that are similar, the most similar first.

    Restricted appeals are left out for everybody. It takes two statements; none without words.
    """
    words = make_comparable(matter.subject, matter.detail)
    if not words.whole:
        return ()
    search = SimilaritySearch(matter, words, _load_statistics(act))
    rows = act.session.execute(_select_candidates(act, search))
    similar = [each for row in rows if (each := _compare_appeal(search, row))]
    similar.sort(key=lambda each: (-each.similarity, abs(each.days), -each.appeal.id))
    return similar[:most]


def _load_statistics(act: Act) -> IndexStatistics:
    """Load which words are common, in one statement; of a new database nothing is known."""
    elements = sa.cast(sa.cast(STATISTICS.c.most_common_elems, sa.Text), ARRAY(sa.Text))
    is_of_words = sa.and_(
        STATISTICS.c.schemaname == sa.func.current_schema(),
        STATISTICS.c.tablename == SearchWords.__tablename__,
        STATISTICS.c.attname == SearchWords.words.key,
    )
    appeals, words, shares = act.session.execute(
        sa.select(TABLES.c.reltuples, elements, STATISTICS.c.most_common_elem_freqs)
        .select_from(TABLES.outerjoin(STATISTICS, is_of_words))
        .where(TABLES.c.oid == sa.func.to_regclass(SearchWords.__tablename__))
    ).one()
    if not words:
        return IndexStatistics(max(appeals, 0.0), WordShares())
    common = dict(zip(words, shares, strict=False))  # behind them the least and the greatest share
    return IndexStatistics(appeals, WordShares(common, min(common.values()) / 2))


def _select_candidates(act: Act, search: SimilaritySearch) -> sa.Select[Appeal, str, str]:
    """Select the appeals whose texts are compared, of both ways."""
    ways = [_select_with_rare_words(act, search)]
    if search.matter.street is not None:
        ways.append(_select_of_street(act, search))
    candidates = sa.union(*ways).subquery("candidates")
    return (
        sa.select(Appeal, Statement.subject, Statement.detail)
        .join(candidates, candidates.c.id == Appeal.id)
        .join(Statement, Statement.appeal_id == Appeal.id)
    )


def _list_conditions(act: Act, matter: DescribedMatter) -> Iterator[sa.ColumnElement[bool]]:
    """Yield the conditions on `Appeal`: seen by the actor, not restricted, filed in the window."""
    yield visible_to(act.actor)
    yield words_readable_by(act.actor)
    yield Appeal.restricted.is_(sa.false())
    yield Appeal.filed_at.between(matter.filed_at - WINDOW, matter.filed_at + WINDOW)
    if matter.appeal_id is not None:
        yield Appeal.id != matter.appeal_id


def _select_of_street(act: Act, search: SimilaritySearch) -> sa.Select[int]:
    """Select those of the street's newest appeals that have most words in common."""
    newest = (
        sa.select(Appeal.id)
        .where(Appeal.street == search.matter.street, *_list_conditions(act, search.matter))
        .order_by(Appeal.filed_at.desc())
        .limit(MAX_OF_STREET)
        .cte("of_street")
        .prefix_with("MATERIALIZED")
    )
    word = sa.func.unnest(SearchWords.words).column_valued("word")
    is_common = word == sa.any_(sa.literal(sorted(search.words.whole), ARRAY(sa.Text)))
    common = sa.select(sa.func.count(word)).where(is_common).scalar_subquery()
    return (
        sa.select(newest.c.id)
        .join(SearchWords, SearchWords.appeal_id == newest.c.id)
        .order_by(common.desc(), newest.c.id.desc())
        .limit(MAX_COMPARED)
    )


def _select_with_rare_words(act: Act, search: SimilaritySearch) -> sa.Select[int]:
    """Select the appeals, of any place, that have the weightiest rare words in common.

    Each word is looked up by itself: for all of them together PostgreSQL expects so many rows that
    it would read the whole table.
    """
    looked_up = [
        sa.select(
            SearchWords.appeal_id.label("id"),
            sa.literal(search.known.shares.weigh(words)).label("weight"),
        ).where(SearchWords.words.contains(words))
        for words in _choose_rare_words(search)
    ]
    having = sa.union_all(*looked_up).cte("with_words").prefix_with("MATERIALIZED")
    return (
        sa.select(having.c.id)
        .join(Appeal, Appeal.id == having.c.id)
        .where(*_list_conditions(act, search.matter))
        .group_by(having.c.id)
        .order_by(sa.func.sum(having.c.weight).desc(), having.c.id.desc())
        .limit(MAX_COMPARED)
    )


def _choose_rare_words(search: SimilaritySearch) -> list[list[str]]:
    """Choose the words to look up, the rarest first, those of the subject before others.

    Where even the rarest stands in too many appeals, the three rarest are looked up together.
    """
    words, known = search.words, search.known
    by_share = sorted(
        words.whole,
        key=lambda word: (known.shares.find_share(word), word not in words.subject, word),
    )
    chosen, rows = list[list[str]](), 0.0
    for word in by_share[:MAX_RARE_WORDS]:
        rows += known.shares.find_share(word) * known.appeals
        if rows > MAX_ROWS:
            break
        chosen.append([word])
    return chosen or [by_share[:RAREST_WORDS]]


def _compare_appeal(
    search: SimilaritySearch, row: sa.Row[Appeal, str, str]
) -> SimilarAppeal | None:
    """Return a candidate as a suggestion; None if it is not similar enough."""
    appeal, subject, detail = row
    matter, shares = search.matter, search.known.shares
    other = make_comparable(subject, detail)
    place = _find_shared_place(matter, appeal)
    similarity = compare_texts(shares, search.words, other) * _weigh_place(matter, appeal, place)
    if similarity < MIN_SIMILARITY:
        return None
    text = f"{matter.subject}\n{matter.detail}"
    phrases = list_common_phrases(shares, text, search.words.whole & other.whole)
    days = (city_day(appeal.filed_at) - city_day(matter.filed_at)).days
    return SimilarAppeal(appeal, subject, similarity, tuple(phrases[:MAX_PHRASES]), place, days)


def _find_shared_place(matter: DescribedMatter, appeal: Appeal) -> SharedPlace | None:
    if matter.street is not None and matter.street == appeal.street:
        return SharedPlace.STREET
    if matter.district is not None and matter.district == appeal.district:
        return SharedPlace.DISTRICT
    return None


def _weigh_place(matter: DescribedMatter, appeal: Appeal, place: SharedPlace | None) -> float:
    """Return what part of their similarity two texts keep by their places."""
    if place is SharedPlace.STREET:
        return 1.0
    is_known = matter.district is not None and appeal.district is not None
    return OTHER_PLACE if is_known and place is None else UNKNOWN_PLACE
