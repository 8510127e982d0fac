"""Backup: a consistent archive of everything, made while the system runs."""

import io
import json
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from appeals.casework.integrity.seal_file import read_seal_number
from appeals.models.integrity import Seal
from appeals.operations.backup.archive import (
    DUMP,
    MANIFEST,
    ArchiveEntry,
    Manifest,
    count_file,
    count_table,
    fingerprint_key,
    list_finished_files,
    list_tables,
)
from appeals.operations.postgres import Progress, open_connection, run_program
from appeals.settings import Settings

DUMP_OPTIONS = ("--format=custom", "--compress=gzip:1", "--no-owner", "--no-privileges")


def back_up(settings: Settings, archive: Path, progress: Progress) -> Manifest:
    """Write the archive atomically.

    Tables are counted in the snapshot that `pg_dump` reads. Files are read after the rows that
    name them, so none is missing.
    """
    with _make_working_folder(archive) as folder:
        with (folder / "archive").open("wb") as out:
            (folder / "archive").chmod(0o600)  # it holds citizens' words
            with tarfile.open(fileobj=out, mode="w") as tar:
                manifest = _write_archive(tar, settings, folder / DUMP, progress)
        (folder / "archive").rename(archive)
    return manifest


@contextmanager
def _make_working_folder(archive: Path) -> Iterator[Path]:
    """Yield a temporary folder beside the archive, emptied of a killed backup's files."""
    folder = archive.with_name(f".{archive.name}.parts")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_archive(
    tar: tarfile.TarFile, settings: Settings, dump: Path, progress: Progress
) -> Manifest:
    revision, tables, last_seal = _dump_database(settings.owner_url, dump, progress)
    progress("adding the dump to the archive")
    counted_dump = count_file(dump, DUMP)
    tar.add(dump, DUMP)
    dump.unlink()
    manifest = Manifest(
        revision=revision,
        key_fingerprint=fingerprint_key(settings.secret_key),
        dump=counted_dump,
        tables=tables,
        files=list(_add_files(tar, "files", settings.files_dir, progress)),
        seals=list(_add_files(tar, "seals", settings.seals_dir, progress, last_seal)),
    )
    _add_bytes(tar, MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
    return manifest


def _dump_database(url: str, dump: Path, progress: Progress) -> tuple[str, list[ArchiveEntry], int]:
    """Dump the database, count its tables and find the last seal, in one snapshot."""
    with open_connection(url) as connection:
        connection.execute("SET idle_in_transaction_session_timeout = 0")
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        query = "SELECT version_num, pg_export_snapshot() FROM alembic_version"
        ((revision, snapshot),) = connection.execute(query)
        names, sealed = list_tables(connection), 0
        if Seal.__tablename__ in names:  # not before the upgrade that brings it
            ((last,),) = connection.execute("SELECT coalesce(max(number), 0) FROM seal")
            sealed = int(str(last))
        tables = []
        for name in names:
            progress(f"counting {name}")
            tables.append(count_table(connection, name))
        options = (*DUMP_OPTIONS, f"--snapshot={snapshot}", f"--file={dump}")
        run_program("pg_dump", url, *options, progress=progress)
    return str(revision), tables, sealed


def _add_files(
    tar: tarfile.TarFile,
    into: str,
    folder: Path,
    progress: Progress,
    last_seal: int | None = None,
) -> Iterator[ArchiveEntry]:
    """Add a folder's files, skipping those deleted since they were listed.

    Seals are added only up to the last one in the dump.
    """
    for path in list_finished_files(folder):
        if last_seal is not None and (read_seal_number(path) or last_seal + 1) > last_seal:
            continue
        name = path.relative_to(folder).as_posix()
        progress(f"adding {name}")
        try:
            counted = count_file(path, name)
            tar.add(path, f"{into}/{name}")
        except FileNotFoundError:
            continue
        yield counted


def _add_bytes(tar: tarfile.TarFile, name: str, written: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(written), 0o600
    tar.addfile(info, io.BytesIO(written))
