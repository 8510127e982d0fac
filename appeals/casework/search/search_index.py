"""The words of appeals, indexed by the worker within a minute of each change.

A trigger marks an appeal with each move (`models/search.py: SearchMark`). The worker claims marks
and writes the words of these appeals anew. What is indexed are texts, names of places, the
department and the officer; never a contact.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.domain.text.search_words import split_search_words
from appeals.models.appeal import Appeal, Move, Statement
from appeals.models.erasure import Erasure
from appeals.models.search import SearchMark, SearchWords
from appeals.models.staff import StaffMember
from appeals.reference.reference_data import Reference, load_reference

BATCH_SIZE = 200
"""Appeals per transaction: moves on them wait so long."""


def index_marked_appeals(act: Act) -> int:
    """Index the words of one batch of marked appeals; return how many marks were done.

    The newest marks come first, so that a change is found within a minute while old appeals wait.
    Marks that another worker has claimed, and appeals that are just being moved or erased, are
    left for the next batch.
    """
    claimed = act.session.execute(
        sa.select(SearchMark.id, SearchMark.appeal_id)
        .order_by(SearchMark.id.desc())
        .limit(BATCH_SIZE)
        .with_for_update(skip_locked=True)
    ).all()
    done = set(index_appeals(act, {mark.appeal_id for mark in claimed}))
    marks = [mark.id for mark in claimed if mark.appeal_id in done]
    act.session.execute(sa.delete(SearchMark).where(SearchMark.id.in_(marks)))
    return len(marks)


def index_appeals(act: Act, ids: Collection[int]) -> Sequence[int]:
    """Index the words of these appeals; return the ids of those that nobody else has locked.

    The lock keeps a move or an erasure from being overtaken by words that were read before it.
    """
    locked = act.session.scalars(
        sa.select(Appeal.id)
        .where(Appeal.id.in_(ids))
        .order_by(Appeal.id)
        .with_for_update(key_share=True, skip_locked=True)
    ).all()
    rows = [
        {"appeal_id": appeal_id, "words": sorted(words)}
        for appeal_id, words in _read_words(act, locked)
    ]
    if rows:
        adding = insert(SearchWords)
        act.session.execute(
            adding.on_conflict_do_update(
                index_elements=[SearchWords.appeal_id], set_={"words": adding.excluded.words}
            ),
            rows,
        )
    return locked


def mark_all_appeals(act: Act) -> int:
    """Mark every appeal, so that the worker indexes all anew; return how many there are."""
    marked = sa.insert(SearchMark).from_select(
        ["appeal_id"], sa.select(Appeal.id).order_by(Appeal.id)
    )
    return len(act.session.execute(marked.returning(sa.literal(1))).all())


def _read_words(act: Act, ids: Sequence[int]) -> Iterator[tuple[int, set[str]]]:
    """Yield the words of each appeal whose data was not erased."""
    city = load_reference(act)
    said = defaultdict[int, list[str]](list)
    for appeal_id, words in act.session.execute(
        sa.select(Move.appeal_id, Move.words).where(
            Move.appeal_id.in_(ids), Move.words.is_not(None)
        )
    ):
        said[appeal_id].append(words or "")
    for row in act.session.execute(
        sa.select(Appeal, Statement, StaffMember.name)
        .join(Statement, Statement.appeal_id == Appeal.id)
        .outerjoin(StaffMember, StaffMember.id == Appeal.assignee)
        .where(Appeal.id.in_(ids), ~sa.exists().where(Erasure.appeal_id == Appeal.id))
    ):
        appeal, statement, officer = row
        texts = [
            *(statement.subject, statement.detail, statement.address, officer or ""),
            *said[appeal.id],
            *_list_names(city, appeal),
        ]
        yield appeal.id, split_search_words("\n".join(texts))


def _list_names(city: Reference, appeal: Appeal) -> Iterator[str]:
    """Yield the names of an appeal's place and department, in both languages."""
    entries = (
        city.areas.get(appeal.district or ""),
        city.areas.get(appeal.street or ""),
        city.departments.get(appeal.holder or ""),
    )
    for entry in entries:
        if entry is not None:
            yield from (entry.zh, entry.en)
