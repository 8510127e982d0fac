"""The consequences of a planned change, in numbers, before it is confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain import configuration as tables
from appeals.domain.configuration import Change, ChangeStep
from appeals.domain.states import OPEN
from appeals.domain.vocabulary import Duty
from appeals.models.appeal import Appeal
from appeals.models.handling import Deadline
from appeals.models.staff import StaffMember
from appeals.queries.administration.dry_run import DryRun, run_dry_run
from appeals.queries.filters import follow_up_waits, lacks_promise


@dataclass(frozen=True)
class Consequences:
    """The consequences of a change; a number that does not apply to it is None.

    `successor` is the code of the department that takes over the open cases of one that ends.
    """

    trial: DryRun | None = None
    promises: int | None = None
    staff: int | None = None
    cases: int | None = None
    assigned: int | None = None
    successor: str = ""


def find_consequences(act: Act, changes: Sequence[Change]) -> Consequences:
    """Count the consequences of the changes."""
    asked = changes[0]
    rules = [change for change in changes if change.of == tables.RULES.name]
    trial = run_dry_run(act, rules) if rules else None
    if asked.of == tables.LIMITS.name:
        return Consequences(promises=_count_promises(act, asked))
    if asked.of == tables.DEPARTMENTS.name and asked.step is ChangeStep.END:
        return Consequences(
            trial=trial,
            staff=_count_staff(act, asked.key),
            cases=_count_cases(act, asked.key),
            successor=asked.facts_after.get(tables.SUCCESSOR.name, ""),
        )
    if asked.of == tables.ACCOUNTS.name and _leaves_department(asked):
        return Consequences(assigned=_count_assigned(act, asked.key))
    return Consequences(trial=trial)


def _leaves_department(change: Change) -> bool:
    """Return whether the change removes a person from a department, or moves one to another."""
    before, after = change.facts_before, change.facts_after
    department = before.get(tables.LEAD.name)
    moved = department != after.get(tables.LEAD.name) or change.step is ChangeStep.DISABLE
    return bool(department) and moved


def _count_promises(act: Act, change: Change) -> int:
    """Count the running promises of the duty, whose due moments stay the same."""
    duty = change.facts_after.get("duty")
    running = sa.select(Deadline.appeal_id).where(Deadline.duty == duty, Deadline.is_running())
    if duty == Duty.FOLLOW_UP:
        running = running.where(follow_up_waits(act))
    return _count_rows(act, running)


def _count_staff(act: Act, department: str) -> int:
    return _count_rows(
        act,
        sa.select(StaffMember.id).where(
            StaffMember.department_code == department, StaffMember.disabled_at.is_(None)
        ),
    )


def _count_cases(act: Act, department: str) -> int:
    """Count the open appeals in the department's hands."""
    in_hand = Appeal.holder == department
    return _count_rows(act, _select_dated().where(in_hand)) + _count_rows(
        act, _select_undated().where(in_hand)
    )


def _count_assigned(act: Act, username: str) -> int:
    """Count the open cases that are assigned to a person."""
    assigned = sa.select(StaffMember.id).where(StaffMember.username == username)
    theirs = Appeal.assignee.in_(assigned)
    return _count_rows(act, _select_dated().where(theirs)) + _count_rows(
        act, _select_undated().where(theirs)
    )


def _select_dated() -> sa.Select[int]:
    return (
        sa.select(Deadline.appeal_id)
        .join(Appeal, Appeal.id == Deadline.appeal_id)
        .where(Deadline.duty == Duty.FINISH, Deadline.is_running())
    )


def _select_undated() -> sa.Select[int]:
    """Select the open appeals that were imported without a finish date."""
    return sa.select(Appeal.id).where(Appeal.state.in_(OPEN), lacks_promise(Duty.FINISH))


def _count_rows(act: Act, rows: sa.Select[int]) -> int:
    return act.session.scalar(sa.select(sa.func.count()).select_from(rows.subquery())) or 0
