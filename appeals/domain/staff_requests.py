"""Two-person requests: who may ask for what, and who may decide it.

The decider is neither the person who asked nor the person concerned. Which configuration changes
need a second person is defined here too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from appeals.domain import configuration as tables
from appeals.domain.configuration import Change, ChangeStep
from appeals.domain.messages import message
from appeals.domain.people import CENTRE_RANKS, Role
from appeals.domain.refusals import Refused, RefusedKind
from appeals.domain.vocabulary import Term, YesNo

REQUEST_LIFETIME = timedelta(days=7)
"""How long a request waits for a decision before it expires."""
ERASURE_NUMBERS = "numbers"
"""The key under which an erasure request holds the numbers of the appeals."""
SECOND_PERSON_GRACE = timedelta(days=7)
"""How long somebody who lost the deciding role still counts as a second person.

Otherwise one of two administrators could disable the other and then decide alone.
"""


class RequestKind(Term):
    """What needs two people."""

    ACCOUNT = "account", "New account"
    ROLE = "role", "Change of role or department"
    PASSWORD_RESET = "password_reset", "Password reset"
    SECOND_FACTOR_RESET = "second_factor_reset", "Second factor reset"
    FACTOR_NOT_DEMANDED = (
        "factor_not_demanded",
        "Second factor no longer demanded",
    )
    RESTRICTED = "restricted", "Permission for restricted appeals"
    ERASURE = "erasure", "Erasure of personal data"
    CATEGORY_OPENED = (
        "category_opened",
        "Category no longer restricted",
    )


class RequestOutcome(Term):
    """How a request ended."""

    GRANTED = "granted", "Granted"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"
    EXPIRED = "expired", "Expired"
    ALONE = "alone", "Made by the only administrator"


@dataclass(frozen=True)
class RequestRule:
    """Who may ask for a kind of request and who may decide it.

    Attributes:
        may_ask: The roles that may ask.
        may_decide: The roles that may decide.
        alone: If nobody else has a deciding role, the request takes effect when it is made.
        stands_in: The role that decides if nobody else has a deciding role.
    """

    may_ask: frozenset[Role]
    may_decide: frozenset[Role]
    alone: bool = False
    stands_in: Role | None = None


_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
_SUPERVISORS = frozenset({Role.SUPERVISOR})
_BY_ADMINISTRATORS = RequestRule(_ADMINISTRATORS, _ADMINISTRATORS, alone=True)

REQUEST_RULES: Mapping[RequestKind, RequestRule] = {
    RequestKind.ACCOUNT: _BY_ADMINISTRATORS,
    RequestKind.ROLE: _BY_ADMINISTRATORS,
    RequestKind.PASSWORD_RESET: _BY_ADMINISTRATORS,
    RequestKind.SECOND_FACTOR_RESET: _BY_ADMINISTRATORS,
    RequestKind.FACTOR_NOT_DEMANDED: _BY_ADMINISTRATORS,
    RequestKind.RESTRICTED: RequestRule(_SUPERVISORS, _SUPERVISORS, stands_in=Role.ADMINISTRATOR),
    RequestKind.ERASURE: _BY_ADMINISTRATORS,
    RequestKind.CATEGORY_OPENED: _BY_ADMINISTRATORS,
}
"""Rules 3: a supervisor grants the permission "restricted", another one confirms it.

If there is only one supervisor, she may ask for herself, because she alone decides extensions.
"""


def grants_access(
    role_before: Role | None, role: Role, department_before: str | None, department: str | None
) -> bool:
    """Return whether a change of role or department lets a person see or do more.

    A role of the centre may make all moves of lower roles (Rules 3), so a lower role grants
    nothing. Officers and leaders see their department's appeals, so another department does grant
    something, and so does a change from officer to leader.
    """
    if role in CENTRE_RANKS and role_before in CENTRE_RANKS:
        return CENTRE_RANKS.index(role) > CENTRE_RANKS.index(role_before)
    if (role_before, role) == (Role.LEADER, Role.OFFICER):
        return department != department_before
    return (role, department) != (role_before, department_before)


def no_such_request() -> Refused:
    """Return the refusal for a request that does not exist."""
    return Refused(RefusedKind.NOT_FOUND, message("There is no such request."))


def request_kinds_of(role: Role) -> tuple[RequestKind, ...]:
    """Return the kinds of request that a role may make or decide."""
    return tuple(
        kind
        for kind, rule in REQUEST_RULES.items()
        if role in rule.may_ask | rule.may_decide or role is rule.stands_in
    )


def two_person_kind(change: Change) -> RequestKind | None:
    """Return the kind of request that a change needs, None if one person may make it."""
    find_kind = TWO_PERSON_TABLES.get(change.of)
    return find_kind(change) if find_kind else None


def _account_kind(change: Change) -> RequestKind | None:
    """Return the kind of request that a change of an account needs, None if one person may make it.

    Taking access away is never delayed: disabling, a lower role, an ended session. A changed mail
    address cannot be used to reset the password until its owner has confirmed it.
    """
    if change.step is ChangeStep.ADD:
        return RequestKind.ACCOUNT
    if change.step is ChangeStep.PASSWORD:
        return RequestKind.PASSWORD_RESET
    if change.step is ChangeStep.FACTOR:
        return RequestKind.SECOND_FACTOR_RESET
    if change.step is not ChangeStep.CHANGE or change.before is None or change.after is None:
        return None
    grants = grants_access(
        Role(change.before["role"]),
        Role(change.after["role"]),
        change.before.get("department_code"),
        change.after.get("department_code"),
    )
    return RequestKind.ROLE if grants else None


def _demand_kind(change: Change) -> RequestKind | None:
    """Require two people to exempt a role from the second factor."""
    was = change.facts_before.get(tables.DEMANDED.name)
    becomes = change.facts_after.get(tables.DEMANDED.name)
    return RequestKind.FACTOR_NOT_DEMANDED if (was, becomes) == (YesNo.YES, YesNo.NO) else None


def _retention_kind(change: Change) -> RequestKind | None:
    """Require two people to have appeals erased sooner than now."""
    was = int(change.facts_before.get(tables.YEARS.name, 0))
    becomes = int(change.facts_after.get(tables.YEARS.name, 0))
    return RequestKind.ERASURE if becomes and (not was or becomes < was) else None


def _category_kind(change: Change) -> RequestKind | None:
    """Require two people to make a restricted category visible to everybody."""
    was = change.facts_before.get(tables.RESTRICTED.name)
    becomes = change.facts_after.get(tables.RESTRICTED.name)
    return RequestKind.CATEGORY_OPENED if (was, becomes) == (YesNo.YES, YesNo.NO) else None


TWO_PERSON_TABLES: Mapping[str, Callable[[Change], RequestKind | None]] = {
    tables.ACCOUNTS.name: _account_kind,
    tables.FACTOR_DEMANDS.name: _demand_kind,
    tables.RETENTION.name: _retention_kind,
    tables.CATEGORIES.name: _category_kind,
}
"""The tables of which some changes need a second person."""
