"""Queries of the staff's pages besides lists and the case file: contact, cards, colleagues."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import may_see_contact
from appeals.domain.case import Case, DeadlineFacts
from appeals.domain.clocks import TraceStep
from appeals.domain.contact import ContactDetails, ContactTries, count_tries
from appeals.domain.deadlines import (
    card_at,
    describe_delay,
    has_lapsed,
    is_owed,
    trace_deadline,
)
from appeals.domain.messages import Message
from appeals.domain.moves.needs import TEMPLATE
from appeals.domain.people import CENTRE, Role
from appeals.domain.vocabulary import AccessKind, Card, ContactReason, Duty
from appeals.models.access_log import AccessLogRow
from appeals.models.appeal import Appeal, ContactView, Move
from appeals.models.desk import ReplyTemplate
from appeals.models.staff import StaffMember
from appeals.queries.case_file import CaseFile
from appeals.queries.queue_facts import pending_extension
from appeals.reference.reference_data import load_reference

SHOWN_PHONE_DIGITS = 4


@dataclass(frozen=True)
class ContactLook:
    """One access to the unmasked contact: who, when (aware UTC) and why."""

    name: str
    at: datetime
    reason: ContactReason
    words: str | None


@dataclass(frozen=True)
class RunningPromise:
    """A running promise, its card and delay now, and how its due moment was computed.

    A finish whose answer was given in time is not late while it awaits review.
    """

    deadline: DeadlineFacts
    card: Card
    delay: Message | None
    trace: tuple[TraceStep, ...]


def list_running_promises(act: Act, case: Case) -> list[RunningPromise]:
    """Return the promises running at the act's moment, the first due first, without lapsed ones."""
    calendar = load_reference(act).book.calendar
    found = [
        each
        for each in case.deadlines
        if each.is_running and not has_lapsed(each, calendar, act.now)
    ]
    return [_describe_promise(act, case, each) for each in sorted(found, key=lambda d: d.due_at)]


def _describe_promise(act: Act, case: Case, deadline: DeadlineFacts) -> RunningPromise:
    calendar = load_reference(act).book.calendar
    card, delay = card_at(deadline, act.now), None
    if card is Card.RED and is_owed(case, deadline, calendar, act.now):
        delay = describe_delay(deadline.duty, deadline.due_at, act.now, calendar)
    elif card is Card.RED:
        card = Card.GREEN
    return RunningPromise(deadline, card, delay, trace_deadline(deadline, calendar))


def extension_asked_for(act: Act, case: Case) -> datetime | None:
    """Return the finish that an extension asked for would give; None if none awaits a decision."""
    finish = case.running(Duty.FINISH)
    return pending_extension(load_reference(act), case.round, finish.due_at) if finish else None


def card_without_date(act: Act, file: CaseFile) -> Card | None:
    """Return the card of an open imported appeal for which no promise runs; else None (Rules 6)."""
    is_imported = file.appeal.source is not None and file.appeal.state.is_open
    return Card.NONE if is_imported and not list_running_promises(act, file.case) else None


def count_contact_tries(act: Act, case: Case) -> ContactTries:
    """Count the department's failed attempts to reach the citizen since its dispatch."""
    return count_tries(case, load_reference(act).book.calendar)


def masked_contact(act: Act, file: CaseFile) -> ContactDetails:
    """Return the masked contact; empty if the actor may not see it."""
    if not may_see_contact(act.actor, file.appeal):
        return ContactDetails()
    return mask_contact(file.contact)


def list_contact_looks(act: Act, appeal: Appeal) -> Sequence[ContactLook]:
    """Return the accesses to the contact, the newest first; for leaders and the centre only."""
    if act.actor.role not in CENTRE | {Role.LEADER}:
        return []
    before = sa.select(
        ContactView.staff_id, ContactView.at, ContactView.reason, ContactView.words
    ).where(ContactView.appeal_id == appeal.id)
    reason, words = (AccessLogRow.detail[name].astext for name in ("reason", "words"))
    recorded = sa.select(AccessLogRow.staff_id, AccessLogRow.at, reason, words).where(
        AccessLogRow.appeal_id == appeal.id, AccessLogRow.kind == AccessKind.CONTACT_SHOWN
    )
    every = sa.union_all(before, recorded).subquery("looked")
    rows = act.session.execute(
        sa.select(StaffMember.name, every.c.at, every.c.reason, every.c.words)
        .join(StaffMember, StaffMember.id == every.c.staff_id)
        .order_by(every.c.at.desc())
    )
    return [ContactLook(*row) for row in rows]


def mask_contact(contact: ContactDetails) -> ContactDetails:
    """Mask the contact, leaving only enough to distinguish people."""
    return ContactDetails(
        name=f"{contact.name[0]}**" if contact.name else "",
        phone=mask_phone(contact.phone) if contact.phone else "",
        email=mask_email(contact.email) if contact.email else "",
    )


def mask_phone(phone: str) -> str:
    """Mask a telephone number except for its end."""
    return f"****{phone[-SHOWN_PHONE_DIGITS:] if len(phone) > SHOWN_PHONE_DIGITS else ''}"


def mask_email(email: str) -> str:
    """Mask an e-mail address except for its first letter and its domain."""
    local, at, domain = email.partition("@")
    return f"{local[:1]}***{at}{domain}"


def list_reply_templates(act: Act) -> Sequence[ReplyTemplate]:
    """Return the reply templates of the actor's department, by name."""
    return act.session.scalars(
        sa.select(ReplyTemplate)
        .where(ReplyTemplate.department_code == act.actor.department)
        .order_by(ReplyTemplate.name)
    ).all()


def count_template_uses(act: Act) -> Mapping[str, int]:
    """Count the answers of the actor's department by the name of the reply template they used."""
    name = Move.facts[TEMPLATE].astext
    rows = act.session.execute(
        sa.select(name, sa.func.count())
        .where(Move.department == act.actor.department, name.is_not(None))
        .group_by(name)
    )
    return {used: count for used, count in rows if used is not None}


def list_colleagues(act: Act) -> Sequence[StaffMember]:
    """Return the active staff of the actor's department, by name."""
    return act.session.scalars(
        sa.select(StaffMember)
        .where(
            StaffMember.department_code == act.actor.department,
            StaffMember.disabled_at.is_(None),
        )
        .order_by(StaffMember.name, StaffMember.id)
    ).all()


def find_staff_name(act: Act, staff_id: int) -> str:
    """Return the name of a member of staff; empty if there is none with that id."""
    named = sa.select(StaffMember.name).where(StaffMember.id == staff_id)
    return act.session.scalar(named) or ""
