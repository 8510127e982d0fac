"""`DATA_DIR/erasures.txt`: which appeals were erased, for whoever restores an older backup.

A backup brings back what was erased after it was made. The list lies outside the database, so that
it is there when the database is lost; `appeals erase --again FILE` does the erasures again.
"""

from pathlib import Path

from appeals.act import Act
from appeals.casework.handling.erasure import count_erased, list_erased

NAME = "erasures.txt"


def write_erasure_list(act: Act, data: Path) -> int:
    """Write the list anew where it is not complete; return how many lines were missing."""
    path = data / NAME
    known = len(read_erasure_list(path)) if path.exists() else 0
    missing = count_erased(act) - known
    if missing <= 0:
        return 0  # after a restore the list may know more than the database: it stays
    half = path.with_suffix(".half")
    lines = [f"{number} {erased_at.isoformat()}\n" for number, erased_at in list_erased(act)]
    half.write_text("".join(lines), "utf-8")
    half.chmod(0o600)
    half.replace(path)
    return missing


def read_erasure_list(path: Path) -> list[str]:
    """Return the numbers that a list names."""
    lines = path.read_text("utf-8").splitlines()
    return [line.split()[0] for line in lines if line.strip()]
