"""The search of staff over the whole history of what they may see, newest first, paged by keyset.

A number, a telephone or its last four digits is looked up; anything else is words, all of which an
appeal must have in its texts, places, department or officer (`casework/search/search_index.py`).
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import sqlalchemy as sa

from appeals.act import Act
from appeals.addresses.telephones import read_telephone
from appeals.cases.access import (
    contact_visible_to,
    may_read_words,
    visible_to,
    words_readable_by,
)
from appeals.cases.citizen_contact import select_reached_by_phone
from appeals.domain.messages import message
from appeals.domain.numbers import is_number, normalise_number
from appeals.domain.people import CENTRE, DEPARTMENT
from appeals.domain.refusals import not_valid
from appeals.domain.states import Action
from appeals.domain.text.cleaning import clean_line
from appeals.domain.text.folding import fold_text
from appeals.domain.text.search_words import split_search_words
from appeals.domain.vocabulary import MatchedField
from appeals.models.appeal import Appeal, Move, Statement
from appeals.models.search import SavedSearch, SearchWords
from appeals.models.staff import StaffMember
from appeals.queries.callers import select_reached_by_last_digits
from appeals.queries.work_list import FILED_AT, PAGE_ROWS, read_page_key
from appeals.reference.reference_data import load_reference

MAX_QUERY_CHARACTERS = 100
MAX_COUNT = 1000
"""The count is exact up to this; beyond, it is one more."""
MAX_EXPORT_ROWS = 10_000
"""So many rows, the newest, are in a file of what was found; it says where it was cut."""
EXPORT_BATCH = 500
MAX_SORTED = 5_000
"""Up to so many appeals with the words are all read and sorted. With more, they are looked for
among all appeals, newest first: a page is full soon."""
LAST_DIGITS = 4
DIGITS = re.compile(r"\+?[\d ()-]{7,}", re.ASCII)
"""A telephone, even if it can be none: old contacts are stored as they were typed."""
ANSWERS = frozenset({Action.ANSWER, Action.ANSWER_ON_SPOT, Action.ANSWER_QUESTION})
Where = sa.ColumnElement[bool]
FoundRow = sa.Row[Appeal, Statement, str]
ExportRow = sa.Row[Appeal, str, str]
"""An appeal, its subject and the name of its officer."""


@dataclass(frozen=True)
class SearchTerms:
    """What was asked for: a number, a telephone, its last digits, or else words.

    `words` are those typed, folded, for the marks; `index_words` those that the index knows.
    """

    number: str = ""
    telephone: str = ""
    last_digits: str = ""
    words: tuple[str, ...] = ()
    index_words: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed: then the filters alone choose."""
        return self == SearchTerms()

    @property
    def is_about_person(self) -> bool:
        """Whether somebody is looked up by telephone, which the access log records."""
        return bool(self.telephone or self.last_digits)


@dataclass(frozen=True)
class SearchHit:
    """One appeal that was found, its subject, and where the words stand in it."""

    appeal: Appeal
    subject: str
    fields: tuple[MatchedField, ...]


@dataclass(frozen=True)
class SearchPage:
    """One page of what was found; `after` is the key of the next page, if there is one.

    `count` is exact up to `MAX_COUNT`.
    """

    hits: tuple[SearchHit, ...]
    after: str | None
    count: int


def read_search_terms(act: Act, typed: str) -> SearchTerms:
    """Read what was typed into the search box, in any spelling and width.

    Raises Refused (not valid) for more than 100 characters, and for what holds neither two Chinese
    characters nor a word.
    """
    text = clean_line(typed)
    if len(text) > MAX_QUERY_CHARACTERS:
        raise not_valid(
            "q", message("Enter at most %(most)s characters.", most=MAX_QUERY_CHARACTERS)
        )
    if is_number(text):
        return SearchTerms(number=normalise_number(text))
    folded = fold_text(text)
    if act.actor.role in CENTRE | DEPARTMENT:
        if read_telephone(text, act.reach.area_code) or DIGITS.fullmatch(folded):
            return SearchTerms(telephone=text)
        if len(folded) == LAST_DIGITS and folded.isascii() and folded.isdecimal():
            return SearchTerms(last_digits=folded)
    index_words = split_search_words(text)
    if not index_words:
        raise not_valid(
            "q", message("Enter two Chinese characters or a word, a number or a telephone.")
        )
    return SearchTerms(words=tuple(folded.split()), index_words=frozenset(index_words))


