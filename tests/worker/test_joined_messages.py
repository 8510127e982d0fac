"""What waits for a citizen leaves in its hours, joined to one message, whatever dies meanwhile."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.handling.notices import retry_parked_notices
from appeals.domain.calendar import SHANGHAI
from appeals.domain.people import SYSTEM
from appeals.domain.vocabulary import MessageRule, NoticeChannel, NoticeKind
from appeals.models.notice import DatedMessageRule, Notice
from tests.cast import SECRET
from tests.conftest import SECRET as KEY
from tests.forked_commands import run_program
from tests.worker.conftest import Outbox
from tests.worker.post import Post
from tests.worker.test_delivery import (
    deliver_in_a_process,
    due_now,
    mailing,
    port,
    post,
    unreachable,
)
from tests.worker.test_text_messages import Gateway, texting
from worker.delivery import deliver_notices

__all__ = ["mailing", "port", "post", "texting", "unreachable"]  # the fixtures
LAST_HOUR = 23
PASSED = timedelta(minutes=10)
WANG = "wang@example.org"
STORIES = {
    NoticeKind.ACCEPTED: "您的诉求已受理。",
    NoticeKind.DISPATCHED: "您的诉求已由市城市管理局承办。",
    NoticeKind.CLOSED: "您的诉求已办结。",
}


def set_rules(outbox: Outbox, **amounts: int) -> None:
    """Put figures in force in place of those of the migration."""
    with outbox.sessions.begin() as session:
        for rule, amount in amounts.items():
            session.execute(
                sa.update(DatedMessageRule)
                .where(DatedMessageRule.rule == MessageRule(rule))
                .values(amount=amount)
            )


@pytest.fixture(autouse=True)
def open_all_day(outbox: Outbox) -> None:
    set_rules(outbox, earliest_hour=0, latest_hour=24, gathered_minutes=5)


def close_hours(outbox: Outbox) -> None:
    """Let it be outside the hours for messages, whenever the test runs."""
    hour = datetime.now(SHANGHAI).hour
    ends = hour == LAST_HOUR
    set_rules(outbox, earliest_hour=0 if ends else hour + 1, latest_hour=hour if ends else 24)


def wait(
    outbox: Outbox,
    *recipients: str,
    kinds: tuple[NoticeKind, ...] = tuple(STORIES),
    channel: NoticeChannel = NoticeChannel.EMAIL,
    ago: timedelta = PASSED,
) -> list[int]:
    """Write notices of the appeal that can wait, for each recipient of each kind, in this order."""
    at = datetime.now(UTC) - ago
    with outbox.sessions.begin() as session:
        rows = [
            Notice(
                appeal_id=outbox.appeal_id,
                cause=f"{kind.value} {recipient} {at}",
                kind=kind,
                recipient=recipient,
                channel=channel,
                language="zh",
                subject=kind.label("zh"),
                body=f"{STORIES[kind]}\nhttps://a.cn/n/QD26",
                created_at=at,
                next_try_at=at,
                can_wait=True,
            )
            for kind in kinds
            for recipient in recipients
        ]
        session.add_all(rows)
        session.flush()  # the ids are given back
        return [row.id for row in rows]


def states(outbox: Outbox, ids: list[int]) -> list[tuple[int | None, bool]]:
    """Return to which notice each is joined, and whether it is sent."""
    return [(row.joined_to, row.sent_at is not None) for row in map(outbox.get, ids)]


def test_what_can_wait_is_not_sent_at_night_and_what_cannot_is(mailing: Outbox, post: Post) -> None:
    close_hours(mailing)
    waiting = wait(mailing, WANG)
    (urgent,) = mailing.put("li@example.org")
    assert deliver_notices(mailing.sessions, mailing.settings) == 1
    assert mailing.get(urgent).sent_at is not None
    assert states(mailing, waiting) == [(None, False)] * 3
    set_rules(mailing, earliest_hour=0, latest_hour=24)
    assert deliver_notices(mailing.sessions, mailing.settings) == 1
    assert len(post.letters) == 2


def test_a_try_that_failed_in_the_evening_is_not_repeated_at_night(
    mailing: Outbox, post: Post
) -> None:
    post.answers = {WANG: "451 later"}
    (notice_id,) = wait(mailing, WANG, kinds=(NoticeKind.CLOSED,))
    assert deliver_notices(mailing.sessions, mailing.settings) == 0
    close_hours(mailing)
    post.answers = {}
    due_now(mailing, notice_id)
    assert deliver_notices(mailing.sessions, mailing.settings) == 0
    assert mailing.get(notice_id).tries == 1


def test_those_of_one_appeal_and_recipient_are_one_letter(mailing: Outbox, post: Post) -> None:
    wangs, lis = wait(mailing, WANG), wait(mailing, "li@example.org", kinds=(NoticeKind.CLOSED,))
    assert deliver_notices(mailing.sessions, mailing.settings) == 2
    assert states(mailing, wangs) == [(None, True), (wangs[0], True), (wangs[0], True)]
    assert states(mailing, lis) == [(None, True)]
    (letter,) = (each for each in post.letters if each["To"] == WANG)
    assert letter["Subject"] == "诉求已办结（另有2条）"
    assert str(letter["Message-ID"]).startswith(f"<notice.{wangs[0]}.")
    assert letter.get_content().splitlines() == [
        "诉求已受理", "您的诉求已受理。", "",
        "诉求已派单", "您的诉求已由市城市管理局承办。", "",
        "诉求已办结", "您的诉求已办结。", "",
        "https://a.cn/n/QD26",
    ]  # fmt: skip


def test_what_was_just_written_waits_for_others(mailing: Outbox) -> None:
    early = wait(mailing, WANG, kinds=(NoticeKind.ACCEPTED,), ago=timedelta(minutes=1))
    assert deliver_notices(mailing.sessions, mailing.settings) == 0
    with mailing.sessions.begin() as session:
        session.execute(sa.update(Notice).values(created_at=Notice.created_at - PASSED))
    late = wait(mailing, WANG, kinds=(NoticeKind.DISPATCHED,), ago=timedelta())
    assert deliver_notices(mailing.sessions, mailing.settings) == 1
    assert states(mailing, [*early, *late]) == [(None, True), (early[0], True)]


def test_what_was_written_while_the_clock_was_ahead_is_not_kept_back(mailing: Outbox) -> None:
    wait(mailing, WANG, kinds=(NoticeKind.CLOSED,), ago=-timedelta(days=3))
    assert deliver_notices(mailing.sessions, mailing.settings) == 1


def die_before_marking(outbox: Outbox) -> None:
    """Deliver in a process that ends as it is about to mark what it has sent."""
    program = (
        "import os; from worker import app, delivery as d; "
        "d.record_outcome = lambda *_: os._exit(9); "
        "d.deliver_notices(app.open_sessions(), app.load_settings())"
    )
    environment = {
        **os.environ,
        "APPEALS_DATABASE_URL": outbox.settings.database_url,
        "APPEALS_REDIS_URL": outbox.settings.redis_url,
        "APPEALS_SECRET_KEY": KEY,
        "APPEALS_DATA_DIR": str(outbox.settings.data_dir),
        "APPEALS_SMTP_URL": str(outbox.settings.smtp_url),
    }
    assert run_program(program, environment).returncode != 0


def test_a_worker_that_dies_before_marking_repeats_the_same_letter(
    mailing: Outbox, post: Post
) -> None:
    first, *others = wait(mailing, WANG, kinds=(NoticeKind.ACCEPTED, NoticeKind.DISPATCHED))
    die_before_marking(mailing)
    assert states(mailing, [first, *others]) == [(None, False), (first, False)]
    later = wait(mailing, WANG, kinds=(NoticeKind.CLOSED,))
    due_now(mailing, first)
    assert deliver_notices(mailing.sessions, mailing.settings) == 2
    once, again = (each for each in post.letters if f"notice.{first}." in each["Message-ID"])
    assert (once["Message-ID"], once.get_content()) == (again["Message-ID"], again.get_content())
    assert len(post.letters) == 3
    assert states(mailing, [first, *others, *later]) == [(None, True), (first, True), (None, True)]


def test_two_deliverers_join_and_send_each_once(mailing: Outbox, post: Post) -> None:
    citizens = [f"citizen{n}@example.org" for n in range(20)]
    ids = wait(mailing, *citizens)
    with ThreadPoolExecutor(2) as two:
        sent = list(two.map(lambda _: deliver_in_a_process(mailing), range(2)))
    assert sum(sent) == 20
    assert sorted(str(letter["To"]) for letter in post.letters) == sorted(citizens)
    assert [state for state in states(mailing, ids) if not state[1]] == []
    assert [row.joined_to for row in map(mailing.get, ids[20:])] == ids[:20] * 2


def test_what_was_given_up_goes_again_whole_and_nothing_is_added(
    mailing: Outbox, post: Post
) -> None:
    post.answers = {WANG: "550 no such user"}
    ids = wait(mailing, WANG, kinds=(NoticeKind.ACCEPTED, NoticeKind.DISPATCHED))
    assert deliver_notices(mailing.sessions, mailing.settings) == 0
    assert [mailing.get(each).parked_at is not None for each in ids] == [True, False]
    post.answers = {}
    with mailing.sessions.begin() as session:
        retry_parked_notices(Act(session, SYSTEM, datetime.now(UTC), SECRET), [ids[0]])
    more = wait(mailing, WANG, kinds=(NoticeKind.CLOSED,))
    assert deliver_notices(mailing.sessions, mailing.settings) == 2
    assert states(mailing, [*ids, *more]) == [(None, True), (ids[0], True), (None, True)]


def test_text_messages_are_joined_under_the_key_of_the_first(texting: Outbox) -> None:
    ids = wait(texting, "13900000000", channel=NoticeChannel.SMS)
    assert deliver_notices(texting.sessions, texting.settings) == 1
    ((key, _, body),) = Gateway.came
    assert key == f"notice-{ids[0]}"
    assert json.loads(body)["text"] == (
        "【12345】您的诉求已受理。您的诉求已由市城市管理局承办。您的诉求已办结。 https://a.cn/n/QD26"
    )


def test_what_waits_from_the_release_before_is_sent_at_any_hour(mailing: Outbox) -> None:
    close_hours(mailing)
    ids = mailing.put(WANG, "li@example.org")
    assert {mailing.get(each).can_wait for each in ids} == {False}
    assert deliver_notices(mailing.sessions, mailing.settings) == 2
