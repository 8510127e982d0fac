"""Writes notices to the outbox: the text is rendered when its cause happens and sent later.

A notice is written in the transaction of its cause, once per cause, kind and recipient; the worker
delivers it (Reliability 1). No notice contains a query code or another person's data.

A text message has a wording of its own, so short that it is sent whole: `templates/notices/sms`.
Its last line is the link or, where that leaves too little room, the appeal's number.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
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
from appeals.domain.messages import (
    Labelled,
    Message,
    context_message,
    find_catalogue,
    message,
)
from appeals.domain.people import DEPARTMENT, Role
from appeals.domain.rule_book import RuleChange
from appeals.domain.text.dates import describe_moment, describe_moment_briefly
from appeals.domain.text.short_texts import (
    end_sentence,
    find_first_sentence,
    names_somebody,
    shorten_text,
)
from appeals.domain.vocabulary import Audience, Duty, NoticeChannel, NoticeKind, Result
from appeals.models.appeal import Appeal
from appeals.models.handling import Deadline
from appeals.models.notice import Notice
from appeals.models.staff import StaffMember
from appeals.reference.reference_data import Reference, load_reference
from appeals.settings import MAX_SENDER_CHARACTERS

DUTY_OF_NOTICE = {NoticeKind.CLOSED: Duty.RATING}
"""The duty whose due moment a notice names, where it is not the finish."""
NEVER_WAITING = frozenset({NoticeKind.FILED, NoticeKind.NEW_CODE, NoticeKind.CONTACT_CHANGED})
"""Notices to a citizen that are sent at any hour: she has just acted, or somebody in her name."""
MAX_TEXT_CHARACTERS = 140
"""The longest text message, with its sender."""
SENDER_ROOM = MAX_SENDER_CHARACTERS + 2
"""Characters of the sender in its brackets."""
MIN_QUOTED_CHARACTERS = 12
"""Where less room is left for somebody's words, a text message quotes none."""
MAX_RESULT_CHARACTERS = 120
"""The longest sentence of an answer that the notice of a closed appeal quotes."""
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
    """An address, its channel, the language of the notice, and whether it is the citizen's."""

    address: str
    channel: NoticeChannel
    language: str = "zh"
    is_citizen: bool = False


@dataclass(frozen=True)
class NoticeCause:
    """What a notice is about: the name of its cause and the values for its template.

    `wording` selects one of the wordings of a template that has several. `department` is the
    recipient where the move has taken the appeal away from it. `result` is that of an answer.
    """

    name: str
    words: str = ""
    deadline: Deadline | DeadlineFacts | None = None
    wording: str = ""
    department: str | None = None
    result: Labelled | None = None


@dataclass(frozen=True)
class LastAnswer:
    """The words and the result of an appeal's last answer; empty where there is none."""

    words: str = ""
    result: str = ""


NO_ANSWER = LastAnswer()


def write_move_notices(
    act: Act, appeal: Appeal, made: RecordedMove, case: Case, answer: LastAnswer = NO_ANSWER
) -> None:
    """Write the notices that a move causes, once for each recipient.

    That of a closing quotes the last answer.
    """
    rows = list[Row]()
    for kind, audience in MOVE_RULES[made.action].tells:
        promise = case.running(DUTY_OF_NOTICE.get(kind, Duty.FINISH))
        last = case.dispatches[-1].department if case.dispatches else None
        cause = NoticeCause(f"{appeal.id}.{made.seq}", made.words or "", promise, department=last)
        if kind is NoticeKind.CLOSED:
            cause = _quote_answer(appeal, cause, answer)
        rows += _build_rows(act, appeal, kind, audience, cause)
    if rows:
        act.session.execute(INSERT_ONCE, rows)


def _quote_answer(appeal: Appeal, cause: NoticeCause, answer: LastAnswer) -> NoticeCause:
    """Return the cause of a closing with the result and the first sentence of the answer.

    The words of the closing itself are a note for colleagues. An answer that another system gave
    names no result, and is not quoted.
    """
    if not answer.result:
        return replace(cause, words="")
    quoted = "" if appeal.restricted else end_sentence(_quote_sentence(answer.words))
    return replace(cause, words=quoted, result=Result(answer.result))


