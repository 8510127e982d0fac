"""The list of erased appeals, `DATA_DIR/erasures.txt`, for restoring an older backup.

A backup brings back data erased after it was made. The list is kept outside the database to survive
its loss; `appeals restore` repeats the erasures.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from appeals.act import Act
from appeals.casework.erasure.erasure import list_erased
from appeals.domain.numbers import is_number

FILE_NAME = "erasures.txt"
OWNER_ONLY = 0o600


def write_erasure_list(act: Act, data: Path) -> int:
    """Append the erasures missing from the list; return how many.

    After a restore the list may name more than the database: its lines are never removed.
    """
    erased = list_erased(act)
    return _add_lines(data, ((number, f"{number} {at.isoformat()}") for number, at in erased))


def merge_erasure_lists(data: Path, lists: Sequence[Path]) -> int:
    """Append the entries of other lists missing from that of `DATA_DIR`, sorted; return how many.

    Where an appeal is open again in a restored database, or is newer than the backup, only the list
    says that it must be erased. Lines without a number are skipped.
    """
    lines = {line.split()[0]: line for each in reversed(lists) for line in _read_lines(each)}
    listed = ((number, line) for number, line in sorted(lines.items()) if is_number(number))
    return _add_lines(data, listed)


def find_erasure_lists(data: Path, archive: Path, given: Path | None) -> list[Path]:
    """Return the existing lists for a restore: the given one, in `DATA_DIR`, beside the archive.

    The one in `DATA_DIR` is still there if only the database was lost.
    """
    places = [data / FILE_NAME, archive.absolute().parent / FILE_NAME]
    found = [path for path in (given, *places) if path is not None and path.is_file()]
    return list(dict.fromkeys(path.resolve() for path in found))


def read_erasure_list(path: Path) -> list[str]:
    """Return the appeal numbers in a list."""
    return [line.split()[0] for line in _read_lines(path)]


def _read_lines(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").splitlines() if line.strip()]


def _add_lines(data: Path, lines: Iterable[tuple[str, str]]) -> int:
    """Append the lines, given with their numbers, whose number is not in `data`'s list."""
    path = data / FILE_NAME
    known = set(read_erasure_list(path)) if path.exists() else set[str]()
    new = [f"{line}\n" for number, line in lines if number not in known]
    if new:
        _append_bytes(path, "".join(new).encode())
    return len(new)


def _append_bytes(path: Path, lines: bytes) -> None:
    """Append whole lines and sync them to disk; a line cut short by a crash is ended first."""
    path.touch(OWNER_ONLY)
    path.chmod(OWNER_ONLY)
    with path.open("a+b") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - 1))
        is_cut = file.read() not in {b"", b"\n"}
        file.write(b"\n" + lines if is_cut else lines)
        file.flush()
        os.fsync(file.fileno())
