"""The archive of a backup: one tar with the database's dump, the files, and a manifest.

`database.dump` is in `pg_dump`'s custom format, `files/…` are the attachments,
`seals/…` the seals, and `manifest.json` counts every table and file with a checksum. No secret
key is in it; the manifest has a fingerprint by which a restore recognises the same key.
"""

import gzip
import hashlib
import hmac
import json
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from psycopg import sql

from appeals.domain.messages import message
from appeals.domain.refusals import Refused, not_valid
from appeals.operations.migrations import UNFINISHED_RESTORE
from appeals.operations.postgres import Connection

FORMAT = 2
FORMAT_1 = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class ArchiveEntry:
    """One table or file: its number of rows or bytes, and its checksum."""

    name: str
    count: int
    checksum: str


@dataclass(frozen=True)
class Manifest:
    """The manifest of an archive."""

    revision: str
    key_fingerprint: str
    tables: list[ArchiveEntry]
    files: list[ArchiveEntry]
    dump: ArchiveEntry
    format: int = FORMAT
    seals: list[ArchiveEntry] = field(default_factory=list)


NO_DUMP = ArchiveEntry("", 0, "")
"""Placeholder in manifests of format 1, which have no dump."""


@dataclass(frozen=True)
class ManifestFormat1(Manifest):
    """The manifest of format 1: no dump, but each sequence's next number, by table."""

    sequences: dict[str, int] = field(default_factory=dict)
    dump: ArchiveEntry = NO_DUMP


def fingerprint_key(secret_key: bytes) -> str:
    """Return a 64-bit fingerprint of a key, from which the key cannot be computed."""
    return hmac.digest(secret_key, b"backup", "sha256").hex()[:16]


def list_tables(connection: Connection) -> list[str]:
    """Return the names of the tables in alphabetical order."""
    rows = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> %s "
        "ORDER BY tablename",
        (UNFINISHED_RESTORE,),
    )
    return [str(name) for (name,) in rows]


def count_table(connection: Connection, name: str) -> ArchiveEntry:
    """Count a table's rows; the checksum is the sum of the hashes of the rows' text."""
    query = sql.SQL(
        "SELECT count(*), coalesce(sum(hashtextextended({table}::text, 0)::numeric), 0) "
        "FROM {table}"
    ).format(table=sql.Identifier(name))
    ((rows, checksum),) = connection.execute(query).fetchall()
    return ArchiveEntry(name, int(str(rows)), str(checksum))


def list_finished_files(folder: Path) -> list[Path]:
    """Return a folder's files, except unfinished ones, whose names begin with a dot."""
    found = folder.rglob("*") if folder.is_dir() else ()
    return sorted(path for path in found if path.is_file() and not path.name.startswith("."))


def count_file(path: Path, name: str) -> ArchiveEntry:
    """Return a file's size in bytes and its SHA-256."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return ArchiveEntry(name, path.stat().st_size, digest)


@contextmanager
def open_archive(path: Path) -> Iterator[tarfile.TarFile]:
    """Open an archive for reading. Raises Refused if it is damaged."""
    try:
        with tarfile.open(path, "r:*") as tar:
            yield tar
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error) as wrong:
        raise refuse_archive(str(wrong)) from None


def read_manifest(tar: tarfile.TarFile) -> Manifest:
    """Return an archive's manifest, of this format or the previous one."""
    try:
        written = json.load(open_member(tar, MANIFEST))
        for part in ("tables", "files", "seals"):
            written[part] = [_read_entry(**each) for each in written.get(part, [])]
        if written["format"] == FORMAT:
            return Manifest(**{**written, "dump": _read_entry(**written["dump"])})
        if written["format"] == FORMAT_1:
            return ManifestFormat1(key_fingerprint=written.pop("secret"), **written)
        raise refuse_archive(f"format {written['format']} is not known here")
    except (ValueError, KeyError, TypeError) as wrong:
        raise refuse_archive(f"{MANIFEST}: {wrong}") from None


def _read_entry(name: str, count: int, checksum: str = "", sha256: str = "") -> ArchiveEntry:
    return ArchiveEntry(name, count, checksum or sha256)  # format 1 says sha256


def open_member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    """Open one file of an archive for reading."""
    try:
        found = tar.extractfile(name)
    except KeyError:
        found = None
    if found is None:
        raise refuse_archive(f"{name} is missing")
    return found


def extract_member(tar: tarfile.TarFile, name: str, to: Path) -> None:
    """Extract one file of an archive with mode 0600."""
    relative = PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts:
        raise refuse_archive(f"{name} would lie outside")
    to.parent.mkdir(parents=True, exist_ok=True)
    to.touch(mode=0o600)
    with open_member(tar, name) as source, to.open("wb") as out:
        while block := source.read(BLOCK_BYTES):
            out.write(block)


def compare_file(path: Path, expected: ArchiveEntry) -> None:
    """Refuse the archive where a file differs from the manifest."""
    if count_file(path, expected.name) != expected:
        raise refuse_archive(f"{expected.name} is not what the manifest says")


def refuse_archive(why: str) -> Refused:
    """Return the refusal of an invalid or damaged archive."""
    return not_valid("archive", message("The archive is damaged: %(why)s.", why=why))
