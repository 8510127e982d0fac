"""Writes notices to the outbox: the text is rendered when its cause happens and sent later.

A notice is written in the transaction of its cause, once per cause, kind and recipient; the worker
delivers it (Reliability 1). No notice contains a query code or another person's data.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.addresses.email_addresses import delivery_address
from appeals.addresses.telephones import read_telephone
from appeals.cases.access import has_restricted_permission
from appeals.cases.citizen_contact import current_contact
from appeals.casework.records import change_log
from appeals.database import Base
from appeals.domain.calendar import SHANGHAI, city_day
from appeals.domain.case import Case, DeadlineFacts, RecordedMove
from appeals.domain.configuration import COUNT_FACT, NOTICES, Change, ChangeStep
from appeals.domain.lifecycle import MOVE_RULES
from appeals.domain.messages import Message, context_message, find_catalogue, message
from appeals.domain.people import DEPARTMENT, Role
from appeals.domain.text.dates import describe_moment
from appeals.domain.vocabulary import Audience, Duty, NoticeChannel, NoticeKind
from appeals.models.appeal import Appeal
from appeals.models.handling import Deadline
from appeals.models.notice import Notice
from appeals.models.staff import StaffMember
from appeals.reference.reference_data import Reference, load_reference

DUTY_OF_NOTICE = {NoticeKind.CLOSED: Duty.RATING}
"""The duty whose due moment a notice names, where it is not the finish."""
INSERT_ONCE = insert(Base.metadata.tables[Notice.__tablename__]).on_conflict_do_nothing(
    constraint="one_notice_per_cause"
)
STAFF_IN_SERVICE = (
    sa.select(StaffMember).where(StaffMember.disabled_at.is_(None)).order_by(StaffMember.id)
)
Row = dict[str, object]
ALL_NOTICES = "all"
"""The key of the logged change when all parked notices are sent again."""
TEMPLATES = Path(__file__).parents[3] / "templates" / "notices"


@dataclass(frozen=True)
class Recipient:
    """An address, its channel, and the language of the notice."""

    address: str
    channel: NoticeChannel
    language: str = "zh"


@dataclass(frozen=True)
class NoticeCause:
    """What a notice is about: the name of its cause and the values for its template.

    `wording` selects one of the wordings of a template that has several. `department` is the
    recipient where the move has taken the appeal away from it.
    """

    name: str
    words: str = ""
    deadline: Deadline | DeadlineFacts | None = None
    wording: str = ""
    department: str | None = None


def write_move_notices(act: Act, appeal: Appeal, made: RecordedMove, case: Case) -> None:
    """Write the notices that a move causes, once for each recipient."""
    rows = list[Row]()
    for kind, audience in MOVE_RULES[made.action].tells:
        promise = case.running(DUTY_OF_NOTICE.get(kind, Duty.FINISH))
        last = case.dispatches[-1].department if case.dispatches else None
        cause = NoticeCause(f"{appeal.id}.{made.seq}", made.words or "", promise, department=last)
        rows += _build_rows(act, appeal, kind, audience, cause)
    if rows:
        act.session.execute(INSERT_ONCE, rows)


def write_notices(
    act: Act, appeal: Appeal, kind: NoticeKind, audience: Audience, cause: NoticeCause
) -> None:
    """Write one kind of notice to every recipient of the audience who has an address."""
    write_notices_to(act, appeal, kind, list(_list_recipients(act, appeal, audience, cause)), cause)


def write_notices_to(
    act: Act, appeal: Appeal, kind: NoticeKind, recipients: Sequence[Recipient], cause: NoticeCause
) -> None:
    """Write one kind of notice to these recipients, once for each."""
    if found := [_build_row(act, appeal, kind, recipient, cause) for recipient in recipients]:
        act.session.execute(INSERT_ONCE, found)


def _build_rows(
    act: Act, appeal: Appeal, kind: NoticeKind, audience: Audience, cause: NoticeCause
) -> list[Row]:
    return [
        _build_row(act, appeal, kind, recipient, cause)
        for recipient in _list_recipients(act, appeal, audience, cause)
    ]


def retry_parked_notices(act: Act, notice_ids: Sequence[int] | None) -> None:
    """Queue parked notices for sending again, and log who asked for how many.

    Without ids all parked notices are queued. After an outage that may be tens of thousands, so it
    is one statement and one log entry whatever the number.
    """
    given_up = sa.update(Notice).where(Notice.parked_at.is_not(None))
    if notice_ids is not None:
        given_up = given_up.where(Notice.id.in_(notice_ids))
    anew = {"parked_at": None, "first_tried_at": None, "problem": None, "tries": 0}
    done = given_up.values(next_try_at=act.now, **anew).returning(sa.literal(1))
    count = len(act.session.execute(done, execution_options={"synchronize_session": False}).all())
    if count:
        key = ALL_NOTICES if notice_ids is None else " ".join(map(str, notice_ids))
        told, today = {COUNT_FACT: str(count)}, city_day(act.now)
        change_log.record_change(
            act, Change(NOTICES, key, ChangeStep.RETRY, today, None, told, why="")
        )


def _build_row(
    act: Act, appeal: Appeal, kind: NoticeKind, recipient: Recipient, cause: NoticeCause
) -> Row:
    subject, _, body = render_notice(act, appeal, kind, recipient.language, cause).partition("\n")
    told_at_once = recipient.channel is NoticeChannel.DESK
    return {
        "appeal_id": appeal.id,
        "cause": cause.name,
        "kind": kind,
        "recipient": recipient.address,
        "channel": recipient.channel,
        "language": recipient.language,
        "subject": subject.strip(),
        "body": body.strip(),
        "created_at": act.now,
        "next_try_at": act.now,
        "tries": 0,
        "sent_at": act.now if told_at_once else None,
    }


def render_notice(
    act: Act, appeal: Appeal, kind: NoticeKind, language: str, cause: NoticeCause
) -> str:
    """Render a notice: the first line is the subject, the rest the body."""
    city = load_reference(act)
    department = city.departments.get(appeal.holder or cause.department or "")
    category = city.categories[appeal.category]
    due = cause.deadline.due_at.astimezone(SHANGHAI) if cause.deadline else None
    return notice_template(kind, language).render(
        number=appeal.number,
        category=category.label(language),
        department=department.label(language) if department else "",
        duty=Duty(cause.deadline.duty).label(language) if cause.deadline else "",
        due=_describe_due(city, due).label(language) if due else "",
        until=describe_moment(due).label(language) if due else "",
        words=cause.words,
        wording=cause.wording,
        link=f"{act.base_url}/appeals/follow?number={appeal.number}",
    )


def _describe_due(city: Reference, due: datetime) -> Message:
    said = describe_moment(due)
    if city.book.calendar.is_provisional(due.date()):
        return message("%(due)s (provisional)", due=said)
    return said


def notice_template(kind: NoticeKind, language: str) -> Template:
    """Return the template of a kind of notice; its sentences come out in `language`."""
    return _template_environment(language).get_template(f"{kind.value}.txt")


@cache
def _template_environment(language: str) -> Environment:
    environment = Environment(
        extensions=["jinja2.ext.i18n"],
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - notices are plain text, never HTML
        trim_blocks=True,
        lstrip_blocks=True,
    )
    catalogue = find_catalogue(language)
    environment.globals.update(gettext=catalogue.gettext, ngettext=catalogue.ngettext)
    return environment


def _list_recipients(
    act: Act, appeal: Appeal, audience: Audience, cause: NoticeCause
) -> Iterator[Recipient]:
    holder = appeal.holder or cause.department
    if audience is Audience.CITIZEN:
        yield from citizen_recipients(act, appeal)
    elif appeal.restricted:
        yield from map(_own_address, _permitted_staff(act, holder, audience))
    elif audience is Audience.DEPARTMENT:
        yield from _department_recipients(act, holder)
    else:
        yield from _staff_recipients(act, holder, audience)


def citizen_recipients(act: Act, appeal: Appeal) -> list[Recipient]:
    """Return where notices to the citizen go now: one address or none."""
    contact = current_contact(act, appeal)
    if contact.email:
        return [Recipient(delivery_address(contact.email), NoticeChannel.EMAIL, appeal.language)]
    telephone = read_telephone(contact.phone, act.reach.area_code)
    if telephone is not None and telephone.takes_messages:
        return [Recipient(telephone.dialled, NoticeChannel.SMS, appeal.language)]
    return []


def _department_recipients(act: Act, holder: str | None) -> Iterator[Recipient]:
    department = load_reference(act).departments.get(holder or "")
    if department and department.email:
        yield Recipient(delivery_address(department.email), NoticeChannel.EMAIL)
    elif department:
        yield Recipient(f"desk:{department.code}", NoticeChannel.DESK)


def _staff_recipients(act: Act, holder: str | None, audience: Audience) -> Iterator[Recipient]:
    if audience is Audience.LEADER and holder:
        wanted = STAFF_IN_SERVICE.where(
            StaffMember.role == Role.LEADER, StaffMember.department_code == holder
        )
    else:
        wanted = STAFF_IN_SERVICE.where(StaffMember.role == Role.SUPERVISOR)
    yield from map(_own_address, act.session.scalars(wanted))


def _permitted_staff(act: Act, holder: str | None, audience: Audience) -> Sequence[StaffMember]:
    """Return the staff of the audience who may be notified of a restricted appeal (Rules 3).

    A department's shared address gets nothing, because everybody there reads it. If nobody in the
    department has the permission, the supervisors who have it are notified instead.
    """
    permitted = STAFF_IN_SERVICE.where(has_restricted_permission(StaffMember.id))
    if audience is Audience.DEPARTMENT and not holder:
        return []
    if audience is not Audience.SUPERVISOR and holder:
        roles = {Role.LEADER} if audience is Audience.LEADER else DEPARTMENT
        own = permitted.where(StaffMember.role.in_(roles), StaffMember.department_code == holder)
        if people := act.session.scalars(own).all():
            return people
    return act.session.scalars(permitted.where(StaffMember.role == Role.SUPERVISOR)).all()


def _own_address(person: StaffMember) -> Recipient:
    if person.email:
        return Recipient(delivery_address(person.email), NoticeChannel.EMAIL)
    return Recipient(f"staff:{person.username}", NoticeChannel.DESK)


def mark_training_text(language: str, text: str) -> str:
    """Return the text of a message as a training system sends it."""
    return context_message("of a training system", "[Training] %(text)s", text=text).label(language)
