"""Who has said nothing three days after closing is reminded to rate, once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.casework.handling.contacts import change_contact
from appeals.casework.messages.rating_reminders import write_reminders
from appeals.domain.contact import ContactDetails
from appeals.domain.people import STRANGER, SYSTEM
from appeals.domain.rule_book import RuleChange
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import MessageRule, NoticeKind
from appeals.models.appeal import Appeal
from appeals.models.notice import DatedMessageRule, Notice, RatingReminder
from appeals.models.organisation import RecordedRuleChange
from appeals.models.tasks import FailedItem
from appeals.reference.reference_data import mark_reference_changed
from tests.cast import SECRET, shanghai
from tests.factories import appeal_in, later, played
from tests.refusing_rows import accept_rows, refuse_rows
from tests.worker.conftest import Outbox
from tests.worker.post import Post
from tests.worker.test_delivery import mailing, port, post, unreachable
from tests.worker.test_joined_messages import close_hours, set_rules
from worker.delivery import deliver_notices
from worker.tasks import remind_batch

__all__ = ["mailing", "port", "post", "unreachable"]  # the fixtures
CLOSED_AFTER = timedelta(hours=6)
"""How long after the act's now the shortest way of moves closes an appeal."""
DUE = shanghai("2026-03-05 15:00")


@pytest.fixture
def closed(act: Act) -> Appeal:
    """Give an appeal that was closed on Monday 2026-03-02 at 15:00."""
    return appeal_in(act, State.CLOSED)


def run(act: Act, at: datetime = DUE) -> list[Notice]:
    """Write the reminders that are due, as the worker does, and return all that are written."""
    while remind_batch(act.at(at)):
        pass
    act.session.flush()  # the notices are read
    kind = sa.select(Notice).where(Notice.kind == NoticeKind.RATING_REMINDER)
    return list(act.session.scalars(kind))


def test_a_citizen_who_said_nothing_is_reminded_once_after_three_days(
    act: Act, closed: Appeal
) -> None:
    assert run(act, DUE - timedelta(minutes=1)) == []
    (notice,) = run(act)
    assert (notice.appeal_id, notice.recipient) == (closed.id, "wang@example.org")
    assert notice.can_wait
    assert notice.subject == f"诉求{closed.number}解决了吗？请您评价"
    assert "评价开放至2026年4月1日 23:59" in notice.body
    assert len(run(act, DUE + timedelta(days=2))) == 1


def test_no_second_reminder_follows_a_change_of_the_address(act: Act, closed: Appeal) -> None:
    run(act)
    contact = ContactDetails(name="", phone="", email="li@example.org")
    change_contact(act.at(DUE).by(STRANGER), closed, contact, confidential=False)
    assert [each.recipient for each in run(act, DUE + timedelta(hours=1))] == ["li@example.org"]


SAID = {
    "rated": lambda act, appeal: played(act, appeal, Action.RATE),
    "said not solved": lambda act, appeal: played(act, appeal, Action.SAY_NOT_SOLVED),
    "was asked by telephone": lambda act, appeal: played(act, appeal, Action.FOLLOW_UP),
}


@pytest.mark.parametrize("what", SAID)
def test_a_citizen_who_said_something_is_not_reminded(act: Act, closed: Appeal, what: str) -> None:
    SAID[what](later(act, 8), closed)
    act.session.flush()  # the query reads the rows
    assert run(act) == []


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.ANSWERED_ON_SPOT, State.ANSWERED])
def test_what_is_not_rated_is_not_reminded_of(act: Act, state: State) -> None:
    appeal_in(act, state)
    act.session.flush()  # the query reads the rows
    assert run(act) == []


def test_a_reminder_is_late_by_a_week_at_most_and_none_is_written_at_night(
    act: Act, closed: Appeal
) -> None:
    assert closed.state is State.CLOSED
    assert run(act, shanghai("2026-03-05 21:00")) == []
    assert run(act, shanghai("2026-03-06 07:59")) == []
    assert run(act, DUE + timedelta(days=7, minutes=1)) == []
    assert len(run(act, DUE + timedelta(days=6))) == 1


def test_without_days_nobody_is_reminded(act: Act, closed: Appeal) -> None:
    assert closed.state is State.CLOSED
    rule = DatedMessageRule(rule=MessageRule.REMINDER_DAYS, valid_from=DUE.date(), amount=0)
    act.session.add(rule)
    act.session.flush()  # the rule is read
    assert run(act) == []


def test_what_was_closed_before_the_upgrade_is_not_reminded_of(act: Act, closed: Appeal) -> None:
    assert closed.state is State.CLOSED
    row = sa.update(RecordedRuleChange).where(
        RecordedRuleChange.name == RuleChange.CITIZEN_MESSAGES
    )
    act.session.execute(row.values(since=shanghai("2026-03-02 15:01")))
    mark_reference_changed(act.session, "an upgrade")
    assert run(act) == []


