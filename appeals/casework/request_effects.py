"""What a two-person request does when it is granted, kind by kind, and who is told of a refusal."""

from collections.abc import Callable, Mapping

from appeals.act import Act
from appeals.casework import configuration
from appeals.casework.accounts import account_notices, restricted_permissions, staff_requests
from appeals.casework.changes import Written
from appeals.domain.calendar import city_day
from appeals.domain.configuration import Change
from appeals.domain.staff_requests import RequestKind
from appeals.models.staff import StaffRequest

Effect = Callable[[Act, StaffRequest], Written]
Teller = Callable[[Act, StaffRequest], None]


def decide(act: Act, request_id: int, *, is_granted: bool, answer: str = "") -> Written | None:
    """Decide a request and do what it asks; return what was written, None for a refusal.

    Raises Refused as `staff_requests.decide_request` does, and as the effect does where what was
    asked cannot be done any more.
    """
    request = staff_requests.decide_request(act, request_id, is_granted=is_granted, answer=answer)
    do, tell_refused = EFFECTS[request.kind]
    if is_granted:
        return do(act, request)
    tell_refused(act, request)
    return None


def find_change(act: Act, request: StaffRequest) -> Change | None:
    """Return the change of a row that a request asks for, None for a request of another kind.

    While the request is open it says what the row says today.
    """
    if configuration.OF not in request.wanted:
        return None
    wish, _seen = configuration.wish_of(request)
    before = configuration.find_facts(act, wish) if request.outcome is None else None
    after = {name: text for name, text in wish.given.items() if name != configuration.WHY}
    since = city_day(request.asked_at)
    return Change(
        wish.table.name, request.subject, wish.step, since, before, after or None, request.reason
    )


def _tell_row_refused(act: Act, request: StaffRequest) -> None:
    change = find_change(act, request)
    if change is not None:
        account_notices.tell_refused(act, change, request)


_ROW = (configuration.write_granted, _tell_row_refused)
EFFECTS: Mapping[RequestKind, tuple[Effect, Teller]] = {
    RequestKind.ACCOUNT: _ROW,
    RequestKind.ROLE: _ROW,
    RequestKind.PASSWORD_RESET: _ROW,
    RequestKind.SECOND_FACTOR_RESET: _ROW,
    RequestKind.FACTOR_NOT_DEMANDED: _ROW,
    RequestKind.RESTRICTED: (
        restricted_permissions.grant_permission,
        restricted_permissions.tell_refused,
    ),
}
