"""One archive of everything: each table as PostgreSQL's own COPY text, and the folder of files.

The archive is a gzipped tar: `manifest.json` (the revision, each table's and file's count and
SHA-256, where each sequence stands), `tables/<name>`, `files/…`. The server's secret key is not
in it: keep that apart, for numbers' query codes are hashed with it.
"""

import hashlib
import hmac
import json
import tarfile
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

import sqlalchemy as sa

from appeals.act import Act
from appeals.database import Base
from appeals.domain.refusals import Refused, not_now, not_valid
from appeals.models.organisation import RecordedRuleChange
from appeals.models.staff import StaffSession
from appeals.operations.dumping import (
    BLOCK,
    Counted,
    counted,
    cursor_of,
    fill,
    guards,
    identities,
    sequences,
    tables,
)

FORMAT = 1
MANIFEST = "manifest.json"
RULE_CHANGES = Base.metadata.tables[RecordedRuleChange.__tablename__]


@dataclass(frozen=True)
class Manifest:
    """What an archive says of itself; `secret` tells whether the server's key is the same."""

    revision: str
    secret: str
    tables: list[Counted]
    sequences: dict[str, int]
    files: list[Counted] = field(default_factory=list)
    format: int = FORMAT


def back_up(act: Act, files: Path, archive: Path) -> Manifest:
    """Write the archive from one snapshot of the database; `act` reads repeatably.

    The files are read after the rows that name them, so none is missing. An archive appears
    whole or not at all.
    """
    half = archive.with_name(f".{archive.name}.half")
    with tempfile.TemporaryDirectory(dir=archive.parent, prefix=".backup-") as name:
        folder = Path(name)
        manifest = Manifest(
            revision=_revision(act),
            secret=_fingerprint(act),
            tables=[_dump(act, table, folder / table.name) for table in tables(act)],
            sequences=sequences(act),
        )
        act.session.rollback()
        for path in _files(files):
            manifest.files.append(_of_file(files, path))
        try:
            half.touch(mode=0o600)  # it holds the citizens' words
            with tarfile.open(half, "w:gz", compresslevel=1) as tar:
                (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), "utf-8")
                tar.add(folder / MANIFEST, MANIFEST)
                for each in manifest.tables:
                    tar.add(folder / each.name, f"tables/{each.name}")
                for each in manifest.files:
                    tar.add(files / each.name, f"files/{each.name}")
            half.rename(archive)
        finally:
            half.unlink(missing_ok=True)
    return manifest


def restore(act: Act, files: Path, archive: Path) -> Manifest:
    """Read the archive into an empty database and compare every count and checksum.

    Raises Refused: not now for a database or folder that is not empty, or of another revision;
    not valid for an archive that is none, or whose rows or files are not what it says.
    Commits nothing; the caller does when all is well.
    """
    refuse_full(act, files)
    try:
        with tarfile.open(archive, "r:gz") as tar:
            manifest = _read_manifest(tar)
            if manifest.revision != _revision(act):
                raise not_now(
                    f"备份的数据库版本是{manifest.revision}，与本程序不同。",
                    f"The archive is of revision {manifest.revision}, this database is of "
                    f"{_revision(act)}: restore it with the program of that time.",
                )
            _load(act, tar, manifest)
            _unpack(tar, manifest, files)
            _end_sessions(act)
    except (tarfile.TarError, EOFError, OSError) as wrong:
        raise _broken(str(wrong)) from None
    return manifest


def refuse_full(act: Act, files: Path) -> None:
    """Refuse a database that has rows, or a folder that has files.

    The moments of the rule book are there from the migrations; the archive's replace them.
    """
    for table in Base.metadata.sorted_tables:
        if table is RULE_CHANGES:
            continue
        there = act.session.scalar(sa.select(sa.func.to_regclass(table.name)))
        if there and act.session.scalar(sa.select(sa.exists(sa.select(sa.literal(1), table)))):
            raise not_now(
                f"数据库不是空的（{table.name}表中有数据），不能恢复。",
                f"The database is not empty (table {table.name} has rows): nothing was restored.",
            )
    if any(_files(files)):
        raise not_now(
            "文件夹不是空的，不能恢复。",
            f"The folder {files} is not empty: nothing was restored.",
        )


