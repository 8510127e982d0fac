"""Roles and actors."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from appeals.domain.text.cleaning import clean_line
from appeals.domain.vocabulary import Term


class Role(Term):
    """The roles of Rules 3, and the system itself, which plays imports and the demo city.

    A helper is the second person to whom a citizen gave a code of her own, for one appeal.
    """

    CITIZEN = "citizen", "Citizen"
    HELPER = "helper", "Citizen’s helper"
    OPERATOR = "operator", "Operator"
    DISPATCHER = "dispatcher", "Dispatcher"
    OFFICER = "officer", "Officer"
    LEADER = "leader", "Leader"
    SUPERVISOR = "supervisor", "Supervisor"
    ADMINISTRATOR = "administrator", "Administrator"
    SYSTEM = "system", "System"


STAFF = (
    Role.OPERATOR,
    Role.DISPATCHER,
    Role.OFFICER,
    Role.LEADER,
    Role.SUPERVISOR,
    Role.ADMINISTRATOR,
)
DEPARTMENT = frozenset({Role.OFFICER, Role.LEADER})
HELPERS = frozenset({Role.HELPER})
STAFF_IDLE_TIMEOUT, STAFF_SESSION_LIFETIME = timedelta(minutes=30), timedelta(hours=12)
"""The longest a staff session lasts without use, and in total."""
CENTRE_RANKS = (Role.OPERATOR, Role.DISPATCHER, Role.SUPERVISOR)
"""The roles of the centre; each may make all moves of those before it (Rules 3)."""
CENTRE = frozenset(CENTRE_RANKS)


def lowest_role(roles: Collection[Role]) -> Role | None:
    """Return the lowest of the centre's roles in `roles`, None if there is none."""
    return next((role for role in CENTRE_RANKS if role in roles), None)


def normalise_username(typed: str) -> str:
    """Return a username as it is stored: half width, lower case, without invisible characters."""
    return unicodedata.normalize("NFKC", clean_line(typed)).casefold()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a citizen in a browser, a member of staff, or the system.

    Attributes:
        staff_id: The row of a member of staff.
        department: The department's code, for officers and leaders.
        session: The hash of the browser session's random id.
        opened_since: Appeals that a citizen's session opened earlier (`models/citizen.py`) are no
            longer accessible.
        device: The hash of the random id of a citizen's device, by which it keeps appeals.
        seen_at: When the citizen's request came; what a device kept until then is over.
        may_see_restricted: The actor has the permission “restricted” (Rules 3).
        is_display: A screen with a display pass. Wherever roles decide it is a stranger; it sees
            the figures of the wall.
    """

    role: Role
    staff_id: int | None = None
    name: str = ""
    department: str | None = None
    session: bytes = b""
    opened_since: datetime | None = None
    may_see_restricted: bool = False
    device: bytes = b""
    seen_at: datetime | None = None
    is_display: bool = False


STRANGER = Actor(Role.CITIZEN)
DISPLAY = Actor(Role.CITIZEN, name="display", is_display=True)
SYSTEM = Actor(Role.SYSTEM, name="system")
