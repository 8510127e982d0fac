"""Sends the one-time codes that citizens asked for by telephone, within seconds."""

import time
from contextlib import closing
from functools import partial

import structlog
from sqlalchemy.orm import Session, sessionmaker

from appeals.casework.following import telephone_codes
from appeals.casework.following.telephone_codes import CodeMessage
from appeals.domain.vocabulary import NoticeChannel
from appeals.models.notice import Notice
from appeals.settings import Settings
from worker.acts import make_act
from worker.senders import attempt_sending
from worker.text_messages import TextSender

log = structlog.get_logger()

TICK_SECONDS = 20
CODE_SECONDS = 15
"""Time limit for one code, below its lease."""


def send_codes(sessions: sessionmaker[Session], read: Settings) -> int:
    """Send the codes that are due; return how many were sent.

    A code is tried three times while it holds. Where the telephone has no appeals, nothing is sent.
    """
    if read.sms_url is None:
        return 0
    sent, ends = 0, time.monotonic() + TICK_SECONDS
    with closing(TextSender(read)) as sender:
        while time.monotonic() < ends:
            with sessions.begin() as session:
                claimed = telephone_codes.claim_message(make_act(session, read))
            if claimed is None:
                break
            if claimed.text and not _try_sending(sender, claimed):
                continue
            with sessions.begin() as session:
                telephone_codes.end_sending(make_act(session, read), claimed.code_id)
            sent += bool(claimed.text)
    return sent


def _try_sending(sender: TextSender, claimed: CodeMessage) -> bool:
    notice = Notice(
        channel=NoticeChannel.SMS,
        recipient=claimed.telephone,
        language=claimed.language,
        subject="",
        body=claimed.text,
    )
    send = partial(sender.send, notice, key=f"code-{claimed.code_id}")
    problem = attempt_sending(send, CODE_SECONDS)
    if problem is not None:
        log.warning("code_not_sent", code=claimed.code_id, trouble=type(problem).__name__)
    return problem is None
