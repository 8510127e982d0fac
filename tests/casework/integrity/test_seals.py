"""Seventeen kinds of tampering by somebody who has the database and lacks the key: all are found.

In a database whose links have a key, and in one whose links the release before made.
"""

import gzip
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.integrity.seal_file import DamagedSeal, check_seal, seal_key, seal_name
from appeals.casework.integrity.seal_verification import verify_seals
from appeals.casework.integrity.seals import is_seal_due, make_seal
from appeals.casework.records.access_log import Access, record_accesses
from appeals.domain.people import Role
from appeals.domain.refusals import Refused
from appeals.domain.rule_book import RuleChange
from appeals.domain.vocabulary import AccessKind
from appeals.models.access_log import AccessLogRow
from appeals.models.appeal import Appeal
from appeals.models.append_only import APPEND_ONLY, SEALED_TABLES
from appeals.models.configuration import RecordedChange
from appeals.models.integrity import Seal
from appeals.models.organisation import RecordedRuleChange
from appeals.reference.reference_data import mark_reference_changed
from tests.casework.integrity import attacker
from tests.casework.integrity.test_hash_chain import leave_id_free, list_problems, write_appeals
from tests.cast import CAST, shanghai

APRIL = shanghai("2026-04-05 09:00")
EDITION = """
INSERT INTO report (start, "end", cut_off, compiled_at, calendar_version, definitions, held)
VALUES ('2026-02-28 16:00Z', '2026-03-31 16:00Z', :at, :at, '', '[]', false);
INSERT INTO figure SELECT id, 'city', '', 'filed', 'all', measure, 1, 2
FROM report, unnest(ARRAY['completion', 'closed']) AS measure WHERE edition IS NULL;
UPDATE report SET edition = :edition, published_at = :at, digest = '', reviewed_at = :at,
    (reviewed_by, published_by) = (SELECT min(id), min(id) FROM staff_member) WHERE edition IS NULL
"""
SUPERUSER = "SET LOCAL session_replication_role = replica"
IN_TABLES = {
    "access-log row deleted": "DELETE FROM access_log WHERE kind = 'case_viewed'",
    "configuration change deleted": "DELETE FROM change WHERE key = 'water'",
    "log row inserted with an old moment": "INSERT INTO change SELECT (jsonb_populate_record("
    """change, '{"id": 9999999}')).* FROM change WHERE key = 'water'""",
    "published figure changed": "UPDATE figure SET numerator = numerator + 1 WHERE measure = "
    "'completion' AND by = 'city' AND base = 'filed' AND variant = 'all'",
}
SEAL_DELETED = "last seal deleted"
NAMED = {
    "appeal inserted": attacker.FORGED,
    "appeal inserted under a free id": attacker.FORGED,
    "log row inserted with an old moment": "change 9999999",
    SEAL_DELETED: "seal 1",
}
KINDS = (*attacker.ON_APPEALS, *IN_TABLES, SEAL_DELETED)


@pytest.fixture
def ids(act: Act) -> list[int]:
    """Give two appeals beside an access, a change of the configuration, and an edition."""
    leave_id_free(act)
    ids = write_appeals(act)
    record_accesses(
        act.by(CAST[Role.OFFICER]),
        [Access(AccessKind.CASE_VIEWED, ids[0]), Access(AccessKind.CONTACT_SHOWN, ids[0])],
    )
    for key in ("roads", "water"):
        change = {"of": "department", "key": key, "step": "change", "since": act.now.date()}
        act.session.add(RecordedChange(**change, after={"zh": key}, why="", at=act.now))
    act.session.flush()  # sealed below
    publish_edition(act, 1, APRIL - timedelta(days=2))
    return ids


def publish_edition(act: Act, edition: int, at: datetime) -> None:
    """Put in an edition of two figures: what is counted does not matter here."""
    for statement in EDITION.split(";"):
        act.session.execute(sa.text(statement), {"at": at, "edition": edition})


def begin_keys(act: Act, days: int) -> None:
    """Let keyed links be the rule from some days after the act on."""
    row = sa.update(RecordedRuleChange).where(RecordedRuleChange.name == RuleChange.KEYED_LINKS)
    act.session.execute(row.values(since=act.now + timedelta(days=days)))
    mark_reference_changed(act.session, "since when links have a key")


def find_problems(act: Act, folder: Path, given: Sequence[Path] = ()) -> dict[str, str]:
    """Return what `appeals verify` names: appeals by replay, and by seals all else."""
    act.session.expire_all()
    _, sealed = verify_seals(act, folder, given)
    return dict([*list_problems(act), *((each.subject, each.sentence) for each in sealed)])


