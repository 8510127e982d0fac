"""Notices leave once, recognisably, and one that fails keeps no other back (Reliability 1)."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from appeals.domain.vocabulary import NoticeChannel
from appeals.models.notice import Notice
from tests.conftest import SECRET, free_port
from tests.forked_commands import run_program
from tests.worker.conftest import Outbox
from tests.worker.post import Post
from tests.worker.tarpit import tarpit
from worker import delivery
from worker.delivery import GIVE_UP_AFTER, LONGEST_WAIT, choose_wait, claim_notice, deliver_notices

ROOT = Path(__file__).parents[2]
DAY = timedelta(days=1)


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def unreachable(outbox: Outbox, port: int) -> Outbox:
    """Give the outbox whose mail server is not there."""
    return replace(
        outbox, settings=outbox.settings.model_copy(update={"smtp_url": f"smtp://127.0.0.1:{port}"})
    )


@pytest.fixture
def mailing(unreachable: Outbox, post: Post, port: int) -> Iterator[Outbox]:
    """Give the outbox with a real mail server to send to."""
    server = Controller(post, hostname="127.0.0.1", port=port)
    server.start()
    yield unreachable
    server.stop()


def test_a_letter_leaves_once_and_names_its_notice(mailing: Outbox, post: Post) -> None:
    (notice_id,) = mailing.put("wang@example.org")
    assert deliver_notices(mailing.sessions, mailing.settings) == 1
    assert deliver_notices(mailing.sessions, mailing.settings) == 0
    (letter,) = post.letters
    assert letter["To"] == "wang@example.org"
    assert letter["Subject"] == "诉求已收到"
    assert str(letter["Message-ID"]).startswith(f"<notice.{notice_id}.")
    assert letter.get_content().strip() == "您的诉求已收到。"
    assert mailing.get(notice_id).sent_at is not None


def test_a_training_system_marks_its_letters(mailing: Outbox, post: Post) -> None:
    mailing.put("wang@example.org")
    training = mailing.settings.model_copy(update={"training": True})
    assert deliver_notices(mailing.sessions, training) == 1
    (letter,) = post.letters
    assert letter["Subject"] == "【演练】诉求已收到"
    assert letter.get_content().strip() == "【演练】您的诉求已收到。"


def test_a_letter_that_was_taken_is_sent_whatever_the_server_says_then(
    mailing: Outbox, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def closing(server: SMTP, _argument: str) -> None:
        await server.push("421 closing")

    monkeypatch.setattr(SMTP, "smtp_QUIT", closing)
    (notice_id,) = mailing.put("wang@example.org")
    assert deliver_notices(mailing.sessions, mailing.settings) == 1
    assert mailing.get(notice_id).sent_at is not None
    assert len(post.letters) == 1


def test_without_a_mail_server_letters_are_files(outbox: Outbox) -> None:
    (notice_id,) = outbox.put("wang@example.org")
    (text_id,) = outbox.put("13900000000", channel=NoticeChannel.SMS)
    assert deliver_notices(outbox.sessions, outbox.settings) == 2
    names = sorted(path.name for path in outbox.settings.outbox_dir.iterdir())
    assert [name.rsplit("-", 1)[1] for name in names] == [f"{notice_id}.eml", f"{text_id}.txt"]


def test_many_letters_leave_over_one_connection(mailing: Outbox, post: Post) -> None:
    post.answers = {"citizen3@example.org": "451 later", "citizen5@example.org": "550 nobody"}
    mailing.put(*(f"citizen{n}@example.org" for n in range(12)))
    assert deliver_notices(mailing.sessions, mailing.settings) == 10
    assert post.connections == 1


def test_a_connection_that_was_closed_meanwhile_is_opened_again(
    mailing: Outbox, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def closing(server: SMTP, _argument: str) -> None:
        await server.push("421 too many letters")
        assert server.transport
        server.transport.close()

    monkeypatch.setattr(SMTP, "smtp_NOOP", closing)
    mailing.put("wang@example.org", "li@example.org")
    assert deliver_notices(mailing.sessions, mailing.settings) == 2
    assert (len(post.letters), post.connections) == (2, 2)


def test_two_deliverers_send_each_once(mailing: Outbox, post: Post) -> None:
    mailing.put(*(f"citizen{n}@example.org" for n in range(20)))
    with ThreadPoolExecutor(2) as two:
        sent = list(two.map(lambda _: deliver_in_a_process(mailing), range(2)))
    assert sum(sent) == 20
    assert len({letter["Message-ID"] for letter in post.letters}) == len(post.letters) == 20


def deliver_in_a_process(outbox: Outbox) -> int:
    """Deliver in a process of its own, as a worker does; give how many were sent."""
    job = (
        "from worker import app, delivery as d; "
        "print(d.deliver_notices(app.open_sessions(), app.load_settings()))"
    )
    environment = {
        **os.environ,
        "APPEALS_DATABASE_URL": outbox.settings.database_url,
        "APPEALS_REDIS_URL": outbox.settings.redis_url,
        "APPEALS_SECRET_KEY": SECRET,
        "APPEALS_DATA_DIR": str(outbox.settings.data_dir),
        "APPEALS_SMTP_URL": str(outbox.settings.smtp_url),
    }
    done = run_program(job, environment)
    done.check_returncode()
    return int(done.stdout)


def test_a_claimed_notice_is_left_alone_until_its_lease_ends(outbox: Outbox) -> None:
    (notice_id,) = outbox.put("wang@example.org")
    with outbox.sessions.begin() as first:
        assert claim_notice(first) is not None
    with outbox.sessions.begin() as second:
        assert claim_notice(second) is None
    assert outbox.get(notice_id).tries == 1


def test_a_letter_refused_for_now_stops_no_other_and_goes_later(
    mailing: Outbox, post: Post
) -> None:
    post.answers = {"li@example.org": "451 try again later"}
    failing, good = mailing.put("li@example.org", "wang@example.org")
    assert deliver_notices(mailing.sessions, mailing.settings) == 1
    assert mailing.get(good).sent_at is not None
    notice = mailing.get(failing)
    assert (notice.sent_at, notice.parked_at) == (None, None)
    assert notice.problem == "451 try again later"
    assert notice.next_try_at > datetime.now(UTC)
    post.answers = {}
    due_now(mailing, failing)
    assert deliver_notices(mailing.sessions, mailing.settings) == 1
    assert len(post.letters) == 2
    assert mailing.get(failing).problem is None


@pytest.mark.parametrize("refused", ["li@example.org", "no\naddress"])
def test_a_letter_refused_for_good_is_parked_at_once(
    mailing: Outbox, post: Post, refused: str
) -> None:
    post.answers = {"li@example.org": "550 5.1.1 no such user"}
    failing, good = mailing.put(refused, "wang@example.org")
    assert deliver_notices(mailing.sessions, mailing.settings) == 1
    assert mailing.get(good).sent_at is not None
    notice = mailing.get(failing)
    assert notice.parked_at is not None
    assert notice.tries == 1


@pytest.mark.parametrize("answer", ["550 5.7.1 not your sender", "553 no such sender", "451 later"])
def test_a_server_that_refuses_our_sender_gives_no_letter_up(
    mailing: Outbox, post: Post, answer: str
) -> None:
    post.answer_to_sender = answer
    letters = mailing.put(*(f"citizen{n}@example.org" for n in range(3)))
    assert deliver_notices(mailing.sessions, mailing.settings) == 0
    tried, *others = sorted((mailing.get(each) for each in letters), key=lambda each: -each.tries)
    assert (tried.tries, tried.problem, tried.parked_at) == (1, answer, None)
    assert tried.next_try_at <= datetime.now(UTC) + timedelta(minutes=1)
    assert {(each.tries, each.parked_at) for each in others} == {(0, None)}
    post.answer_to_sender = "250 ok"
    due_now(mailing, tried.id)
    assert deliver_notices(mailing.sessions, mailing.settings) == 3


def test_a_letter_refused_for_a_day_is_parked_and_not_sooner(mailing: Outbox, post: Post) -> None:
    post.answers = {"li@example.org": "451 try again later"}
    (failing,) = mailing.put("li@example.org")
    for _ in range(30):
        due_now(mailing, failing)
        deliver_notices(mailing.sessions, mailing.settings)
    assert mailing.get(failing).parked_at is None
    first_tried(mailing, failing, datetime.now(UTC) - GIVE_UP_AFTER)
    due_now(mailing, failing)
    deliver_notices(mailing.sessions, mailing.settings)
    assert mailing.get(failing).parked_at is not None


def test_while_the_mail_server_is_away_no_letter_is_given_up_and_texts_go(
    unreachable: Outbox, post: Post, port: int
) -> None:
    letters = unreachable.put("wang@example.org", "li@example.org")
    (text,) = unreachable.put("13900000000", channel=NoticeChannel.SMS)
    for _ in range(20):
        for letter in letters:
            due_now(unreachable, letter)
        deliver_notices(unreachable.sessions, unreachable.settings)
    assert unreachable.get(text).sent_at is not None
    for letter in letters:
        notice = unreachable.get(letter)
        assert notice.parked_at is None
        assert notice.next_try_at <= datetime.now(UTC) + timedelta(minutes=1)
    server = Controller(post, hostname="127.0.0.1", port=port)
    server.start()
    for letter in letters:
        due_now(unreachable, letter)
    assert deliver_notices(unreachable.sessions, unreachable.settings) == 2
    server.stop()
    assert len(post.letters) == 2


def test_one_tick_asks_a_server_that_is_away_once(unreachable: Outbox) -> None:
    letters = unreachable.put(*(f"citizen{n}@example.org" for n in range(5)))
    deliver_notices(unreachable.sessions, unreachable.settings)
    assert sorted(unreachable.get(letter).tries for letter in letters) == [0, 0, 0, 0, 1]


def test_a_server_that_answers_a_character_at_a_time_costs_one_deadline(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "NOTICE_SECONDS", 3)
    letters = outbox.put("wang@example.org", "li@example.org")
    with tarpit(seconds=1) as port:
        slow = outbox.settings.model_copy(update={"smtp_url": f"smtp://127.0.0.1:{port}"})
        begun = time.monotonic()
        assert deliver_notices(outbox.sessions, slow) == 0
        took = time.monotonic() - begun
    assert took < 15, "a banner of a hundred characters takes a hundred seconds"
    assert sorted(outbox.get(letter).tries for letter in letters) == [0, 1]


def test_one_that_takes_its_worker_along_waits_longer_each_time_and_is_parked(
    outbox: Outbox,
) -> None:
    (notice_id,) = outbox.put("wang@example.org")
    for _ in range(12):
        due_now(outbox, notice_id)
        with outbox.sessions.begin() as session:
            assert claim_notice(session)  # and the worker dies before it sends
    assert outbox.get(notice_id).next_try_at > datetime.now(UTC) + LONGEST_WAIT / 2
    first_tried(outbox, notice_id, datetime.now(UTC) - GIVE_UP_AFTER)
    due_now(outbox, notice_id)
    with outbox.sessions.begin() as session:
        assert claim_notice(session) is None
    assert outbox.get(notice_id).parked_at is not None


def test_a_next_try_written_while_the_clock_was_days_ahead_keeps_no_letter_back(
    mailing: Outbox,
) -> None:
    (notice_id,) = mailing.put("wang@example.org")
    next_try(mailing, notice_id, datetime.now(UTC) + 3 * DAY)
    assert deliver_notices(mailing.sessions, mailing.settings) == 1


def test_waits_double_from_five_seconds() -> None:
    for tries in range(1, 40):
        whole = min(timedelta(seconds=5) * 2 ** (tries - 1), LONGEST_WAIT)
        assert whole * 0.74 < choose_wait(tries, LONGEST_WAIT) <= whole


def due_now(outbox: Outbox, notice_id: int) -> None:
    """Let the next try be due, as if its wait were over."""
    next_try(outbox, notice_id, datetime.now(UTC) - timedelta(seconds=1))


def next_try(outbox: Outbox, notice_id: int, moment: datetime) -> None:
    change(outbox, notice_id, next_try_at=moment)


def first_tried(outbox: Outbox, notice_id: int, moment: datetime) -> None:
    change(outbox, notice_id, first_tried_at=moment)


def change(outbox: Outbox, notice_id: int, **moments: datetime) -> None:
    with outbox.sessions.begin() as session:
        session.execute(sa.update(Notice).where(Notice.id == notice_id).values(**moments))