def test_without_an_address_nothing_is_written_and_nobody_else_waits(act: Act) -> None:
    appeal_in(act, State.CLOSED, contact_email="")
    appeal_in(act, State.CLOSED)
    act.session.flush()  # the query reads the rows
    assert len(run(act)) == 1
    assert act.session.scalar(sa.select(sa.func.count()).select_from(RatingReminder)) == 2


def test_a_reminder_that_fails_stops_no_other_and_is_written_when_it_can(
    act: Act, closed: Appeal
) -> None:
    other = appeal_in(act, State.CLOSED)
    act.session.flush()  # the query reads the rows
    refuse_rows(act.session, "notice", f"NEW.appeal_id = {closed.id}")
    assert [each.appeal_id for each in run(act)] == [other.id]
    assert act.session.scalars(sa.select(FailedItem.key)).all() == [closed.number]
    accept_rows(act.session)
    assert len(run(act, DUE + timedelta(hours=2))) == 2


def act_on(session: Session, at: datetime = DUE) -> Act:
    return Act(session, SYSTEM, at, SECRET, "https://appeals.example")


def close_appeal(outbox: Outbox, at: datetime) -> int:
    """Close an appeal that was filed at `at`, and delete the notices about it."""
    with outbox.sessions.begin() as session:
        appeal = appeal_in(act_on(session, at), State.CLOSED)
        session.flush()  # the notices are deleted
        session.execute(sa.delete(Notice))
        return appeal.id


def reminded(outbox: Outbox) -> list[int | None]:
    with outbox.sessions() as session:
        kind = Notice.kind == NoticeKind.RATING_REMINDER
        return list(session.scalars(sa.select(Notice.appeal_id).where(kind)))


def test_two_workers_and_one_that_dies_write_one_reminder(outbox: Outbox) -> None:
    appeal_id = close_appeal(outbox, shanghai("2026-03-02 09:00"))
    with outbox.sessions() as dying, outbox.sessions() as second:
        assert write_reminders(act_on(dying)) == 1
        assert write_reminders(act_on(second)) == 0, "the other has it in its hands"
        dying.rollback()  # the worker dies before its commit
        assert write_reminders(act_on(second)) == 1
        second.commit()
    with outbox.sessions.begin() as third:
        assert write_reminders(act_on(third)) == 0
    assert reminded(outbox) == [appeal_id]


def test_a_citizen_who_rates_at_that_moment_is_not_reminded(outbox: Outbox) -> None:
    appeal_id = close_appeal(outbox, shanghai("2026-03-02 09:00"))
    rated, looked = Event(), Event()

    def rate() -> None:
        with outbox.sessions.begin() as session:
            appeal = session.get_one(Appeal, appeal_id)
            played(act_on(session, DUE - timedelta(hours=1)), appeal, Action.RATE)
            session.flush()  # the rows are locked
            rated.set()
            assert looked.wait(10)

    def look() -> int:
        assert rated.wait(10)
        with outbox.sessions.begin() as session:
            done = write_reminders(act_on(session))
        looked.set()
        return done

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(rate), pool.submit(look)
        first.result(20)
        assert second.result(20) == 0
    with outbox.sessions.begin() as session:
        assert write_reminders(act_on(session)) == 0
    assert reminded(outbox) == []


def remind_now(outbox: Outbox) -> int:
    """Close an appeal that is reminded of at this very time of the database."""
    now = datetime.now(UTC)
    appeal_id = close_appeal(outbox, now - timedelta(days=4))
    with outbox.sessions.begin() as session:
        assert write_reminders(act_on(session, now)) == 1
    return appeal_id


def test_a_reminder_reaches_a_real_mail_server_in_its_hours(mailing: Outbox, post: Post) -> None:
    set_rules(mailing, earliest_hour=0, latest_hour=24)
    remind_now(mailing)
    close_hours(mailing)
    assert deliver_notices(mailing.sessions, mailing.settings) == 0
    set_rules(mailing, earliest_hour=0, latest_hour=24)
    assert deliver_notices(mailing.sessions, mailing.settings) == 1
    (letter,) = post.letters
    assert "解决了吗" in letter["Subject"]


def test_a_reminder_that_is_answered_before_it_is_sent_is_not_sent(
    mailing: Outbox, post: Post
) -> None:
    set_rules(mailing, earliest_hour=0, latest_hour=24)
    appeal_id = remind_now(mailing)
    with mailing.sessions.begin() as session:
        appeal = session.get_one(Appeal, appeal_id)
        played(act_on(session, datetime.now(UTC)), appeal, Action.RATE)
    assert deliver_notices(mailing.sessions, mailing.settings) == 0
    assert post.letters == []
    assert reminded(mailing) == []
