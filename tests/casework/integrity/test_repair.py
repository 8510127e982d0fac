"""Repair makes the rows of an appeal again from its moves, and touches nothing else."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.handling.contacts import change_contact
from appeals.casework.handling.deadline_sweep import sweep_deadlines
from appeals.casework.integrity.repair import RepairResult, find_suspects, repair_appeal
from appeals.casework.integrity.verification import list_id_ranges, verify_all_appeals
from appeals.database import Base
from appeals.domain.contact import ContactDetails
from appeals.domain.people import STRANGER
from appeals.domain.states import Action, State
from appeals.models.appeal import Appeal
from appeals.models.integrity import Repair
from appeals.models.report import DirtyMonth
from tests.casework.integrity.test_tampering import (
    LIVES,
    TABLES,
    find_problem_numbers,
    others,
    rows,
    three,
)
from tests.cast import shanghai
from tests.factories import appeal_in, later, played

NOT_PROJECTED = {"moves_made", "head_hmac", "n"}
PROJECTED = [name for name in TABLES if name not in {"move", "statement"}]
GUARDS_OFF = sa.text("SET LOCAL session_replication_role = replica")
UNTOUCHED = ("move", "statement", "report", "figure", "notice")


def repair_all(act: Act) -> list[RepairResult]:
    suspects = [each for ids in list_id_ranges(act) for each in find_suspects(act, ids)]
    repaired = [repair_appeal(act, each) for each in suspects]
    act.session.flush()  # the records are read back
    return repaired


def change(act: Act, statement: str, **values: object) -> int:
    """Change rows as somebody with the database's own password could."""
    act.session.flush()  # the rows are changed behind the session
    act.session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
    act.session.execute(sa.text("SET CONSTRAINTS ALL DEFERRED"))
    act.session.execute(GUARDS_OFF)
    done = act.session.execute(sa.text(statement), values)
    act.session.execute(sa.text("SET LOCAL session_replication_role = origin"))
    assert isinstance(done, sa.CursorResult)
    return done.rowcount


def contents(act: Act) -> dict[str, object]:
    """Return a digest of all that repair must not touch, by table."""
    rows_of = "SELECT md5(string_agg(row::text, ' ' ORDER BY row::text)) FROM {} AS row"
    return {table: act.session.scalar(sa.text(rows_of.format(table))) for table in UNTOUCHED}


@pytest.mark.parametrize("life", LIVES)
@pytest.mark.parametrize("table", PROJECTED)
def test_a_column_changed_by_hand_is_repaired_and_recorded(act: Act, life: str, table: str) -> None:
    appeal_id = three(act, LIVES[life])[-1]
    kept, tried = contents(act), 0
    for name in (each for each in TABLES[table] if each not in NOT_PROJECTED):
        for row in rows(act, table, appeal_id)[-1:]:
            other = next(iter(others(Base.metadata.tables[table].c[name], name)))
            differs = f"{row} AND {name} IS DISTINCT FROM {other}"
            statement = f"UPDATE {table} SET {name} = {other} WHERE {differs}"  # noqa: S608 - the test's own
            with act.session.begin_nested() as example:
                if change(act, statement):
                    tried += 1
                    (repaired,) = repair_all(act)
                    assert repaired.refusal is None
                    assert name in {each.column for each in repaired.changes}
                    assert len(repaired.changes) == count_repairs(act)
                    assert find_problem_numbers(act) == set()
                    assert contents(act) == kept
                    act.session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
                example.rollback()
    assert tried or not rows(act, table, appeal_id)


def count_repairs(act: Act) -> int:
    return act.session.scalar(sa.select(sa.func.count()).select_from(Repair)) or 0


@pytest.mark.parametrize("table", ["round", "dispatch", "deadline", "rating"])
def test_a_row_that_is_gone_or_has_no_move_is_repaired(act: Act, table: str) -> None:
    appeal_id = three(act, LIVES["common"])[-1]
    row = rows(act, table, appeal_id)[-1]
    names = ", ".join(name for name in TABLES[table] if name != "n")
    gone = f"DELETE FROM {table} WHERE {row}"  # noqa: S608 - the test's own
    copied = f"SELECT appeal_id, n + 1, {names} FROM {table} WHERE {row}"  # noqa: S608
    for statement in (gone, f"INSERT INTO {table} (appeal_id, n, {names}) {copied}"):
        assert change(act, statement) == 1
        (repaired,) = repair_all(act)
        assert None in {each.column for each in repaired.changes}
        assert find_problem_numbers(act) == set()


def test_an_appeal_whose_moves_do_not_hold_is_not_repaired(act: Act) -> None:
    appeal = appeal_in(act, State.CLOSED)
    assert change(act, "UPDATE move SET at = at + interval '1 s' WHERE seq = 2") == 1
    assert change(act, "UPDATE appeal SET kind = 'praise'") == 1
    (repaired,) = repair_all(act)
    assert repaired == RepairResult(appeal.number, (), "move 2 is not what was sealed")
    assert act.session.scalar(sa.text("SELECT kind FROM appeal")) == "praise"


def test_confidentiality_changed_by_hand_is_repaired_from_the_last_change(act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED)
    change_contact(act.by(STRANGER), appeal, ContactDetails("王", "13900001234"), confidential=True)
    assert change(act, "UPDATE appeal SET confidential = false") == 1
    (repaired,) = repair_all(act)
    assert [(each.column, each.old, each.new) for each in repaired.changes] == [
        ("confidential", False, True)
    ]
    assert repaired.refusal is None
    assert find_problem_numbers(act) == set()


