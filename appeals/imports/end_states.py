"""The state that a row's appeal ends in: by the source's status, else by its times."""

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise

from appeals.domain.messages import Text, message
from appeals.domain.states import Action, State
from appeals.imports.row_reader import RowReader

Times = Mapping[str, datetime | None]
MAIN_PATH = (
    ("accepted", Action.ACCEPT, State.ACCEPTED),
    ("dispatched", Action.DISPATCH, State.DISPATCHED),
    ("signed", Action.SIGN, State.SIGNED),
    ("contacted", Action.CONTACT, State.IN_HAND),
    ("answered", Action.ANSWER, State.ANSWERED),
    ("closed", Action.CLOSE, State.CLOSED),
)
"""From filing to closing: the column of each time, its move, and the state it leads to."""
AFTER_DISPATCH = MAIN_PATH[2:]
SECOND_ROUND_COLUMNS = {"answered": "answered_again", "closed": "closed_again"}
PATH_LENGTH = {State.FILED: 0, **{state: n for n, (_, _, state) in enumerate(MAIN_PATH, start=1)}}
OTHER_ENDINGS = {
    "not_accepted": (Action.NOT_ACCEPT, State.NOT_ACCEPTED),
    "answered_on_spot": (Action.ANSWER_ON_SPOT, State.ANSWERED_ON_SPOT),
    "withdrawn": (Action.WITHDRAW, State.WITHDRAWN),
}
"""Endings other than closing, by the column of their time."""
TIME_ORDERS = (
    (
        "filed", "accepted", "dispatched", "returned", "signed", "contacted", "answered", "closed",
        "rehandled", "answered_again", "closed_again",
    ),
    ("filed", "dispatched", "extended", "closed"),
    *(("filed", each) for each in OTHER_ENDINGS),
    ("accepted", "answered_on_spot"),
    *(
        (each, "withdrawn")
        for each in ("accepted", "dispatched", "returned", "signed", "contacted", "extended",
                     "answered")
    ),
)  # fmt: skip
"""Columns whose times must be in this order."""


def check_order(reader: RowReader, times: Times) -> None:
    """Note a fault for each time that lies before one that must precede it."""
    for order in TIME_ORDERS:
        known = [(key, at) for key in order if (at := times[key])]
        for (before, earlier), (after, later) in pairwise(known):
            if later < earlier:
                reader.note_fault(
                    after,
                    message(
                        "lies before %(before)s, which goes before it",
                        before=before,
                        time=reader.read_text(before),
                    ),
                    reader.read_text(after),
                )


def find_end_state(reader: RowReader, times: Times, status: State | None) -> State:
    """Return the end state; a status that contradicts the times is a fault."""
    by_times = _end_by_times(reader, times, status)
    if status is None:
        return by_times
    is_behind = PATH_LENGTH.get(status, len(MAIN_PATH)) < PATH_LENGTH.get(by_times, 0)
    is_aside = by_times.value in OTHER_ENDINGS and status is not by_times
    if is_behind or is_aside:
        state = Text(by_times.label("zh"), by_times.value)  # in English the code of a mapping
        reader.note_fault(
            "status",
            message("contradicts the times, which lead to %(state)s", state=state),
            reader.mapping.raw(reader.cells, "status"),
        )
    return status


def _end_by_times(reader: RowReader, times: Times, status: State | None) -> State:
    aside = next((state for key, (_, state) in OTHER_ENDINGS.items() if times[key]), None)
    if aside is not None:
        return aside
    if times["closed"] or (times["answered"] and status is None):
        return State.CLOSED
    reached = max((n for n, (key, *_) in enumerate(MAIN_PATH, start=1) if times[key]), default=0)
    if status is None and _names_departments(reader):
        reached = max(reached, PATH_LENGTH[State.DISPATCHED])
    return next(state for state, n in PATH_LENGTH.items() if n == reached)


def _names_departments(reader: RowReader) -> bool:
    """Return whether the mapping names departments; then an open appeal was dispatched."""
    return "department" in {*reader.mapping.columns, *reader.mapping.otherwise}