def lines_of(path: Path) -> list[list[object]]:
    """Return what a seal names, line by line."""
    lines = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    return lines[1:-1]


def name_expected(act: Act, kind: str, ids: Sequence[int]) -> str:
    """Return the appeal or row that the attack of this kind changes, as it is named."""
    if kind in NAMED:
        return NAMED[kind]
    if kind in attacker.ON_APPEALS:
        return act.session.get_one(Appeal, ids[0]).number
    if kind == "access-log row deleted":
        row = act.session.scalars(
            sa.select(AccessLogRow).where(AccessLogRow.kind == AccessKind.CASE_VIEWED)
        ).one()
        return f"access_log {row.month} {row.id}"
    if kind == "configuration change deleted":
        change = sa.select(RecordedChange.id).where(RecordedChange.key == "water")
        return f"change {act.session.scalar(change)}"
    report = act.session.scalar(sa.text("SELECT min(id) FROM report"))
    return f"figure {report} city  filed all completion"


@pytest.mark.parametrize("links", ["keyed", "plain"])
@pytest.mark.parametrize("kind", KINDS)
def test_tampering_without_the_key_is_found_and_named(
    act: Act, ids: list[int], tmp_path: Path, kind: str, links: str
) -> None:
    if links == "plain":
        begin_keys(act, 20)
        with act.session.begin_nested():
            act.session.execute(sa.text(SUPERUSER))
            for it in ids:
                attacker.link_anew(act.session, it)
            act.session.execute(sa.text("SET LOCAL session_replication_role = origin"))
    make_seal(act.at(APRIL), tmp_path)
    assert find_problems(act, tmp_path) == {}
    expected = name_expected(act, kind, ids)
    act.session.execute(sa.text(SUPERUSER))
    if kind in attacker.ON_APPEALS:
        attacker.ON_APPEALS[kind](act.session, ids[0])
    elif kind == SEAL_DELETED:
        (tmp_path / seal_name(1)).unlink()
    else:
        changed = act.session.execute(sa.text(IN_TABLES[kind]))
        assert isinstance(changed, sa.CursorResult)
        assert changed.rowcount == 1
    assert set(find_problems(act, tmp_path)) == {expected}


def test_every_table_that_is_only_added_to_is_covered_by_seals() -> None:
    """Moves by their appeal's last link, contacts by the move, seals by the next one."""
    assert APPEND_ONLY.keys() - SEALED_TABLES.keys() == {"move", "contact_version", "seal"}


def test_a_second_seal_has_only_what_is_new(act: Act, ids: list[int], tmp_path: Path) -> None:
    make_seal(act.at(APRIL), tmp_path)
    later = act.at(APRIL + timedelta(days=3))
    (new,) = set(write_appeals(later, 1)) - set(ids)
    made = make_seal(later, tmp_path)
    lines = lines_of(made.path)
    assert [line[1] for line in lines if line[0] == "appeal"] == [new]
    assert {line[1] for line in lines if line[0] == "table"} >= {"access_log", "change"}
    rows = [line[1] for line in lines if line[0] == "row"]
    assert rows == [[name] for name in sorted(RuleChange)]
    assert find_problems(act, tmp_path) == {}


@pytest.mark.usefixtures("ids")
def test_what_was_committed_late_is_in_the_next_seal(act: Act, tmp_path: Path) -> None:
    """A filing that got its id before a seal, and is there only after it, with old moments."""
    with act.session.begin_nested() as filing:
        late = write_appeals(act, 1)[-1]
        filing.rollback()
    write_appeals(act, 1)
    first = make_seal(act.at(APRIL), tmp_path)
    header, _ = check_seal(first.path, seal_key(act.secret))
    assert [late, late] in header.absent
    act.session.execute(sa.text("SELECT setval('appeal_id_seq', :id)"), {"id": late - 1})
    assert late in write_appeals(act, 1)
    made = make_seal(act.at(APRIL + timedelta(hours=1)), tmp_path)
    lines = lines_of(made.path)
    assert [line[1] for line in lines if line[0] == "appeal"] == [late]


@pytest.mark.usefixtures("ids")
@pytest.mark.parametrize("damage", ["cut", "changed", "another key", "no seal"])
def test_a_damaged_seal_is_named(act: Act, tmp_path: Path, damage: str) -> None:
    made = make_seal(act.at(APRIL), tmp_path)
    text = gzip.decompress(made.path.read_bytes())
    lines = text.splitlines(keepends=True)
    key = seal_key(b"another") if damage == "another key" else seal_key(act.secret)
    if damage == "cut":
        made.path.write_bytes(gzip.compress(b"".join(lines[:3] + lines[-1:])))
    if damage == "changed":
        made.path.write_bytes(gzip.compress(text.replace(b'["appeal",', b'["appeal" ,', 1)))
    if damage == "no seal":
        made.path.write_bytes(made.path.read_bytes()[:50])
    with pytest.raises(DamagedSeal):
        check_seal(made.path, key)
    if damage != "another key":
        assert set(find_problems(act, tmp_path)) == {"seal 1"}


