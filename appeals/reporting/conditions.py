"""The conditions that measures are made of: small expressions over the measured rows (Rules 4)."""

import sqlalchemy as sa

from appeals.domain.vocabulary import Kind
from appeals.reporting.rates import Condition, Window

Rows = sa.Subquery
Holds = sa.ColumnElement[bool]


def within(column: str) -> Condition:
    """Hold where the stamp lies in the period."""

    def condition(rows: Rows, window: Window) -> Holds:
        return window.holds(rows.c[column])

    return condition


def there(column: str) -> Condition:
    """Hold where the stamp was there at the cut-off."""

    def condition(rows: Rows, window: Window) -> Holds:
        del window
        return rows.c[column].is_not(None)

    return condition


def true(column: str) -> Condition:
    """Hold where the column is true."""

    def condition(rows: Rows, window: Window) -> Holds:
        del window
        return rows.c[column].is_(sa.true())

    return condition


def by_due(stamp: str, due: str) -> Condition:
    """Hold where the stamp is there and not after the due moment."""

    def condition(rows: Rows, window: Window) -> Holds:
        del window
        return rows.c[stamp] <= rows.c[due]

    return condition


def one_of(column: str, *values: str) -> Condition:
    """Hold where the column has one of the values."""

    def condition(rows: Rows, window: Window) -> Holds:
        del window
        return sa.cast(rows.c[column], sa.Text).in_(values)

    return condition


def both(*conditions: Condition) -> Condition:
    """Hold where all of the conditions do."""

    def condition(rows: Rows, window: Window) -> Holds:
        return sa.and_(*(each(rows, window) for each in conditions))

    return condition


def due(column: str) -> Condition:
    """Hold for round 1 due in the period and at or before the cut-off."""

    def condition(rows: Rows, window: Window) -> Holds:
        moment = rows.c[column]
        return sa.and_(rows.c.n == 1, window.holds(moment), moment <= window.cut_off)

    return condition


def due_or_carried_in(rows: Rows, window: Window) -> Holds:
    """Hold for the due base and what was overdue and unfinished as the period began."""
    start = window.period.start
    late = sa.or_(rows.c.finished_at.is_(None), rows.c.finished_at >= start)
    carried = sa.and_(rows.c.n == 1, rows.c.due_at < start, rows.c.due_at <= window.cut_off, late)
    return sa.or_(due("due_at")(rows, window), carried)


def finished_by_the_end(rows: Rows, window: Window) -> Holds:
    """Hold for what was finished by min(T, end); the end itself is the next period's."""
    done = rows.c.finished_at
    return sa.and_(done <= window.last, done < window.period.end)


def handled_again(rows: Rows, window: Window) -> Holds:
    """Hold for a second or later round."""
    del window
    return rows.c.n > 1


def first_round(rows: Rows, window: Window) -> Holds:
    """Hold for round 1."""
    del window
    return rows.c.n == 1


def not_consultation(rows: Rows, window: Window) -> Holds:
    """Hold for every kind but consultations."""
    del window
    return rows.c.kind != Kind.CONSULTATION.value


def seconds_to_answer(rows: Rows) -> sa.ColumnElement[int]:
    """Give the whole seconds from the opening of the round (round 1: the filing) to its answer."""
    span = sa.extract("epoch", rows.c.answered_at - rows.c.opened_at)
    return sa.cast(sa.func.floor(span), sa.BigInteger)
