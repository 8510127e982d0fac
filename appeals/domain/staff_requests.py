"""Two-person requests: what one member of staff asks and another decides, as a table of rules.

A rule says who may ask and who may decide. Who decides is neither who asked nor the person whom
the request is about. Which changes of the city's rows take two people stands here too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from appeals.domain import configuration as tables
from appeals.domain.configuration import Change, ChangeStep
from appeals.domain.people import CENTRE_RANKS, Role
from appeals.domain.refusals import Refused, RefusedKind
from appeals.domain.vocabulary import Term, YesNo

REQUEST_LIFETIME = timedelta(days=7)
"""How long a request waits for its decision; then it must be asked anew."""
ERASURE_NUMBERS = "numbers"
"""Under which name a request for erasure holds the numbers of the appeals."""
SECOND_PERSON_GRACE = timedelta(days=7)
"""How long somebody who lost the deciding role still counts as the second person.

Otherwise one of two administrators disables the other and decides alone a minute later.
"""


class RequestKind(Term):
    """What takes two people."""

    ACCOUNT = "account", "新建账号", "New account"
    ROLE = "role", "更改角色或所属单位", "Change of role or department"
    PASSWORD_RESET = "password_reset", "重置密码", "Password reset"
    SECOND_FACTOR_RESET = "second_factor_reset", "重置第二重验证", "Second factor reset"
    FACTOR_NOT_DEMANDED = (
        "factor_not_demanded",
        "不再要求第二重验证",
        "Second factor no longer demanded",
    )
    RESTRICTED = "restricted", "限制件查看权限", "Permission for restricted appeals"
    ERASURE = "erasure", "删除个人信息", "Erasure of personal data"
    CATEGORY_OPENED = (
        "category_opened",
        "取消限制件类别",
        "Category no longer restricted",
    )


class RequestOutcome(Term):
    """How a request ended."""

    GRANTED = "granted", "已同意", "Granted"
    REFUSED = "refused", "不同意", "Refused"
    WITHDRAWN = "withdrawn", "已撤回", "Withdrawn"
    EXPIRED = "expired", "已过期", "Expired"
    ALONE = "alone", "由唯一的管理员直接生效", "Made by the only administrator"


@dataclass(frozen=True)
class RequestRule:
    """Who may ask a kind of request and who may decide it.

    Attributes:
        may_ask: the roles that ask.
        may_decide: the roles that decide.
        alone: where nobody else holds a deciding role, it takes effect when it is asked.
        stands_in: the role that decides where nobody else holds a deciding role.
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
"""Rules 3: the permission "restricted" is granted by a supervisor and confirmed by another one.

Where there is one supervisor only she may ask it for herself: extensions are hers alone to decide.
"""


def grants_access(
    role_before: Role | None, role: Role, department_before: str | None, department: str | None
) -> bool:
    """Return whether a person sees or does more as what they become than as what they were.

    A role of the centre holds all moves of those before it (Rules 3), so the way down grants
    nothing. A department's officer or leader sees its appeals, so any other department grants
    something, and so does officer to leader.
    """
    if role in CENTRE_RANKS and role_before in CENTRE_RANKS:
        return CENTRE_RANKS.index(role) > CENTRE_RANKS.index(role_before)
    if (role_before, role) == (Role.LEADER, Role.OFFICER):
        return department != department_before
    return (role, department) != (role_before, department_before)


def no_such_request() -> Refused:
    """Refuse a request that is not there."""
    return Refused(RefusedKind.NOT_FOUND, "没有这项申请。", "There is no such request.")


def request_kinds_of(role: Role) -> tuple[RequestKind, ...]:
    """Return the kinds of request that a role may ask or decide."""
    return tuple(
        kind
        for kind, rule in REQUEST_RULES.items()
        if role in rule.may_ask | rule.may_decide or role is rule.stands_in
    )


def two_person_kind(change: Change) -> RequestKind | None:
    """Return as what a change is asked of a second person, None for what one may do alone."""
    find_kind = TWO_PERSON_TABLES.get(change.of)
    return find_kind(change) if find_kind else None


def _account_kind(change: Change) -> RequestKind | None:
    """Return as what a change is asked of a second person, None for what one may do alone.

    Taking access away is never delayed: disabling, a lower role, an ended session. A changed mail
    address resets no password before its owner has confirmed it.
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
    """Return that it takes two people to let a role do without a second factor."""
    was = (change.before or {}).get(tables.DEMANDED.name)
    becomes = (change.after or {}).get(tables.DEMANDED.name)
    return RequestKind.FACTOR_NOT_DEMANDED if (was, becomes) == (YesNo.YES, YesNo.NO) else None


def _retention_kind(change: Change) -> RequestKind | None:
    """Return that it takes two people to have appeals erased sooner than now."""
    was = int((change.before or {}).get(tables.YEARS.name, 0))
    becomes = int((change.after or {}).get(tables.YEARS.name, 0))
    return RequestKind.ERASURE if becomes and (not was or becomes < was) else None


def _category_kind(change: Change) -> RequestKind | None:
    """Return that it takes two people to let everybody see what is filed under a category."""
    was = (change.before or {}).get(tables.RESTRICTED.name)
    becomes = (change.after or {}).get(tables.RESTRICTED.name)
    return RequestKind.CATEGORY_OPENED if (was, becomes) == (YesNo.YES, YesNo.NO) else None


TWO_PERSON_TABLES: Mapping[str, Callable[[Change], RequestKind | None]] = {
    tables.ACCOUNTS.name: _account_kind,
    tables.FACTOR_DEMANDS.name: _demand_kind,
    tables.RETENTION.name: _retention_kind,
    tables.CATEGORIES.name: _category_kind,
}
"""The tables of which some changes need a second person."""