def _quote_sentence(words: str) -> str:
    """Return the first sentence, shortened; empty where it seems to name somebody."""
    sentence = find_first_sentence(words)
    return "" if names_somebody(sentence) else shorten_text(sentence, MAX_RESULT_CHARACTERS)


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
    is one statement and one log entry whatever the number. They no longer wait: no other notice is
    joined to one that was tried, as its receiver may know it already.
    """
    given_up = sa.update(Notice).where(Notice.parked_at.is_not(None))
    if notice_ids is not None:
        given_up = given_up.where(Notice.id.in_(notice_ids))
    anew = {
        "parked_at": None, "first_tried_at": None, "problem": None, "tries": 0, "can_wait": False,
    }  # fmt: skip
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
    if recipient.channel is NoticeChannel.SMS:
        body = render_text_message(act, appeal, kind, recipient.language, cause)
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
        "can_wait": recipient.is_citizen and _can_wait(act, appeal, kind),
    }


def _can_wait(act: Act, appeal: Appeal, kind: NoticeKind) -> bool:
    """Return whether a notice to the citizen waits for its hours and is joined with others."""
    holds = load_reference(act).book.holds(RuleChange.CITIZEN_MESSAGES, act.now)
    return holds and not appeal.urgent and kind not in NEVER_WAITING


def render_notice(
    act: Act, appeal: Appeal, kind: NoticeKind, language: str, cause: NoticeCause
) -> str:
    """Render a notice: the first line is the subject, the rest the body."""
    due = cause.deadline.due_at.astimezone(SHANGHAI) if cause.deadline else None
    values = _template_values(act, appeal, language, cause, describe_moment(due) if due else None)
    link = f"{act.base_url}/appeals/follow?number={appeal.number}"
    return notice_template(kind, language).render(**values, words=cause.words, link=link)


def render_text_message(
    act: Act, appeal: Appeal, kind: NoticeKind, language: str, cause: NoticeCause
) -> str:
    """Render the two lines of a text message: its text, and the link or the appeal's number.

    Of somebody's words it quotes the first sentence as far as there is room, and nothing where that
    seems to name somebody: others may read a telephone's first screen.
    """
    due = cause.deadline.due_at.astimezone(SHANGHAI) if cause.deadline else None
    said = describe_moment_briefly(due, act.now) if due else None
    values = _template_values(act, appeal, language, cause, said)
    template = text_message_template(kind, language)
    words = "" if appeal.restricted else _quote_sentence(cause.words)
    for last_line in (f"{act.base_url}/n/{appeal.number}", appeal.number):
        room = MAX_TEXT_CHARACTERS - SENDER_ROOM - len(last_line) - 1
        plain = _join_lines(template.render(**values, words=""))
        if words:
            whole = _join_lines(template.render(**values, words=words))
            quoted = shorten_text(words, room - len(whole) + len(words))
            if len(quoted) >= min(len(words), MIN_QUOTED_CHARACTERS):
                return f"{_join_lines(template.render(**values, words=quoted))}\n{last_line}"
        if len(plain) <= room:
            return f"{plain}\n{last_line}"
    return f"{shorten_text(plain, room)}\n{last_line}"


def _join_lines(text: str) -> str:
    return " ".join(text.split())


def _template_values(
    act: Act, appeal: Appeal, language: str, cause: NoticeCause, said: Message | None
) -> dict[str, str]:
    """Return what both wordings of a notice name; `said` is the due moment."""
    city, deadline = load_reference(act), cause.deadline
    department = city.departments.get(appeal.holder or cause.department or "")
    due = _mark_provisional(city, deadline.due_at, said) if deadline and said else None
    return {
        "number": appeal.number,
        "category": city.categories[appeal.category].label(language),
        "department": department.label(language) if department else "",
        "duty": Duty(deadline.duty).label(language) if deadline else "",
        "due": due.label(language) if due else "",
        "until": said.label(language) if said else "",
        "wording": cause.wording,
        "result": cause.result.label(language) if cause.result else "",
    }


def _mark_provisional(city: Reference, due: datetime, said: Message) -> Message:
    if city.book.calendar.is_provisional(due.astimezone(SHANGHAI).date()):
        return message("%(due)s (provisional)", due=said)
    return said


def notice_template(kind: NoticeKind, language: str) -> Template:
    """Return the template of a kind of notice; its sentences come out in `language`."""
    return _template_environment(language).get_template(f"{kind.value}.txt")


def text_message_template(kind: NoticeKind, language: str) -> Template:
    """Return the template of a kind of notice as a text message to the citizen."""
    return _template_environment(language).get_template(f"sms/{kind.value}.txt")


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
        address = delivery_address(contact.email)
        return [Recipient(address, NoticeChannel.EMAIL, appeal.language, is_citizen=True)]
    telephone = read_telephone(contact.phone, act.reach.area_code)
    if telephone is not None and telephone.takes_messages:
        dialled = telephone.dialled
        return [Recipient(dialled, NoticeChannel.SMS, appeal.language, is_citizen=True)]
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
