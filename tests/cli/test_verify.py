"""`appeals verify` and `appeals report verify` name what was changed by hand (Rules 5)."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.casework.records.access_log import Access, record_accesses
from appeals.cli.acts import open_act
from appeals.database import make_engine
from appeals.domain.calendar import Period
from appeals.domain.people import SYSTEM
from appeals.domain.states import State
from appeals.domain.vocabulary import AccessKind
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.editions import editions
from appeals.reporting.editions.report_document import build_document, digest_of
from appeals.settings import Settings
from tests.casework.integrity import attacker
from tests.cast import SECRET, ZHAO, settle, shanghai
from tests.conftest import beside, create, drop
from tests.factories import appeal_in
from tests.forked_commands import APPEALS, run_appeals
from tests.published import published

ROOT = Path(__file__).parents[2]
MARCH = Period.month("2026-03")
FAR_APART = sa.text("SELECT setval(pg_get_serial_sequence('appeal', 'id'), 5000)")
"""So that more than one process has something to verify."""
GUARDS_OFF = "SET session_replication_role = replica"
BY_HAND = {
    "a move's time": (
        "UPDATE move SET at = at - interval '1 hour' WHERE {it} AND seq = 4",
        "move 4",
    ),
    "a move's facts": (
        "UPDATE move SET facts = '{{}}' WHERE {it} AND action = 'dispatch'",
        "move 3",
    ),
    "a move's words": (
        "UPDATE move SET words = 'Other' WHERE {it} AND action = 'answer'",
        "move 6",
    ),
    "a move taken out": ("DELETE FROM move WHERE {it} AND seq = 2", "move 3"),
    "the last move taken out": ("DELETE FROM move WHERE {it} AND seq = 7", "7 moves were made"),
    "a state": ("UPDATE appeal SET state = 'in_hand' WHERE {this}", "the state is in_hand"),
    "a due moment": (
        "UPDATE deadline SET due_at = due_at + interval '1 day' WHERE {it} AND duty = 'finish'",
        "due_at of deadlines",
    ),
    "an original due moment": (
        "UPDATE deadline SET original_due_at = started_at WHERE {it} AND duty = 'finish'",
        "original_due_at of deadlines",
    ),
    "a due moment taken out": ("DELETE FROM deadline WHERE {it} AND duty = 'finish'", "deadlines"),
}
"""What is changed, how, and what is said of it; `it` is the one appeal."""
FIGURES_BY_HAND = {
    "numerator": "UPDATE figure SET numerator = 9 WHERE measure = 'closed' AND by = 'kind'",
    "denominator": "UPDATE figure SET denominator = 9 WHERE measure = 'closed' AND by = 'kind'",
    "taken out": "DELETE FROM figure WHERE measure = 'closed' AND by = 'kind'",
}
FIGURE = "kind complaint handled all closed"


@dataclass(frozen=True)
class Filled:
    """A database with two closed appeals and a published month, and the number of one of them."""

    settings: Settings
    number: str
    appeal_id: int

    def change(self, statement: str) -> None:
        """Change rows as somebody with the database's own password could."""
        it = {"it": f"appeal_id = {self.appeal_id}", "this": f"id = {self.appeal_id}"}
        address = self.settings.database_url.replace("+psycopg", "")
        with psycopg.connect(address) as connection:
            connection.execute(GUARDS_OFF)
            assert connection.execute(statement.format(**it).encode()).rowcount == 1

    def environment(self) -> dict[str, str]:
        """Return the environment of a command that works on it."""
        return {
            **os.environ,
            "APPEALS_DATABASE_URL": self.settings.database_url,
            "APPEALS_REDIS_URL": self.settings.redis_url,
            "APPEALS_SECRET_KEY": SECRET.decode(),
            "APPEALS_DATA_DIR": str(self.settings.data_dir),
        }

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run `appeals …` on it."""
        return run_appeals(*words, environment=self.environment())


@pytest.fixture(scope="module")
def original(settings: Settings) -> Iterator[Filled]:
    """Make the two appeals and the edition once."""
    ours = str(sa.make_url(settings.database_url).database)
    name = f"{ours}_verify"
    create(settings.database_url, name, ours.rsplit("_", 1)[0])
    own = settings.model_copy(update={"database_url": beside(settings.database_url, name)})
    with open_act(own) as act:
        settle(act.session)
        then = Act(act.session, SYSTEM, shanghai("2026-03-02 09:00"), SECRET)
        appeal = appeal_in(then, State.CLOSED, 1)
        record_accesses(then.by(ZHAO), [Access(AccessKind.CASE_VIEWED, appeal.id)])
        act.session.execute(FAR_APART)
        appeal_in(then, State.CLOSED, 2)
        published(act, MARCH)
        act.session.commit()
    yield Filled(own, appeal.number, appeal.id)
    drop(settings.database_url, name)


@pytest.fixture
def filled(original: Filled, tmp_path: Path) -> Iterator[Filled]:
    """Give a copy to spoil, with a data folder of its own."""
    url = original.settings.database_url
    name = f"{sa.make_url(url).database}_copy"
    create(original.settings.database_url, name, str(sa.make_url(url).database))
    own = original.settings.model_copy(
        update={"database_url": beside(url, name), "data_dir": tmp_path}
    )
    yield replace(original, settings=own)
    drop(url, name)


def test_what_only_moves_touched_holds(filled: Filled) -> None:
    verified = filled.command("verify")
    rows, count, editions_line, seals_line = verified.stdout.splitlines()
    assert rows == "1 rows of the access log verified, 0 do not hold"
    assert re.fullmatch(r"2 appeals verified in [\d.]+ s \(\d+ a second\), 0 do not hold", count)
    assert editions_line == "1 editions recounted, 0 do not hold"
    assert seals_line == "0 seals compared, 0 differences"
    assert verified.stderr == ""
    assert verified.returncode == 0
    assert filled.command("report", "verify").returncode == 0


def test_on_a_terminal_a_progress_bar_shows_how_far_verify_is(filled: Filled) -> None:
    terminal, end = os.openpty()
    with subprocess.Popen(
        [APPEALS, "verify"],
        env=filled.environment(),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=end,
    ) as running:
        assert running.wait() == 0
    shown = os.read(terminal, 10_000).decode()
    os.close(end)
    os.close(terminal)
    assert "Verifying" in shown
    assert "100%" in shown


def test_a_period_that_nobody_published_is_not_said_to_hold(filled: Filled) -> None:
    verified = filled.command("report", "verify", "2026-02")
    assert (verified.returncode, verified.stdout) == (1, "")
    assert verified.stderr.splitlines()[-1] == "No edition of 2026-02 is published."


def test_a_draft_of_the_command_line_has_what_was_found_in_the_texts(filled: Filled) -> None:
    compiled = filled.command("report", "compile", "2026-03", "--json")
    assert json.loads(compiled.stdout)["found"].keys() == {"topics", "repeated", "devices"}


@pytest.mark.parametrize("what", BY_HAND)
def test_an_appeal_changed_by_hand_is_named(filled: Filled, what: str) -> None:
    statement, said = BY_HAND[what]
    filled.change(statement)
    verified = filled.command("verify")
    named, *_, count, _, _ = verified.stdout.splitlines()
    assert verified.returncode == 1
    assert named.startswith(f"{filled.number}: ")
    assert said in verified.stdout
    assert count.startswith("2 appeals verified in ")
    assert count.endswith(" a second), 1 do not hold")


def test_a_row_of_the_access_log_changed_by_hand_is_named(filled: Filled) -> None:
    filled.change("UPDATE access_log SET staff_id = staff_id + 1")
    verified = filled.command("verify")
    named, rows, *_ = verified.stdout.splitlines()
    assert verified.returncode == 1
    assert re.fullmatch(
        r"access log, 2026-03, row [0-9a-f-]{36}: it does not match its HMAC", named
    )
    assert rows == "1 rows of the access log verified, 1 do not hold"


@pytest.mark.parametrize("what", FIGURES_BY_HAND)
def test_a_published_figure_changed_by_hand_is_named(filled: Filled, what: str) -> None:
    filled.change(FIGURES_BY_HAND[what])
    for command in (("verify",), ("report", "verify", "2026-03")):
        verified = filled.command(*command)
        assert verified.returncode == 1
        assert "2026-03, edition 1: does not hold" in verified.stdout
        assert "do not match their digest" in verified.stdout
        assert f"{FIGURE}: published " in verified.stdout


def test_an_edition_rewritten_with_its_digest_is_found_by_the_recount(filled: Filled) -> None:
    """A seal can be made anew by who can write; the rows still say otherwise."""
    filled.change(FIGURES_BY_HAND["numerator"])
    with open_act(filled.settings) as act:
        edition = editions.latest_edition(act, MARCH)
        assert edition
        digest = digest_of(build_document(edition, monthly_drafts.load_figures(act, edition)))
    filled.change(f"UPDATE report SET digest = '{digest}'")  # noqa: S608 - our own digest
    verified = filled.command("verify")
    assert verified.returncode == 1
    assert "digest" not in verified.stdout
    assert f"{FIGURE}: published (9, 2), recounted (2, 2)" in verified.stdout


def test_a_sealed_appeal_that_was_deleted_is_named_by_the_seal(filled: Filled) -> None:
    sealed = filled.command("seal")
    path, digest = sealed.stdout.splitlines()
    assert Path(path).is_file()
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", digest)
    assert "1 seals compared, 0 differences" in filled.command("verify").stdout
    delete_appeal(filled)
    for words in (("verify",), ("verify", "--seal", path)):
        verified = filled.command(*words)
        assert verified.returncode == 1
        assert f"{filled.number}: it is gone; seal 1 names it" in verified.stdout.splitlines()


def delete_appeal(filled: Filled) -> None:
    engine = make_engine(filled.settings.database_url)
    with Session(engine) as session, session.begin():
        session.execute(sa.text(GUARDS_OFF))
        attacker.delete_appeal(session, filled.appeal_id)
    engine.dispose()
