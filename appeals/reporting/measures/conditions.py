"""The conditions that measures are made of: values that render themselves as SQL (Rules 4).

A condition is about one row of the snapshot. It is a frozen dataclass, so two conditions that say
the same are equal, have the same hash and can be compared in tests. `sql` returns it as an
expression over the snapshot's rows, `str` says in words what it means.

Stamps are those known at the cut-off: a later one is NULL in the snapshot. A condition that comes
out as NULL does not hold.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

import sqlalchemy as sa

from appeals.domain.clocks import whole_second
from appeals.domain.vocabulary import DispatchEnd, Kind, Satisfaction
from appeals.reporting.snapshot.count_window import CountWindow, StampColumn

Rows = sa.Subquery
Holds = sa.ColumnElement[bool]
SATISFIED = (
    Satisfaction.VERY_SATISFIED.value,
    Satisfaction.SATISFIED.value,
    Satisfaction.FAIRLY_SATISFIED.value,
)
LAST_HOUR = timedelta(hours=1)
LAST_DAY = timedelta(days=1) - timedelta(seconds=1)
"""From a day's midnight to its end at 23:59:59, when day limits are due (Rules 1)."""


class Condition(ABC):
    """A condition on one row of a snapshot; `text` explains it, with its fields in braces."""

    text: ClassVar[str]

    def sql(self, rows: Rows, window: CountWindow) -> Holds:
        """Return the SQL expression that the condition holds for a row."""
        return self._expression(rows, window)

    @abstractmethod
    def _expression(self, rows: Rows, _window: CountWindow) -> Holds: ...

    def __str__(self) -> str:
        """Say in words what the condition means."""
        return self.text.format(**vars(self))

    @property
    def parts(self) -> tuple["Condition", ...]:
        """Return the conditions that must all hold: this one, unless it joins others."""
        return (self,)


@dataclass(frozen=True)
class AllOf(Condition):
    """The condition that all of several others hold; without any it holds for every row."""

    joined: tuple[Condition, ...]

    def _expression(self, rows: Rows, window: CountWindow) -> Holds:
        return sa.and_(sa.true(), *(each.sql(rows, window) for each in self.joined))

    def __str__(self) -> str:
        """Join the explanations."""
        return "; ".join(map(str, self.joined)) or "every row"

    @property
    def parts(self) -> tuple[Condition, ...]:
        """Return the joined conditions."""
        return self.joined


def all_of(*conditions: Condition) -> AllOf:
    """Join conditions by AND."""
    return AllOf(tuple(part for each in conditions for part in each.parts))


EVERY_ROW = AllOf(())


@dataclass(frozen=True)
class StampInPeriod(Condition):
    """The stamp lies in the period."""

    text: ClassVar[str] = "{column} in the period"

    column: str

    def _expression(self, rows: Rows, window: CountWindow) -> Holds:
        return window.holds(rows.c[self.column])


@dataclass(frozen=True)
class HasStamp(Condition):
    """The stamp was set by the cut-off."""

    text: ClassVar[str] = "{column} set"

    column: str

    def _expression(self, rows: Rows, _window: CountWindow) -> Holds:
        return rows.c[self.column].is_not(None)


@dataclass(frozen=True)
class LacksStamp(Condition):
    """The stamp was not set by the cut-off."""

    text: ClassVar[str] = "{column} not set"

    column: str

    def _expression(self, rows: Rows, _window: CountWindow) -> Holds:
        return rows.c[self.column].is_(None)


@dataclass(frozen=True)
class IsTrue(Condition):
    """The column is true."""

    text: ClassVar[str] = "{column}"

    column: str

    def _expression(self, rows: Rows, _window: CountWindow) -> Holds:
        return rows.c[self.column].is_(sa.true())


@dataclass(frozen=True)
class IsOneOf(Condition):
    """The column has one of the values."""

    column: str
    values: tuple[str, ...]

    def _expression(self, rows: Rows, _window: CountWindow) -> Holds:
        return sa.cast(rows.c[self.column], sa.Text).in_(self.values)

    def __str__(self) -> str:
        """List the values."""
        return f"{self.column} is {' or '.join(self.values)}"


@dataclass(frozen=True)
class MetByDue(Condition):
    """The stamp is set, no later than the second of the due moment (Rules 1)."""

    text: ClassVar[str] = "{stamp} no later than {due}"

    stamp: str
    due: str

    def _expression(self, rows: Rows, _window: CountWindow) -> Holds:
        return _whole_second(rows.c[self.stamp]) <= rows.c[self.due]


@dataclass(frozen=True)
class DidNotEndEarly(Condition):
    """The dispatch was not recalled before the stamp was due and before it was set.

    A dispatch that was recalled left no time to sign for it or to contact the citizen (Rules 4).
    """

    text: ClassVar[str] = "not recalled before {due} and before {stamp}"

    stamp: str
    due: str

    def _expression(self, rows: Rows, window: CountWindow) -> Holds:
        # a stamp that is not set counts as later than the end
        early = sa.and_(
            IsOneOf("how_ended", (DispatchEnd.RECALLED.value,)).sql(rows, window),
            _whole_second(rows.c.ended_at) <= rows.c[self.due],
            sa.func.coalesce(rows.c[self.stamp] > rows.c.ended_at, sa.true()),
        )
        return sa.not_(sa.func.coalesce(early, sa.false()))


