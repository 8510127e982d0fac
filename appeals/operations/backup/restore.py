"""Restoring an archive into an empty installation; it can be repeated after a refusal or a kill.

The database has a marker table from the first step to the last. While it has, it may be emptied:
its rows came from an archive and are not verified yet, and `migrate_database` refuses to use it.
"""

import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

from psycopg import sql

import appeals.models  # noqa: F401 - importing the models makes the tables known
from appeals.database import Base
from appeals.domain.messages import message
from appeals.domain.refusals import not_now
from appeals.operations.backup.archive import (
    DUMP,
    ArchiveEntry,
    Manifest,
    ManifestFormat1,
    compare_file,
    count_file,
    count_table,
    extract_member,
    list_finished_files,
    open_archive,
    read_manifest,
    refuse_archive,
)
from appeals.operations.backup.archive_format_1 import compare_table, load_tables
from appeals.operations.database_roles import grant_rights
from appeals.operations.migrations import (
    UNFINISHED_RESTORE,
    has_unfinished_restore,
    migrate_database,
)
from appeals.operations.postgres import Progress, open_connection, run_program
from appeals.settings import Settings

WORK_TABLES = ("appeal", "staff_member", "change", "report", "draft")
"""Tables that `prepare` leaves empty; a row in one of them means that the system is in use."""
KNOWN_TABLES = {*Base.metadata.tables, "alembic_version"}


def restore_archive(settings: Settings, archive: Path, progress: Progress) -> Manifest:
    """Restore an archive and bring the database to this release's revision.

    On any failure, no row of the archive stays and no file placed by this restore.

    Raises:
        Refused: The database or the folder of files is in use, or the archive is damaged.
        ProgramFailed: `pg_restore` could not write, such as for lack of space or rights.
    """
    folder = settings.data_dir / ".restoring"
    with open_archive(archive) as tar:
        manifest = read_manifest(tar)
        refuse_in_use(settings, manifest)
        shutil.rmtree(folder, ignore_errors=True)
        try:
            folder.mkdir(parents=True, mode=0o700)
            _extract_all(tar, manifest, folder, progress)
            for kind, files, _ in _list_file_folders(settings, manifest):
                _extract_files(tar, kind, files, folder, progress)
            _replace_database(settings, manifest, folder, progress)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return manifest


def refuse_in_use(settings: Settings, manifest: Manifest) -> None:
    """Refuse a database in use or with foreign tables, and a folder with foreign files."""
    if not has_unfinished_restore(settings.owner_url):
        _refuse_rows(settings.owner_url)
    for _, files, folder in _list_file_folders(settings, manifest):
        for path in list_finished_files(folder):
            if count_file(path, path.relative_to(folder).as_posix()) not in files:
                raise not_now(
                    message(
                        "The folder %(folder)s is not empty: nothing was restored.", folder=folder
                    )
                )


def _list_file_folders(
    settings: Settings, manifest: Manifest
) -> Iterator[tuple[str, list[ArchiveEntry], Path]]:
    """Yield an archive's folders of files with their entries and their destination."""
    yield "files", manifest.files, settings.files_dir
    yield "seals", manifest.seals, settings.seals_dir


def _refuse_rows(database_url: str) -> None:
    with open_connection(database_url) as connection:
        names = {
            str(name)
            for (name,) in connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            )
        }
        if strange := sorted(names - KNOWN_TABLES):
            raise not_now(
                message(
                    "The database has a table that is not ours (%(table)s): nothing was restored.",
                    table=strange[0],
                )
            )
        for name in WORK_TABLES:
            query = sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(name))
            if name in names and connection.execute(query).fetchone():
                raise not_now(
                    message(
                        "The database is not empty (table %(name)s has rows): nothing was "
                        "restored.",
                        name=name,
                    )
                )


def _extract_all(
    tar: tarfile.TarFile, manifest: Manifest, folder: Path, progress: Progress
) -> None:
    """Extract and verify everything before changing anything in the installation."""
    progress("reading the archive")
    if isinstance(manifest, ManifestFormat1):
        for each in manifest.tables:
            extract_member(tar, f"tables/{each.name}", folder / each.name)
            compare_table(folder / each.name, each)
    else:
        extract_member(tar, DUMP, folder / DUMP)
        compare_file(folder / DUMP, manifest.dump)


def _extract_files(
    tar: tarfile.TarFile, kind: str, files: list[ArchiveEntry], folder: Path, progress: Progress
) -> None:
    for each in files:
        progress(f"reading {each.name}")
        extract_member(tar, f"{kind}/{each.name}", folder / kind / each.name)
        compare_file(folder / kind / each.name, each)


def _replace_database(
    settings: Settings, manifest: Manifest, folder: Path, progress: Progress
) -> None:
    """Fill the database, verify it and place the files; on any failure empty it."""
    url = settings.owner_url
    missing = [
        (folder / kind / each.name, place / each.name)
        for kind, files, place in _list_file_folders(settings, manifest)
        for each in files
        if not (place / each.name).exists()
    ]
    _empty_schema(url, is_marked=True)
    is_whole = False
    try:
        if isinstance(manifest, ManifestFormat1):
            load_tables(url, manifest, folder, progress)
        else:
            _load_dump(url, manifest, folder / DUMP, progress)
        progress("bringing the database up to date")
        migrate_database(url, is_restore=True)
        grant_rights(settings)
        _place_files(missing)
        _finish_restore(url)
        is_whole = True
    finally:
        if not is_whole:
            _remove_files(missing)
            _empty_schema(url, is_marked=False)


def _load_dump(url: str, manifest: Manifest, dump: Path, progress: Progress) -> None:
    """Restore the dump in one transaction and verify every table."""
    options = ("--single-transaction", "--no-owner", "--no-privileges", str(dump))
    run_program("pg_restore", url, *options, progress=progress)
    with open_connection(url) as connection:
        for each in manifest.tables:
            progress(f"comparing {each.name}")
            if count_table(connection, each.name) != each:
                raise refuse_archive(f"table {each.name} is not what the manifest says")


def _empty_schema(url: str, *, is_marked: bool) -> None:
    """Drop everything in the schema `public`, and create the marker of an unfinished restore."""
    mark = sql.SQL("CREATE TABLE {} ()").format(sql.Identifier(UNFINISHED_RESTORE))
    with open_connection(url) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        connection.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
        if is_marked:
            connection.execute(mark)


def _place_files(missing: list[tuple[Path, Path]]) -> None:
    """Move the missing files into place; the others are the archive's already."""
    for extracted, place in missing:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.move(extracted, place)


def _remove_files(missing: list[tuple[Path, Path]]) -> None:
    for _, place in missing:
        place.unlink(missing_ok=True)


def _finish_restore(url: str) -> None:
    """End all sessions, as one ended since the backup must stay ended; drop the marker."""
    drop = sql.SQL("DROP TABLE {}").format(sql.Identifier(UNFINISHED_RESTORE))
    with open_connection(url) as connection:
        connection.execute("UPDATE staff_session SET ended_at = now() WHERE ended_at IS NULL")
        connection.execute(drop)
