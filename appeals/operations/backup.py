"""Writing everything into one archive, from one moment, while the system may go on."""

import io
import json
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from appeals.operations.archive import (
    DUMP,
    MANIFEST,
    Counted,
    Manifest,
    attachments,
    count_file,
    count_table,
    fingerprint,
    table_names,
)
from appeals.operations.postgres import Progress, connect, run_program
from appeals.settings import Settings

DUMP_OPTIONS = ("--format=custom", "--compress=gzip:1", "--no-owner", "--no-privileges")


def back_up(settings: Settings, archive: Path, progress: Progress) -> Manifest:
    """Write the archive; it appears whole or not at all.

    Tables are counted in the snapshot that `pg_dump` reads. Files are read after the rows that
    name them, so none of those is missing.
    """
    with _working_folder(archive) as folder:
        with (folder / "archive").open("wb") as out:
            (folder / "archive").chmod(0o600)  # it holds the citizens' words
            with tarfile.open(fileobj=out, mode="w") as tar:
                manifest = _fill(tar, settings, folder / DUMP, progress)
        (folder / "archive").rename(archive)
    return manifest


@contextmanager
def _working_folder(archive: Path) -> Iterator[Path]:
    """Give a folder beside the archive; what a killed backup left in it goes first."""
    folder = archive.with_name(f".{archive.name}.parts")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fill(tar: tarfile.TarFile, settings: Settings, dump: Path, progress: Progress) -> Manifest:
    revision, tables = _dump_database(settings.owner_url, dump, progress)
    progress("adding the dump to the archive")
    counted_dump = count_file(dump, DUMP)
    tar.add(dump, DUMP)
    dump.unlink()
    manifest = Manifest(
        revision=revision,
        key_fingerprint=fingerprint(settings.secret_key),
        dump=counted_dump,
        tables=tables,
        files=list(_add_files(tar, settings.files_dir, progress)),
    )
    _add_bytes(tar, MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
    return manifest


def _dump_database(url: str, dump: Path, progress: Progress) -> tuple[str, list[Counted]]:
    """Dump the database and count its tables in the same snapshot."""
    with connect(url) as connection:
        connection.execute("SET idle_in_transaction_session_timeout = 0")
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        query = "SELECT version_num, pg_export_snapshot() FROM alembic_version"
        ((revision, snapshot),) = connection.execute(query)
        tables = []
        for name in table_names(connection):
            progress(f"counting {name}")
            tables.append(count_table(connection, name))
        options = (*DUMP_OPTIONS, f"--snapshot={snapshot}", f"--file={dump}")
        run_program("pg_dump", url, *options, progress=progress)
    return str(revision), tables


def _add_files(tar: tarfile.TarFile, folder: Path, progress: Progress) -> Iterator[Counted]:
    """Add the attachments; one that was tidied away since the folder was listed is left out."""
    for path in attachments(folder):
        name = path.relative_to(folder).as_posix()
        progress(f"adding {name}")
        try:
            counted = count_file(path, name)
            tar.add(path, f"files/{name}")
        except FileNotFoundError:
            continue
        yield counted


def _add_bytes(tar: tarfile.TarFile, name: str, written: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(written), 0o600
    tar.addfile(info, io.BytesIO(written))
