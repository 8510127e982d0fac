"""Whether a citizen can be reached, and when failed tries count as first contact."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from appeals.domain.calendar import Calendar, city_day
from appeals.domain.case import Case, ContactTryFacts
from appeals.domain.states import Action

UNREACHABLE = "unreachable"
"""Set on a move if the department has no way to reach the citizen: there is neither telephone
nor e-mail, or they are confidential (Rules 1, met by). The writer derives it from the contact,
so that a replay does not need the contact."""
REACHABILITY_ACTIONS = frozenset(
    {Action.DISPATCH, Action.GRANT_RETURN, Action.REHANDLE, Action.CONTACT, Action.TRY_CONTACT}
)
"""The actions that depend on whether the citizen can be reached."""
AREA_CODE = "0532"
"""The area code of Qingdao, with its zero."""
TRIES_NEEDED = 3
WORKING_DAYS_NEEDED = 2


@dataclass(frozen=True, slots=True)
class ContactSettings:
    """The city's settings for telephones and mail addresses.

    `area_code`, with its zero, completes numbers of seven or eight digits; `smtp_utf8` says that
    the mail server accepts names with letters beyond ASCII.
    """

    area_code: str = AREA_CODE
    smtp_utf8: bool = False


DEFAULT_CONTACT_SETTINGS = ContactSettings()
"""The defaults of the settings."""


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """The name, telephone and e-mail that a citizen gave; empty where not given."""

    name: str = ""
    phone: str = ""
    email: str = ""

    def is_reachable(self, *, confidential: bool) -> bool:
        """Return whether the department has a way to reach the citizen."""
        return bool(self.phone or self.email) and not confidential


@dataclass(frozen=True, slots=True)
class ContactTries:
    """The failed tries of one dispatch, their working days, and whether a message was left."""

    count: int = 0
    working_days: int = 0
    message_left: bool = False

    @property
    def tries_missing(self) -> int:
        """How many more tries are needed."""
        return max(TRIES_NEEDED - self.count, 0)

    @property
    def is_day_missing(self) -> bool:
        """Whether a try on another working day is needed."""
        return self.working_days < WORKING_DAYS_NEEDED

    @property
    def is_contact(self) -> bool:
        """Whether the tries count as first contact (Rules 1, met by)."""
        return not self.tries_missing and not self.is_day_missing and self.message_left


def count_tries(case: Case, calendar: Calendar) -> ContactTries:
    """Count the failed tries of the current dispatch."""
    return _count_tries(_tries_of_dispatch(case), calendar)


def contacted_by_tries_at(case: Case, calendar: Calendar) -> datetime | None:
    """Return the moment of the try that completed a first contact; None if none did."""
    tries = sorted(_tries_of_dispatch(case), key=lambda each: each.tried_at)
    for n, last in enumerate(tries, start=1):
        if _count_tries(tries[:n], calendar).is_contact:
            return last.tried_at
    return None


def _tries_of_dispatch(case: Case) -> list[ContactTryFacts]:
    n = case.dispatch.n if case.dispatch else 0
    return [each for each in case.contact_tries if each.dispatch_n == n]


def _count_tries(tries: Iterable[ContactTryFacts], calendar: Calendar) -> ContactTries:
    counted = list(tries)
    days = {city_day(each.tried_at) for each in counted}
    return ContactTries(
        count=len(counted),
        working_days=sum(calendar.is_working(day) for day in days),
        message_left=any(each.message_left for each in counted),
    )
