"""`DATA_DIR/erasures.txt`: which appeals were erased, for whoever restores an older backup.

A backup brings back what was erased after it was made. The list lies outside the database, so that
it is there when the database is lost; `appeals restore` does the erasures again.
"""

import os
from pathlib import Path

from appeals.act import Act
from appeals.casework.handling.erasure import list_erased

NAME = "erasures.txt"
OWNER_ONLY = 0o600


def write_erasure_list(act: Act, data: Path) -> int:
    """Append the erasures that the list does not name; return how many those were.

    After a restore the list names more than the database does: what it says is never rewritten.
    """
    path = data / NAME
    known = set(read_erasure_list(path)) if path.exists() else set[str]()
    lines = [
        f"{number} {erased_at.isoformat()}\n"
        for number, erased_at in list_erased(act)
        if number not in known
    ]
    if lines:
        _append(path, "".join(lines).encode())
    return len(lines)


def find_erasure_lists(data: Path, archive: Path, given: Path | None) -> list[Path]:
    """Return the lists that are there for a restore: the one given, in `DATA_DIR`, and beside FILE.

    The one in `DATA_DIR` is left over where the database alone was lost.
    """
    places = [data / NAME, archive.absolute().parent / NAME]
    found = [path for path in (given, *places) if path is not None and path.is_file()]
    return list(dict.fromkeys(path.resolve() for path in found))


def read_erasure_list(path: Path) -> list[str]:
    """Return the numbers that a list names."""
    lines = path.read_text("utf-8").splitlines()
    return [line.split()[0] for line in lines if line.strip()]


def _append(path: Path, lines: bytes) -> None:
    """Append whole lines and bring them to the disk; one that a crash cut short is ended first."""
    path.touch(OWNER_ONLY)
    path.chmod(OWNER_ONLY)
    with path.open("a+b") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - 1))
        is_cut = file.read() not in {b"", b"\n"}
        file.write(b"\n" + lines if is_cut else lines)
        file.flush()
        os.fsync(file.fileno())
