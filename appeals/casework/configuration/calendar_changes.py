"""Changes of the calendar: planned as one change, previewed, then written and recorded.

A notice replaces the days named by the same year's notice before. A single day set by an
administrator stays when a notice is imported again, unless the notice names it. Promises already
made keep their due time (Rules 1); a change lists the running promises counted across its days.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals import city
from appeals.act import Act
from appeals.cases.access import visible_to
from appeals.casework.configuration.notice_document import notice_window, read_document
from appeals.casework.records import change_log
from appeals.domain.calendar import SATURDAY, Calendar, city_day, day_end, day_start
from appeals.domain.clocks import Limit, LimitUnit, due_at
from appeals.domain.configuration import CALENDAR, Change, ChangeStep
from appeals.domain.messages import message
from appeals.domain.refusals import not_valid
from appeals.domain.vocabulary import Duty, YesNo
from appeals.models.appeal import Appeal
from appeals.models.handling import Deadline
from appeals.models.organisation import CalendarDay
from appeals.reference.reference_data import load_reference, mark_reference_changed

MAX_PROMISES_SHOWN = 10
AS_WEEKDAY = "as_weekday"
"""Value of `works` for a day that is to follow its weekday."""


@dataclass(frozen=True)
class SingleDay:
    """A single day as an administrator sets it.

    `works` is "yes", "no" or `AS_WEEKDAY`; `name` is the occasion, empty for `AS_WEEKDAY`.
    """

    day: date
    works: str
    name: str
    why: str


@dataclass(frozen=True)
class AffectedPromise:
    """A running promise: its appeal's number, its due time, and its due time if recounted.

    `recounted_at` is None for an extended one.
    """

    number: str
    duty: Duty
    due_at: datetime
    recounted_at: datetime | None


@dataclass(frozen=True)
class AffectedPromises:
    """Running promises counted across days that would change: their number, and the first ones.

    Those of appeals hidden from the actor are left out.
    """

    count: int
    first: Sequence[AffectedPromise]


def plan_notice(act: Act, document: str, why: str) -> Change:
    """Return the change that a document would make. Raises Refused (not valid)."""
    notice = read_document(document)
    before = _read_days(act, _is_of_notice(notice.year), {each.day for each in notice.days})
    after = {
        each.day.isoformat(): _to_fact(each.name, working=each.working) for each in notice.days
    }
    today = city_day(act.now)
    return Change(CALENDAR, str(notice.year), ChangeStep.IMPORT, today, before or None, after, why)


def import_notice(act: Act, document: str, why: str = "") -> int:
    """Import one year's notice, record it, and return how many days it names.

    Raises Refused (not valid) for a document of another format.
    """
    change_log.lock_configuration(act)
    change = plan_notice(act, document, why)
    notice = read_document(document)
    act.session.execute(sa.delete(CalendarDay).where(_is_of_notice(notice.year)))
    rows = [
        {"day": each.day, "working": each.working, "name": each.name, "is_single": False}
        for each in notice.days
    ]
    _upsert_days(act, rows)
    _record_calendar_change(act, change)
    return len(notice.days)


def plan_day(act: Act, wanted: SingleDay) -> Change:
    """Return the change that a single day would make.

    Raises Refused (not valid) for a past day, or a day off or working day without a name.
    """
    if wanted.day < city_day(act.now):
        raise not_valid("day", message("Only today and later days can be changed."))
    if wanted.works != AS_WEEKDAY and not wanted.name:
        raise not_valid("name", message("Say what the day is called."))
    key = wanted.day.isoformat()
    before = _read_days(act, CalendarDay.day == wanted.day)
    after = None
    if wanted.works != AS_WEEKDAY:
        after = {key: _to_fact(wanted.name, working=wanted.works == YesNo.YES)}
    today = city_day(act.now)
    return Change(
        CALENDAR, str(wanted.day.year), ChangeStep.CHANGE, today, before or None, after, wanted.why
    )


def set_day(act: Act, wanted: SingleDay) -> None:
    """Write and record a single day. Raises Refused as `plan_day` does."""
    change_log.lock_configuration(act)
    change = plan_day(act, wanted)
    if change.after is None:
        act.session.execute(sa.delete(CalendarDay).where(CalendarDay.day == wanted.day))
    else:
        works = wanted.works == YesNo.YES
        row = {"day": wanted.day, "working": works, "name": wanted.name, "is_single": True}
        _upsert_days(act, [row])
    _record_calendar_change(act, change)


def count_affected_promises(act: Act, change: Change) -> AffectedPromises:
    """Return the running promises counted across days that a change turns from work to off or back.

    Only promises in working time depend on the calendar. An extension counts as part of the span up
    to its due time.
    """
    turned = _list_turned_days(change)
    if not turned:
        return AffectedPromises(0, ())
    across = (
        sa.select(Appeal.number, Deadline)
        .join(Appeal, Appeal.id == Deadline.appeal_id)
        .where(
            Deadline.is_running(), sa.or_(*map(_is_counted_across, turned)), visible_to(act.actor)
        )
    )
    count = act.session.scalar(across.with_only_columns(sa.func.count()))
    first = act.session.execute(
        across.order_by(Deadline.due_at, Appeal.id, Deadline.n).limit(MAX_PROMISES_SHOWN)
    )
    planned = _plan_calendar(act, change, turned)
    return AffectedPromises(
        count or 0,
        [
            AffectedPromise(number, row.duty, row.due_at, _recount_due(planned, row))
            for number, row in first
        ],
    )


def _list_turned_days(change: Change) -> list[date]:
    """Return the days that turn from working days to days off by a change, or back."""
    before, after = change.facts_before, change.facts_after
    days = (date.fromisoformat(key) for key in {*before, *after})
    return sorted(day for day in days if _is_working(before, day) != _is_working(after, day))


def _plan_calendar(act: Act, change: Change, turned: Iterable[date]) -> Calendar:
    calendar, after = load_reference(act).book.calendar, change.facts_after
    return replace(
        calendar, days={**calendar.days, **{day: _is_working(after, day) for day in turned}}
    )


def _recount_due(calendar: Calendar, deadline: Deadline) -> datetime | None:
    is_extended = deadline.due_at != deadline.original_due_at
    if is_extended or deadline.amount is None or deadline.unit is None:
        return None
    return due_at(calendar, deadline.started_at, Limit(deadline.amount, LimitUnit(deadline.unit)))


def calendar_digest(act: Act) -> str:
    """Return a digest of the calendar's rows, its version."""
    days = act.session.scalars(sa.select(CalendarDay))
    return city.digest_calendar({row.day: row.working for row in days})


