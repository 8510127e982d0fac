"""Notices to staff about accounts: in their inbox on `/account`, and by mail where known.

They are written in all languages, as a person's language is not known. The worker sends them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.casework.handling.notices import notice_template
from appeals.database import Base
from appeals.domain.messages import Labelled, offered_languages, show_value
from appeals.domain.people import CENTRE, Role
from appeals.domain.vocabulary import NoticeChannel, NoticeKind
from appeals.models.notice import BODY_SEPARATOR, SUBJECT_SEPARATOR, Notice
from appeals.models.staff import StaffMember

INSERT_ONCE = insert(Base.metadata.tables[Notice.__tablename__]).on_conflict_do_nothing(
    constraint="one_notice_per_cause"
)
FULL_WIDTH_STOPS = ("。", "！", "？", "；", "：")
"""No blank stands behind them."""


@dataclass(frozen=True)
class StaffNotice:
    """A notice to staff: its kind, the key of its cause, and the values of its template.

    `wording` selects one of the template's wordings, `path` is the page that its link opens.
    """

    kind: NoticeKind
    cause: str
    wording: str = ""
    path: str = "/account"
    words: Mapping[str, str | Labelled] = field(default_factory=dict)


def notify_staff(act: Act, people: Iterable[StaffMember], news: StaffNotice) -> None:
    """Write a notice to each person, once for each cause and person."""
    told = list(people)
    desk = [
        _notice_row(act, news, each, NoticeChannel.DESK, f"staff:{each.username}") for each in told
    ]
    _insert_notices(act, news, desk, by_mail=False)
    _insert_notices(
        act, news, [_mail_row(act, news, each, each.email) for each in told if each.email]
    )


def notify_address(act: Act, person: StaffMember, address: str, news: StaffNotice) -> None:
    """Write a mail about a person's account to an address, such as the account's former one."""
    _insert_notices(act, news, [_mail_row(act, news, person, address)])


def _insert_notices(
    act: Act, news: StaffNotice, rows: list[dict[str, object]], *, by_mail: bool = True
) -> None:
    if rows:
        subject, body = _render_notice(act, news, by_mail=by_mail)
        act.session.execute(
            INSERT_ONCE, [{**row, "subject": subject, "body": body} for row in rows]
        )


def _mail_row(act: Act, news: StaffNotice, person: StaffMember, address: str) -> dict[str, object]:
    return _notice_row(act, news, person, NoticeChannel.EMAIL, address)


def _notice_row(
    act: Act, news: StaffNotice, person: StaffMember, channel: NoticeChannel, recipient: str
) -> dict[str, object]:
    return {
        "staff_id": person.id,
        "cause": news.cause,
        "kind": news.kind,
        "recipient": recipient,
        "channel": channel,
        "language": "zh",
        "created_at": act.now,
        "next_try_at": act.now,
        "tries": 0,
        "sent_at": act.now if channel is NoticeChannel.DESK else None,
    }


def _render_notice(act: Act, news: StaffNotice, *, by_mail: bool) -> tuple[str, str]:
    """Return the subject and the body, each in all languages."""
    subjects, bodies = [], []
    for language in offered_languages():
        words = {name: show_value(value, language) for name, value in news.words.items()}
        text = notice_template(news.kind, language).render(
            by_mail=by_mail,
            wording=news.wording,
            link=f"{act.base_url}{news.path}",
            **words,
        )
        subject, _, body = text.strip().partition("\n")
        subjects.append(subject.strip().replace(SUBJECT_SEPARATOR, " "))
        bodies.append(join_sentences(body))
    return SUBJECT_SEPARATOR.join(subjects), BODY_SEPARATOR.join(bodies)


def join_sentences(lines: str) -> str:
    """Return a text with a sentence a line as one paragraph."""
    joined = ""
    for line in lines.splitlines():
        sentence = " ".join(line.split())
        blank = "" if not joined or joined.endswith(FULL_WIDTH_STOPS) else " "
        joined += blank + sentence if sentence else ""
    return joined


def find_centre_staff(act: Act) -> list[StaffMember]:
    """Return all staff of the centre and all administrators who can sign in."""
    roles = [*CENTRE, Role.ADMINISTRATOR]
    return list(
        act.session.scalars(
            sa.select(StaffMember)
            .where(StaffMember.role.in_(roles), StaffMember.disabled_at.is_(None))
            .order_by(StaffMember.id)
        )
    )


def without_full_stop(why: str) -> str:
    """Return a reason without its full stop, to be put into a sentence."""
    return why.strip().rstrip("。.")
