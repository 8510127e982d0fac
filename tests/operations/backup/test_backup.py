"""Everything into one archive and back, counted and compared; never over what is there."""

import subprocess
import tarfile
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from appeals.domain.refusals import Refused
from appeals.operations.backup.archive import DUMP, MANIFEST
from appeals.operations.backup.backup import back_up
from appeals.operations.backup.restore import restore_archive
from appeals.operations.built_files import ROOT
from appeals.operations.postgres import find_program, run_program
from appeals.settings import Settings
from tests.cast import SECRET
from tests.forked_commands import APPEALS
from tests.operations.restored import FORMAT_1, holds, silent
from tests.own_city import OwnCity, own_city


def test_an_archive_restores_into_an_installation_that_was_prepared(
    archive: Path, target: OwnCity
) -> None:
    manifest = restore_archive(target.settings, archive, silent)
    counts = {each.name: each.count for each in manifest.tables}
    assert (counts["appeal"], counts["report"], counts["staff_session"]) == (1, 1, 1)
    assert archive.stat().st_mode & 0o077 == 0
    holds(target)


def test_a_restored_system_can_be_backed_up_and_restored_again(
    archive: Path, target: OwnCity, tmp_path: Path
) -> None:
    restore_archive(target.settings, archive, silent)
    again = tmp_path / "again.tar"
    second = back_up(target.settings, again, silent)
    target.change("DELETE FROM staff_session; DELETE FROM change; DELETE FROM report_comment")
    target.change("TRUNCATE appeal, staff_member, report, draft CASCADE")
    (target.settings.files_dir / "ab" / "photo").unlink()
    assert restore_archive(target.settings, again, silent) == second
    holds(target)


def test_an_archive_of_the_release_before_restores_and_holds(target: OwnCity) -> None:
    manifest = restore_archive(target.settings, FORMAT_1, silent)
    assert {each.name: each.count for each in manifest.tables}["appeal"] == 3
    assert target.ask("SELECT count(*) FROM appeal") == (3,)
    holds(target)


def test_seals_come_back_with_a_restore_and_hold(
    archive: Path, target: OwnCity, settings: Settings, tmp_path: Path
) -> None:
    restore_archive(target.settings, archive, silent)
    sealed = Path(target.command("seal").splitlines()[0])
    (sealed.parent / "seal-000002.jsonl.gz").write_bytes(b"made while the backup ran")
    again = tmp_path / "again.tar"
    assert [each.name for each in back_up(target.settings, again, silent).seals] == [sealed.name]
    with own_city(settings, "sealed", tmp_path / "data") as other:
        restore_archive(other.settings, again, silent)
        assert other.command("verify").splitlines()[-1] == "1 seals compared, 0 differences"


@pytest.mark.parametrize(
    ("inserted", "said"),
    [
        ("INSERT INTO draft VALUES ('x', '{}', now())", "table draft has rows"),
        ("CREATE TABLE guests AS SELECT 1", "a table that is not ours (guests)"),
    ],
)
def test_a_database_in_use_is_left_alone(
    archive: Path, target: OwnCity, inserted: str, said: str
) -> None:
    target.change(inserted)
    before = target.ask("SELECT count(*) FROM department")
    with pytest.raises(Refused) as refused:
        restore_archive(target.settings, archive, silent)
    assert said in str(refused.value)
    assert target.ask("SELECT count(*) FROM department") == before


def test_files_of_another_system_are_left_alone(archive: Path, target: OwnCity) -> None:
    target.settings.files_dir.mkdir(parents=True)
    (target.settings.files_dir / "photo").write_bytes(b"another")
    with pytest.raises(Refused, match="is not empty: nothing was restored"):
        restore_archive(target.settings, archive, silent)
    assert (target.settings.files_dir / "photo").read_bytes() == b"another"
    assert target.ask("SELECT count(*) FROM appeal") == (0,)


@pytest.mark.parametrize("told", ["processing data", "comparing", "bringing"])
def test_a_restore_that_was_killed_keeps_everybody_out_and_can_be_repeated(
    archive: Path, target: OwnCity, told: str
) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path\n"
        "from appeals.settings import Settings\n"
        "from appeals.operations.backup.restore import restore_archive\n"
        "tell = lambda what: sys.argv[2] in what and os.kill(os.getpid(), signal.SIGKILL)\n"
        "restore_archive(Settings.from_environment(), Path(sys.argv[1]), tell)\n"
    )
    python = str(Path(APPEALS).with_name("python"))
    done = subprocess.run(
        [python, "-c", script, str(archive), told],
        env=target.settings.for_children(),
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == -9
    prepared = target.run("prepare")
    assert prepared.returncode == 1
    assert "run `appeals restore FILE` again" in prepared.stderr
    restore_archive(target.settings, archive, silent)
    holds(target)


def test_a_restore_killed_before_its_last_step_can_be_repeated(
    archive: Path, target: OwnCity
) -> None:
    restore_archive(target.settings, archive, silent)
    target.change("CREATE TABLE restore_unfinished ()")
    restore_archive(target.settings, archive, silent)
    holds(target)


def test_a_killed_backup_leaves_no_archive_and_the_next_one_clears_up(
    source: OwnCity, tmp_path: Path
) -> None:
    left = tmp_path / ".archive.tar.parts"
    left.mkdir()
    (left / DUMP).write_text("half")
    back_up(source.settings, tmp_path / "archive.tar", silent)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive.tar", "from"]


def test_no_secret_key_is_in_the_archive_and_both_commands_say_so(
    source: OwnCity, target: OwnCity, tmp_path: Path
) -> None:
    archive, plain = tmp_path / "archive.tar", tmp_path / "plain.sql"
    said = source.command("backup", str(archive))
    assert "The archive holds no secret key: keep APPEALS_SECRET_KEY" in said
    with tarfile.open(archive) as tar:
        tar.extract(DUMP, tmp_path, filter="data")
        manifest = tar.extractfile(MANIFEST)
        assert manifest
        assert SECRET not in manifest.read()
    subprocess.run(
        [find_program("pg_restore"), f"--file={plain}", str(tmp_path / DUMP)], check=True
    )
    assert b"COPY public.appeal" in plain.read_bytes()
    assert SECRET not in plain.read_bytes()
    other = OwnCity(
        target.settings.model_copy(update={"secret_key": b"another key of forty characters, 0123"})
    )
    done = other.run("restore", str(archive))
    assert done.returncode == 0, done.stderr
    assert "holds no secret key, and the one set here is another" in done.stderr
    assert printed_tables(done.stdout) == printed_tables(said)


def printed_tables(said: str) -> list[str]:
    lines = [line for line in said.splitlines() if line.startswith(("table ", "file "))]
    assert len(lines) > 30
    return lines


def test_a_password_in_the_address_is_used_and_shown_to_nobody(
    source: OwnCity, tmp_path: Path
) -> None:
    url = sa.make_url(source.settings.database_url)
    password = str(url.password or "not-to-be-shown")  # a server that trusts takes any
    url = url.set(password=password)
    lines: list[str] = []
    commands: list[str] = []

    def look(what: str) -> None:
        lines.append(what)
        with suppress(psutil.Error):  # it has just ended
            commands.extend(" ".join(each.cmdline()) for each in psutil.Process().children())

    address = url.render_as_string(hide_password=False)
    run_program("pg_dump", address, f"--file={tmp_path / 'dump'}", progress=look)
    assert any("pg_dump" in command for command in commands)
    assert not any(password in text for text in (*lines, *commands))
    back_up(
        source.settings.model_copy(update={"database_url": address}),
        tmp_path / "archive.tar",
        silent,
    )
