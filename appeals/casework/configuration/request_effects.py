"""Effects of granted two-person requests by kind, and the notices of a refusal."""

from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import has_restricted_permission, sees_restricted
from appeals.casework.accounts import account_notices, restricted_permissions, staff_requests
from appeals.casework.accounts.staff_requests import NewRequest
from appeals.casework.configuration import configuration_changes
from appeals.casework.erasure.erasure import erase_appeals, find_erasable, has_restricted
from appeals.casework.records.change_log import WrittenRow
from appeals.domain.calendar import city_day
from appeals.domain.configuration import Change
from appeals.domain.messages import context_message, message
from appeals.domain.refusals import Refused, RefusedKind
from appeals.domain.staff_requests import ERASURE_NUMBERS, RequestKind
from appeals.domain.vocabulary import ErasedBy
from appeals.models.staff import StaffMember, StaffRequest

Effect = Callable[[Act, StaffRequest], WrittenRow]
RefusalNotifier = Callable[[Act, StaffRequest], None]


def decide_and_apply(
    act: Act, request_id: int, *, is_granted: bool, answer: str = ""
) -> WrittenRow | None:
    """Decide a request and carry it out; return the written row, None for a refusal.

    Raises Refused as `staff_requests.decide_request` does, and where the request can no longer be
    carried out.
    """
    request = staff_requests.decide_request(act, request_id, is_granted=is_granted, answer=answer)
    do, tell_refused = EFFECTS[request.kind]
    if is_granted:
        return do(act, request)
    tell_refused(act, request)
    return None


def list_possible_deciders(act: Act, request: StaffRequest) -> Sequence[StaffMember]:
    """Return who may grant a request now; for restricted appeals only people who may see them."""
    deciders = staff_requests.find_deciders(act, request.kind, request.asked_by, request.staff_id)
    if not _concerns_restricted(act, request):
        return deciders
    ids = [each.id for each in deciders]
    return act.session.scalars(
        sa.select(StaffMember)
        .where(StaffMember.id.in_(ids), has_restricted_permission(StaffMember.id))
        .order_by(StaffMember.id)
    ).all()


def _concerns_restricted(act: Act, request: StaffRequest) -> bool:
    """Return whether a request is for the erasure of restricted appeals."""
    return has_restricted(act, request.wanted.get(ERASURE_NUMBERS, "").split())


def find_requested_change(act: Act, request: StaffRequest) -> Change | None:
    """Return the change of a row that a request wants, None for a request of another kind.

    While the request is open, the change starts from the row's current facts.
    """
    if configuration_changes.OF not in request.wanted:
        return None
    wish, _seen = configuration_changes.read_wanted_change(request)
    before = configuration_changes.find_row_facts(act, wish) if request.outcome is None else None
    after = {name: text for name, text in wish.given.items() if name != configuration_changes.WHY}
    since = city_day(request.asked_at)
    return Change(
        wish.table.name, request.subject, wish.step, since, before, after or None, request.reason
    )


def _notify_of_row_refusal(act: Act, request: StaffRequest) -> None:
    change = find_requested_change(act, request)
    if change is not None:
        account_notices.notify_of_refusal(act, change, request)


def ask_erasure(act: Act, numbers: Sequence[str], reason: str) -> StaffRequest:
    """Request the erasure of appeals; with only one administrator they are erased at once.

    Raises Refused as `find_erasable` and `staff_requests.ask_request` do.
    """
    found = [each.number for each in find_erasable(act, numbers)]
    subject = found[0] if len(found) == 1 else f"{found[0]} … ({len(found)})"
    wanted = {ERASURE_NUMBERS: " ".join(found)}
    request = staff_requests.ask_request(
        act, NewRequest(RequestKind.ERASURE, subject, wanted, reason)
    )
    if request.outcome is None:
        _notify_of_erasure(act, request)
    else:
        _apply_erasure(act, request)
    return request


def _apply_erasure(act: Act, request: StaffRequest) -> WrittenRow:
    if configuration_changes.OF in request.wanted:
        return configuration_changes.write_granted_request(act, request)
    numbers = request.wanted[ERASURE_NUMBERS].split()
    if not sees_restricted(act.actor) and _concerns_restricted(act, request):
        raise Refused(
            RefusedKind.NOT_ALLOWED,
            message(
                "This request is about restricted appeals: another administrator who may see "
                "them has to agree. If there is none, whoever runs the system can do it at "
                "the command line."
            ),
        )
    found = find_erasable(act, numbers)
    erase_appeals(act, [each.id for each in found], ErasedBy.REQUEST, request.id)
    _notify_of_erasure(act, request)
    return WrittenRow(request.subject)


def _notify_of_erasure(act: Act, request: StaffRequest) -> None:
    if configuration_changes.OF in request.wanted:
        _notify_of_row_refusal(act, request)
        return
    subject = message("Appeal %(number)s", number=request.subject)
    if _concerns_restricted(act, request):
        subject = context_message(
            "what is to be erased", "Restricted appeals"
        )  # some recipients may not see them
    what = message("erasure of personal data")
    account_notices.notify_of_request(act, request, subject, what)


_ROW_EFFECT = (configuration_changes.write_granted_request, _notify_of_row_refusal)
EFFECTS: Mapping[RequestKind, tuple[Effect, RefusalNotifier]] = {
    RequestKind.ACCOUNT: _ROW_EFFECT,
    RequestKind.ROLE: _ROW_EFFECT,
    RequestKind.PASSWORD_RESET: _ROW_EFFECT,
    RequestKind.SECOND_FACTOR_RESET: _ROW_EFFECT,
    RequestKind.FACTOR_NOT_DEMANDED: _ROW_EFFECT,
    RequestKind.CATEGORY_OPENED: _ROW_EFFECT,
    RequestKind.ERASURE: (_apply_erasure, _notify_of_erasure),
    RequestKind.RESTRICTED: (
        restricted_permissions.grant_permission,
        restricted_permissions.notify_of_permission,
    ),
}
