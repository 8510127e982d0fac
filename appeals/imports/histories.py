"""A row of a file as an appeal's history: its filing and the moves that the source implies.

All faults of a row are collected before it is refused. `end_states.py` finds the end state.
"""

from collections.abc import Iterator
from datetime import datetime

from appeals.cases.driver import MoveRequest
from appeals.casework.handling.bulk_writing import History
from appeals.domain.filing import Filing
from appeals.domain.messages import message
from appeals.domain.moves.context import IMPORTED, PROMISED, UNTIMED
from appeals.domain.moves.needs import WORDS
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import (
    Channel,
    FollowUpOutcome,
    Kind,
    NotAcceptedReason,
    ReturnReason,
    YesNo,
)
from appeals.imports.end_states import (
    AFTER_DISPATCH,
    MAIN_PATH,
    OTHER_ENDINGS,
    PATH_LENGTH,
    SECOND_ROUND_COLUMNS,
    check_order,
    find_end_state,
)
from appeals.imports.faults import Fault
from appeals.imports.mapping import Cells, ColumnMapping
from appeals.imports.mapping_keys import COLUMN_KEYS
from appeals.imports.reference_rows import ReferenceRows
from appeals.imports.row_reader import RowReader

YES = YesNo.YES.value
AFTER_CLOSING = ("followed_up", "rated")


def read_history(
    mapping: ColumnMapping, rows: ReferenceRows, now: datetime, cells: Cells
) -> History | tuple[Fault, ...]:
    """Return the history that a row implies, or all faults of the row."""
    reader = RowReader(mapping, rows, now, cells)
    life = _RowHistory(reader)
    filing = life.filing()
    steps = list(life.steps())
    if reader.faults:
        return tuple(reader.faults)
    return History(filing, life.filing_step(), sorted(steps, key=lambda step: step.at))


