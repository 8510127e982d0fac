"""The reminder to rate: once a round, some days after closing, to whoever has said nothing yet.

That a round was looked at is a row, written in the transaction of its reminder: neither a crash nor
a second worker writes a second one, whatever the citizen's address is by then. A reminder that is
answered before it is sent is not sent.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.casework.handling import notices
from appeals.casework.handling.notices import NoticeCause
from appeals.domain.rule_book import ALWAYS, RuleChange
from appeals.domain.states import State
from appeals.domain.vocabulary import Audience, Duty, NoticeKind
from appeals.models.appeal import Appeal
from appeals.models.handling import Deadline, Round
from appeals.models.notice import RatingReminder
from appeals.models.tasks import FailedItem
from appeals.reference.message_rules import load_message_rules
from appeals.reference.reference_data import load_reference

TASK = "rating_reminders"
BATCH_SIZE = 100
LATEST = timedelta(days=7)
"""A reminder that could not be written for so long is left out."""
Jobs = Mapping[str, Callable[[], object]]
Condition = sa.ColumnElement[bool]


def _run_each(jobs: Jobs) -> int:
    for job in jobs.values():
        job()
    return len(jobs)


def write_reminders(act: Act, do: Callable[[Jobs], int] = _run_each) -> int:
    """Write one batch of the reminders that are due; return how many rounds were looked at.

    Both rows are locked: who rates meanwhile is skipped, and one who has just rated is seen.

    Args:
        act: Its `now` decides what is due; in the hours for messages only.
        do: Runs the jobs by their keys; the worker passes one that sets failures aside.
    """
    rules, since = load_message_rules(act.session, act.now), _find_start(act)
    if since is None or not rules.reminder_after or not rules.is_sending_time(act.now):
        return 0
    closed_by = act.now - rules.reminder_after
    is_seen = sa.exists().where(
        RatingReminder.appeal_id == Round.appeal_id, RatingReminder.round_n == Round.n
    )
    found = act.session.execute(
        sa.select(Appeal, Round.n, Deadline)
        .join(Round, Round.appeal_id == Appeal.id)
        .join(Deadline, Deadline.appeal_id == Appeal.id)
        .where(
            *_is_awaited(act.now),
            Round.closed_at.between(max(since, closed_by - LATEST), closed_by),
            ~is_seen,
            ~FailedItem.is_waiting(TASK, sa.type_coerce(Appeal.number, sa.Text), act.now),
        )
        .order_by(Round.closed_at)
        .limit(BATCH_SIZE)
        .with_for_update(of=[Appeal, Round], skip_locked=True)
    )
    return do(
        {
            appeal.number: partial(_remind_citizen, act, appeal, round_n, deadline)
            for appeal, round_n, deadline in found
        }
    )


def is_still_awaited(session: Session, appeal_id: int, now: datetime) -> bool:
    """Return whether the citizen can still rate and has not."""
    found = (
        sa.select(Appeal.id)
        .join(Round, Round.appeal_id == Appeal.id)
        .join(Deadline, Deadline.appeal_id == Appeal.id)
        .where(Appeal.id == appeal_id, *_is_awaited(now))
    )
    return session.execute(found).first() is not None


def _find_start(act: Act) -> datetime | None:
    """Return since when rounds are closed that are reminded of; None before the rule holds."""
    book = load_reference(act).book
    since = book.since.get(RuleChange.CITIZEN_MESSAGES, ALWAYS)
    return since if act.now >= since else None


def _is_awaited(now: datetime) -> tuple[Condition, ...]:
    """Return the conditions that the last round is closed, open for rating, and nothing was said.

    Without a query code, as of an imported appeal, nobody can rate.
    """
    return (
        Appeal.state == State.CLOSED,
        Appeal.code_hash.is_not(None),
        Round.until_at.is_(None),
        Round.rated_at.is_(None),
        Round.rehandling_asked_at.is_(None),
        Deadline.round_n == Round.n,
        Deadline.duty == Duty.RATING,
        Deadline.is_running(),
        Deadline.due_at > now,
    )


def _remind_citizen(act: Act, appeal: Appeal, round_n: int, deadline: Deadline) -> None:
    """Write the reminder of a round unless that was done; without an address there is none."""
    seen = act.session.execute(
        insert(RatingReminder)
        .values(appeal_id=appeal.id, round_n=round_n, written_at=act.now)
        .on_conflict_do_nothing()
        .returning(RatingReminder.round_n)
    )
    if seen.first() is not None:
        cause = NoticeCause(f"{appeal.id}.d{deadline.n}", deadline=deadline)
        notices.write_notices(act, appeal, NoticeKind.RATING_REMINDER, Audience.CITIZEN, cause)
