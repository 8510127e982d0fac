"""Verification of one appeal against its history: hash chain, texts, and a replay of every move.

A stored column that differs from the replay (`driver.replay_moves`) was changed by something other
than a move.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from appeals.cases import driver, hash_chain
from appeals.cases.hash_chain import LinkVersion, StoredMove
from appeals.casework.integrity.stored_appeals import StoredAppeal
from appeals.domain.calendar import city_day
from appeals.domain.case import Case
from appeals.domain.contact import ContactDetails
from appeals.domain.refusals import Refused
from appeals.domain.rule_book import RuleBook, RuleChange
from appeals.domain.states import Action
from appeals.domain.vocabulary import YesNo
from appeals.models.handling import CASE_COLUMNS, CASE_LISTS, field_names

ERASED = json.dumps([""] * len(hash_chain.STATEMENT_COLUMNS))
"""Canonical text of an erased statement."""
ERASED_CONTACT = hash_chain.contact_text(ContactDetails())
COMMITTED_ELSEWHERE = frozenset({Action.FILE, Action.CHANGE_CONTACT})
"""Moves whose commitment covers a text in another table: the statement or the contact."""


class CannotReplay(Exception):  # noqa: N818 - a sentence for the operator, like `Refused`
    """The rules refuse the recorded history; the message is that refusal."""


def find_problems(stored: StoredAppeal, book: RuleBook, secret: bytes) -> Iterator[str]:
    """Yield a sentence for the first problem of each kind."""
    if stored.has_forged_erasure:
        yield "its erasure is recorded, but the record does not match its HMAC"
    yield from find_broken_moves(stored, book, secret)
    yield from _find_changed_statement(stored)
    yield from _find_changed_contact(stored)
    yield from _find_wrong_state(stored)
    yield from find_cut_moves(stored, secret)
    yield from _find_difference(stored, book)


def find_broken_moves(stored: StoredAppeal, book: RuleBook, secret: bytes) -> Iterator[str]:
    """Check the hash chain and the commitments to the moves' texts, up to the first break.

    A link without a key is accepted only up to the introduction of keyed links.
    """
    previous = hash_chain.NO_LINK
    for each in stored.moves:
        seq, words = each.move.seq, each.move.words
        if each.link_version == LinkVersion.KEYED:
            previous = hash_chain.make_link(secret, previous, stored.id, each.move, each.committed)
        else:
            previous = hash_chain.make_plain_link(previous, stored.id, each.move, each.committed)
            if book.holds(RuleChange.KEYED_LINKS, each.move.at):
                yield f"move {seq} has a link without a key, made when links had one"
                return
        if previous != each.row_hash:
            yield f"move {seq} is not what was sealed"
            return
        if words is None:
            if _are_words_missing(stored, each):
                yield f"the words of move {seq} were emptied without a recorded erasure"
                return
        elif hash_chain.make_commitment(words, each.salt) != each.committed:
            yield f"the words of move {seq} are not those committed to"
            return


def _are_words_missing(stored: StoredAppeal, each: StoredMove) -> bool:
    """Return whether a move lacks a text that it committed to and that no erasure removed."""
    if not each.committed or each.move.action in COMMITTED_ELSEWHERE:
        return False
    return not _is_emptied(stored, each)


def _is_emptied(stored: StoredAppeal, each: StoredMove) -> bool:
    """Return whether an erasure removed the text of a move's commitment, with its salt."""
    return stored.is_erased and not each.salt


def find_cut_moves(stored: StoredAppeal, secret: bytes) -> Iterator[str]:
    """Check the appeal's own HMAC against its last keyed move, if it has one.

    Processes of the previous release added plain moves after it without updating the HMAC.
    """
    keyed = [each for each in stored.moves if each.link_version == LinkVersion.KEYED]
    head = None
    if keyed:
        head = hash_chain.make_head_hmac(secret, stored.id, keyed[-1].move.seq, keyed[-1].row_hash)
    if stored.head_hmac != head:
        yield "the HMAC over its number of moves and last link does not hold: moves were cut off"


def _find_changed_statement(stored: StoredAppeal) -> Iterator[str]:
    """Check the statement against the filing's commitment; an erased one passes too."""
    first = next(iter(stored.moves), None)
    if (
        first is None
        or not first.committed
        or (stored.statement == ERASED and _is_emptied(stored, first))
    ):
        return
    if hash_chain.make_commitment(stored.statement, first.salt) != first.committed:
        yield "the statement is not the one committed to"


