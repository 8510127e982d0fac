"""Absences of a department's staff, entered by themselves or by their leader."""

from datetime import date, timedelta

import sqlalchemy as sa
import structlog

from appeals.act import Act
from appeals.domain.calendar import ONE_DAY, city_day
from appeals.domain.messages import message
from appeals.domain.people import Role
from appeals.domain.refusals import not_found, not_now, not_valid
from appeals.domain.text.cleaning import is_id
from appeals.domain.text.dates import describe_day
from appeals.models.absence import StaffAbsence
from appeals.models.staff import StaffMember

log = structlog.get_logger()
MAX_ABSENCE_DAYS = 366


def record_absence(act: Act, officer: str, first: str, last: str) -> StaffAbsence:
    """Record that somebody of the actor's department is away from the first to the last day.

    The officer is given by the id, both days as 2026-11-30. Raises Refused: not valid, for a person
    who is no colleague or whom the actor may not enter, for days that are none, in the wrong order,
    over or too many; not now, for a person who is away on some of them already.
    """
    person = _lock_person(act, int(officer) if is_id(officer) else 0)
    since, until = _read_days(act, first, last)
    overlapping = sa.select(StaffAbsence).where(
        StaffAbsence.staff_id == person.id, StaffAbsence.since < until, StaffAbsence.until > since
    )
    other = act.session.scalars(overlapping.order_by(StaffAbsence.since).limit(1)).first()
    if other is not None:
        raise not_now(
            message(
                "%(name)s is absent from %(first)s to %(last)s already. Remove that entry first.",
                name=person.name,
                first=describe_day(other.since),
                last=describe_day(other.until - ONE_DAY),
            )
        )
    row = StaffAbsence(
        staff_id=person.id,
        since=since,
        until=until,
        recorded_by=act.actor.staff_id,
        recorded_at=act.now,
    )
    act.session.add(row)
    act.session.flush()  # the log names its id
    log.info("absence_recorded", absence=row.id, of=person.id)
    return row


def remove_absence(act: Act, absence_id: int) -> None:
    """Remove an absence.

    Raises Refused: not found; not valid, for one of a person whom the actor may not enter.
    """
    row = act.session.get(StaffAbsence, absence_id)
    if row is None:
        raise not_found()
    person = _lock_person(act, row.staff_id)
    act.session.execute(sa.delete(StaffAbsence).where(StaffAbsence.id == absence_id))
    log.info("absence_removed", absence=absence_id, of=person.id)


def _lock_person(act: Act, staff_id: int) -> StaffMember:
    """Return whose absence the actor may change: one's own, a leader's of all the department.

    Locked, so that two entries for the same days wait for each other.
    """
    allowed = sa.select(StaffMember).where(
        StaffMember.id == staff_id,
        StaffMember.department_code == act.actor.department,
        StaffMember.disabled_at.is_(None),
    )
    if act.actor.role is not Role.LEADER:
        allowed = allowed.where(StaffMember.id == act.actor.staff_id)
    person = act.session.scalars(allowed.with_for_update()).one_or_none()
    if person is None:
        raise not_valid("staff", message("Choose somebody of your department."))
    return person


def _read_days(act: Act, first: str, last: str) -> tuple[date, date]:
    """Return the first day and the day after the last one."""
    since, until = _read_day("first", first), _read_day("last", last) + ONE_DAY
    if until <= since:
        raise not_valid("last", message("The last day must not lie before the first."))
    if until <= city_day(act.now):
        raise not_valid("last", message("These days are over."))
    if until - since > timedelta(days=MAX_ABSENCE_DAYS):
        raise not_valid(
            "last", message("An absence has at most %(most)s days.", most=MAX_ABSENCE_DAYS)
        )
    return since, until


def _read_day(field: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.max
    if day == date.max:  # it has no day after it
        raise not_valid(field, message("Enter a day."))
    return day
