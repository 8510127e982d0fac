"""A department's staff: the running work of each, who is absent, and what nobody has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import visible_to
from appeals.domain.calendar import ONE_DAY, city_day
from appeals.domain.messages import Labelled, Text, message
from appeals.domain.people import Role
from appeals.domain.states import OPEN, State
from appeals.domain.text.dates import describe_day
from appeals.domain.vocabulary import Card, Duty
from appeals.models.absence import StaffAbsence
from appeals.models.appeal import Appeal
from appeals.models.handling import Deadline
from appeals.models.lateness import FIRST_PROMISE, is_overdue
from appeals.models.staff import StaffMember
from appeals.queries.filters import Where, card_of_case, lacks_promise

DAYS_AHEAD = timedelta(days=7)
"""So long before an absence begins, whoever assigns a case is warned."""


@dataclass(frozen=True)
class Absence:
    """An absence of a member of staff: the first and the last day."""

    id: int
    staff_id: int
    name: str
    first: date
    last: date
    is_now: bool

    @property
    def days(self) -> Labelled:
        """The days as people read them."""
        if self.first == self.last:
            return describe_day(self.first)
        return message(
            "%(first)s to %(last)s", first=describe_day(self.first), last=describe_day(self.last)
        )


@dataclass(frozen=True)
class WorkCount:
    """How much work somebody has: all of it, to be signed for, red, due soon, and overdue."""

    total: int = 0
    to_sign: int = 0
    red: int = 0
    yellow: int = 0
    overdue: int = 0


@dataclass(frozen=True)
class OfficerWork:
    """One member of staff with the work assigned to them; `absence` is the current or next one."""

    staff_id: int
    name: str
    role: Role
    is_in_service: bool
    work: WorkCount
    absence: Absence | None = None


@dataclass(frozen=True)
class TeamWork:
    """A department's running work: that of each member of staff, and what nobody has."""

    officers: Sequence[OfficerWork]
    unassigned: WorkCount


@dataclass(frozen=True)
class AbsentOfficer:
    """Who is absent today, and how many running cases are assigned to them."""

    absence: Absence
    cases: int


def load_team(act: Act) -> TeamWork:
    """Load the work of the actor's department by officer, the most red first."""
    work = _count_by_assignee(act)
    absences = {each.staff_id: each for each in reversed(list_absences(act))}
    people = act.session.scalars(
        sa.select(StaffMember)
        .where(
            StaffMember.department_code == act.actor.department,
            sa.or_(StaffMember.disabled_at.is_(None), StaffMember.id.in_(work.keys() - {None})),
        )
        .order_by(StaffMember.name, StaffMember.id)
    )
    officers = [
        OfficerWork(
            each.id,
            each.name,
            each.role,
            each.disabled_at is None,
            work.get(each.id, WorkCount()),
            absences.get(each.id),
        )
        for each in people
    ]
    officers.sort(key=lambda each: (-each.work.red, -each.work.total))
    return TeamWork(officers, work.get(None, WorkCount()))


def _count_by_assignee(act: Act) -> Mapping[int | None, WorkCount]:
    """Count the department's running work by the officer to whom it is assigned."""
    dated = (
        _grouped(
            act,
            card_of_case(act),
            sa.func.count().filter(is_overdue(act.now)),
        )
        .join(Deadline, Deadline.appeal_id == Appeal.id)
        .outerjoin(FIRST_PROMISE, sa.true())
    )
    dated = dated.where(*_dated_work(act))
    undated = _grouped(act, sa.literal(Card.NONE.value), sa.literal(0)).where(*_undated_work(act))
    counts: dict[int | None, WorkCount] = {}
    for rows in (dated, undated):
        for assignee, *numbers in act.session.execute(rows):
            before = counts.get(assignee, WorkCount())
            both = zip(
                (before.total, before.to_sign, before.red, before.yellow, before.overdue),
                numbers,
                strict=True,
            )
            counts[assignee] = WorkCount(*(known + more for known, more in both))
    return counts


def _grouped(
    act: Act, card: sa.ColumnElement[str], overdue: sa.ColumnElement[int]
) -> sa.Select[int | None, int, int, int, int, int]:
    """Select the counts of `WorkCount` by assignee."""
    count = sa.func.count()
    return (
        sa.select(
            Appeal.assignee,
            count,
            count.filter(Appeal.state == State.DISPATCHED),
            count.filter(card == Card.RED.value),
            count.filter(card == Card.YELLOW.value),
            overdue,
        )
        .select_from(Appeal)
        .where(visible_to(act.actor))
        .group_by(Appeal.assignee)
    )


