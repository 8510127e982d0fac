"""Where PostgreSQL or one of its programs refuses, the operator reads one sentence."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from appeals.operations.backup.restore import restore_archive
from appeals.operations.supervision import ProgramFailed
from tests.operations.restored import PHOTO, silent
from tests.own_city import OwnCity

FULL_DISK = """
    CREATE SCHEMA disk;
    CREATE FUNCTION disk.fill() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF current_setting('application_name') = 'pg_restore' THEN
            RAISE EXCEPTION USING ERRCODE = 'disk_full', MESSAGE = 'No space left on device';
        END IF;
    END $$;
    CREATE EVENT TRIGGER full_disk ON ddl_command_start EXECUTE FUNCTION disk.fill()
"""


@pytest.fixture
def reader(source: OwnCity) -> Iterator[OwnCity]:
    """Give the system as an account sees it that may read tables but no sequences.

    Roles belong to the whole cluster, so each database's reader has a name of its own.
    """
    url = sa.make_url(source.settings.database_url)
    role = f"reader_of_{url.database}"
    source.change(f"CREATE ROLE {role} LOGIN PASSWORD 'its-own'")
    source.change(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    told = url.set(username=role, password="its-own").render_as_string(hide_password=False)
    yield OwnCity(source.settings.model_copy(update={"database_url": told}))
    source.change(f"DROP OWNED BY {role}")
    source.change(f"DROP ROLE {role}")


@pytest.mark.parametrize(
    ("forbidden", "said"),
    [
        ("SELECT 1", "pg_dump failed: "),
        ("REVOKE SELECT ON rating FROM {role}", "permission denied for table rating"),
    ],
)
def test_a_backup_without_the_right_to_read_everything_ends_in_one_sentence(
    source: OwnCity, reader: OwnCity, tmp_path: Path, forbidden: str, said: str
) -> None:
    role = sa.make_url(reader.settings.database_url).username
    source.change(forbidden.format(role=role))
    done = reader.run("backup", str(tmp_path / "archive.tar"))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert said in done.stderr
    assert not (tmp_path / "archive.tar").exists()


def test_a_restore_on_a_full_disk_does_not_call_the_archive_damaged(
    archive: Path, target: OwnCity
) -> None:
    target.change(FULL_DISK)
    done = target.run("restore", str(archive))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert done.stderr.startswith("pg_restore failed: ")
    assert "No space left on device" in done.stderr


def test_a_failed_restore_keeps_files_that_lay_there_before_and_no_others(
    archive: Path, target: OwnCity
) -> None:
    photo = target.settings.files_dir / "ab" / "photo"
    photo.parent.mkdir(parents=True)
    photo.write_bytes(PHOTO)
    target.change(FULL_DISK)
    with pytest.raises(ProgramFailed):
        restore_archive(target.settings, archive, silent)
    assert [path.name for path in target.settings.data_dir.rglob("*")] == ["files", "ab", "photo"]
