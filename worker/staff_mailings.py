"""The regular mails of staff: a batch of those that are due is written to the outbox.

A person's mail, and that it was written, are one transaction, so a crash at any moment neither
loses nor repeats one. A mail that fails is set aside, and the others go on.
"""

from datetime import date
from functools import partial

from appeals.act import Act
from appeals.casework.accounts.regular_mails import (
    TASK,
    MailText,
    claim_mail,
    key_of,
    language_of,
    list_recipients,
    mail_day,
    write_mail,
)
from appeals.domain.calendar import city_day
from appeals.domain.rule_book import RuleChange
from appeals.domain.text.dates import describe_day, describe_moment, describe_period
from appeals.domain.vocabulary import RegularMail
from appeals.models.report import Brief
from appeals.models.staff import StaffMember
from appeals.queries.mails.waiting_work import load_waiting_work
from appeals.reference.reference_data import load_reference
from appeals.reporting.briefs.brief_reading import first_day, period_of_brief, read_brief
from appeals.reporting.briefs.briefs import compile_brief
from appeals.reporting.tables.sections import Reader
from worker.set_aside import attempt_each


def write_batch(one: Act, mail: RegularMail, hour: int) -> int:
    """Write one batch of a mail that is due now; return for how many people it was tried.

    A brief is counted before its first mail is written, also if nobody wants it.
    """
    book = load_reference(one).book
    day = mail_day(mail, one.now, hour, book.calendar)
    if day is None or not book.holds(RuleChange.REGULAR_MAILS, one.now):
        return 0
    brief = None if mail is RegularMail.WORK_WAITS else compile_brief(one, mail, day)
    jobs = {
        key_of(person, mail): partial(_write_mail, one.by(actor), person, mail, day, brief)
        for person, actor in list_recipients(one, mail, day)
    }
    return attempt_each(one, TASK, jobs)


def _write_mail(
    act: Act, person: StaffMember, mail: RegularMail, day: date, brief: Brief | None
) -> None:
    """Write one person's mail, unless another worker does; a list of nothing is not written."""
    if not claim_mail(act, person, mail, day):
        return
    text = _compose_list(act, person) if brief is None else _compose_brief(act, person, brief)
    if text is not None:
        write_mail(act, person, mail, day, text)


def _compose_list(act: Act, person: StaffMember) -> MailText | None:
    work, language = load_waiting_work(act), language_of(person)
    if not work.total:
        return None
    values = {
        "day": describe_day(city_day(act.now)).label(language),
        "count": str(work.total),
        "red": str(work.red),
        "today": str(work.due_today),
        "words": work.as_text(language),
    }
    return MailText(values, work.path)


def _compose_brief(act: Act, person: StaffMember, brief: Brief) -> MailText:
    language = language_of(person)
    reader = Reader(load_reference(act), language)
    read = read_brief(act, brief, reader, act.actor.department)
    values = {
        "days": describe_period(period_of_brief(brief)).label(language),
        "cut_off": describe_moment(brief.cut_off).label(language),
        "department": (
            reader.key("department", act.actor.department) if act.actor.department else ""
        ),
        "words": read.as_text(),
    }
    return MailText(values, f"/briefs/{brief.kind.value}/{first_day(brief)}")