def _dated_work(act: Act) -> list[Where]:
    """Return the conditions of `ix_deadline_work`: the work of the actor's department."""
    return [
        Deadline.department == act.actor.department,
        Deadline.duty == Duty.FINISH,
        Deadline.is_running(),
    ]


def _undated_work(act: Act) -> list[Where]:
    """Return the conditions of its work that was imported without a promised date."""
    return [
        Appeal.holder == act.actor.department,
        Appeal.state.in_(OPEN),
        lacks_promise(Duty.FINISH),
    ]


def leads_team(act: Act) -> bool:
    """Return whether the actor leads the department: assigns its work and enters absences."""
    return act.actor.role is Role.LEADER


def list_absences(act: Act, staff_id: int | None = None) -> list[Absence]:
    """Return the absences of the department that are not over, of one person if named."""
    today = city_day(act.now)
    rows = (
        sa.select(StaffAbsence, StaffMember.name)
        .join(StaffMember, StaffMember.id == StaffAbsence.staff_id)
        .where(
            StaffMember.department_code == act.actor.department,
            StaffMember.disabled_at.is_(None),
            StaffAbsence.until > today,
        )
        .order_by(StaffAbsence.since, StaffAbsence.id)
    )
    if staff_id is not None:
        rows = rows.where(StaffAbsence.staff_id == staff_id)
    return [_make_absence(row, name, today) for row, name in act.session.execute(rows)]


def _make_absence(row: StaffAbsence, name: str, today: date) -> Absence:
    is_now = row.since <= today < row.until
    return Absence(row.id, row.staff_id, name, row.since, row.until - ONE_DAY, is_now)


def list_absent_officers(act: Act) -> list[AbsentOfficer]:
    """Return who of the department is absent today and has running cases, in one statement."""
    today = city_day(act.now)
    of_officer = sa.and_(Appeal.assignee == StaffAbsence.staff_id, visible_to(act.actor))
    dated = (
        sa.select(sa.func.count())
        .join_from(Deadline, Appeal, Appeal.id == Deadline.appeal_id)
        .where(*_dated_work(act), of_officer)
        .correlate(StaffAbsence)
        .scalar_subquery()
    )
    undated = (
        sa.select(sa.func.count())
        .select_from(Appeal)
        .where(*_undated_work(act), of_officer)
        .correlate(StaffAbsence)
        .scalar_subquery()
    )
    rows = act.session.execute(
        sa.select(StaffAbsence, StaffMember.name, dated + undated)
        .join(StaffMember, StaffMember.id == StaffAbsence.staff_id)
        .where(
            StaffMember.department_code == act.actor.department,
            StaffMember.disabled_at.is_(None),
            StaffAbsence.since <= today,
            StaffAbsence.until > today,
        )
        .order_by(StaffMember.name, StaffAbsence.id)
    )
    found = [AbsentOfficer(_make_absence(row, name, today), count) for row, name, count in rows]
    return [each for each in found if each.cases]


def list_assignable(act: Act) -> dict[int, Labelled]:
    """Return the active staff of the department by id: the name, and an absence that is near."""
    away = sa.and_(
        StaffAbsence.staff_id == StaffMember.id,
        StaffAbsence.until > city_day(act.now),
        StaffAbsence.since <= city_day(act.now) + DAYS_AHEAD,
    )
    rows = act.session.execute(
        sa.select(StaffMember.id, StaffMember.name, StaffAbsence)
        .outerjoin(StaffAbsence, away)
        .where(
            StaffMember.department_code == act.actor.department,
            StaffMember.disabled_at.is_(None),
        )
        .order_by(StaffMember.name, StaffMember.id, StaffAbsence.since.desc())
    )
    return {staff_id: _name_with_absence(act, name, row) for staff_id, name, row in rows}


def _name_with_absence(act: Act, name: str, row: StaffAbsence | None) -> Labelled:
    if row is None:
        return Text(name, name)
    absence = _make_absence(row, name, city_day(act.now))
    return message("%(name)s (absent %(days)s)", name=name, days=absence.days)


def find_near_absence(act: Act, staff_id: int) -> Absence | None:
    """Return the absence of a colleague that has begun or begins within a week."""
    near = [
        each
        for each in list_absences(act, staff_id)
        if each.first <= city_day(act.now) + DAYS_AHEAD
    ]
    return near[0] if near else None
