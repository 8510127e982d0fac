"""Another system's appeals come in at their own times, once, and odd rows as the rules say."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.integrity.verification import verify_all_appeals
from appeals.domain.refusals import Refused
from appeals.domain.states import State
from appeals.domain.vocabulary import Channel
from appeals.imports.files import open_rows
from appeals.imports.import_run import ImportedBatch, run_import
from appeals.imports.mapping import ColumnMapping
from appeals.models.appeal import Appeal, Move, Statement
from appeals.models.handling import Deadline, Dispatch, Round
from appeals.models.notice import Notice
from appeals.models.organisation import Area, Category, Department

MAPPING = """
source = "elsewhere"
time_zone = "Asia/Shanghai"
create = ["department", "category", "district"]
[columns]
reference = "no"
filed = "opened"
closed = "closed"
promised = "target"
department = "unit"
category = "matter"
district = "place"
channel = "way"
subject = "matter"
reply = "reply"
[otherwise]
kind = "help"
[values.channel]
Call = "phone"
"""
HEADER = ("no", "opened", "target", "closed", "unit", "matter", "place", "way", "reply")
CLOSED = ("1", "2011-07-01 01:32:33", "2011-07-15 01:32:32", "2011-07-01 05:06:58", "PWD", "Lamp",
          "Roxbury", "Call", "Fuse\treplaced")  # fmt: skip


@pytest.fixture
def mapping(tmp_path: Path) -> ColumnMapping:
    path = tmp_path / "mapping.toml"
    path.write_text(MAPPING, "utf-8")
    return ColumnMapping.read_file(path)


def import_rows(
    act: Act, mapping: ColumnMapping, tmp_path: Path, *rows: tuple[str, ...], keep: bool = True
) -> ImportedBatch:
    path = tmp_path / "rows.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as text:
        csv.writer(text).writerows([HEADER, *rows])
    with open_rows(path, mapping) as lines:
        batches = list(run_import(act, mapping, lines, keep=keep))
    return ImportedBatch(
        sum(each.imported for each in batches),
        sum(each.already_here for each in batches),
        tuple(refusal for each in batches for refusal in each.refused),
    )


def a_row(**cells: str) -> tuple[str, ...]:
    usual = dict(zip(HEADER, CLOSED, strict=True))
    return tuple({**usual, **cells}.values())


def only_appeal(act: Act) -> Appeal:
    return act.session.scalars(sa.select(Appeal)).one()


def problems(act: Act) -> Iterator[str]:
    for checked in verify_all_appeals(act):
        yield from (problem.sentence for problem in checked.problems)


def test_a_closed_row_is_a_closed_appeal_at_its_own_times(
    act: Act, mapping: ColumnMapping, tmp_path: Path
) -> None:
    assert import_rows(act, mapping, tmp_path, CLOSED).imported == 1
    appeal = only_appeal(act)
    current = act.session.scalars(sa.select(Round)).one()
    closed = datetime(2011, 6, 30, 21, 6, 58, tzinfo=UTC)
    assert (appeal.state, appeal.channel) == (State.CLOSED, Channel.PHONE)
    assert appeal.filed_at == datetime(2011, 6, 30, 17, 32, 33, tzinfo=UTC)
    assert (current.answered_at, current.closed_at) == (closed, closed)
    assert current.original_due_at == datetime(2011, 7, 14, 17, 32, 32, tzinfo=UTC)
    words = act.session.scalars(sa.select(Move.words).where(Move.words.is_not(None))).all()
    assert words == ["Fuse\treplaced"]
    assert not list(problems(act))


def test_times_that_the_source_lacks_stay_empty_and_promise_nothing(
    act: Act, mapping: ColumnMapping, tmp_path: Path
) -> None:
    import_rows(act, mapping, tmp_path, a_row(target=""))
    sent = act.session.scalars(sa.select(Dispatch)).one()
    assert only_appeal(act).accepted_at is None
    assert (sent.signed_at, sent.contacted_at, sent.sign_due_at, sent.contact_due_at) == (None,) * 4
    assert act.session.scalars(sa.select(Deadline)).all() == []
    assert act.session.scalars(sa.select(Notice)).all() == []


def test_an_open_row_stays_open_with_the_promise_of_its_source(
    act: Act, mapping: ColumnMapping, tmp_path: Path
) -> None:
    import_rows(act, mapping, tmp_path, a_row(closed=""))
    promise = act.session.scalars(sa.select(Deadline)).one()
    assert only_appeal(act).state is State.DISPATCHED
    assert (promise.duty.value, promise.met_at) == ("finish", None)
    assert promise.department == "elsewhere.pwd"


@pytest.mark.parametrize(
    "odd",
    [
        {"closed": "2011-07-01 01:32:33"},
        {"target": "2011-06-30 00:00:00"},
        {"target": "2059-12-31 19:00:00"},
        {"place": " "},
        {"reply": ""},
    ],
    ids=["equal stamps", "promised before the start", "promised in 2059", "no place", "no reply"],
)
def test_odd_rows_come_in_as_they_are(
    act: Act, mapping: ColumnMapping, tmp_path: Path, odd: dict[str, str]
) -> None:
    assert import_rows(act, mapping, tmp_path, a_row(**odd)).imported == 1
    assert not list(problems(act))


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"no": ""}, "reference: is empty"),
        ({"opened": ""}, "filed: is empty"),
        ({"opened": "soon"}, "filed: “soon” is not a time"),
        ({"opened": "2030-01-01"}, "“2030-01-01” lies in the future"),
        ({"closed": "2011-06-30 00:00:00"}, "lies before filed"),
        ({"way": "Pigeon"}, "channel: “Pigeon” is not mapped"),
        ({"unit": ""}, "names no department"),
    ],
)
def test_a_wrong_row_is_refused_with_its_number_and_the_others_come_in(
    act: Act, mapping: ColumnMapping, tmp_path: Path, wrong: dict[str, str], reason: str
) -> None:
    came = import_rows(act, mapping, tmp_path, CLOSED, a_row(**{"no": "2", **wrong}), a_row(no="3"))
    [refused] = came.refused
    assert came.imported == 2
    assert (refused.number, refused.line) == (2, 3)
    assert reason in refused.sentence("en")


def test_a_second_run_adds_none(act: Act, mapping: ColumnMapping, tmp_path: Path) -> None:
    assert import_rows(act, mapping, tmp_path, CLOSED, CLOSED) == ImportedBatch(1, 1, ())
    again = import_rows(act, mapping, tmp_path, CLOSED, a_row(no="2"))
    assert again == ImportedBatch(1, 1, ())
    assert act.session.scalar(sa.select(sa.func.count(Appeal.id))) == 2


def test_a_dry_run_keeps_nothing(act: Act, mapping: ColumnMapping, tmp_path: Path) -> None:
    act.session.commit()
    assert import_rows(act, mapping, tmp_path, CLOSED, keep=False).imported == 1
    assert act.session.scalars(sa.select(Appeal)).all() == []
    assert act.session.get(Department, "elsewhere.pwd") is None


def test_rows_of_the_city_are_created_under_the_prefix_only_where_the_mapping_says(
    act: Act, mapping: ColumnMapping, tmp_path: Path
) -> None:
    import_rows(act, mapping, tmp_path, CLOSED, a_row(no="2", matter="路灯", unit="PWD"))
    lamp = act.session.get_one(Category, "elsewhere.lamp")
    assert (lamp.parent_code, lamp.zh) == ("elsewhere", "Lamp")
    assert act.session.get_one(Area, "elsewhere.roxbury").tier == "imported"
    codes = set(act.session.scalars(sa.select(Appeal.category)))
    assert len(codes) == 2
    assert all(code.startswith("elsewhere.") for code in codes)
    strict = ColumnMapping(**{**vars(mapping), "create": frozenset[str]()})
    refused = import_rows(act, strict, tmp_path, a_row(no="3", place="Nowhere")).refused
    assert "“Nowhere” is not mapped" in refused[0].sentence("en")


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        (
            "[columns]",
            "[columns]\nshoe_size = 'x'",
            "nothing of ours is called shoe_size; there are",
        ),
        ("source =", "sauce =", "unknown key sauce; there are"),
        ("time_zone =", "# ", "time_zone is missing"),
    ],
)
def test_a_wrong_mapping_says_what_there_is(
    line: str, instead: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(MAPPING.replace(line, instead), "utf-8")
    with pytest.raises(Refused, match=said):
        ColumnMapping.read_file(path)


def test_a_file_that_does_not_fit_is_refused_whole(
    act: Act, mapping: ColumnMapping, tmp_path: Path
) -> None:
    file = tmp_path / "short.csv"
    file.write_text("no,opened\n1,2011-01-01\n")
    with pytest.raises(Refused, match="no column"), open_rows(file, mapping):
        pass
    assert act.session.scalars(sa.select(Statement)).all() == []