def is_same_secret(act: Act, manifest: Manifest) -> bool:
    """Tell whether this server's key is the one under which the codes were hashed."""
    return hmac.compare_digest(manifest.secret, _fingerprint(act))


def _fingerprint(act: Act) -> str:
    return hmac.digest(act.secret, b"backup", "sha256").hex()[:16]


def _revision(act: Act) -> str:
    return str(act.session.scalar(sa.text("SELECT version_num FROM alembic_version")))


def _dump(act: Act, table: sa.Table, path: Path) -> Counted:
    with path.open("wb") as out:
        return counted(act, table, out)


def _load(act: Act, tar: tarfile.TarFile, manifest: Manifest) -> None:
    """Put every table's rows; what guards a published edition is off while they come in."""
    guarded = act.session.scalars(
        sa.text(
            "SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE NOT tgisinternal AND tgtype & 4 <> 0"  # those that run on INSERT
        )
    ).all()
    known = Base.metadata.tables
    with cursor_of(act) as cursor:
        for name in guarded:
            cursor.execute(guards(name, "DISABLE"))
        act.session.execute(RULE_CHANGES.delete())
        for each in manifest.tables:
            if each.name not in known:
                raise _broken(f"unknown table {each.name}")
            fill(cursor, known[each.name], _member(tar, f"tables/{each.name}"))
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name in guarded:
            cursor.execute(guards(name, "ENABLE"))
        for table, column in identities():
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s), %s, false)",
                (table, column, manifest.sequences[table]),
            )
    for each in manifest.tables:
        if counted(act, known[each.name]) != each:
            raise _broken(f"table {each.name} is not what the archive says")


def _end_sessions(act: Act) -> None:
    """End every session of the staff: what was ended since the backup must not open again."""
    act.session.execute(
        sa.update(StaffSession).where(StaffSession.ended_at.is_(None)).values(ended_at=act.now)
    )


def _read_manifest(tar: tarfile.TarFile) -> Manifest:
    try:
        read = json.load(_member(tar, MANIFEST))
        read["tables"] = [Counted(**each) for each in read["tables"]]
        read["files"] = [Counted(**each) for each in read["files"]]
        manifest = Manifest(**read)
    except (ValueError, KeyError, TypeError) as wrong:
        raise _broken(str(wrong)) from None
    if manifest.format != FORMAT:
        raise _broken(f"format {manifest.format}")
    return manifest


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        found = tar.extractfile(name)
    except KeyError:
        found = None
    if found is None:
        raise _broken(f"{name} is missing")
    return found


def _files(folder: Path) -> list[Path]:
    """Give the files of the folder; one whose name begins with a dot is only being written."""
    found = folder.rglob("*") if folder.is_dir() else ()
    return sorted(path for path in found if path.is_file() and not path.name.startswith("."))


def _of_file(folder: Path, path: Path) -> Counted:
    with path.open("rb") as octets:
        digest = hashlib.file_digest(octets, "sha256").hexdigest()
    return Counted(path.relative_to(folder).as_posix(), path.stat().st_size, digest)


def _unpack(tar: tarfile.TarFile, manifest: Manifest, folder: Path) -> None:
    for each in manifest.files:
        name = PurePosixPath(each.name)
        if name.is_absolute() or ".." in name.parts:
            raise _broken(f"{each.name} would lie outside")
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with _member(tar, f"files/{each.name}") as octets, path.open("wb") as out:
            while block := octets.read(BLOCK):
                out.write(block)
        if _of_file(folder, path) != each:
            raise _broken(f"file {each.name} is not what the archive says")


def _broken(why: str) -> Refused:
    return not_valid("archive", f"备份文件已损坏：{why}。", f"The archive is broken: {why}.")
