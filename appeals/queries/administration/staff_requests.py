"""Two-person requests for administrators, and the messages that a person got about accounts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from appeals.act import Act
from appeals.cases.access import visible_to
from appeals.domain.messages import SOURCE_LANGUAGE, offered_languages
from appeals.domain.staff_requests import (
    ERASURE_NUMBERS,
    RequestKind,
    RequestOutcome,
    no_such_request,
)
from appeals.domain.vocabulary import NoticeChannel
from appeals.models.appeal import Appeal
from appeals.models.notice import BODY_SEPARATOR, SUBJECT_SEPARATOR, Notice
from appeals.models.staff import StaffMember, StaffRequest, StaffSession

PAGE_ROWS = 50
MAX_MESSAGES = 20
NEWS_SPAN = timedelta(days=7)
ASKER, DECIDER, PERSON = aliased(StaffMember), aliased(StaffMember), aliased(StaffMember)


@dataclass(frozen=True)
class ListedRequest:
    """A request with the names of its people; `outcome` is expired as soon as its time has passed.

    `numbers` are the appeals to be erased that the reader may see. `has_hidden` is true if there
    are others: the subject of the row may name one of them, so it is not shown.
    """

    row: StaffRequest
    asker: str
    person: str
    decider: str
    outcome: RequestOutcome | None
    numbers: Sequence[str] = ()
    has_hidden: bool = False


@dataclass(frozen=True)
class AccountMessage:
    """A message to a person about accounts, its subject and body in all languages of that time."""

    subjects: Sequence[str]
    bodies: Sequence[str]
    at: datetime

    def subject_in(self, language: str) -> str:
        """Return the subject in `language`, in English if it was not written in it."""
        return self.subjects[_place_of(language, len(self.subjects))]

    def body_in(self, language: str) -> str:
        """Return the body in `language`, in English if it was not written in it."""
        return self.bodies[_place_of(language, len(self.bodies))]


def _place_of(language: str, written: int) -> int:
    """Return which of the languages of a notice is shown."""
    languages = offered_languages()
    place = languages.index(language)
    return place if place < written else languages.index(SOURCE_LANGUAGE)


def list_requests(
    act: Act, kinds: Collection[RequestKind], before: int | None = None
) -> tuple[list[ListedRequest], int | None]:
    """Return a page of requests, newest first, and `before` of the next page, if there is one."""
    conditions: list[sa.ColumnElement[bool]] = [StaffRequest.kind.in_(kinds)]
    if before:
        conditions.append(StaffRequest.id < before)
    found = _load_requests(act, conditions, PAGE_ROWS + 1)
    return found[:PAGE_ROWS], found[PAGE_ROWS - 1].row.id if len(found) > PAGE_ROWS else None


def list_waiting(act: Act, kinds: Collection[RequestKind]) -> list[ListedRequest]:
    """Return all requests that wait for a decision, the newest first."""
    return _load_requests(act, _is_waiting(act, kinds), None)


def get_request(act: Act, request_id: int, kinds: Collection[RequestKind]) -> ListedRequest:
    """Return one request. Raises Refused (not found)."""
    found = _load_requests(act, [StaffRequest.id == request_id, StaffRequest.kind.in_(kinds)], 1)
    if not found:
        raise no_such_request()
    return found[0]


def list_messages(act: Act) -> Sequence[AccountMessage]:
    """Return the actor's messages about accounts, the newest first."""
    rows = act.session.scalars(_select_messages(act).order_by(Notice.id.desc()).limit(MAX_MESSAGES))
    return [
        AccountMessage(
            row.subject.split(SUBJECT_SEPARATOR), row.body.split(BODY_SEPARATOR), row.created_at
        )
        for row in rows
    ]


def has_new_messages(act: Act) -> bool:
    """Return whether the actor got a message since the sign-in before this one.

    That sign-in began the session before the newest: the newest is the present one.
    """
    begun = (
        sa.select(StaffSession.created_at)
        .where(StaffSession.staff_id == act.actor.staff_id, StaffSession.awaits_factor.is_(False))
        .order_by(StaffSession.created_at.desc())
        .offset(1)
        .limit(1)
    )
    since = act.session.scalar(begun) or act.now - NEWS_SPAN
    told = _select_messages(act).where(Notice.created_at > max(since, act.now - NEWS_SPAN))
    return act.session.scalar(sa.select(told.exists())) or False


def _is_waiting(act: Act, kinds: Collection[RequestKind]) -> list[sa.ColumnElement[bool]]:
    return [
        StaffRequest.outcome.is_(None),
        StaffRequest.expires_at > act.now,
        StaffRequest.kind.in_(kinds),
    ]


def _select_messages(act: Act) -> sa.Select[Notice]:
    return sa.select(Notice).where(
        Notice.staff_id == act.actor.staff_id, Notice.channel == NoticeChannel.DESK
    )


def _load_requests(
    act: Act, conditions: Sequence[sa.ColumnElement[bool]], limit: int | None
) -> list[ListedRequest]:
    rows = act.session.execute(
        sa.select(StaffRequest, ASKER.name, PERSON.name, DECIDER.name)
        .join(ASKER, ASKER.id == StaffRequest.asked_by)
        .outerjoin(PERSON, PERSON.id == StaffRequest.staff_id)
        .outerjoin(DECIDER, DECIDER.id == StaffRequest.decided_by)
        .where(*conditions)
        .order_by(StaffRequest.id.desc())
        .limit(limit)
    )
    found = [(row, asker, person or "", decider or "") for row, asker, person, decider in rows]
    named = {row.id: row.wanted.get(ERASURE_NUMBERS, "").split() for row, *_people in found}
    visible = _visible_numbers(act, {each for numbers in named.values() for each in numbers})
    listed = []
    for row, asker, person, decider in found:
        numbers = [each for each in named[row.id] if each in visible]
        has_hidden = len(numbers) < len(named[row.id])
        outcome = _outcome_now(act, row)
        listed.append(ListedRequest(row, asker, person, decider, outcome, numbers, has_hidden))
    return listed


def _visible_numbers(act: Act, numbers: Collection[str]) -> set[str]:
    if not numbers:
        return set()
    wanted = Appeal.number == sa.any_(sa.literal(list(numbers), sa.ARRAY(sa.Text())))
    return set(act.session.scalars(sa.select(Appeal.number).where(wanted, visible_to(act.actor))))


def _outcome_now(act: Act, row: StaffRequest) -> RequestOutcome | None:
    if row.outcome is None and row.expires_at <= act.now:
        return RequestOutcome.EXPIRED
    return row.outcome
