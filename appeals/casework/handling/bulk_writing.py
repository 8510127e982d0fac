"""Plays whole histories of appeals and writes thousands of them at once by COPY.

Histories are played by the same driver as single moves and inserted by the same mapping
(`appeals/cases`). No notices are written, because everything is in the past.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.bulk_copy import CopyBlock, copy_blocks
from appeals.cases.case_rows import NewAppeal, SuggestedDepartment, build_blocks
from appeals.cases.driver import MoveRequest, apply_move, cache_working_days, start_case
from appeals.casework.handling.filing import suggest_department
from appeals.casework.handling.moves import touched_months
from appeals.casework.handling.statement_texts import clean_statement
from appeals.domain import numbers
from appeals.domain.calendar import city_day, month_of
from appeals.domain.case import Case, RecordedMove
from appeals.domain.filing import Filing
from appeals.domain.messages import message
from appeals.domain.refusals import not_valid
from appeals.models.report import DirtyMonth
from appeals.reference.reference_data import Reference, load_reference

APPEALS_PER_TRANSACTION = 10_000
MAX_CACHED_SUGGESTIONS = 100_000


@dataclass(frozen=True, slots=True)
class History:
    """The whole life of an appeal to be written: the filing, then the moves."""

    filing: Filing
    filed: MoveRequest
    moves: Sequence[MoveRequest] = ()


@dataclass(frozen=True, slots=True)
class PlayedHistory:
    """A history as far as it has been played, with the resulting case."""

    filing: Filing
    case: Case
    moves: list[RecordedMove]


class BulkWriter:
    """Plays histories against one version of the reference data, and writes them."""

    def __init__(self, act: Act, city: Reference | None = None) -> None:
        """Load the reference data once for all histories, unless it is given."""
        self.act = act
        city = city or load_reference(act)
        self.city = replace(city, book=cache_working_days(city.book))
        self.suggestions: dict[tuple[object, ...], SuggestedDepartment] = {}

    def play_history(self, history: History) -> PlayedHistory:
        """Play one history. Raises Refused as `driver.start_case` and `driver.apply_move` do."""
        played = self.start_history(history.filing, history.filed)
        for request in history.moves:
            self.play_next(played, request)
        return played

    def start_history(self, filing: Filing, filed: MoveRequest) -> PlayedHistory:
        """Start a history with its filing. Raises Refused."""
        filing = replace(filing, **clean_statement(vars(filing)))
        case, first = start_case(self.city, filing, filed)
        return PlayedHistory(filing, case, [first])

    def play_next(self, played: PlayedHistory, request: MoveRequest) -> None:
        """Play the next move, which must not be earlier than the previous one. Raises Refused."""
        moves = played.moves
        if request.at < moves[-1].at:
            raise not_valid("at", message("A move lies before the one that goes before it."))
        reachable = played.filing.is_reachable
        seq = len(moves) + 1
        moves.append(apply_move(self.city, played.case, request, seq=seq, is_reachable=reachable))

    def write_histories(self, played: Sequence[PlayedHistory]) -> Sequence[int]:
        """Insert what was played, with all constraints and triggers; return the appeals' ids."""
        ids = reserve_ids(self.act, len(played))
        copy_blocks(self.act, self.build_blocks(ids, played))
        return ids

    def build_blocks(self, ids: Sequence[int], played: Sequence[PlayedHistory]) -> list[CopyBlock]:
        """Build the rows of what was played, with these ids, in the order of insertion."""
        new = [self._new_appeal(id_, one) for id_, one in zip(ids, played, strict=True)]
        months = {month for one in played for month in _touched_months(one)}
        dirty = [(month, self.act.now) for month in sorted(months)]
        return [
            *build_blocks(self.act.secret, self.act.reach, new),
            CopyBlock.of(DirtyMonth.__tablename__, ("month", "marked_at"), dirty),
        ]

    def _new_appeal(self, id_: int, played: PlayedHistory) -> NewAppeal:
        day = city_day(played.case.filed_at)
        number = numbers.make_number(id_, day.year, self.act.secret)
        suggested = self.suggest_department(played.filing, day)
        return NewAppeal(id_, number, played.filing, played.case, played.moves, suggested)

    def suggest_department(self, filing: Filing, day: date) -> SuggestedDepartment:
        """Return the routing suggestion of a day (Asia/Shanghai).

        Cached: thousands of appeals have the same category and place, and few rules look at words.
        """
        text = b""
        if any(rule.words for rule in self.city.rules_about(filing.category, day)):
            text = hashlib.sha256(f"{filing.subject}\n{filing.detail}".encode()).digest()
        place = (filing.kind, filing.category, filing.district, filing.street)
        key = (*place, filing.complained_department, text, self.city.era(day))
        if key not in self.suggestions:
            if len(self.suggestions) >= MAX_CACHED_SUGGESTIONS:
                self.suggestions.clear()
            self.suggestions[key] = suggest_department(self.city, filing, day)
        return self.suggestions[key]


def reserve_ids(act: Act, count: int) -> Sequence[int]:
    """Take this many ids for appeals from the sequence; no other transaction gets them."""
    series = sa.func.generate_series(1, count).table_valued("n")
    query = sa.select(sa.func.nextval("appeal_id_seq")).select_from(series)
    return act.session.scalars(query).all()


def _touched_months(played: PlayedHistory) -> set[date]:
    months = touched_months(played.case, played.moves[-1].at)
    return months | {month_of(move.at) for move in played.moves}