@dataclass(frozen=True)
class IsFirstRound(Condition):
    """The round is the first."""

    text: ClassVar[str] = "first round"

    def _expression(self, rows: Rows, _window: CountWindow) -> Holds:
        return rows.c.n == 1


@dataclass(frozen=True)
class IsLaterRound(Condition):
    """The round is the second or a later one."""

    text: ClassVar[str] = "second or later round"

    def _expression(self, rows: Rows, _window: CountWindow) -> Holds:
        return rows.c.n > 1


@dataclass(frozen=True)
class IsNoConsultation(Condition):
    """The appeal is no consultation, which cannot be resolved (Rules 4)."""

    text: ClassVar[str] = "kind is not consultation"

    def _expression(self, rows: Rows, _window: CountWindow) -> Holds:
        return rows.c.kind != Kind.CONSULTATION.value


@dataclass(frozen=True)
class DueInPeriod(Condition):
    """The due base (Rules 4): first rounds due in the period and by the cut-off."""

    text: ClassVar[str] = "first round with {due} in the period and by the cut-off"

    due: str

    def _expression(self, rows: Rows, window: CountWindow) -> Holds:
        due = rows.c[self.due]
        return sa.and_(rows.c.n == 1, window.holds(due), due <= window.cut_off)


@dataclass(frozen=True)
class IsDueOrCarriedIn(Condition):
    """The due base, and first rounds overdue and unfinished when the period began."""

    text: ClassVar[str] = "first round with due_at in the period and by the cut-off, or carried in"

    def _expression(self, rows: Rows, window: CountWindow) -> Holds:
        start = window.period.start
        unfinished = sa.or_(rows.c.finished_at.is_(None), rows.c.finished_at >= start)
        was_due = sa.and_(rows.c.due_at < start, rows.c.due_at <= window.cut_off)
        carried = sa.and_(rows.c.n == 1, was_due, unfinished)
        return sa.or_(DueInPeriod("due_at").sql(rows, window), carried)


@dataclass(frozen=True)
class IsFinishedByEnd(Condition):
    """The round was finished by the cut-off and before the period's end (Rules 4)."""

    text: ClassVar[str] = "finished_at before the period's end and by the cut-off"

    def _expression(self, rows: Rows, window: CountWindow) -> Holds:
        done = rows.c.finished_at
        return sa.and_(done <= window.last, done < window.period.end)


@dataclass(frozen=True)
class IsCarriedIn(Condition):
    """The round was dispatched before the period and unfinished when it began."""

    text: ClassVar[str] = "dispatched before the period, unfinished when it began"

    def _expression(self, rows: Rows, window: CountWindow) -> Holds:
        start = window.period.start
        unfinished = sa.or_(rows.c.finished_at.is_(None), rows.c.finished_at >= start)
        return sa.and_(rows.c.first_dispatched_at < start, unfinished)


@dataclass(frozen=True)
class IsCarriedOut(Condition):
    """The round was dispatched and unfinished at the period's end or the cut-off, if earlier."""

    text: ClassVar[str] = "dispatched before the period's end, unfinished then or at the cut-off"

    def _expression(self, rows: Rows, window: CountWindow) -> Holds:
        dispatched = rows.c.first_dispatched_at < window.period.end
        return sa.and_(dispatched, _is_unfinished_at_end(rows, window))


@dataclass(frozen=True)
class IsOverdueAtEnd(Condition):
    """The round was overdue at the period's end or the cut-off, if earlier: past due, unfinished.

    It was not, if an answer was given in time that review accepted by the cut-off, or that awaited
    review then. The desk, the queues and the wall count the same (`models/lateness.py`).
    """

    text: ClassVar[str] = (
        "due_at before the period's end and before the cut-off, unfinished then,"
        " no answer given by due_at"
    )

    def _expression(self, rows: Rows, window: CountWindow) -> Holds:
        due = rows.c.due_at
        passed = sa.and_(due < window.period.end, due < whole_second(window.cut_off))
        given = sa.func.coalesce(rows.c.answered_at, rows.c.answer_awaiting_review)
        in_time = sa.func.coalesce(_whole_second(given) <= due, sa.false())
        return sa.and_(passed, _is_unfinished_at_end(rows, window), sa.not_(in_time))


@dataclass(frozen=True)
class IsAnsweredInLastHour(Condition):
    """The round was answered, or withdrawn, within the hour before it was due."""

    text: ClassVar[str] = "met_at within the hour before due_at"

    def _expression(self, rows: Rows, _window: CountWindow) -> Holds:
        return rows.c.met_at > rows.c.due_at - LAST_HOUR


@dataclass(frozen=True)
class IsReturnedOnLastDay(Condition):
    """The return of the dispatch was requested on the last possible day."""

    text: ClassVar[str] = "return_asked_at on the day of return_due_at"

    def _expression(self, rows: Rows, _window: CountWindow) -> Holds:
        return rows.c.return_asked_at >= rows.c.return_due_at - LAST_DAY


def _whole_second(stamp: StampColumn) -> sa.ColumnElement[datetime]:
    return sa.func.date_trunc("second", stamp)


def _is_unfinished_at_end(rows: Rows, window: CountWindow) -> Holds:
    return sa.not_(sa.func.coalesce(IsFinishedByEnd().sql(rows, window), sa.false()))
