"""Delivery of notices: claim, send, record the outcome; at least once, with an idempotency key.

A claim is a lease: it commits before anything is sent, so no transaction waits for a remote server
and no two workers send one notice at once. Every message has the notice's id, by which a receiver
recognises a repetition.

Notices to a citizen that can wait are sent in their hours; those about one appeal are joined to one
message with the first of them. Which are joined is recorded with the first claim and never changes,
so every try sends the same message, whenever a worker dies.

A notice with a permanent failure is parked at once and shown to an administrator. After a temporary
failure it is retried with growing waits. If the server itself is down, nothing more is sent on that
channel in this tick, and it is retried within a minute. A notice not sent within a day is parked.
"""

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session, aliased, sessionmaker

from appeals.casework.messages.joined_messages import compose_text, join_notices
from appeals.casework.messages.rating_reminders import is_still_awaited
from appeals.domain.retry_waits import backoff_delay
from appeals.domain.vocabulary import NoticeChannel, NoticeKind
from appeals.models.notice import Notice
from appeals.operations.database_clock import read_database_time
from appeals.reference.message_rules import MessageRules, load_message_rules
from appeals.settings import Settings
from worker.mail import MailSender
from worker.senders import NotSent, RefusedForGood, Sender, ServerAway, attempt_sending
from worker.text_messages import TextSender, find_text_room

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
                notice = load_message(session, notice, read)
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

    Those that are joined to it are recorded at its first try. A next try later than the longest
    wait was written while the clock was ahead, so it is due.
    """
    now = read_database_time(session)
    due = sa.or_(Notice.next_try_at <= now, Notice.next_try_at > now + LONGEST_WAIT)
    may_go = _may_go(load_message_rules(session, now), now)
    while True:
        notice = session.scalar(
            sa.select(Notice)
            .where(due, may_go, *_is_waiting(Notice), Notice.channel.in_(list(channels)))
            .order_by(Notice.next_try_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if notice is None:
            return None
        if _is_needless(session, notice, now):
            session.delete(notice)
            session.flush()  # the next look must not find it
            continue
        if notice.first_tried_at is None:
            _join_others(session, notice)
        notice.first_tried_at = notice.first_tried_at or now
        if notice.problem is not None or now - notice.first_tried_at < GIVE_UP_AFTER:
            notice.tries += 1
            notice.next_try_at = now + max(CLAIM_LEASE, choose_wait(notice.tries, LONGEST_WAIT))
            return notice
        notice.parked_at = now  # all its tries ended without a word: it takes its worker along
        session.flush()  # the next look must not find it


def _is_waiting(notice: type[Notice]) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions that a notice is to be sent in a message of its own."""
    return notice.sent_at.is_(None), notice.parked_at.is_(None), notice.joined_to.is_(None)


def _may_be_joined(notice: type[Notice]) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions that a notice waits for others and was never tried."""
    return (
        *_is_waiting(notice),
        notice.can_wait.is_(True),
        notice.first_tried_at.is_(None),
        notice.kind != NoticeKind.RATING_REMINDER,
    )


def _may_go(rules: MessageRules, now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that a notice is sent at any hour, or may be sent now.

    One that is joined with others is tried by the first of them, which has waited for long enough;
    one that was written while the clock was ahead has waited. A reminder goes by itself, as it is
    left out if the citizen rates before.
    """
    if not rules.is_sending_time(now):
        return Notice.can_wait.is_(False)
    earlier = aliased(Notice)
    is_first = ~sa.exists().where(
        earlier.appeal_id == Notice.appeal_id,
        earlier.recipient == Notice.recipient,
        earlier.id < Notice.id,
        *_may_be_joined(earlier),
    )
    has_waited = sa.or_(Notice.created_at <= now - rules.gathered, Notice.created_at > now)
    return sa.or_(
        Notice.can_wait.is_(False),
        Notice.first_tried_at.is_not(None),
        Notice.kind == NoticeKind.RATING_REMINDER,
        sa.and_(has_waited, is_first),
    )


def _is_needless(session: Session, notice: Notice, now: datetime) -> bool:
    """Return whether a reminder to rate has been answered, or came too late."""
    if notice.kind is not NoticeKind.RATING_REMINDER or notice.appeal_id is None:
        return False
    return not is_still_awaited(session, notice.appeal_id, now)


def _join_others(session: Session, first: Notice) -> None:
    """Record the notices that wait for the same recipient about the same appeal as joined."""
    if not first.can_wait or first.kind is NoticeKind.RATING_REMINDER:
        return
    others = sa.update(Notice).where(
        Notice.appeal_id == first.appeal_id,
        Notice.recipient == first.recipient,
        Notice.id != first.id,
        *_may_be_joined(Notice),
    )
    session.execute(
        others.values(joined_to=first.id), execution_options={"synchronize_session": False}
    )


def load_message(session: Session, notice: Notice, read: Settings) -> Notice:
    """Return a claimed notice as it is sent: with those that are joined to it."""
    others = session.scalars(
        sa.select(Notice).where(Notice.joined_to == notice.id).order_by(Notice.id)
    ).all()
    room = find_text_room(read, notice.language) - len(compose_text(read.sms_sender, "", 0))
    return join_notices(notice, others, room)


def try_sending(sender: Sender, notice: Notice) -> NotSent | None:
    """Send one notice; return the problem, None where it was sent."""
    problem = attempt_sending(partial(sender.send, notice), NOTICE_SECONDS)
    if problem is not None:
        kind = type(problem).__name__
        log.warning("notice_not_sent", notice=notice.id, tries=notice.tries, trouble=kind)
    return problem


def record_outcome(session: Session, notice_id: int, problem: NotSent | None) -> None:
    """Record the outcome of a try: sent, to be retried, or parked."""
    now = read_database_time(session)
    notice = session.get(Notice, notice_id, with_for_update=True)
    if notice is None or notice.sent_at is not None:
        return
    notice.problem = None if problem is None else str(problem)
    if problem is None:
        notice.sent_at = now
        joined = sa.update(Notice).where(Notice.joined_to == notice_id, Notice.sent_at.is_(None))
        session.execute(joined.values(sent_at=now))
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