def _is_counted_across(day: date) -> sa.ColumnElement[bool]:
    """Return the SQL condition that a promise was counted across the day.

    A limit in days counts from the day after its start, working hours from the start itself.
    """
    begun = sa.case(
        (Deadline.unit == LimitUnit.WORKING_DAYS, day_start(day)),
        (Deadline.unit == LimitUnit.WORKING_MINUTES, day_end(day)),
    )
    return sa.and_(Deadline.started_at < begun, Deadline.due_at >= day_start(day))


def _is_of_notice(year: int) -> sa.ColumnElement[bool]:
    first, end = notice_window(year)
    in_window = sa.and_(CalendarDay.day >= first, CalendarDay.day < end)
    return sa.and_(in_window, CalendarDay.is_single.is_(sa.false()))


def _read_days(
    act: Act, which: sa.ColumnElement[bool], named: Iterable[date] = ()
) -> dict[str, str]:
    """Return the calendar's entries, also for the days of `named`, as the facts of a change."""
    found = act.session.execute(
        sa.select(CalendarDay.day, CalendarDay.name, CalendarDay.working)
        .where(sa.or_(which, CalendarDay.day.in_(list(named))))
        .order_by(CalendarDay.day)
    )
    return {day.isoformat(): _to_fact(name, working=working) for day, name, working in found}


def _to_fact(name: str, *, working: bool) -> str:
    return f"{(YesNo.YES if working else YesNo.NO).value} {name}"


def _is_working(facts: Mapping[str, str], day: date) -> bool:
    fact = facts.get(day.isoformat())
    return day.weekday() < SATURDAY if fact is None else fact.split(" ")[0] == YesNo.YES


def _upsert_days(act: Act, rows: Sequence[Mapping[str, object]]) -> None:
    statement = insert(CalendarDay)
    told = {name: statement.excluded[name] for name in ("working", "name", "is_single")}
    act.session.execute(statement.on_conflict_do_update(index_elements=["day"], set_=told), rows)


def _record_calendar_change(act: Act, change: Change) -> None:
    change_log.record_change(act, change)
    mark_reference_changed(act.session, calendar_digest(act))
    act.session.expire_all()  # rows were written past what the session had read
