"""Writes the filings and moves of thousands of appeals at once by COPY.

Histories are played by the same rules as single moves (`lifecycle.play_move`) and get the same hash
chain; only the way into the tables differs, and no notices are written, because everything is in
the past.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases import hash_chain
from appeals.casework.handling.bulk_copy import CopyBlock, Row, copy_blocks
from appeals.casework.handling.filing import (
    Filing,
    build_routing_reason,
    check_codes,
    first_move_facts,
)
from appeals.casework.handling.moves import (
    check_code,
    clean_move_input,
    restriction_facts,
    touched_months,
)
from appeals.casework.handling.statement_texts import clean_statement
from appeals.casework.handling.telephone_columns import COLUMNS_OF_TELEPHONE, telephone_columns
from appeals.domain import numbers
from appeals.domain.calendar import CachedCalendar, city_day, month_of
from appeals.domain.case import Case
from appeals.domain.contact import REACHABILITY_ACTIONS, UNREACHABLE
from appeals.domain.lifecycle import MoveRule, check_move_facts, find_move_rule, play_move
from appeals.domain.moves.effects import IMPORTED, MoveInput
from appeals.domain.moves.needs import NEEDS, WORDS
from appeals.domain.people import SYSTEM, Actor, Role
from appeals.domain.refusals import not_valid
from appeals.domain.rule_book import RuleBook
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import YesNo
from appeals.models.handling import CASE_COLUMNS, CASE_LISTS, field_names
from appeals.reference.reference_data import Reference, load_reference

APPEALS_PER_TRANSACTION = 10_000
"""Appeals in one transaction."""
MAX_CACHED_REASONS = 100_000
FILING_COLUMNS = ("channel", "confidential", "publish", "language", "source", "source_ref")
MOVE_COLUMNS = (
    "seq", "action", "to_state", "at", "actor_role", "staff_id", "department", "facts", "words",
)  # fmt: skip
LINK_COLUMNS = ("salt", "committed", "link_version", "row_hash")
REASON_COLUMNS = ("department", "rule_id", "zh", "en", "alternatives")


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One move to be made: its input, its moment (aware UTC) and its actor."""

    action: Action
    given: MoveInput
    at: datetime
    actor: Actor = SYSTEM


@dataclass(frozen=True, slots=True)
class History:
    """The whole life of an appeal to be written: the filing, then the moves."""

    filing: Filing
    filed: HistoryStep
    steps: Sequence[HistoryStep] = ()


@dataclass(frozen=True, slots=True)
class PlayedMove:
    """One move as made: the columns of its row except id, salt and hashes."""

    seq: int
    action: Action
    to_state: State
    at: datetime
    actor_role: Role
    staff_id: int | None
    department: str | None
    facts: Mapping[str, str]
    words: str | None


@dataclass(frozen=True, slots=True)
class PlayedHistory:
    """A history as far as it has been played, with the resulting case."""

    filing: Filing
    case: Case
    moves: list[PlayedMove]