def test_words_that_no_move_can_give_back_are_named_and_the_rest_is_repaired(act: Act) -> None:
    appeal = appeal_in(act, State.CLOSED)
    assert change(act, "UPDATE statement SET detail = detail || '!'") == 1
    assert change(act, "UPDATE appeal SET kind = 'praise'") == 1
    (repaired,) = repair_all(act)
    assert [each.column for each in repaired.changes] == ["kind"]
    assert repaired.refusal == "the statement is not the one committed to"
    assert repair_all(act) == [RepairResult(appeal.number, (), repaired.refusal)]


def test_an_appeal_with_an_action_of_a_later_release_is_named_and_left_alone(act: Act) -> None:
    appeal = appeal_in(act, State.CLOSED)
    other = appeal_in(act, State.CLOSED)
    act.session.flush()  # changed below
    act.session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
    act.session.execute(sa.text("ALTER TABLE move DROP CONSTRAINT ck_move_action"))
    later_action = "UPDATE move SET action = 'teleport' WHERE seq = 2 AND appeal_id = :it"
    assert change(act, later_action, it=appeal.id) == 1
    (verified,) = verify_all_appeals(act)
    assert verified.count == 2
    (problem,) = verified.problems
    assert (problem.appeal_id, problem.number) == (appeal.id, appeal.number)
    assert problem.sentence.startswith("it cannot be read: 'teleport' is not among the defined")
    (repaired,) = repair_all(act)
    assert (repaired.number, repaired.refusal) == (appeal.number, problem.sentence)
    assert repair_appeal(act, other.id) == RepairResult(other.number)


def test_an_appeal_that_lost_its_last_move_is_not_repaired(act: Act) -> None:
    appeal_in(act, State.CLOSED)
    assert change(act, "DELETE FROM move WHERE seq = 7") == 1
    (repaired,) = repair_all(act)
    assert repaired.refusal == "7 moves were made, but the history has [1, 2, 3, 4, 5, 6]"
    assert not repaired.changes


def test_the_months_of_a_repaired_appeal_are_counted_again(act: Act) -> None:
    played(later(act, 20), appeal_in(act, State.CLOSED), Action.RATE)
    act.session.flush()  # the marks are taken away below
    act.session.execute(sa.delete(DirtyMonth))
    change(act, "UPDATE round SET rated_at = NULL, solved = NULL, satisfaction = NULL")
    repair_all(act)
    months = set(act.session.scalars(sa.select(DirtyMonth.month)))
    assert f"{act.now:%Y-%m}" in {f"{month:%Y-%m}" for month in months}


def marks(act: Act) -> dict[str, datetime | None]:
    row = act.session.execute(
        sa.text("SELECT warned_at, breached_at, escalated_at FROM deadline WHERE duty = 'finish'")
    ).one()
    return dict(row._mapping)


def test_marks_of_a_clock_that_jumped_ahead_are_taken_back(act: Act) -> None:
    appeal_in(act, State.SIGNED)
    act.session.flush()  # the sweep reads the rows
    sweep_deadlines(later(act, 30 * 24))
    assert all(marks(act).values())
    repair_all(later(act, 24))
    assert marks(act) == {"warned_at": None, "breached_at": None, "escalated_at": None}
    assert count_repairs(act) >= 3


def test_a_mark_earlier_than_its_own_moment_is_taken_back(act: Act) -> None:
    appeal_in(act, State.SIGNED)
    change(act, "UPDATE deadline SET breached_at = due_at - interval '1 day' WHERE duty = 'finish'")
    repair_all(later(act, 30 * 24))
    assert marks(act)["breached_at"] is None


def test_a_true_mark_stays_also_when_an_extension_came_after_it(act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED)
    played(later(act, 5), appeal, Action.ASK_EXTENSION, days="5")
    act.session.flush()  # the sweep reads the rows
    late = act.at(shanghai("2026-03-10 09:00"))
    sweep_deadlines(late)
    played(late.later(timedelta(hours=1)), appeal, Action.GRANT_EXTENSION)
    act.session.flush()  # repair reads the rows
    before = marks(act)
    assert before["warned_at"] is not None
    assert before["breached_at"] is not None
    assert [each.changes for each in repair_all(late.later(timedelta(hours=2)))] == [()]
    assert marks(act) == before


def test_a_recorded_repair_never_changes(act: Act) -> None:
    appeal_in(act, State.CLOSED)
    change(act, "UPDATE appeal SET kind = 'praise'")
    repair_all(act)
    for statement in ("UPDATE repair SET new_value = 'x'", "DELETE FROM repair"):
        with (
            pytest.raises(sa.exc.IntegrityError, match="never changes"),
            act.session.begin_nested(),
        ):
            act.session.execute(sa.text(statement))


def test_what_holds_is_left_alone(act: Act) -> None:
    appeal = appeal_in(act, State.CLOSED)
    assert repair_all(act) == []
    assert repair_appeal(act, appeal.id) == RepairResult(appeal.number)
    assert count_repairs(act) == 0
    assert act.session.get_one(Appeal, appeal.id).state is State.CLOSED
