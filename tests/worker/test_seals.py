"""The worker seals when a seal is due, sends it elsewhere, and says when one does not hold."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog
from aiosmtpd.controller import Controller

import worker.app
import worker.seals
from appeals.casework.integrity.seals import make_seal
from appeals.models.integrity import Seal
from appeals.models.tasks import FailedItem
from appeals.reference.reference_data import mark_reference_changed
from tests.conftest import free_port
from tests.worker.conftest import Outbox
from tests.worker.post import Post
from worker.seals import seal_if_due

GUARDS_OFF = "SET LOCAL session_replication_role = replica"


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def sealing(
    outbox: Outbox, post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Outbox]:
    """Let the task work on the tests' database, with a folder and a mail address elsewhere."""
    port = free_port()
    elsewhere = outbox.settings.model_copy(
        update={
            "seal_folder": tmp_path / "elsewhere",
            "seal_mail": "keeper@example.org",
            "smtp_url": f"smtp://127.0.0.1:{port}",
        }
    )
    for module in (worker.app, worker.seals):
        monkeypatch.setattr(module, "open_sessions", lambda: outbox.sessions)
        monkeypatch.setattr(module, "load_settings", lambda: elsewhere)
    server = Controller(post, hostname="127.0.0.1", port=port)
    server.start()
    yield replace(outbox, settings=elsewhere)
    server.stop()
    with outbox.sessions.begin() as session:
        session.execute(sa.text(GUARDS_OFF))
        session.execute(sa.delete(Seal))
        session.execute(sa.delete(FailedItem))


def failed(outbox: Outbox) -> list[str]:
    with outbox.sessions() as session:
        return list(session.scalars(sa.select(FailedItem.key).where(FailedItem.task == "seal")))


def test_a_seal_is_made_once_copied_and_mailed_once(
    sealing: Outbox, post: Post, tmp_path: Path
) -> None:
    assert seal_if_due() == 1
    assert seal_if_due() == 0
    sealed = sealing.settings.seals_dir / "seal-000001.jsonl.gz"
    copy = tmp_path / "elsewhere" / sealed.name
    assert copy.read_bytes() == sealed.read_bytes()
    assert copy.stat().st_mode & 0o777 == 0o600
    (letter,) = post.letters
    (attached,) = letter.iter_attachments()
    assert letter["To"] == "keeper@example.org"
    assert attached.get_content() == sealed.read_bytes()
    assert failed(sealing) == []


def test_a_seal_that_was_not_taken_is_mailed_again(sealing: Outbox, post: Post) -> None:
    post.answers["keeper@example.org"] = "451 later"
    seal_if_due()
    assert (post.letters, failed(sealing)) == ([], ["send"])
    post.answers.clear()
    seal_if_due()
    assert (len(post.letters), failed(sealing)) == (1, [])


def test_many_seals_that_were_never_mailed_go_some_at_a_time_newest_first(
    sealing: Outbox, post: Post, tmp_path: Path
) -> None:
    """An address is set in a city that has sealed for a while."""
    folder, count = sealing.settings.seals_dir, 12
    for _ in range(count):
        with worker.app.open_act() as one:
            make_seal(one, folder)
    mailed = []
    for _ in range(3):
        seal_if_due()
        mailed.append([each["Subject"].split()[1] for each in post.letters])
        post.letters.clear()
    assert mailed == [[str(number) for number in range(12, 2, -1)], ["2", "1"], []]
    assert len(list((tmp_path / "elsewhere").iterdir())) == count
    assert failed(sealing) == []


def test_records_that_differ_from_their_seal_are_logged_and_set_aside(sealing: Outbox) -> None:
    seal_if_due()
    with sealing.sessions.begin() as session:
        session.execute(sa.text(GUARDS_OFF))
        session.execute(sa.text("UPDATE move SET row_hash = '\\x00'"))
        number = session.scalar(sa.text("SELECT number FROM appeal"))
        changed = "UPDATE rule_change SET since = now() WHERE name = 'keyed_links'"
        session.execute(sa.text(changed))
        mark_reference_changed(session, "a seal is due, for links have a key from now on")
    with structlog.testing.capture_logs() as logged:
        seal_if_due()
    broken = {each["subject"] for each in logged if each["event"] == "seal_broken"}
    assert broken == {number, "rule_change keyed_links"}
    assert "compare" in failed(sealing)
