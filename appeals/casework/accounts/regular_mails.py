"""The regular mails of staff: who has which, who chose what, and writing them, each once.

A mail is a notice in the outbox. That it was written for a day is recorded in its transaction, so
neither a crash nor a second worker writes it twice; what was sent is deleted.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.addresses.email_addresses import delivery_address
from appeals.cases.access import has_restricted_permission
from appeals.casework.accounts.staff_notices import INSERT_ONCE
from appeals.casework.handling.notices import notice_template
from appeals.domain.calendar import SHANGHAI, Calendar, city_day
from appeals.domain.messages import offered_languages
from appeals.domain.people import CENTRE, DEPARTMENT, Actor, Role
from appeals.domain.vocabulary import NoticeChannel, NoticeKind, RegularMail
from appeals.models.absence import is_absent
from appeals.models.notice import Notice
from appeals.models.staff import StaffMailing, StaffMember
from appeals.models.tasks import FailedItem

TASK = "regular_mails"
READERS_OF_BRIEFS = frozenset({Role.LEADER, Role.SUPERVISOR, Role.ADMINISTRATOR})
OFFERED: Mapping[RegularMail, Collection[Role]] = {
    RegularMail.WORK_WAITS: DEPARTMENT | CENTRE,
    RegularMail.DAILY_BRIEF: READERS_OF_BRIEFS,
    RegularMail.WEEKLY_BRIEF: READERS_OF_BRIEFS,
}
"""The roles that may have each mail."""
DEFAULTS: Mapping[RegularMail, Collection[Role]] = {
    RegularMail.WORK_WAITS: {Role.OFFICER, Role.LEADER, Role.DISPATCHER, Role.SUPERVISOR},
    RegularMail.DAILY_BRIEF: {Role.SUPERVISOR},
    RegularMail.WEEKLY_BRIEF: {Role.LEADER, Role.SUPERVISOR},
}
"""The roles that have each mail unless the person chose otherwise."""
SENDING_SPAN = timedelta(hours=4)
"""How long after its hour a mail is still written; after a longer outage it is left out."""
BATCH_SIZE = 50
UNSENT_LIFETIME = timedelta(days=3)
REGULAR_KINDS = tuple(NoticeKind(mail.value) for mail in RegularMail)


@dataclass(frozen=True)
class MailText:
    """The values of a mail's template, and the page that its link opens."""

    values: Mapping[str, str]
    path: str


def reads_briefs(actor: Actor) -> bool:
    """Return whether the actor may read the daily and weekly briefs."""
    return actor.role in READERS_OF_BRIEFS


def mail_day(mail: RegularMail, now: datetime, hour: int, calendar: Calendar) -> date | None:
    """Return the day whose mail is due at `now`, a week's Monday for a weekly one, or None.

    Mails are due on working days, from the hour on (Asia/Shanghai). The weekly one is due on the
    first working day of a week; if none could be written then, on the next.
    """
    today = city_day(now)
    opens = datetime.combine(today, time(hour), SHANGHAI)
    if not calendar.is_working(today) or not opens <= now < opens + SENDING_SPAN:
        return None
    return today - timedelta(days=today.weekday()) if mail is RegularMail.WEEKLY_BRIEF else today


def load_choices(act: Act) -> dict[RegularMail, bool]:
    """Return the mails that the actor may have, and whether she has each."""
    rows = act.session.execute(
        sa.select(StaffMailing.mail, StaffMailing.is_wanted).where(
            StaffMailing.staff_id == act.actor.staff_id
        )
    )
    chosen = dict(rows.all())
    role = act.actor.role
    return {
        mail: role in DEFAULTS[mail] if chosen.get(mail) is None else bool(chosen[mail])
        for mail, roles in OFFERED.items()
        if role in roles
    }


def choose_mails(act: Act, wanted: Collection[str], language: str) -> None:
    """Set which of the mails offered to the actor she has, and in which language."""
    person = act.session.get_one(StaffMember, act.actor.staff_id)
    person.language = language if language in offered_languages() else None
    for mail, has_it in load_choices(act).items():
        if has_it != (mail.value in wanted):
            facts = {"is_wanted": mail.value in wanted}
            act.session.execute(
                insert(StaffMailing)
                .values(staff_id=person.id, mail=mail, **facts)
                .on_conflict_do_update(index_elements=["staff_id", "mail"], set_=facts)
            )