def _find_changed_contact(stored: StoredAppeal) -> Iterator[str]:
    """Check each changed contact against its move's commitment; an erased one passes too."""
    changes = {
        each.move.seq: each for each in stored.moves if each.move.action is Action.CHANGE_CONTACT
    }
    for seq in sorted(stored.contacts.keys() | changes.keys()):
        change, contact = changes.get(seq), stored.contacts.get(seq)
        if change is None:
            yield f"the contact of move {seq} was changed by no move"
        elif contact is None or (
            not (contact == ERASED_CONTACT and _is_emptied(stored, change))
            and hash_chain.make_commitment(contact, change.salt) != change.committed
        ):
            yield f"the contact of move {seq} is not the one committed to"
    said = read_last_confidentiality(stored)
    if stored.confidential is not said:
        yield f"confidential is {stored.confidential}, the last change of contact says {said}"


def read_last_confidentiality(stored: StoredAppeal) -> bool:
    """Return the confidentiality set by the last contact change; the filed value is not sealed."""
    for each in reversed(stored.moves):
        if each.move.action is Action.CHANGE_CONTACT:
            return each.move.facts.get("confidential") == YesNo.YES
    return stored.confidential


def _find_wrong_state(stored: StoredAppeal) -> Iterator[str]:
    seqs = [each.move.seq for each in stored.moves]
    if not seqs or seqs != list(range(1, stored.moves_made + 1)):
        yield f"{stored.moves_made} moves were made, but the history has {seqs}"
        return
    last = stored.moves[-1].move.to_state
    if last is not stored.case.state:
        yield f"the state is {stored.case.state}, the last move's {last}"


def _find_difference(stored: StoredAppeal, book: RuleBook) -> Iterator[str]:
    try:
        replayed = replay_appeal(stored, book)
    except CannotReplay as problem:
        yield str(problem)
        return
    if replayed != stored.case:
        yield next(list_differences(stored.case, replayed))
    elif stored.moves[0].move.facts.get("channel") != stored.channel:
        yield f"the channel is {stored.channel}, which is not what was filed"


def replay_appeal(stored: StoredAppeal, book: RuleBook) -> Case:
    """Replay the recorded moves and return the resulting case.

    A promise made before next year's holidays were announced keeps its due time (Rules 1). So the
    moves are replayed with and without next year's calendar, and the case with fewer differences
    from the stored one counts.

    Raises:
        CannotReplay: The rules refuse the history.
    """
    found: list[Case] = []
    refusals: list[str] = []
    for each in chain([book], _drop_later_years(stored.case, book)):
        try:
            case = _replay_moves(stored, each)
        except (Refused, ValueError, LookupError, OverflowError) as refusal:
            refusals.append(f"the rules refuse its history: {refusal!r}")
            continue
        if case == stored.case:
            return case
        found.append(case)
    if not found:
        raise CannotReplay(refusals[0])
    return min(found, key=lambda case: sum(1 for _ in list_differences(stored.case, case)))


def _replay_moves(stored: StoredAppeal, book: RuleBook) -> Case:
    case = driver.replay_moves([each.move for each in stored.moves], book)
    case.restricted = case.restricted or stored.restricted_by_category
    return case


def _drop_later_years(case: Case, book: RuleBook) -> Iterator[RuleBook]:
    """Yield the rule book without the calendars after the filing's year, if a promise needs it."""
    year = city_day(case.filed_at).year
    reached = [city_day(each.escalate_at).year for each in case.deadlines]
    if max(reached, default=year) > year:
        calendar = book.calendar
        days = {day: works for day, works in calendar.days.items() if day.year <= year}
        noticed = frozenset(each for each in calendar.noticed if each <= year)
        yield replace(book, calendar=replace(calendar, days=days, noticed=noticed))


def list_differences(stored: Case, replayed: Case) -> Iterator[str]:
    """Yield each differing column with its stored and its replayed value."""
    for name in CASE_COLUMNS:
        here, there = getattr(stored, name), getattr(replayed, name)
        if here != there:
            yield f"{name} is {here}, its moves give {there}"
    for name, _, items in CASE_LISTS:
        rows, others = getattr(stored, name), getattr(replayed, name)
        if [row.n for row in rows] != [row.n for row in others]:
            yield f"it has {len(rows)} {name}, its moves give {len(others)}"
        for row, other in zip(rows, others, strict=False):
            for column in field_names(items):
                here, there = getattr(row, column), getattr(other, column)
                if here != there:
                    yield f"{column} of {name} {row.n} is {here}, its moves give {there}"