@pytest.mark.usefixtures("ids")
def test_a_missing_file_row_or_seal_between_is_named(act: Act, tmp_path: Path) -> None:
    for day in range(3):
        make_seal(act.at(APRIL + timedelta(days=day)), tmp_path)
    kept = tmp_path / "kept.gz"
    (tmp_path / seal_name(2)).rename(kept)
    assert find_problems(act, tmp_path) == {"seal 2": "its file seal-000002.jsonl.gz is missing"}
    act.session.execute(sa.text(SUPERUSER))
    act.session.execute(sa.delete(Seal).where(Seal.number == 2))
    assert "seal 2" in find_problems(act, tmp_path)
    kept.rename(tmp_path / seal_name(2))
    assert find_problems(act, tmp_path) == {"seal 2": "the database has no row of it"}


def test_a_seal_kept_elsewhere_shows_what_the_folder_lost(
    act: Act, ids: list[int], tmp_path: Path
) -> None:
    """Whoever has both database and data folder takes the seals away, and changes an appeal."""
    kept = tmp_path / "kept.gz"
    make_seal(act.at(APRIL), tmp_path / "seals").path.rename(kept)
    number = act.session.get_one(Appeal, ids[0]).number
    act.session.execute(sa.text(SUPERUSER))
    act.session.execute(sa.delete(Seal))
    attacker.delete_appeal(act.session, ids[0])
    assert find_problems(act, tmp_path / "seals") == {}
    found = find_problems(act, tmp_path / "seals", [kept])
    assert found[number] == "it is gone; seal 1 names it"
    assert found[str(kept)] == "the database does not know this seal 1"


@pytest.mark.usefixtures("ids")
def test_a_seal_whose_row_was_never_committed_gets_it_with_the_next(
    act: Act, tmp_path: Path
) -> None:
    """The process was killed between naming the file and committing."""
    with act.session.begin_nested() as killed:
        make_seal(act.at(APRIL), tmp_path)
        killed.rollback()
    assert make_seal(act.at(APRIL + timedelta(days=1)), tmp_path).number == 2
    assert list(act.session.scalars(sa.select(Seal.number).order_by(Seal.number))) == [1, 2]
    assert find_problems(act, tmp_path) == {}


@pytest.mark.usefixtures("ids")
def test_nothing_is_sealed_over_a_seal_that_is_missing(act: Act, tmp_path: Path) -> None:
    make_seal(act.at(APRIL), tmp_path).path.unlink()
    with pytest.raises(Refused, match="seal-000001"):
        make_seal(act.at(APRIL), tmp_path)


@pytest.mark.usefixtures("ids")
def test_a_seal_is_due_at_first_each_night_and_after_an_edition(act: Act, tmp_path: Path) -> None:
    assert is_seal_due(act.at(APRIL), is_night=False)
    make_seal(act.at(APRIL), tmp_path)
    assert not is_seal_due(act.at(APRIL), is_night=True)
    tomorrow = act.at(APRIL + timedelta(days=1))
    assert is_seal_due(tomorrow, is_night=True)
    assert not is_seal_due(tomorrow, is_night=False)
    publish_edition(act, 2, tomorrow.now)
    assert is_seal_due(tomorrow.later(timedelta(minutes=5)), is_night=False)


@pytest.mark.usefixtures("ids")
def test_a_seal_is_due_as_soon_as_links_must_have_a_key(act: Act, tmp_path: Path) -> None:
    """It closes the time in which plain links are believed."""
    begin_keys(act, 40)
    make_seal(act.at(APRIL), tmp_path)
    assert not is_seal_due(act.later(timedelta(days=39)), is_night=False)
    assert is_seal_due(act.later(timedelta(days=41)), is_night=False)


@pytest.mark.usefixtures("ids")
def test_a_seal_is_readable_by_its_owner_alone(act: Act, tmp_path: Path) -> None:
    made = make_seal(act.at(APRIL), tmp_path / "seals")
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "seals").stat().st_mode & 0o777 == 0o700
    assert [path.name for path in (tmp_path / "seals").iterdir()] == ["seal-000001.jsonl.gz"]