def list_recipients(act: Act, mail: RegularMail, day: date) -> Sequence[tuple[StaffMember, Actor]]:
    """Return one batch of the people for whom a mail of that day is not written yet.

    They can sign in, have a mail address and want the mail. Those whose mail failed are left out
    until it is tried again. Who is absent gets no list of work: the cases of absent officers are in
    the list of their leader, who assigns them to others.
    """
    key = sa.func.concat(StaffMember.id, f" {mail.value}")
    by_default = StaffMember.role.in_(DEFAULTS[mail])
    rows = act.session.execute(
        sa.select(StaffMember, has_restricted_permission(StaffMember.id))
        .outerjoin(
            StaffMailing,
            sa.and_(StaffMailing.staff_id == StaffMember.id, StaffMailing.mail == mail),
        )
        .where(
            StaffMember.disabled_at.is_(None),
            StaffMember.email.is_not(None),
            StaffMember.role.in_(OFFERED[mail]),
            sa.func.coalesce(StaffMailing.is_wanted, by_default),
            StaffMailing.written_for.is_distinct_from(day),
            ~FailedItem.is_waiting(TASK, key, act.now),
            ~is_absent(StaffMember.id, day) if mail is RegularMail.WORK_WAITS else sa.true(),
        )
        .order_by(StaffMember.id)
        .limit(BATCH_SIZE)
    )
    return [
        (
            each,
            Actor(
                each.role, each.id, each.name, each.department_code, may_see_restricted=permitted
            ),
        )
        for each, permitted in rows
    ]


def key_of(person: StaffMember, mail: RegularMail) -> str:
    """Return the key under which a mail that failed is set aside."""
    return f"{person.id} {mail.value}"


def claim_mail(act: Act, person: StaffMember, mail: RegularMail, day: date) -> bool:
    """Record that a mail is written for that day; return whether nobody else has recorded it."""
    of_day = {"written_for": day}
    claimed = act.session.execute(
        insert(StaffMailing)
        .values(staff_id=person.id, mail=mail, **of_day)
        .on_conflict_do_update(
            index_elements=["staff_id", "mail"],
            set_=of_day,
            where=StaffMailing.written_for.is_distinct_from(day),
        )
        .returning(StaffMailing.staff_id)
    )
    return claimed.first() is not None


def write_mail(act: Act, person: StaffMember, mail: RegularMail, day: date, text: MailText) -> None:
    """Write a mail to the outbox, in the person's language."""
    kind, language = NoticeKind(mail.value), language_of(person)
    rendered = notice_template(kind, language).render(
        **text.values,
        link=f"{act.base_url}{text.path}",
        choice_link=f"{act.base_url}/account/mails",
    )
    subject, _, body = rendered.strip().partition("\n")
    row = {
        "staff_id": person.id,
        "cause": f"{mail.value}.{person.id}.{day.isoformat()}",
        "kind": kind,
        "recipient": delivery_address(person.email or ""),
        "channel": NoticeChannel.EMAIL,
        "language": language,
        "subject": subject.strip(),
        "body": body.strip(),
        "created_at": act.now,
        "next_try_at": act.now,
        "tries": 0,
        "sent_at": None,
    }
    act.session.execute(INSERT_ONCE, [row])


def language_of(person: StaffMember) -> str:
    """Return the language of a person's mails."""
    return person.language or offered_languages()[0]


def delete_sent_mails(act: Act) -> int:
    """Delete the regular mails that were sent, and those that could not be; return how many.

    They hold subjects of appeals, and nothing reads them again. What failed and is not tried any
    more, because the person left, is forgotten too.
    """
    not_tried = FailedItem.next_try_at < act.now - UNSENT_LIFETIME
    act.session.execute(sa.delete(FailedItem).where(FailedItem.task == TASK, not_tried))
    over = sa.or_(Notice.sent_at.is_not(None), Notice.created_at < act.now - UNSENT_LIFETIME)
    gone = sa.delete(Notice).where(Notice.kind.in_(REGULAR_KINDS), over)
    return len(act.session.execute(gone.returning(sa.literal(1))).all())
