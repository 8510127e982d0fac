"""Rows imported into a published month leave its edition as it is, and verifying says so."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from appeals.act import Act
from appeals.cli.report import print_finding
from appeals.domain.calendar import Period
from appeals.domain.people import SYSTEM
from appeals.imports.files import FileRow, open_rows
from appeals.imports.import_run import run_import
from appeals.models.appeal import ImportedAppeal
from appeals.models.report import Report
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.editions import editions
from appeals.reporting.measures.cells import Cell
from tests.cast import SECRET, settle, shanghai
from tests.factories import file_appeal
from tests.imports.import_cases import HEADER, MAPPING
from tests.imports.import_file import import_file, read_mapping, write_csv
from tests.published import published

JANUARY = Period.month("2026-01")


@pytest.fixture
def act(session: Session) -> Act:
    """Provide an act of today, after one appeal of January filed here."""
    settle(session)
    act = Act(session, SYSTEM, datetime.now(UTC), SECRET)
    file_appeal(act.at(shanghai("2026-01-07 09:00")))
    return act


def january_file(folder: Path, *references: str) -> Path:
    """Write a file of closed and rated appeals of January."""
    cells = {"filed": "2026-01-05 09:00", "unit": "roads", "closed": "2026-01-08 10:00",
             "stars": "5"}  # fmt: skip
    rows = [[{**cells, "no": each}.get(name, "") for name in HEADER] for each in references]
    return write_csv(folder / "january.csv", [HEADER, *rows])


def bring_january(act: Act, folder: Path, *references: str) -> None:
    """Import appeals of January, in the course of things a moment later."""
    file = january_file(folder, *references)
    assert import_file(act, file, read_mapping(MAPPING, folder)).refused == ()


def publish_january(act: Act, reason: str | None = None) -> Report:
    """Publish January before what is imported from now on, whose time is the database's."""
    return published(act, JANUARY, reason)


def moved_on(act: Act) -> Act:
    """Let time go on: an edition is counted after all that came before it."""
    act.session.execute(
        sa.update(ImportedAppeal).values(imported_at=ImportedAppeal.imported_at - timedelta(days=1))
    )
    return act


def test_rows_imported_later_are_named_and_the_edition_holds(
    act: Act, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring_january(act, tmp_path, "1")
    edition = publish_january(moved_on(act).at(datetime.now(UTC) - timedelta(hours=1)))
    bring_january(act, tmp_path, "1", "2", "3")
    [finding] = editions.verify_editions(act)
    [later] = finding.later_rows
    assert (finding.holds, later.rows, later.source) == (True, 2, "elsewhere")
    assert finding.facts["later_rows"] == [
        {"run": later.run, "source": "elsewhere", "file_name": "january.csv", "rows": 2}
    ]
    print_finding(finding)
    assert capsys.readouterr().out.splitlines() == [
        "2026-01, edition 1: holds",
        f"  later rows: 2, by import {later.run} from elsewhere (january.csv)",
    ]
    figures = monthly_drafts.load_figures(act, edition)
    assert figures[Cell.from_codes("city", "city", "filed", "all", "filed")] == (2, 2)


def test_a_row_of_our_own_that_came_later_is_no_later_row(act: Act, tmp_path: Path) -> None:
    publish_january(act.at(datetime.now(UTC) - timedelta(hours=1)))
    bring_january(act, tmp_path, "1")
    file_appeal(act.at(shanghai("2026-01-08 09:00")))
    [finding] = editions.verify_editions(act)
    assert not finding.holds
    assert [later.rows for later in finding.later_rows] == [1]
    filed = Cell.from_codes("city", "city", "filed", "all", "filed")
    [difference] = [each for each in finding.differences if each.cell == filed]
    assert (difference.before, difference.after) == ((1, 1), (2, 2))


def test_a_correction_takes_the_later_rows_in(act: Act, tmp_path: Path) -> None:
    publish_january(act.at(datetime.now(UTC) - timedelta(days=2)))
    bring_january(act, tmp_path, "1", "2")
    publish_january(moved_on(act), "补录旧系统数据")
    newest, first = editions.verify_editions(act)
    assert (newest.edition, newest.holds, newest.later_rows) == (2, True, ())
    assert (first.edition, first.holds, first.later_rows[0].rows) == (1, True, 2)


def test_an_edition_counted_while_a_batch_is_read_holds_when_the_batch_has_come(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    def rows_read_while_an_edition_is_published(whole: Iterator[FileRow]) -> Iterator[FileRow]:
        with sessions.begin() as other:
            publish_january(Act(other, SYSTEM, datetime.now(UTC), SECRET))
        yield from whole

    file = january_file(tmp_path, "1")
    mapping = read_mapping(MAPPING, tmp_path)
    with sessions() as session, open_rows(file, mapping) as whole:
        act = Act(session, SYSTEM, datetime.now(UTC), SECRET)
        rows = rows_read_while_an_edition_is_published(whole)
        [batch] = run_import(act, mapping, rows, file_name=file.name)
        assert batch.imported == 1
        [finding] = editions.verify_editions(act)
    assert (finding.holds, [later.rows for later in finding.later_rows]) == (True, [1])


def test_a_count_waits_for_a_batch_that_is_written_and_not_there_yet(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    file = january_file(tmp_path, "1")
    mapping = read_mapping(MAPPING, tmp_path)
    with sessions() as session, open_rows(file, mapping) as whole, sessions() as other:
        act = Act(session, SYSTEM, datetime.now(UTC), SECRET)
        batches = run_import(act, mapping, whole, file_name=file.name)
        assert next(batches).imported == 1
        other.execute(sa.text("SET LOCAL lock_timeout = '100ms'"))
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            monthly_drafts.compile_draft(Act(other, SYSTEM, datetime.now(UTC), SECRET), JANUARY)
