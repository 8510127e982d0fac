"""Notices about account changes and two-person requests; the person concerned always gets one.

All staff of the centre are notified at once of a change that should take two people and had no
second one, and when an administrator is lost.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.accounts.staff_notices import (
    StaffNotice,
    find_centre_staff,
    notify_address,
    notify_staff,
    without_full_stop,
)
from appeals.casework.accounts.staff_requests import find_deciders
from appeals.domain import configuration as tables
from appeals.domain.configuration import Change, ChangeStep, RowFacts
from appeals.domain.messages import (
    SEMICOLON,
    Labelled,
    LowerCaseText,
    Message,
    Text,
    context_message,
    join_texts,
    message,
)
from appeals.domain.people import CENTRE, Role
from appeals.domain.staff_requests import RequestOutcome
from appeals.domain.text.dates import describe_moment
from appeals.domain.vocabulary import Kind, NoticeKind, YesNo
from appeals.models.staff import StaffMember, StaffRequest
from appeals.reference.reference_data import load_reference

CENTRE_ROLES = CENTRE | {Role.ADMINISTRATOR}
OPERATOR_OF_SYSTEM = message("whoever runs the system")
ONESELF = context_message("who changed an account", "yourself")
EMAIL = "email"
DECISION_PAGES = {Role.SUPERVISOR: "/centre/permissions"}
"""Page on which a role decides requests, for roles without a page for each request."""


def notify_of_change(act: Act, change: Change, request: StaffRequest | None = None) -> None:
    """Notify the person whose account was changed, and the centre where it must know.

    Args:
        act: who made it: an administrator, or the system for the command line.
        change: what was changed; its key is the username.
        request: the request by which it was made, if it takes two people.
    """
    person = _find_person(act, change)
    news = _compose_notice(act, change, request)
    if person is not None:
        notify_staff(act, [person], news)
        old = change.facts_before.get(EMAIL)
        if old and old != person.email:
            notify_address(act, person, old, news)
    others = set[StaffMember]()
    if _concerns_the_centre(act, change, request):
        others.update(find_centre_staff(act))
    if request is not None:
        others.add(act.session.get_one(StaffMember, request.asked_by))
    silent = {person.id if person else None, act.actor.staff_id}
    notify_staff(act, [each for each in others if each.id not in silent], news)


def notify_of_open_request(
    act: Act, change: Change, request: StaffRequest, deciders: Sequence[StaffMember]
) -> None:
    """Notify the person concerned, and those who may decide it, of an open request."""
    asked = _compose_notice(act, change, request, wording="asked")
    if person := _find_person(act, change):
        notify_staff(act, [person], asked)
    _notify_deciders(act, deciders, asked, request)


def notify_of_refusal(act: Act, change: Change, request: StaffRequest) -> None:
    """Notify the asker and the person concerned that a request was refused."""
    refused = _compose_notice(act, change, request, wording="refused")
    asker = act.session.get_one(StaffMember, request.asked_by)
    person = _find_person(act, change)
    notify_staff(act, [asker, *([person] if person else [])], refused)


def notify_of_own_change(
    act: Act, person: StaffMember, what: Message, by: Message = ONESELF
) -> None:
    """Notify a person of a change to their account made by themselves, or as if by them."""
    words: dict[str, str | Labelled] = {
        "person": message("Account %(person)s", person=f"{person.name} {person.username}"),
        "what": what,
        "why": "",
        "by": by,
    }
    cause = f"own.{person.id}.{what.label('en')}.{act.now.isoformat()}"
    notify_staff(act, [person], StaffNotice(NoticeKind.ACCOUNT_CHANGED, cause, words=words))


def notify_of_request(
    act: Act, request: StaffRequest, subject: str | Labelled, what: Labelled
) -> None:
    """Notify deciders, the asker or the whole centre of a request that changes no row.

    The person concerned, if there is one, is always notified.
    """
    wording = {
        None: "asked",
        RequestOutcome.GRANTED: "granted",
        RequestOutcome.REFUSED: "refused",
        RequestOutcome.ALONE: "alone",
    }[request.outcome]
    words: dict[str, str | Labelled] = {
        "person": subject,
        "what": what,
        **_find_names(act, request),
    }
    words["why"] = without_full_stop(request.reason)
    news = StaffNotice(
        NoticeKind.ACCOUNT_CHANGED, f"request.{request.id}.{wording}", wording, words=words
    )
    ids = [request.staff_id] if request.staff_id else []
    if request.outcome in {RequestOutcome.GRANTED, RequestOutcome.REFUSED}:
        ids.append(request.asked_by)
    people = [act.session.get_one(StaffMember, id_) for id_ in dict.fromkeys(ids)]
    notify_staff(act, people, news)
    if request.outcome is None:
        deciders = find_deciders(act, request.kind, request.asked_by, request.staff_id)
        _notify_deciders(act, deciders, news, request)
    elif request.outcome is RequestOutcome.ALONE:
        silent = act.actor.staff_id
        notify_staff(act, [each for each in find_centre_staff(act) if each.id != silent], news)


def _notify_deciders(
    act: Act, deciders: Sequence[StaffMember], asked: StaffNotice, request: StaffRequest
) -> None:
    """Notify those who may decide a request, with the page to do it on."""
    words = {**asked.words, "until": describe_moment(request.expires_at)}
    for each in deciders:
        path = DECISION_PAGES.get(each.role) or f"/admin/requests/{request.id}"
        waits = StaffNotice(NoticeKind.REQUEST_WAITS, asked.cause, path=path, words=words)
        notify_staff(act, [each], waits)


def describe_change(act: Act, change: Change) -> Labelled:
    """Return a short description of an account change."""
    before, after = change.facts_before, change.facts_after
    if change.of in CHANGE_DESCRIBERS:
        return CHANGE_DESCRIBERS[change.of](after)
    if change.step is ChangeStep.ADD:
        role = Role(after["role"])
        return message("new account (%(role)s)", role=LowerCaseText(role))
    if change.step is not ChangeStep.CHANGE:
        return LowerCaseText(change.step)
    parts = list(_describe_differences(act, before, after))
    if not parts:
        return message("nothing changed")
    return join_texts(parts, SEMICOLON)


def _describe_demand(after: RowFacts) -> Labelled:
    if after.get(tables.DEMANDED.name) == YesNo.YES:
        return message("second factor demanded")
    return message("second factor no longer demanded")


def _describe_retention(after: RowFacts) -> Labelled:
    return message("personal data erased after %(years)s years", years=after[tables.YEARS.name])


def _describe_category(after: RowFacts) -> Labelled:
    if after.get(tables.RESTRICTED.name) == YesNo.YES:
        return context_message("change of a category", "restricted")
    return message("no longer restricted")


CHANGE_DESCRIBERS: Mapping[str, Callable[[RowFacts], Labelled]] = {
    tables.FACTOR_DEMANDS.name: _describe_demand,
    tables.RETENTION.name: _describe_retention,
    tables.CATEGORIES.name: _describe_category,
}
"""Tables other than accounts of which some changes take two people."""


def _describe_differences(act: Act, before: RowFacts, after: RowFacts) -> Iterator[Labelled]:
    for need in tables.ACCOUNTS.fields:
        was, now = before.get(need.name, ""), after.get(need.name, "")
        if was != now and need not in (tables.DISABLED, tables.FACTOR):
            yield message(
                "%(field)s %(before)s → %(after)s",
                field=LowerCaseText(need),
                before=_describe_value(act, need.name, was),
                after=_describe_value(act, need.name, now),
            )


def _describe_value(act: Act, field: str, text: str) -> str | Labelled:
    if not text:
        return message("(none)")
    if field == "role":
        return LowerCaseText(Role(text))
    if field == "department_code":
        return load_reference(act).departments[text]
    return text


def _compose_notice(
    act: Act, change: Change, request: StaffRequest | None, wording: str = ""
) -> StaffNotice:
    names = _find_names(act, request)
    if not wording and request is not None:
        wording = "alone" if request.outcome is RequestOutcome.ALONE else "granted"
    if not wording and act.actor.staff_id is None:
        wording = "operator"
    cause = f"request.{request.id}.{wording}" if request else _name_cause(act, change)
    return StaffNotice(
        NoticeKind.ACCOUNT_CHANGED,
        cause,
        wording,
        words={
            "person": _describe_subject(change),
            "what": describe_change(act, change),
            "why": without_full_stop(change.why),
            **names,
        },
    )


def _describe_subject(change: Change) -> str | Labelled:
    if change.of == tables.FACTOR_DEMANDS.name:
        return LowerCaseText(Role(change.key))
    if change.of == tables.RETENTION.name:
        return LowerCaseText(Kind(change.key))
    facts = change.after or change.facts_before
    if change.of == tables.CATEGORIES.name:
        category = Text(facts[tables.ZH.name], facts[tables.EN.name])
        return message("Category %(category)s", category=category)
    known = facts.get("name", "")
    return message("Account %(person)s", person=f"{known} {change.key}".strip())


def _name_cause(act: Act, change: Change) -> str:
    return f"account.{change.key}.{change.step.value}.{act.now.isoformat()}"


def _find_names(act: Act, request: StaffRequest | None) -> dict[str, str | Labelled]:
    by: str | Labelled = act.actor.name if act.actor.staff_id else OPERATOR_OF_SYSTEM
    if request is None:
        return {"by": by}
    named = {
        row.id: row.name
        for row in act.session.scalars(
            sa.select(StaffMember).where(
                StaffMember.id.in_([request.asked_by, request.decided_by or 0])
            )
        )
    }
    return {
        "by": named[request.asked_by],
        "decider": named.get(request.decided_by or 0, ""),
        "answer": request.answer or "",
    }


def _concerns_the_centre(act: Act, change: Change, request: StaffRequest | None) -> bool:
    """Return whether all staff of the centre are notified at once.

    True for a change without a second person (by the only administrator or on the command line),
    and when an administrator leaves, since then one fewer can agree.
    """
    before, after = change.facts_before, change.facts_after
    was, becomes = before.get("role"), after.get("role")
    if request is None and change.of == tables.FACTOR_DEMANDS.name:
        return True
    if was == Role.ADMINISTRATOR and (change.step is ChangeStep.DISABLE or becomes != was):
        return True
    of_centre = bool({was, becomes} & {role.value for role in CENTRE_ROLES})
    if request is not None:
        return request.outcome is RequestOutcome.ALONE
    return act.actor.staff_id is None and of_centre


def _find_person(act: Act, change: Change) -> StaffMember | None:
    if change.of != tables.ACCOUNTS.name:
        return None
    return act.session.scalar(sa.select(StaffMember).where(StaffMember.username == change.key))
