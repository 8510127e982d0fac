"""Unusual access: counts compared with fixed limits, reported to supervisors once a day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.casework.accounts.staff_notices import StaffNotice, notify_staff
from appeals.casework.records.access_log import month_of_row
from appeals.domain.calendar import city_day
from appeals.domain.people import Role
from appeals.domain.vocabulary import AccessKind, NoticeKind
from appeals.logs import SecurityEvent, log_security_event
from appeals.models.access_log import AccessLogRow
from appeals.models.integrity import UnusualAccess
from appeals.models.staff import StaffMember

COUNTING_WINDOW = timedelta(hours=1)
CASE_ACCESS_KINDS = (
    AccessKind.CASE_VIEWED,
    AccessKind.PRINTED,
    AccessKind.PHOTO_VIEWED,
    AccessKind.CONTACT_SHOWN,
)
LOOKUP_KINDS = (AccessKind.PHONE_LOOKED_UP, AccessKind.PERSON_LOOKED_UP)


@dataclass(frozen=True)
class AccessLimits:
    """Accesses to different subjects that one person may make in an hour before it is reported.

    Cases opened, contacts shown, and telephones or persons looked up.
    """

    cases: int
    contacts: int
    lookups: int


@dataclass(frozen=True)
class AccessCounts:
    """The accesses of one person within the window."""

    staff_id: int
    cases: int
    contacts: int
    lookups: int


def report_unusual_access(act: Act, limits: AccessLimits) -> int:
    """Notify supervisors who exceeded a limit in the last hour; return how many people are new.

    A person is reported once a Shanghai day. The row of `UnusualAccess` ensures that, also where
    two workers run this at once.
    """
    return sum(_report_person(act, each) for each in _count_over(act, limits))


def _count_over(act: Act, limits: AccessLimits) -> list[AccessCounts]:
    """Count each person's accesses in the last hour; return those over a limit."""
    row, since = AccessLogRow, act.now - COUNTING_WINDOW
    cases = sa.func.count(row.appeal_id.distinct()).filter(row.kind.in_(CASE_ACCESS_KINDS))
    shown = row.kind == AccessKind.CONTACT_SHOWN
    contacts = sa.func.count(row.appeal_id.distinct()).filter(shown)
    lookups = sa.func.count(row.subject.distinct()).filter(row.kind.in_(LOOKUP_KINDS))
    found = act.session.execute(
        sa.select(row.staff_id, cases, contacts, lookups)
        .where(row.month >= month_of_row(since), row.at > since, row.at <= act.now)
        .group_by(row.staff_id)
        .having(sa.or_(cases > limits.cases, contacts > limits.contacts, lookups > limits.lookups))
        .order_by(row.staff_id)
    )
    return [AccessCounts(*each) for each in found]


def _report_person(act: Act, count: AccessCounts) -> bool:
    today = city_day(act.now)
    new = insert(UnusualAccess).values(day=today, found_at=act.now, **vars(count))
    once = new.on_conflict_do_nothing().returning(UnusualAccess.staff_id)
    if act.session.execute(once).first() is None:
        return False
    log_security_event(SecurityEvent.UNUSUAL_ACCESS, **vars(count))
    person = act.session.get(StaffMember, count.staff_id)
    news = StaffNotice(
        NoticeKind.UNUSUAL_ACCESS,
        cause=f"unusual_access.{count.staff_id}.{today.isoformat()}",
        words={
            "person": f"{person.name} ({person.username})" if person else str(count.staff_id),
            "cases": str(count.cases),
            "contacts": str(count.contacts),
            "lookups": str(count.lookups),
        },
    )
    notify_staff(act, _list_recipients(act, count.staff_id), news)
    return True


def _list_recipients(act: Act, staff_id: int) -> Iterator[StaffMember]:
    """Yield the supervisors except the person concerned; if none, the administrators."""
    others = sa.select(StaffMember).where(
        StaffMember.id != staff_id, StaffMember.disabled_at.is_(None)
    )
    for role in (Role.SUPERVISOR, Role.ADMINISTRATOR):
        found = act.session.scalars(others.where(StaffMember.role == role)).all()
        if found:
            yield from found
            return
