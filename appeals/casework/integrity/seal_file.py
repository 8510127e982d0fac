"""The file format of a seal: gzipped JSON lines with a digest and an HMAC at the end.

The first line is the header, with the totals of the append-only tables. The last line holds the
SHA-256 over all lines before it, and an HMAC of that digest under a key derived from the secret
key. The lines between are appeals (`["appeal", id, number, moves, last link]`), tables with the
columns that their rows' digests cover (`["table", name, columns]`), and rows of the table named
last (`["row", key, digest]`). The file holds no citizen's words, and its digests reveal nothing
without the key.
"""

import gzip
import hashlib
import hmac
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from appeals.domain.derived_keys import KeyPurpose, derive_key

FORMAT = 2
READ_FORMATS = (1, FORMAT)
"""Seals of format 1 have no totals."""
OVERLAP = timedelta(days=1)
"""Longest delay between a transaction's timestamp and its commit becoming visible."""
SUFFIX = ".jsonl.gz"
ROW_DIGEST_BYTES = 16
GZIP_LEVEL = 3
COMPACT_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
"""Keeps keys in the order of the dataclasses' fields, for human readers."""


class PlainLinks(StrEnum):
    """Whether links without a key are accepted up to the move that a seal names."""

    COVERED = "covered"
    """Processes of the previous release may still make some; the next seal covers them."""
    COVERED_LAST = "covered, the last time"
    NOT_COVERED = "not covered"


class DamagedSeal(Exception):  # noqa: N818 - a sentence for the operator, like `Refused`
    """The file is not an intact seal of this installation; the message says why."""


@dataclass(frozen=True)
class SealedTotal:
    """Number of rows in a table up to a moment, and one digest over the columns named.

    The digest is the sum of the digests of the rows, so that a day's rows can be added to it.
    """

    table: str
    columns: tuple[str, ...]
    count: int
    digest: str


@dataclass(frozen=True)
class SealRestart:
    """Restart of the seals: which were missing or damaged, who restarted, and why."""

    missing: tuple[int, ...]
    by: str
    reason: str


@dataclass(frozen=True)
class SealHeader:
    """The first line of a seal.

    Attributes:
        since: Moves and rows from this moment on are included; None for the first seal: all.
        previous: The digest of the previous seal.
        plain_links: A `PlainLinks`.
        absent: Ranges of unused ids between the previous seal's highest id and `highest`.
        totals: Totals of the rows from before `sealed_until`.
        settled: Moves are counted for appeals up to this id, the highest a day before.
        begun_anew: Set where the seals were restarted: this one does not vouch for all before it.
    """

    number: int
    at: str
    since: str | None
    previous: str | None
    plain_links: str
    highest: int
    absent: list[list[int]]
    settled: int = 0
    totals: tuple[SealedTotal, ...] = ()
    begun_anew: SealRestart | None = None
    format: int = FORMAT

    @property
    def sealed_at(self) -> datetime:
        """Time of the seal."""
        return datetime.fromisoformat(self.at)

    @property
    def sealed_until(self) -> datetime:
        """Time before which every row was visible when the seal was made."""
        return self.sealed_at - OVERLAP

    def total(self, table: str) -> SealedTotal | None:
        """Return a table's total, None where the seal has none."""
        return next((each for each in self.totals if each.table == table), None)


@dataclass(frozen=True, slots=True)
class SealedAppeal:
    """An appeal as a seal names it."""

    id: int
    number: str
    moves: int
    last_link: bytes


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table whose rows follow, and the columns that their digests cover."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SealedRow:
    """A row of the table named last: the texts of its key, and the digest of its columns."""

    key: tuple[str, ...]
    digest: str


SealItem = SealedAppeal | SealedTable | SealedRow


def make_seal_name(number: int) -> str:
    """Return the name of a seal's file."""
    return f"seal-{number:06}{SUFFIX}"


def read_seal_number(path: Path) -> int | None:
    """Return the seal number in a file's name, None for other names."""
    middle = path.name.removeprefix("seal-").removesuffix(SUFFIX)
    is_ours = middle.isascii() and middle.isdecimal() and path.name == make_seal_name(int(middle))
    return int(middle) if is_ours else None


def compute_row_digest(key: bytes, table: str, content: str) -> str:
    """Return the keyed digest of a row; `content` is the JSON text of its columns."""
    told = f"{table}\0{content}".encode()
    return hmac.digest(key, told, hashlib.sha256)[:ROW_DIGEST_BYTES].hex()