def search_appeals(
    act: Act, terms: SearchTerms, narrowing: Sequence[Where] = (), after: str | None = None
) -> SearchPage:
    """Return the page of appeals that come after the key `after`, newest first.

    `narrowing` are further conditions on `Appeal`: the chips of the page.
    """
    found = _select_found(act, terms).where(*narrowing)
    rows = _load_rows(act, found, after)
    shown = rows[:PAGE_ROWS]
    last = shown[-1][0] if len(rows) > PAGE_ROWS else None
    return SearchPage(
        tuple(_list_hits(act, terms, shown)),
        f"{last.filed_at.isoformat()}~{last.id}" if last else None,
        _count_rows(act, found, MAX_COUNT),
    )


def stream_search(
    act: Act, terms: SearchTerms, narrowing: Sequence[Where] = ()
) -> Iterator[ExportRow]:
    """Yield what `search_appeals` lists on all its pages, and one row more than a file has."""
    found = _select_found(act, terms).where(*narrowing)
    newest = (
        found.order_by(Appeal.filed_at.desc(), Appeal.id.desc())
        .limit(MAX_EXPORT_ROWS + 1)
        .subquery("newest")
    )
    subject = sa.case((words_readable_by(act.actor), Statement.subject), else_="")
    rows = (
        sa.select(Appeal, subject, sa.func.coalesce(StaffMember.name, ""))
        .join(newest, newest.c.id == Appeal.id)
        .join(Statement, Statement.appeal_id == Appeal.id)
        .outerjoin(StaffMember, StaffMember.id == Appeal.assignee)
        .order_by(Appeal.filed_at.desc(), Appeal.id.desc())
    )
    yield from act.session.execute(rows.execution_options(yield_per=EXPORT_BATCH))


def make_saved_query(act: Act, typed: str, narrowed: Mapping[str, str]) -> str:
    """Return the query string under which a search is saved.

    Raises Refused (not valid) for an empty search, and for a number or a telephone: no citizen's
    data stays behind in a saved search.
    """
    terms = read_search_terms(act, typed) if clean_line(typed) else SearchTerms()
    if terms.number or terms.is_about_person:
        raise not_valid("q", message("A search for a number or a telephone cannot be saved."))
    if terms.is_empty and not narrowed:
        raise not_valid("q", message("Search for something first, then save the search."))
    return urlencode({"q": clean_line(typed), **narrowed} if clean_line(typed) else narrowed)


def list_saved_searches(act: Act) -> Sequence[SavedSearch]:
    """Return the actor's saved searches, by name."""
    return act.session.scalars(
        sa.select(SavedSearch)
        .where(SavedSearch.staff_id == act.actor.staff_id)
        .order_by(SavedSearch.name)
    ).all()


def _select_found(act: Act, terms: SearchTerms) -> sa.Select[int]:
    """Select the ids of all appeals that the actor may see and that match."""
    found = sa.select(Appeal.id).where(visible_to(act.actor))
    if terms.is_empty:
        return found.where(words_readable_by(act.actor))
    if terms.number:
        return found.where(Appeal.number == terms.number)
    if terms.is_about_person:
        reached = (
            select_reached_by_last_digits(terms.last_digits)
            if terms.last_digits
            else select_reached_by_phone(act, terms.telephone)
        )
        return found.where(Appeal.id.in_(reached), contact_visible_to(act.actor))
    return _select_with_words(act, found, sorted(terms.index_words))


