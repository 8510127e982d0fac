"""The cast, and the small city it lives in: two departments, two districts, three categories."""

from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from appeals.domain.calendar import SHANGHAI
from appeals.domain.people import Actor, Role
from appeals.models.organisation import (
    Area,
    CalendarDay,
    Category,
    Department,
    LimitOfDuty,
    RoutingRule,
)
from appeals.models.staff import StaffMember
from appeals.reference.reference_data import mark_reference_changed

SECRET = b"the secret key of the tests, 32+ bytes long"
ROADS, WATER = "roads", "water"

OPERATOR = Actor(Role.OPERATOR, 1, "Operator He")
DISPATCHER = Actor(Role.DISPATCHER, 2, "Dispatcher Lin")
ZHAO = Actor(Role.OFFICER, 3, "Officer Zhao", ROADS)
QIAN = Actor(Role.OFFICER, 4, "Officer Qian", WATER)
LEADER = Actor(Role.LEADER, 5, "Leader Zhou", ROADS)
SUPERVISOR = Actor(Role.SUPERVISOR, 6, "Supervisor Wu", None)
SUN = Actor(Role.ADMINISTRATOR, 7, "Administrator Sun", None)
STAFF = (OPERATOR, DISPATCHER, ZHAO, QIAN, LEADER, SUPERVISOR, SUN)
CAST = {actor.role: actor for actor in STAFF if actor is not QIAN}
"""One of each role; the officer is Zhao, of the roads department."""

LIMITS: tuple[tuple[str, str | None, bool, bool, int, str], ...] = (
    ("dispatch", None, False, False, 1, "working_days"),
    ("sign", None, False, False, 120, "working_minutes"),
    ("return", None, False, False, 2, "working_days"),
    ("return_decision", None, False, False, 1, "working_days"),
    ("contact", None, False, False, 1, "working_days"),
    ("finish", None, False, False, 5, "working_days"),
    ("finish", "consultation", False, False, 2, "working_days"),
    ("finish", "report", False, True, 10, "working_days"),
    ("review", None, False, False, 1, "working_days"),
    ("follow_up", None, False, False, 1, "working_days"),
    ("rating", None, False, False, 30, "days"),
    ("extension", None, False, False, 10, "working_days"),
    ("dispatch", None, True, False, 60, "minutes"),
    ("sign", None, True, False, 30, "minutes"),
    ("return", None, True, False, 2, "working_days"),
    ("return_decision", None, True, False, 240, "minutes"),
    ("contact", None, True, False, 120, "minutes"),
    ("finish", None, True, False, 1440, "minutes"),
    ("review", None, True, False, 240, "minutes"),
    ("follow_up", None, True, False, 1, "working_days"),
    ("rating", None, True, False, 30, "days"),
)


def shanghai(text: str) -> datetime:
    """Read "2026-03-02 09:00" as Shanghai time."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def settle(session: Session) -> None:
    """Put the city and the cast into an empty database."""
    session.add_all(
        [
            Department(code=ROADS, zh="市城市管理局", en="Urban management", tier="municipal"),
            Department(
                code=WATER, zh="市水务局", en="Water", tier="municipal", email="water@example.org"
            ),
            Area(code="370202", zh="市南区", en="Shinan", tier="district"),
            Area(code="370203", zh="市北区", en="Shibei", tier="district"),
            Category(code="urban", zh="城市管理", en="City management"),
            Category(code="water", zh="供水", en="Water supply"),
            CalendarDay(day=date(2026, 1, 1), working=False, name="元旦"),
            CalendarDay(day=date(2026, 5, 9), working=True, name="劳动节"),
        ]
    )
    session.flush()  # the rows below refer to these
    session.add_all(
        [
            Area(
                code="370202001", parent_code="370202", zh="香港中路街道", en="Xianggang", tier="s"
            ),
            Area(code="370203001", parent_code="370203", zh="大港街道", en="Dagang", tier="s"),
            Category(code="urban.noise", parent_code="urban", zh="噪音", en="Noise"),
            Category(
                code="water.burst", parent_code="water", zh="爆管", en="Burst main", urgent=True
            ),
        ]
    )
    session.flush()  # the rules below refer to these
    session.add(
        RoutingRule(
            position=1, zh="城市管理", en="City", department_code=ROADS, category="urban", words=[]
        )
    )
    _limits(session)
    _staff(session)
    mark_reference_changed(session, "calendar of the tests")
    session.flush()  # what follows refers to the staff


def _limits(session: Session) -> None:
    for duty, kind, urgent, investigation, amount, unit in LIMITS:
        session.add(
            LimitOfDuty(
                duty=duty,
                kind=kind,
                urgent=urgent,
                investigation=investigation,
                amount=amount,
                unit=unit,
                valid_from=datetime(2000, 1, 1, tzinfo=UTC),
            )
        )


def _staff(session: Session) -> None:
    for actor in STAFF:
        session.add(
            StaffMember(
                id=actor.staff_id,
                username=f"{actor.role.value}{actor.staff_id}",
                name=actor.name,
                role=actor.role,
                department_code=actor.department,
                password_hash="none",
                created_at=datetime(2020, 1, 1, tzinfo=UTC),
            )
        )
