"""The driver: makes a case of a filing, and applies moves to it by the rules.

Nothing else plays a move. Filing, single moves, bulk writing, imports and verification come here;
reading and writing the rows is the work of `case_rows`. The city's reference data is an argument:
it is loaded once, with the act.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from appeals.cases.reference_checks import check_filing, check_move_input, restriction_facts
from appeals.domain.calendar import CachedCalendar, city_day
from appeals.domain.case import Case, RecordedMove
from appeals.domain.contact import REACHABILITY_ACTIONS, UNREACHABLE
from appeals.domain.filing import Filing, classification_facts
from appeals.domain.lifecycle import find_move_rule, play_move
from appeals.domain.moves.context import IMPORTED, MoveContext, MoveInput
from appeals.domain.moves.needs import COMPLAINED_DEPARTMENT, RESTRICTED, WORDS
from appeals.domain.people import SYSTEM, Actor
from appeals.domain.rule_book import RuleBook
from appeals.domain.states import Action, State
from appeals.domain.text.cleaning import clean_line, clean_text
from appeals.domain.vocabulary import Kind, YesNo
from appeals.reference.reference_data import Reference


@dataclass(frozen=True, slots=True)
class MoveRequest:
    """A move to be made: its input, its moment (aware UTC) and its actor."""

    action: Action
    given: MoveInput
    at: datetime
    actor: Actor = SYSTEM


def start_case(city: Reference, filing: Filing, request: MoveRequest) -> tuple[Case, RecordedMove]:
    """Make the case of a filing whose texts are clean, and the FILE move that begins it.

    The input of `request` may state the urgency; otherwise that of the category holds. Raises
    Refused: not valid, for a code that the city does not have; not allowed, for the role.
    """
    check_filing(city, filing, city_day(request.at))
    category = city.categories[filing.category]
    said = request.given.get("urgent")
    case = Case(
        filed_at=request.at,
        kind=filing.kind,
        category=filing.category,
        district=filing.district,
        street=filing.street,
        urgent=said == YesNo.YES if said else category.urgent,
        restricted=category.restricted,
        complained_department=filing.complained_department,
    )
    given = clean_move_input({**request.given, **classification_facts(filing, case)})
    rule = find_move_rule(Action.FILE, None, request.actor.role)
    play_move(rule, MoveContext(case, given, request.actor.role, request.at, city.book))
    return case, _record_move(1, request, given, case.state)


def apply_move(
    city: Reference, case: Case, request: MoveRequest, *, seq: int, is_reachable: bool
) -> RecordedMove:
    """Apply a move to the case and return it as it is recorded, with number `seq`.

    `is_reachable` says whether the department has a way to reach the citizen. Raises Refused: not
    allowed for the role, not now for the state or a guard, not valid for the input. A refused case
    must be discarded.
    """
    given = clean_move_input(request.given)
    rule = find_move_rule(request.action, case.state, request.actor.role)
    check_move_input(city, rule, given, request.actor.role, city_day(request.at))
    if request.action in REACHABILITY_ACTIONS and IMPORTED not in given and not is_reachable:
        given[UNREACHABLE] = YesNo.YES.value
    given |= restriction_facts(city, given, restricted=case.restricted)
    play_move(rule, MoveContext(case, given, request.actor.role, request.at, city.book))
    return _record_move(seq, request, given, case.state)


def replay_moves(moves: Sequence[RecordedMove], book: RuleBook) -> Case:
    """Return the case that recorded moves lead to; the first one holds the filing.

    Raises Refused if the rules of the moves' time do not allow them, ValueError or LookupError if
    the facts of a move cannot be read.
    """
    case = _case_as_filed(moves[0])
    state: State | None = None
    for move in moves:
        rule = find_move_rule(move.action, state, move.actor_role)
        play_move(rule, MoveContext(case, move.facts, move.actor_role, move.at, book))
        state = case.state
    return case


def _case_as_filed(first: RecordedMove) -> Case:
    facts = first.facts
    return Case(
        filed_at=first.at,
        kind=Kind(facts["kind"]),
        category=facts["category"],
        district=facts.get("district"),
        street=facts.get("street"),
        urgent=facts["urgent"] == YesNo.YES,
        restricted=RESTRICTED in facts,
        complained_department=facts.get(COMPLAINED_DEPARTMENT),
    )


def clean_move_input(given: MoveInput) -> dict[str, str]:
    """Return the input of a move as it is recorded, without empty or invisible values."""
    cleaned = {
        name: clean_text(text) if name == WORDS else clean_line(text)
        for name, text in given.items()
    }
    return {name: text for name, text in cleaned.items() if text}


def _record_move(seq: int, request: MoveRequest, given: MoveInput, to: State) -> RecordedMove:
    return RecordedMove(
        seq=seq,
        action=request.action,
        to_state=to,
        at=request.at,
        actor_role=request.actor.role,
        staff_id=request.actor.staff_id,
        department=request.actor.department,
        facts={name: text for name, text in given.items() if name != WORDS},
        words=given.get(WORDS),
    )


def cache_working_days(book: RuleBook) -> RuleBook:
    """Return the rule book with a `CachedCalendar`, for thousands of cases."""
    calendar = book.calendar
    return replace(
        book,
        calendar=CachedCalendar(calendar.version, calendar.days, calendar.names, calendar.noticed),
    )