def _select_with_words(act: Act, found: sa.Select[int], words: list[str]) -> sa.Select[int]:
    """Narrow to the appeals with all these words.

    Which way is fast depends on how many have them. PostgreSQL knows that of the commonest words
    only, so it is counted here: reading all of a rare word's appeals takes milliseconds, looking
    for them among a million takes half a minute.
    """
    found = found.where(words_readable_by(act.actor))
    having = sa.select(SearchWords.appeal_id).where(SearchWords.words.contains(words))
    if _count_rows(act, having, MAX_SORTED) > MAX_SORTED:
        return found.join(SearchWords, SearchWords.appeal_id == Appeal.id).where(
            SearchWords.words.contains(words)
        )
    rows = having.cte("having").prefix_with("MATERIALIZED")
    return found.join(rows, rows.c.appeal_id == Appeal.id)


def _load_rows(act: Act, found: sa.Select[int], after: str | None) -> Sequence[FoundRow]:
    """Load the rows of one page and one more, by which a next page is known."""
    key = read_page_key(after)
    if key is not None:
        found = found.where(sa.tuple_(FILED_AT, Appeal.id) < sa.tuple_(*map(sa.literal, key)))
    page = (
        found.order_by(Appeal.filed_at.desc(), Appeal.id.desc())
        .limit(PAGE_ROWS + 1)
        .subquery("page")
    )
    return act.session.execute(
        sa.select(Appeal, Statement, sa.func.coalesce(StaffMember.name, ""))
        .join(page, page.c.id == Appeal.id)
        .join(Statement, Statement.appeal_id == Appeal.id)
        .outerjoin(StaffMember, StaffMember.id == Appeal.assignee)
        .order_by(Appeal.filed_at.desc(), Appeal.id.desc())
    ).all()


def _count_rows(act: Act, rows: sa.Select[int], most: int) -> int:
    """Count rows exactly up to `most`; beyond, return one more."""
    counted = rows.limit(most + 1).subquery("counted")
    return act.session.scalar(sa.select(sa.func.count()).select_from(counted)) or 0


def _list_hits(act: Act, terms: SearchTerms, rows: Sequence[FoundRow]) -> Iterator[SearchHit]:
    if terms.number or terms.is_about_person:
        field = MatchedField.NUMBER if terms.number else MatchedField.TELEPHONE
        for appeal, said, _ in rows:
            subject = said.subject if may_read_words(act.actor, appeal) else ""
            yield SearchHit(appeal, subject, (field,))
        return
    moves = _load_move_texts(act, [appeal.id for appeal, _, _ in rows])
    for appeal, said, officer in rows:
        texts = _list_texts(act, appeal, said, officer) | moves[appeal.id]
        fields = (field for field in MatchedField if _has_any(texts.get(field, ""), terms.words))
        yield SearchHit(appeal, said.subject, tuple(fields))


def _load_move_texts(act: Act, ids: Collection[int]) -> defaultdict[int, dict[MatchedField, str]]:
    """Return the texts of the moves of these appeals, by appeal and field."""
    texts = defaultdict[int, dict[MatchedField, str]](dict)
    for appeal_id, action, words in act.session.execute(
        sa.select(Move.appeal_id, Move.action, Move.words)
        .where(Move.appeal_id.in_(ids), Move.words.is_not(None))
        .order_by(Move.appeal_id, Move.seq)
    ):
        field = MatchedField.NOTE if action == Action.NOTE else MatchedField.HISTORY
        field = MatchedField.ANSWER if action in ANSWERS else field
        texts[appeal_id][field] = f"{texts[appeal_id].get(field, '')}\n{words}"
    return texts


def _list_texts(act: Act, appeal: Appeal, said: Statement, officer: str) -> dict[MatchedField, str]:
    """Return the other texts of an appeal that the index holds, by field."""
    city = load_reference(act)
    places = (city.areas.get(code or "") for code in (appeal.district, appeal.street))
    holder = city.departments.get(appeal.holder or "")
    return {
        MatchedField.SUBJECT: said.subject,
        MatchedField.DETAIL: said.detail,
        MatchedField.PLACE: "\n".join(
            [said.address, *(f"{place.zh}\n{place.en}" for place in places if place)]
        ),
        MatchedField.DEPARTMENT: f"{holder.zh}\n{holder.en}" if holder else "",
        MatchedField.OFFICER: officer,
    }


def _has_any(text: str, words: Collection[str]) -> bool:
    folded = fold_text(text)
    return any(word in folded for word in words)
