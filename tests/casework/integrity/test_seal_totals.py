"""What seals count, and the ids that they say were free: read by every check, with no false alarm.

Seals are made each night. A transaction that ran while one was made may be visible only after it.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.integrity.seal_file import (
    BegunAnew,
    read_header,
    read_items,
    seal_key,
    write_seal,
)
from appeals.casework.integrity.seal_totals import COUNTED, verify_window
from appeals.casework.integrity.seal_verification import check_files, headers_of, verify_seals
from appeals.casework.integrity.seals import begin_seals_anew, make_seal
from appeals.models.appeal import Appeal
from appeals.models.append_only import SEALED_TABLES
from appeals.models.configuration import RecordedChange
from appeals.models.integrity import Seal
from tests.casework.integrity import attacker
from tests.casework.integrity.test_hash_chain import leave_id_free, write_appeals
from tests.casework.integrity.test_seals import (
    SUPERUSER,
    begin_keys,
    find_problems,
    publish_edition,
)
from tests.cast import shanghai

FIRST_NIGHT = shanghai("2026-04-05 02:00")


def night(n: int) -> datetime:
    return FIRST_NIGHT + timedelta(days=n)


def add_change(act: Act, at: datetime) -> str:
    """Record a change of the configuration at a moment; return how a problem would name it."""
    facts = {"of": "department", "key": "roads", "step": "change", "since": at.date()}
    row = RecordedChange(**facts, after={"zh": "roads"}, why="", at=at)
    act.session.add(row)
    act.session.flush()
    return f"change {row.id}"


def file_under(act: Act, free: int) -> str:
    """File an appeal through our own code under an id that the sequence gave before."""
    act.session.execute(sa.text("SELECT setval('appeal_id_seq', :id, false)"), {"id": free})
    assert free in write_appeals(act, 1)
    act.session.execute(sa.text("SELECT setval('appeal_id_seq', max(id)) FROM appeal"))
    return act.session.get_one(Appeal, free).number


@pytest.fixture
def free(act: Act) -> int:
    """Give an id that stays free below two appeals."""
    leave_id_free(act)
    return write_appeals(act)[0] - 1


@pytest.fixture
def nights(act: Act, tmp_path: Path, free: int) -> Path:
    """Make the seals of seven nights, with a change each day and an edition."""
    assert free
    for n in range(7):
        add_change(act, night(n) - timedelta(hours=3))
        if n == 3:
            publish_edition(act, 1, night(n) - timedelta(hours=2))
        make_seal(act.at(night(n)), tmp_path)
    return tmp_path


def test_every_table_with_a_moment_is_counted(act: Act, nights: Path) -> None:
    assert set(COUNTED) == {"move", "report", "figure", *SEALED_TABLES} - {"rule_change"}
    counts = {
        each.table: each.count for each in read_header(nights / "seal-000007.jsonl.gz").totals
    }
    assert counts.keys() == set(COUNTED)
    moves = act.session.scalar(sa.text("SELECT count(*) FROM move"))
    assert (counts["move"], counts["change"], counts["report"], counts["figure"]) == (
        moves,
        6,
        1,
        2,
    )
    assert find_problems(act, nights) == {}


@pytest.mark.parametrize("age", [0.5, 2.5, 4.5, 30])
def test_a_row_put_in_with_an_old_moment_is_named(act: Act, nights: Path, age: float) -> None:
    """Half a day before the last seal it may still be one that was committed late."""
    put_in = add_change(act, night(6) - timedelta(days=age))
    expected = set() if age < 1 else {put_in}
    assert set(find_problems(act, nights)) == expected
    make_seal(act.at(night(7)), nights)
    assert set(find_problems(act, nights)) == expected


def test_a_row_put_in_is_found_at_night_when_its_seals_turn_comes(act: Act, nights: Path) -> None:
    put_in = add_change(act, night(3) - timedelta(days=1, hours=12))
    headers = headers_of(check_files(act, nights)[0])
    named = {number: [each.subject for each in verify_window(act, headers, number)]
             for number in headers}  # fmt: skip
    assert {number: each for number, each in named.items() if each} == {4: [put_in]}


def test_what_was_committed_after_a_seal_with_moments_before_it_is_no_false_alarm(
    act: Act, nights: Path
) -> None:
    """A change and a filing that began before the last seal, and are there after it."""
    leave_id_free(act)
    (late,) = act.session.execute(sa.text("SELECT last_value FROM appeal_id_seq")).one()
    write_appeals(act.at(night(7) - timedelta(hours=5)), 1)
    make_seal(act.at(night(7)), nights)
    header = read_header(nights / "seal-000008.jsonl.gz")
    assert [late, late] in header.absent
    before = act.at(night(7) - timedelta(hours=4))
    file_under(before, late)
    add_change(act, night(7) - timedelta(hours=5))
    assert find_problems(act, nights) == {}
    for n in (8, 9, 10):
        make_seal(act.at(night(n)), nights)
        assert find_problems(act, nights) == {}


def test_an_appeal_under_an_id_that_a_seal_says_was_free_is_named(
    act: Act, nights: Path, free: int
) -> None:
    """Even one whose links and HMAC hold: somebody kept a filing from another copy."""
    number = file_under(act.at(night(6) + timedelta(hours=4)), free)
    told = {number: "it was inserted since: seal 1 says that its id was free"}
    assert find_problems(act, nights) == told
    make_seal(act.at(night(7)), nights)
    assert find_problems(act, nights) == told


def test_an_import_of_appeals_with_old_moments_is_no_false_alarm(act: Act, nights: Path) -> None:
    write_appeals(act.at(night(0) - timedelta(days=300)), 2)
    for n in (7, 8, 9):
        make_seal(act.at(night(n)), nights)
        assert find_problems(act, nights) == {}


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("DELETE FROM change WHERE id = (SELECT min(id) FROM change)", "change"),
        ("UPDATE change SET why = 'x' WHERE id = (SELECT min(id) FROM change)", "change"),
        ("DELETE FROM figure WHERE measure = 'closed'", "figure"),
        ("UPDATE move SET row_hash = '\\x00' WHERE seq = 3", "move"),
    ],
)
def test_one_seal_kept_elsewhere_shows_what_lost_ones_named(
    act: Act, nights: Path, tmp_path: Path, statement: str, table: str
) -> None:
    """All seals and their rows are gone but the last: its totals count all rows before it."""
    kept = (nights / "seal-000007.jsonl.gz").rename(tmp_path / "kept.gz")
    act.session.execute(sa.text(SUPERUSER))
    act.session.execute(sa.delete(Seal))
    empty = tmp_path / "empty"
    unknown = {str(kept): "the database does not know this seal 7"}
    assert find_problems(act, empty, [kept]) == unknown
    act.session.execute(sa.text(statement))
    act.session.expire_all()
    _, problems = verify_seals(act, empty, [kept])
    assert {each.subject for each in problems} == {str(kept), table}


def test_a_seal_after_one_of_the_format_before_counts_everything(act: Act, nights: Path) -> None:
    path = nights / "seal-000007.jsonl.gz"
    header = replace(read_header(path), totals=(), format=1)
    digest = write_seal(nights / "older", header, list(read_items(path)), seal_key(act.secret))
    (nights / "older").rename(path)
    act.session.execute(sa.text(SUPERUSER))
    act.session.execute(sa.update(Seal).where(Seal.number == 7).values(digest=digest))
    assert find_problems(act, nights) == {}
    made = make_seal(act.at(night(7)), nights)
    total = read_header(made.path).total("change")
    assert total is not None
    assert total.count == 7
    assert find_problems(act, nights) == {}
    put_in = add_change(act, night(2))
    assert set(find_problems(act, nights)) == {put_in}


def test_a_seal_before_seals_began_anew_takes_no_cover_from_plain_links(
    act: Act, tmp_path: Path
) -> None:
    """The release before made plain links; the first seal is lost, and turns up elsewhere."""
    begin_keys(act, 20)
    first, second = write_appeals(act)
    act.session.execute(sa.text(SUPERUSER))
    attacker.link_anew(act.session, first)
    attacker.link_anew(act.session, second)
    attacker.delete_appeal(act.session, second)
    kept = make_seal(act.at(night(-20)), tmp_path).path.rename(tmp_path / "kept.gz")
    (third,) = set(write_appeals(act, 1)) - {first}
    attacker.link_anew(act.session, third)
    begin_seals_anew(act.at(night(0)), tmp_path, BegunAnew((1,), "Zhou", "a disk failed"))
    act.session.expire_all()
    count, problems = verify_seals(act, tmp_path, [kept])
    assert (count, {each.is_acknowledged for each in problems}) == (2, {True})
    assert {each.subject for each in problems} == {"seal 1", "seal 2"}
