"""One appeal held against its own history: the chain, the state, every move played again.

Whatever a stored column says otherwise than the one rule was changed by something that is no
move.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework import sealing
from appeals.casework.bulk import Made
from appeals.domain.calendar import city_day
from appeals.domain.case import Case
from appeals.domain.lifecycle import move_for, play
from appeals.domain.refusals import Refused
from appeals.domain.rule_book import Book
from appeals.domain.states import State
from appeals.domain.vocabulary import Kind, YesNo
from appeals.models.appeal import Appeal, Move, Statement
from appeals.models.handling import COLUMNS, LISTS, names_of

SEALED = (
    "seq", "action", "to_state", "at", "actor_role", "staff_id", "department", "facts", "words",
)  # fmt: skip
ERASED = json.dumps([""] * len(sealing.STATEMENT))


@dataclass(frozen=True, slots=True)
class Link:
    """A stored move with the salt, the commitment to its words, and its hash."""

    move: Made
    salt: bytes
    committed: str
    row_hash: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """What the tables hold of one appeal."""

    id: int
    number: str
    moves_made: int
    channel: str
    case: Case
    links: Sequence[Link]
    statement: str | None


def _case(columns: Sequence[object], lists: Mapping[str, list[object]]) -> Case:
    """Make the value of one appeal from its columns, in the order of `COLUMNS`, and its lists."""
    names = dict(zip(COLUMNS, columns, strict=True))
    return Case(**names, **lists)  # type: ignore[arg-type]  # the names are the fields' own


def read(act: Act, ids: Collection[int]) -> list[Kept]:
    """Read all that the tables hold of some appeals, in the order of their ids."""
    columns = [
        getattr(Appeal, name) for name in ("id", "number", "moves_made", "channel", *COLUMNS)
    ]
    query = sa.select(*columns).where(Appeal.id == sa.any_(sa.bindparam("ids"))).order_by(Appeal.id)
    appeals = act.session.execute(query, {"ids": list(ids)}).all()
    lists = {name: _items(act, name, ids) for name, _, _ in LISTS}
    links = _links(act, ids)
    statements = _statements(act, ids)
    return [
        Kept(
            row.id,
            row.number,
            row.moves_made,
            row.channel,
            _case(row[4:], {name: found[row.id] for name, found in lists.items()}),
            links[row.id],
            statements.get(row.id),
        )
        for row in appeals
    ]


def _items(act: Act, name: str, ids: Collection[int]) -> Mapping[int, list[object]]:
    table, items = next((table, items) for each, table, items in LISTS if each == name)
    columns = [getattr(table, column) for column in names_of(items)]
    query = (
        sa.select(table.appeal_id, *columns)
        .where(table.appeal_id == sa.any_(sa.bindparam("ids")))
        .order_by(table.appeal_id, table.n)
    )
    found: defaultdict[int, list[object]] = defaultdict(list)
    for appeal_id, *values in act.session.execute(query, {"ids": list(ids)}):
        found[appeal_id].append(items(*values))
    return found


def _statements(act: Act, ids: Collection[int]) -> Mapping[int, str]:
    columns = [getattr(Statement, name) for name in sealing.STATEMENT]
    query = sa.select(Statement.appeal_id, *columns).where(
        Statement.appeal_id == sa.any_(sa.bindparam("ids"))
    )
    return {
        row.appeal_id: sealing.stated(row) for row in act.session.execute(query, {"ids": list(ids)})
    }


def _links(act: Act, ids: Collection[int]) -> Mapping[int, list[Link]]:
    columns = [getattr(Move, column) for column in SEALED]
    query = (
        sa.select(Move.appeal_id, *columns, Move.salt, Move.committed, Move.row_hash)
        .where(Move.appeal_id == sa.any_(sa.bindparam("ids")))
        .order_by(Move.appeal_id, Move.seq)
    )
    found: defaultdict[int, list[Link]] = defaultdict(list)
    for appeal_id, *values, salt, committed, row_hash in act.session.execute(
        query, {"ids": list(ids)}
    ):
        found[appeal_id].append(Link(Made(*values), salt, committed, row_hash))
    return found


def problems(kept: Kept, book: Book) -> Iterator[str]:
    """Name what is wrong, the first of each sort."""
    yield from _chain(kept)
    yield from _statement(kept)
    yield from _state(kept)
    yield from _replay(kept, book)


def _chain(kept: Kept) -> Iterator[str]:
    previous = sealing.NO_LINK
    for link in kept.links:
        words = link.move.words
        previous = sealing.link(previous, kept.id, link.move, link.committed)
        if previous != link.row_hash:
            yield f"move {link.move.seq} is not what was sealed"
            return
        if words is not None and sealing.commitment(words, link.salt) != link.committed:
            yield f"the words of move {link.move.seq} are not those committed to"
            return


def _statement(kept: Kept) -> Iterator[str]:
    """Hold the statement against what the filing committed to; an erased one is empty."""
    first = next(iter(kept.links), None)
    if first is None or not first.committed or (not first.salt and kept.statement == ERASED):
        return
    if sealing.commitment(kept.statement, first.salt) != first.committed:
        yield "the statement is not the one committed to"


def _state(kept: Kept) -> Iterator[str]:
    seqs = [link.move.seq for link in kept.links]
    if not seqs or seqs != list(range(1, kept.moves_made + 1)):
        yield f"{kept.moves_made} moves were made, but the history has {seqs}"
    elif kept.links[-1].move.to_state is not kept.case.state:
        yield f"the state is {kept.case.state}, the last move's {kept.links[-1].move.to_state}"


def _replay(kept: Kept, book: Book) -> Iterator[str]:
    """Play the history again: it must lead to what is kept.

    A promise made before the next year's notice keeps the days it was made from (Rules 1).
    """
    wrong = ""
    for in_force in chain([book], _before_the_notice(kept.case, book)):
        try:
            gives = played(filed(kept), kept.links, in_force)
        except (Refused, ValueError, LookupError, OverflowError) as refusal:
            wrong = wrong or f"the rules refuse its history: {refusal!r}"
            continue
        if gives == kept.case:
            if kept.links[0].move.facts.get("channel") != kept.channel:
                yield f"the channel is {kept.channel}, which is not what was filed"
            return
        wrong = wrong or _difference(kept.case, gives)
    yield wrong


def filed(kept: Kept) -> Case:
    """Give the case as it was filed, from the facts sealed with its first move."""
    facts = kept.links[0].move.facts
    return Case(
        filed_at=kept.links[0].move.at,
        kind=Kind(facts["kind"]),
        category=facts["category"],
        district=facts.get("district"),
        street=facts.get("street"),
        urgent=facts["urgent"] == YesNo.YES,
    )


def _before_the_notice(case: Case, book: Book) -> Iterator[Book]:
    """Give the book as it was while the year after the filing had no notice."""
    year = city_day(case.filed_at).year
    later = [city_day(each.escalate_at).year for each in case.deadlines]
    if max(later, default=year) > year:
        calendar = book.calendar
        days = {day: works for day, works in calendar.days.items() if _by(year, day)}
        noticed = frozenset(each for each in calendar.noticed if each <= year)
        yield replace(book, calendar=replace(calendar, days=days, noticed=noticed))


def _by(year: int, day: date) -> bool:
    return day.year <= year


def played(case: Case, links: Sequence[Link], book: Book) -> Case:
    """Play the moves on a case as it was filed. Raises Refused where the rules refuse one."""
    state: State | None = None
    for link in links:
        made = link.move
        move = move_for(made.action, state, made.actor_role)
        play(case, move, made.facts, made.at, book)
        state = case.state
    return case


def _difference(stored: Case, played: Case) -> str:
    """Name the first column that differs, with what is stored and what the moves give."""
    for name in COLUMNS:
        if getattr(stored, name) != getattr(played, name):
            return f"{name} is {getattr(stored, name)}, its moves give {getattr(played, name)}"
    for name, _, items in LISTS:
        here, there = getattr(stored, name), getattr(played, name)
        if len(here) != len(there):
            return f"it has {len(here)} {name}, its moves give {len(there)}"
        for one, other in zip(here, there, strict=True):
            for column in names_of(items):
                if getattr(one, column) != getattr(other, column):
                    return (
                        f"{column} of {name} {one.n} is {getattr(one, column)}, "
                        f"its moves give {getattr(other, column)}"
                    )
    raise AssertionError("the two cases are the same")