def derive_seal_key(secret: bytes) -> bytes:
    """Return the key of seals."""
    return derive_key(secret, KeyPurpose.SEAL)


def write_seal(path: Path, header: SealHeader, items: Iterable[SealItem], key: bytes) -> str:
    """Write a seal with mode 0600 and return its digest.

    The file is synced to disk when this returns. The caller renames it into place.
    """
    path.unlink(missing_ok=True)
    with (
        os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
        gzip.GzipFile(
            filename="", fileobj=file, mode="wb", compresslevel=GZIP_LEVEL, mtime=0
        ) as out,
    ):
        digest = hashlib.sha256()
        for line in _encode_lines(header, items):
            digest.update(line)
            out.write(line)
        ending = {
            "digest": _format_digest(digest.digest()),
            "hmac": _compute_seal_hmac(key, digest.digest()),
        }
        out.write(COMPACT_JSON.encode(ending).encode() + b"\n")
        out.close()
        file.flush()
        os.fsync(file.fileno())
    return ending["digest"]


def _encode_lines(header: SealHeader, items: Iterable[SealItem]) -> Iterator[bytes]:
    yield COMPACT_JSON.encode(asdict(header)).encode() + b"\n"
    for item in items:
        yield COMPACT_JSON.encode(_encode_item(item)).encode() + b"\n"


def _encode_item(item: SealItem) -> Sequence[object]:
    if isinstance(item, SealedAppeal):
        return ("appeal", item.id, item.number, item.moves, item.last_link.hex())
    if isinstance(item, SealedTable):
        return ("table", item.name, item.columns)
    return ("row", item.key, item.digest)


def check_seal(path: Path, key: bytes) -> tuple[SealHeader, str]:
    """Read a whole seal, verify it, and return its header and digest.

    Raises:
        DamagedSeal: It is truncated, altered, not a seal, or made with another secret key.
    """
    digest, first, last = hashlib.sha256(), b"", b""
    for line in _read_lines(path):
        if not first:
            first = line
        digest.update(last)
        last = line
    try:
        ending = json.loads(last)
        is_right = isinstance(ending, dict) and ending["digest"] == _format_digest(digest.digest())
        if not is_right:
            raise DamagedSeal("its digest does not hold: it was cut or changed")
        if not hmac.compare_digest(ending["hmac"], _compute_seal_hmac(key, digest.digest())):
            raise DamagedSeal(
                "its HMAC does not hold: it was forged, or made with another secret key"
            )
        header = _decode_header(first)
    except (ValueError, KeyError, TypeError):
        raise DamagedSeal("it was cut, or is no seal") from None
    if header.format not in READ_FORMATS:
        raise DamagedSeal(f"its format {header.format} is not known to this release")
    return header, ending["digest"]


def read_header(path: Path) -> SealHeader:
    """Return the header of a seal that was checked before."""
    return _decode_header(next(_read_lines(path)))


def _decode_header(line: bytes) -> SealHeader:
    told = json.loads(line)
    told["totals"] = tuple(
        SealedTotal(**{**each, "columns": tuple(each["columns"])})
        for each in told.get("totals", ())
    )
    if anew := told.get("begun_anew"):
        told["begun_anew"] = SealRestart(**{**anew, "missing": tuple(anew["missing"])})
    return SealHeader(**told)


def read_items(path: Path) -> Iterator[SealItem]:
    """Yield the items of a seal that was checked before."""
    previous: bytes | None = None
    for n, line in enumerate(_read_lines(path)):
        if previous is not None:
            yield _decode_item(json.loads(previous))
        previous = line if n else None


def _decode_item(told: list[object]) -> SealItem:
    match told:
        case ["appeal", int(id_), str(number), int(moves), str(link)]:
            return SealedAppeal(id_, number, moves, bytes.fromhex(link))
        case ["table", str(name), [*columns]]:
            return SealedTable(name, tuple(map(str, columns)))
        case ["row", [*key], str(digest)]:
            return SealedRow(tuple(map(str, key)), digest)
    raise DamagedSeal(f"it has a line that this release does not know: {told[:1]}")


def _read_lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path) as file:
            yield from file
    except (OSError, EOFError, zlib.error) as wrong:
        raise DamagedSeal(f"it cannot be read: {wrong}") from None


def _format_digest(digest: bytes) -> str:
    return f"sha256:{digest.hex()}"


def _compute_seal_hmac(key: bytes, digest: bytes) -> str:
    return hmac.digest(key, b"seal" + digest, hashlib.sha256).hex()


def sync_folder(folder: Path) -> None:
    """Sync a folder's entries to disk, where the file system supports it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