class BulkWriter:
    """Plays histories against one version of the reference data, and writes them."""

    def __init__(self, act: Act, city: Reference | None = None) -> None:
        """Load the reference data once for all histories, unless it is given."""
        self.act = act
        self.city: Reference = city or load_reference(act)
        self.book = cache_working_days(self.city.book)
        self.reasons: dict[tuple[object, ...], Row] = {}

    def play(self, history: History) -> PlayedHistory:
        """Play one history. Raises Refused as `filing.file_appeal` and `moves.make_move` do."""
        played = self.file(history.filing, history.filed)
        for step in history.steps:
            self.make(played, step)
        return played

    def file(self, filing: Filing, filed: HistoryStep) -> PlayedHistory:
        """Start a history with its filing. Raises Refused."""
        check_codes(filing, self.city, city_day(filed.at))
        filing = replace(filing, **clean_statement(vars(filing)))
        case = Case(
            filed_at=filed.at,
            kind=filing.kind,
            category=filing.category,
            district=filing.district,
            street=filing.street,
            urgent=self._is_urgent(filing, filed.given),
            restricted=self.city.categories[filing.category].restricted,
            complained_department=filing.complained_department,
        )
        played = PlayedHistory(filing, case, [])
        facts = first_move_facts(filing, case)
        self.make(played, replace(filed, given={**filed.given, **facts}))
        return played

    def _is_urgent(self, filing: Filing, given: MoveInput) -> bool:
        """Return the urgency that the source states, else the default of the category."""
        said = given.get("urgent")
        return said == YesNo.YES if said else self.city.categories[filing.category].urgent

    def make(self, played: PlayedHistory, step: HistoryStep) -> None:
        """Make the next move, which must not be earlier than the previous one. Raises Refused."""
        case, moves = played.case, played.moves
        if moves and step.at < moves[-1].at:
            raise not_valid(
                "at", "各步的时间不按先后。", "A move lies before the one that goes before it."
            )
        given = clean_move_input(step.given)
        move = find_move_rule(step.action, case.state if moves else None, step.actor.role)
        self._check(move, given, step.actor)
        if step.action in REACHABILITY_ACTIONS and IMPORTED not in given:
            given |= {} if played.filing.is_reachable else {UNREACHABLE: YesNo.YES.value}
        if moves:
            given |= restriction_facts(self.city, given, restricted=case.restricted)
        play_move(case, move, given, step.at, self.book)
        moves.append(
            PlayedMove(
                seq=len(moves) + 1,
                action=step.action,
                to_state=case.state,
                at=step.at,
                actor_role=step.actor.role,
                staff_id=step.actor.staff_id,
                department=step.actor.department,
                facts={name: text for name, text in given.items() if name != WORDS},
                words=given.get(WORDS),
            )
        )

    def _check(self, move: MoveRule, given: MoveInput, actor: Actor) -> None:
        """Check the input of a move; an imported one may lack what its source does not have."""
        if IMPORTED in given:
            said = tuple(name for name in move.needs if NEEDS[name].name in given)
            check_move_facts(replace(move, needs=said), given)
        else:
            check_move_facts(move, given)
        for need in move.fields:
            if need.name in given:
                check_code(self.act.by(actor), self.city, need, given)

    def write(self, played: Sequence[PlayedHistory]) -> Sequence[int]:
        """Insert what was played, with all constraints and triggers; return the appeals' ids."""
        ids = reserve_ids(self.act, len(played))
        copy_blocks(self.act, self.blocks(ids, played))
        return ids

    def blocks(self, ids: Sequence[int], played: Sequence[PlayedHistory]) -> list[CopyBlock]:
        """Build the rows of what was played, with links and ids, in the order of insertion."""
        each = list(zip(ids, played, strict=True))
        moves = [_chain_moves(self.act.secret, id_, one) for id_, one in each]
        months = {month for one in played for month in _touched_months(one)}
        return [
            CopyBlock.of(
                "appeal",
                ("id", "number", "moves_made", "head_hmac", *FILING_COLUMNS, *CASE_COLUMNS),
                (
                    self._appeal(id_, one, rows[-1])
                    for (id_, one), rows in zip(each, moves, strict=True)
                ),
            ),
            CopyBlock.of(
                "statement",
                ("appeal_id", *hash_chain.STATEMENT_COLUMNS, *COLUMNS_OF_TELEPHONE),
                ((id_, *self._statement(one.filing)) for id_, one in each),
            ),
            CopyBlock.of(
                "routing_reason",
                ("appeal_id", *REASON_COLUMNS),
                ((id_, *self.reason(one.filing, one.case.filed_at)) for id_, one in each),
            ),
            CopyBlock.of(
                "move",
                ("appeal_id", *MOVE_COLUMNS, *LINK_COLUMNS),
                (row for rows in moves for row in rows),
            ),
            *(
                _build_list_block(name, table.__tablename__, field_names(items), each)
                for name, table, items in CASE_LISTS
            ),
            CopyBlock.of(
                "dirty_month",
                ("month", "marked_at"),
                ((month, self.act.now) for month in sorted(months)),
            ),
        ]

    def _appeal(self, id_: int, one: PlayedHistory, last_move: Row) -> Row:
        year = city_day(one.case.filed_at).year
        number = numbers.make_number(id_, year, self.act.secret)
        filing, case = (
            _select_values(one.filing, FILING_COLUMNS),
            _select_values(one.case, CASE_COLUMNS),
        )
        last_link = last_move[-1]
        assert isinstance(last_link, bytes)
        head = hash_chain.make_head_hmac(self.act.secret, id_, len(one.moves), last_link)
        return (id_, number, len(one.moves), head, *filing, *case)

    def _statement(self, filing: Filing) -> Row:
        telephone = telephone_columns(filing.contact_phone, self.act.reach)
        return (*_select_values(filing, hash_chain.STATEMENT_COLUMNS), *telephone.values())

    def reason(self, filing: Filing, filed_at: datetime) -> Row:
        """Return the row of the routing suggestion, with the department first.

        Cached: thousands of appeals of an import have the same text and place.
        """
        words = hashlib.sha256(f"{filing.subject}\n{filing.detail}".encode()).digest()
        day = city_day(filed_at)
        facts = (filing.kind, filing.category, filing.district, filing.street, words)
        key = (*facts, self.city.era(day))
        if key not in self.reasons:
            if len(self.reasons) >= MAX_CACHED_REASONS:
                self.reasons.clear()
            self.reasons[key] = _select_values(
                build_routing_reason(self.city, 0, filing, day), REASON_COLUMNS
            )
        return self.reasons[key]


