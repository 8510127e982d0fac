"""Which changes of the city's rows take two people, and as what they are asked."""

from collections.abc import Callable, Mapping

from appeals.casework.accounts import account_changes
from appeals.domain import configuration as tables
from appeals.domain.configuration import Change
from appeals.domain.staff_requests import RequestKind
from appeals.domain.vocabulary import YesNo


def needs_second(change: Change) -> RequestKind | None:
    """Return as what a change is asked of a second person, None for what one may do alone."""
    find_kind = TAKES_TWO.get(change.of)
    return find_kind(change) if find_kind else None


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


TAKES_TWO: Mapping[str, Callable[[Change], RequestKind | None]] = {
    tables.ACCOUNTS.name: account_changes.request_kind,
    tables.FACTOR_DEMANDS.name: _demand_kind,
    tables.RETENTION.name: _retention_kind,
    tables.CATEGORIES.name: _category_kind,
}
"""The tables of which some changes need a second person."""
