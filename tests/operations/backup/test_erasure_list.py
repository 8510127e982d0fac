"""The list of erasures outside the database: it only ever grows, whatever a restore brings back."""

from datetime import timedelta
from pathlib import Path

import pytest

from appeals.act import Act
from appeals.casework.erasure.erasure import erase_appeals
from appeals.domain.numbers import make_number
from appeals.domain.states import State
from appeals.domain.vocabulary import ErasedBy
from appeals.operations.backup.erasure_list import (
    merge_erasure_lists,
    read_erasure_list,
    write_erasure_list,
)
from tests.cast import SECRET
from tests.factories import appeal_in

LOST = [f"{make_number(10**6 + day, 2026, SECRET)} 2026-02-0{day}T00:00:00+00:00" for day in (1, 2)]


def erased(act: Act) -> str:
    """Close and erase an appeal, and return its number."""
    appeal = appeal_in(act, State.CLOSED)
    erase_appeals(act.later(timedelta(days=3)), [appeal.id], ErasedBy.OPERATOR)
    return appeal.number


@pytest.mark.parametrize("known", [0, 1, 2])
def test_what_is_erased_after_a_restore_is_added_and_no_line_is_lost(
    act: Act, tmp_path: Path, known: int
) -> None:
    path = tmp_path / "erasures.txt"
    path.write_text("".join(f"{line}\n" for line in LOST[:known]), "utf-8")
    first, second = erased(act), erased(act)
    assert write_erasure_list(act, tmp_path) == 2
    lines = path.read_text("utf-8").splitlines()
    assert lines[:known] == LOST[:known]
    assert read_erasure_list(path)[known:] == [first, second]
    assert write_erasure_list(act, tmp_path) == 0
    assert path.read_text("utf-8").splitlines() == lines
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_line_that_was_cut_short_spoils_no_other(act: Act, tmp_path: Path) -> None:
    path = tmp_path / "erasures.txt"
    number = erased(act)
    path.write_text(f"{LOST[0]}\n{number[:9]}", "utf-8")
    assert write_erasure_list(act, tmp_path) == 1
    assert read_erasure_list(path) == [LOST[0].split()[0], number[:9], number]


def test_where_nothing_was_erased_no_list_is_made(act: Act, tmp_path: Path) -> None:
    assert write_erasure_list(act, tmp_path) == 0
    assert list(tmp_path.iterdir()) == []


def test_other_lists_are_merged_once_and_the_nightly_writing_keeps_their_lines(
    act: Act, tmp_path: Path
) -> None:
    path, one, two = tmp_path / "erasures.txt", tmp_path / "one", tmp_path / "two"
    number = erased(act)
    path.write_text(f"{LOST[0]}\n", "utf-8")
    one.write_text(f"{LOST[1]}\nof no number\n\n{LOST[0]}\n", "utf-8")
    two.write_text(LOST[1].split()[0], "utf-8")
    assert merge_erasure_lists(tmp_path, [one, path, two]) == 1
    assert write_erasure_list(act, tmp_path) == 1
    assert merge_erasure_lists(tmp_path, [two, one]) == 0
    assert path.read_text("utf-8").splitlines()[:2] == LOST
    assert read_erasure_list(path)[2:] == [number]