def cache_working_days(book: RuleBook) -> RuleBook:
    """Return the rule book with a `CachedCalendar`."""
    calendar = book.calendar
    return replace(
        book,
        calendar=CachedCalendar(calendar.version, calendar.days, calendar.names, calendar.noticed),
    )


def reserve_ids(act: Act, count: int) -> Sequence[int]:
    """Take this many ids for appeals from the sequence; no other transaction gets them."""
    series = sa.func.generate_series(1, count).table_valued("n")
    sequence = sa.func.pg_get_serial_sequence("appeal", "id")
    query = sa.select(sa.func.nextval(sequence)).select_from(series)
    return act.session.scalars(query).all()


def _build_list_block(
    name: str, table: str, names: Sequence[str], each: Sequence[tuple[int, PlayedHistory]]
) -> CopyBlock:
    """Build the rows of one of the lists of the cases."""
    rows = (
        (id_, *_select_values(item, names)) for id_, one in each for item in getattr(one.case, name)
    )
    return CopyBlock.of(table, ("appeal_id", *names), rows)


def _select_values(of: object, names: Sequence[str]) -> Row:
    return tuple([getattr(of, name) for name in names])


def _chain_moves(secret: bytes, appeal_id: int, one: PlayedHistory) -> list[Row]:
    """Build the rows of the moves with their links; the link is the last column."""
    rows, previous = list[Row](), hash_chain.NO_LINK
    committing = hash_chain.statement_text(one.filing)
    for move in one.moves:
        salt = hash_chain.make_salt()
        committed = hash_chain.make_commitment(move.words or committing, salt)
        committing = ""
        previous = hash_chain.make_link(secret, previous, appeal_id, move, committed)
        version = hash_chain.LinkVersion.KEYED.value
        rows.append(
            (appeal_id, *_select_values(move, MOVE_COLUMNS), salt, committed, version, previous)
        )
    return rows


def _touched_months(one: PlayedHistory) -> set[date]:
    months = touched_months(one.case, one.moves[-1].at)
    return months | {month_of(move.at) for move in one.moves}