class _RowHistory:
    """The times, codes and terms of one row, and the moves made of them."""

    def __init__(self, reader: RowReader) -> None:
        self.reader = reader
        self.mapping = reader.mapping
        self.times = reader.read_moments()
        self.codes = reader.check_every_code()
        self.status = reader.read_term("status", State)
        self.satisfaction = reader.read_text("satisfaction")
        self.solved = reader.read_text("solved")
        reader.check_identity()
        check_order(reader, self.times)
        self.end = find_end_state(reader, self.times, self.status)

    @property
    def filed_at(self) -> datetime:
        """Return the time of filing; any moment for a row without it, which is refused."""
        return self.times["filed"] or self.reader.now

    def filing(self) -> Filing:
        """Return what was filed."""
        reader = self.reader
        return Filing(
            kind=reader.read_needed_term("kind", Kind, Kind.OTHER),
            channel=reader.read_needed_term("channel", Channel, Channel.WEB),
            category=self._read_category(),
            district=self.codes["district"],
            street=self.codes["street"],
            confidential=reader.read_term("confidential", YesNo) is YesNo.YES,
            complained_department=self.codes["complained_department"],
            language=self.mapping.language,
            source=reader.read_text("source_system") or self.mapping.source,
            source_ref=reader.read_text("reference"),
            subject=reader.read_text("subject"),
            detail=reader.read_text("detail"),
            address=reader.read_text("address"),
            contact_name=reader.read_text("contact_name"),
            contact_phone=reader.read_text("contact_phone"),
            contact_email=reader.read_text("contact_email"),
        )

    def _read_category(self) -> str:
        if not self.reader.read_text("category"):
            self.reader.note_fault(
                "category", message("is empty: say under [otherwise] what holds")
            )
        return self.codes["category"] or ""

    def filing_step(self) -> MoveRequest:
        """Return the filing as a move."""
        urgent = self.reader.read_term("urgent", YesNo)
        given = {IMPORTED: YES, **({"urgent": urgent.value} if urgent else {})}
        return MoveRequest(Action.FILE, given, self.filed_at)

    def steps(self) -> Iterator[MoveRequest]:
        """Yield the moves after the filing."""
        if self.end.value in OTHER_ENDINGS:
            yield from self._other_ending_steps(self.end.value)
            return
        last = PATH_LENGTH.get(self.end, PATH_LENGTH[State.SIGNED])
        yield from self._path_steps(last)
        if self.end is State.RETURN_ASKED:
            at = self.times["returned"]
            yield self._step(Action.ASK_RETURN, at, self.filed_at, self._read_return_reason())
        if self.end is State.CLOSED:
            yield from self._after_closing_steps()

    def _other_ending_steps(self, key: str) -> Iterator[MoveRequest]:
        """Yield the moves of an appeal that was withdrawn, not accepted, or answered at once.

        Without a time the end takes the one that the mapping names, but not before the last timed
        move.
        """
        action, _ = OTHER_ENDINGS[key]
        moment = self.times[key] or self.times["closed"] or self.times["answered"]
        before = list(self._path_steps(self._count_reached(action)))
        at = moment or max(
            self._named_closing_time() or self.filed_at,
            *(step.at for step in before),
            self.filed_at,
        )
        yield from before
        given = dict[str, str]()
        if action is Action.NOT_ACCEPT:
            reason = self.reader.read_term("not_accepted_reason", NotAcceptedReason)
            given["reason"] = (reason or NotAcceptedReason.OTHER).value
        if action is not Action.WITHDRAW:
            given[WORDS] = self.reader.read_text("reply")
        yield self._step(action, moment, at, given)

    def _count_reached(self, action: Action) -> int:
        """Count the moves of the main path that the row's times show before another ending."""
        if action is Action.NOT_ACCEPT:
            return 0
        way = MAIN_PATH[:1] if action is Action.ANSWER_ON_SPOT else MAIN_PATH[:5]
        return max((n for n, (key, *_) in enumerate(way, start=1) if self.times[key]), default=0)

    def _named_closing_time(self) -> datetime | None:
        """Return the time that `closed_if_untimed` names; without that option note a fault."""
        named = self.mapping.closed_if_untimed
        if not named:
            self.reader.note_fault(
                "status",
                message(
                    "says that it is over, and no time says when: name one with closed_if_untimed"
                ),
            )
            return None
        return self.times[named] or self.filed_at

    def _path_steps(self, last: int) -> Iterator[MoveRequest]:
        """Yield the main path's first `last` moves; one without a time takes the previous time."""
        at, untimed = self.filed_at, False
        times = dict(self.times)
        if last == len(MAIN_PATH):
            times["closed"] = times["closed"] or times["answered"]
            times["answered"] = times["answered"] or times["closed"]
            if times["closed"] is None:
                untimed, times["closed"] = True, self._named_closing_time()
        for key, action, _ in MAIN_PATH[:last]:
            moment = times[key]
            if untimed and key in {"answered", "closed"}:
                at = max(at, times["closed"] or at)
                moment = None
            at = moment or at
            yield self._step(action, moment, at, self._move_values(action))
            if action is Action.DISPATCH:
                yield from self._return_steps(at)
                at = max(at, self.times["returned"] or at)
            if action is Action.CONTACT:
                yield from self._extension_steps()

    def _move_values(self, action: Action) -> dict[str, str]:
        if action is Action.ANSWER:
            return {WORDS: self.reader.read_text("reply")}
        if action is not Action.DISPATCH:
            return {}
        department = self.codes["department"]
        if not self.reader.read_text("department"):
            self.reader.note_fault("department", message("is empty: it names no department"))
        if self.times["returned"] and self.end is not State.RETURN_ASKED:
            department = self.codes["returned_by"] or department
        promised = self.times["promised"]
        return {
            "department": department or "",
            PROMISED: promised.isoformat() if promised else "",
        }

    def _read_return_reason(self) -> dict[str, str]:
        reason = self.reader.read_term("return_reason", ReturnReason) or ReturnReason.NOT_OUR_DUTY
        return {"reason": reason.value}

    def _return_steps(self, sent: datetime) -> Iterator[MoveRequest]:
        """Yield the return to the centre and the dispatch to the department that has it now."""
        at = self.times["returned"]
        if at is None or self.end is State.RETURN_ASKED:
            return
        yield self._step(Action.ASK_RETURN, at, sent, self._read_return_reason())
        given = {"department": self.codes["department"] or ""}
        yield self._step(Action.GRANT_RETURN, at, sent, given)

    def _extension_steps(self) -> Iterator[MoveRequest]:
        at, until = self.times["extended"], self.times["extended_until"]
        if until is not None and at is None:
            self.reader.note_fault("extended", message("is empty beside extended_until"))
        if at is None:
            return
        given = {PROMISED: until.isoformat()} if until else {}
        yield self._step(Action.ASK_EXTENSION, at, at, {})
        yield self._step(Action.GRANT_EXTENSION, at, at, given)

    def _after_closing_steps(self) -> Iterator[MoveRequest]:
        """Yield the second round, the follow-up and the rating."""
        closed = self.times["closed"] or self.times["answered"] or self._named_closing()
        again = self.times["rehandled"]
        if again is not None:
            closed = again
            yield self._step(
                Action.REHANDLE, again, again, {"department": self.codes["department"] or ""}
            )
            last = self.times["closed_again"] or self.times["answered_again"]
            for key, action, _ in AFTER_DISPATCH if last else ():
                at = self.times.get(SECOND_ROUND_COLUMNS.get(key, "")) or (
                    last if key in SECOND_ROUND_COLUMNS else None
                )
                closed = at or closed
                yield self._step(action, at, closed, {})
            if last is None:
                return
        yield from self._opinion_steps(closed)

    def _named_closing(self) -> datetime:
        named = self.mapping.closed_if_untimed
        return (self.times[named] if named else None) or self.filed_at

    def _opinion_steps(self, closed: datetime) -> Iterator[MoveRequest]:
        for key in AFTER_CLOSING:
            if (at := self.times[key]) and at < closed:
                self.reader.note_fault(
                    key, message("lies before the closing"), self.reader.read_text(key)
                )
        outcome = self.reader.read_term("follow_up_result", FollowUpOutcome)
        opinion = {"solved": self.solved, "satisfaction": self.satisfaction}
        opinion = {name: text for name, text in opinion.items() if text}
        for name in opinion:
            self.reader.read_term(name, COLUMN_KEYS[name].terms or YesNo)
        if outcome is FollowUpOutcome.REACHED and not opinion:
            self.reader.note_fault(
                "follow_up_result",
                message(
                    "reached the citizen, and neither solved nor satisfaction is there: map "
                    "it to refused if she gave no answer"
                ),
            )
        if outcome is not None or self.times["followed_up"]:
            heard = opinion if outcome is FollowUpOutcome.REACHED else {}
            given = {"outcome": (outcome or FollowUpOutcome.NO_ANSWER).value, **heard}
            yield self._step(Action.FOLLOW_UP, self.times["followed_up"], closed, given)
            if heard:
                return
        if opinion:
            yield self._step(Action.RATE, self.times["rated"], closed, opinion)

    def _step(
        self, action: Action, moment: datetime | None, otherwise: datetime, given: dict[str, str]
    ) -> MoveRequest:
        """Make a move of the source at its time, else marked as untimed."""
        untimed = {} if moment else {UNTIMED: YES}
        return MoveRequest(action, {IMPORTED: YES, **untimed, **given}, moment or otherwise)
