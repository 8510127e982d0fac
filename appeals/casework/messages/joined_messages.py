"""Several notices to a citizen about one appeal, joined to one message in their order.

The message has the id of the first, and is made of the same notices at every try: a receiver
recognises a repetition (Reliability 1).
"""

import re
from collections.abc import Sequence

from appeals.domain.messages import message
from appeals.domain.text.short_texts import shorten_text
from appeals.domain.vocabulary import NoticeChannel
from appeals.models.notice import Notice

BLANKS_BEHIND_STOPS = re.compile(r"(?<=[。！？；：])\s+")


def join_notices(first: Notice, others: Sequence[Notice], room: int) -> Notice:
    """Return the notice that is sent for several, as a row that is not stored.

    Args:
        first: The notice by which the message is known.
        others: Those joined to it, in their order.
        room: The most characters of a text message without its sender.
    """
    if not others:
        return first
    is_text = first.channel is NoticeChannel.SMS
    notices = [first, *others]
    return Notice(
        id=first.id,
        appeal_id=first.appeal_id,
        cause=first.cause,
        kind=first.kind,
        recipient=first.recipient,
        channel=first.channel,
        language=first.language,
        subject=_join_subjects(notices),
        body=_join_texts(notices, room) if is_text else _join_mails(notices),
        created_at=first.created_at,
        next_try_at=first.next_try_at,
        tries=first.tries,
    )


def _join_subjects(notices: Sequence[Notice]) -> str:
    newest, count = notices[-1], len(notices) - 1
    told = message("%(subject)s (and %(count)s more)", subject=newest.subject, count=count)
    return told.label(newest.language)


def _join_mails(notices: Sequence[Notice]) -> str:
    """Return the mails one below the other, each under its subject; a link stands once, last."""
    links = [_split_last_line(each.body)[1] for each in notices]
    parts = list[str]()
    for notice, link in zip(notices, links, strict=True):
        is_repeated = link and link == links[-1]
        text = _split_last_line(notice.body)[0] if is_repeated else notice.body
        parts.append(f"{notice.subject}\n{text}")
    return "\n\n".join([*parts, links[-1]] if links[-1] else parts)


def _join_texts(notices: Sequence[Notice], room: int) -> str:
    """Return the text messages in a row; where there is no room, the newest and their number."""
    texts = [_split_last_line(each.body)[0] for each in notices]
    newest, last_line = notices[-1], _split_last_line(notices[-1].body)[1]
    whole = _join_lines(" ".join(texts))
    if len(f"{whole} {last_line}") > room:
        more = message("%(text)s (%(count)s more)", text=texts[-1], count=len(notices) - 1)
        whole = more.label(newest.language)
    return f"{whole}\n{last_line}"


def _join_lines(text: str) -> str:
    return BLANKS_BEHIND_STOPS.sub("", " ".join(text.split()))


def _split_last_line(body: str) -> tuple[str, str]:
    """Return a text and its last line, if that is a link or a number alone; else none."""
    text, _, last_line = body.rpartition("\n")
    is_alone = last_line.isascii() and last_line and not any(map(str.isspace, last_line))
    return (text, last_line) if text and is_alone else (body, "")


def compose_text(sender: str, body: str, room: int) -> str:
    """Return a text message as it is sent: the sender first, the link or the number last.

    Args:
        sender: The sender's name.
        body: The text and its last line.
        room: The most characters; a longer text is shortened where a sentence or a word ends.
    """
    text, last_line = _split_last_line(body)
    head, tail = f"【{sender}】", f" {last_line}" if last_line else ""
    return f"{head}{shorten_text(_join_lines(text), room - len(head) - len(tail))}{tail}"
