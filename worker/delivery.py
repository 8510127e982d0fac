"""Delivery: claim one notice, send it, note the outcome; at least once, recognisably the same.

A claim is a lease: it commits before anything is sent, so no transaction waits for the outside
world and no two workers send one notice at once. What is sent carries the notice's id, by which
a receiver knows a repetition.

A notice that is refused for good is parked at once and shown to an administrator. One that is
refused for now is tried again after waits that grow. Where the server itself is away, nothing
more goes that way in this tick, and it is asked again within a minute. What has not gone within
a day is parked.
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
from appeals.operations.database_clock import database_time
from appeals.settings import Settings
from worker.mail import MailSender
from worker.senders import NotSent, RefusedForGood, RefusedForNow, Sender, ServerAway, at_most
from worker.text_messages import TextSender

log = structlog.get_logger()

TICK_SECONDS = 20
NOTICE_SECONDS = 30
"""The most that one notice may take, however slowly a server answers."""
LEASE = timedelta(minutes=1)
"""How long a claimed notice is left alone; its worker may have been killed. Over NOTICE_SECONDS."""
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
LONGEST_WAIT_FOR_SERVER = timedelta(minutes=1)
GIVE_UP_AFTER = timedelta(hours=24)

SENDERS: Mapping[NoticeChannel, Callable[[Settings], Sender]] = {
    NoticeChannel.EMAIL: MailSender,
    NoticeChannel.SMS: TextSender,
}
"""How each channel is sent; the desk's notices are told where they stand and need no sender."""


def deliver(sessions: sessionmaker[Session], read: Settings) -> int:
    """Send what is due, until nothing is or the tick's time is over; give how many were sent."""
    sent, ends = 0, time.monotonic() + TICK_SECONDS
    with ExitStack() as stack:
        senders = {
            channel: stack.enter_context(closing(make(read))) for channel, make in SENDERS.items()
        }
        while senders and time.monotonic() < ends:
            with sessions.begin() as session:
                notice = claim(session, senders)
            if notice is None:
                break
            problem = attempt(senders[notice.channel], notice)
            with sessions.begin() as session:
                note(session, notice.id, problem)
            sent += problem is None
            if isinstance(problem, ServerAway):
                del senders[notice.channel]
    return sent


def claim(session: Session, channels: Iterable[NoticeChannel] = tuple(SENDERS)) -> Notice | None:
    """Take one due notice for the time of a lease, counting the try; None where nothing is due.

    A next try beyond the longest wait was written while the clock was ahead: it is due.
    """
    now = database_time(session)
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
            notice.next_try_at = now + max(LEASE, wait_after(notice.tries, LONGEST_WAIT))
            return notice
        notice.parked_at = now  # all its tries ended without a word: it takes its worker along
        session.flush()  # the next look must not find it


def attempt(sender: Sender, notice: Notice) -> NotSent | None:
    """Send one notice; give the problem, None where it went."""
    try:
        with at_most(NOTICE_SECONDS):
            sender.send(notice)
    except NotSent as trouble:
        problem = trouble
    except Exception as trouble:  # noqa: BLE001 - a notice that we cannot handle stops no other
        problem = RefusedForNow(f"{type(trouble).__name__}: {trouble}")
    else:
        return None
    kind = type(problem).__name__
    log.warning("notice_not_sent", notice=notice.id, tries=notice.tries, trouble=kind)
    return problem


def note(session: Session, notice_id: int, problem: NotSent | None) -> None:
    """Write what came of the try: sent, to be tried again later, or parked."""
    now = database_time(session)
    notice = session.get_one(Notice, notice_id, with_for_update=True)
    if notice.sent_at is not None:
        return
    notice.problem = None if problem is None else str(problem)
    if problem is None:
        notice.sent_at = now
        return
    longest = LONGEST_WAIT_FOR_SERVER if isinstance(problem, ServerAway) else LONGEST_WAIT
    next_try_at = now + wait_after(notice.tries, longest)
    last_try_at = (notice.first_tried_at or now) + GIVE_UP_AFTER
    if isinstance(problem, RefusedForGood) or next_try_at > last_try_at:
        notice.parked_at = now
        log.error("notice_parked", notice=notice.id, tries=notice.tries)
    else:
        notice.next_try_at = next_try_at


def wait_after(tries: int, longest: timedelta) -> timedelta:
    """Return the wait after so many tries: 5 s doubled each time, up to `longest`, with jitter."""
    return backoff_delay(tries, FIRST_WAIT, longest) * (
        0.75 + 0.25 * secrets.randbelow(1000) / 1000
    )
