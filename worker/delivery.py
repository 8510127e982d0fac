"""Delivery of notices: claim, send, record the outcome; at least once, with an idempotency key.

A claim is a lease: it commits before anything is sent, so no transaction waits for a remote server
and no two workers send one notice at once. Every message has the notice's id, by which a receiver
recognises a repetition.

A notice with a permanent failure is parked at once and shown to an administrator. After a temporary
failure it is retried with growing waits. If the server itself is down, nothing more is sent on that
channel in this tick, and it is retried within a minute. A notice not sent within a day is parked.
"""

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, closing
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session, sessionmaker

from appeals.domain.retry_waits import backoff_delay
from appeals.domain.vocabulary import NoticeChannel
from appeals.models.notice import Notice
from appeals.operations.database_clock import read_database_time
from appeals.settings import Settings
from worker.mail import MailSender
from worker.senders import NotSent, RefusedForGood, RefusedForNow, Sender, ServerAway, limit_time
from worker.text_messages import TextSender

log = structlog.get_logger()

TICK_SECONDS = 20
NOTICE_SECONDS = 30
"""Time limit for one notice, however slowly a server answers."""
CLAIM_LEASE = timedelta(minutes=1)
"""Length of a claim, after which another worker may take over; above NOTICE_SECONDS."""
FIRST_WAIT = timedelta(seconds=5)
"""Wait after the first failed try."""
LONGEST_WAIT = timedelta(hours=1)
LONGEST_WAIT_FOR_SERVER = timedelta(minutes=1)
GIVE_UP_AFTER = timedelta(hours=24)
"""A notice not sent within this time after its first try is parked."""

SENDERS: Mapping[NoticeChannel, Callable[[Settings], Sender]] = {
    NoticeChannel.EMAIL: MailSender,
    NoticeChannel.SMS: TextSender,
}
"""Sender of each channel; notices at the desk are handed out there and need no sender."""


def deliver_notices(sessions: sessionmaker[Session], read: Settings) -> int:
    """Send due notices until none is left or the tick's time is over; return how many were sent."""
    sent, ends = 0, time.monotonic() + TICK_SECONDS
    with ExitStack() as stack:
        senders = {
            channel: stack.enter_context(closing(make(read))) for channel, make in SENDERS.items()
        }
        while senders and time.monotonic() < ends:
            with sessions.begin() as session:
                notice = claim_notice(session, senders)
            if notice is None:
                break
            problem = try_sending(senders[notice.channel], notice)
            with sessions.begin() as session:
                record_outcome(session, notice.id, problem)
            sent += problem is None
            if isinstance(problem, ServerAway):
                del senders[notice.channel]
    return sent


def claim_notice(
    session: Session, channels: Iterable[NoticeChannel] = tuple(SENDERS)
) -> Notice | None:
    """Claim one due notice for a lease, counting the try; None where nothing is due.

    A next try later than the longest wait was written while the clock was ahead, so it is due.
    """
    now = read_database_time(session)
    due = sa.or_(Notice.next_try_at <= now, Notice.next_try_at > now + LONGEST_WAIT)
    waiting = sa.and_(Notice.sent_at.is_(None), Notice.parked_at.is_(None))
    while True:
        notice = session.scalar(
            sa.select(Notice)
            .where(due, waiting, Notice.channel.in_(list(channels)))
            .order_by(Notice.next_try_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if notice is None:
            return None
        notice.first_tried_at = notice.first_tried_at or now
        if notice.problem is not None or now - notice.first_tried_at < GIVE_UP_AFTER:
            notice.tries += 1
            notice.next_try_at = now + max(CLAIM_LEASE, choose_wait(notice.tries, LONGEST_WAIT))
            return notice
        notice.parked_at = now  # all its tries ended without a word: it takes its worker along
        session.flush()  # the next look must not find it


def try_sending(sender: Sender, notice: Notice) -> NotSent | None:
    """Send one notice; return the problem, None where it was sent."""
    try:
        with limit_time(NOTICE_SECONDS):
            sender.send(notice)
    except NotSent as trouble:
        problem = trouble
    except Exception as trouble:  # noqa: BLE001 - one notice's failure does not stop the others
        problem = RefusedForNow(f"{type(trouble).__name__}: {trouble}")
    else:
        return None
    kind = type(problem).__name__
    log.warning("notice_not_sent", notice=notice.id, tries=notice.tries, trouble=kind)
    return problem


def record_outcome(session: Session, notice_id: int, problem: NotSent | None) -> None:
    """Record the outcome of a try: sent, to be retried, or parked."""
    now = read_database_time(session)
    notice = session.get_one(Notice, notice_id, with_for_update=True)
    if notice.sent_at is not None:
        return
    notice.problem = None if problem is None else str(problem)
    if problem is None:
        notice.sent_at = now
        return
    longest = LONGEST_WAIT_FOR_SERVER if isinstance(problem, ServerAway) else LONGEST_WAIT
    next_try_at = now + choose_wait(notice.tries, longest)
    last_try_at = (notice.first_tried_at or now) + GIVE_UP_AFTER
    if isinstance(problem, RefusedForGood) or next_try_at > last_try_at:
        notice.parked_at = now
        log.error("notice_parked", notice=notice.id, tries=notice.tries)
    else:
        notice.next_try_at = next_try_at


def choose_wait(tries: int, longest: timedelta) -> timedelta:
    """Return the wait after so many tries: exponential from 5 s up to `longest`, with jitter."""
    return backoff_delay(tries, FIRST_WAIT, longest) * (
        0.75 + 0.25 * secrets.randbelow(1000) / 1000
    )
