"""What the operators of the system ask: does the database answer, do the tasks run, what waits."""

from datetime import timedelta

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.vocabulary import Duty
from appeals.models.handling import Deadline
from appeals.models.notice import Notice, TaskRun
from appeals.models.report import DirtyMonth, EditionFile
from appeals.models.staff import Attempt

LATELY = timedelta(minutes=5)


def seconds_since_success(act: Act) -> dict[str, float]:
    """Give the seconds since each task last succeeded, by the task's name."""
    runs = act.session.execute(sa.select(TaskRun.name, TaskRun.succeeded_at))
    return {run.name: (act.now - run.succeeded_at).total_seconds() for run in runs}


def counts(act: Act) -> dict[str, tuple[str, int]]:
    """Give what waits and what goes wrong: by name, its meaning and how many there are now."""
    running = sa.and_(Deadline.met_at.is_(None), Deadline.ended_at.is_(None))
    asked: dict[str, tuple[str, sa.ColumnElement[bool]]] = {
        "appeals_notices_waiting": (
            "Notices that are still to be sent",
            sa.and_(Notice.sent_at.is_(None), Notice.parked_at.is_(None)),
        ),
        "appeals_notices_failing": (
            "Notices that are still to be sent and failed before",
            sa.and_(Notice.sent_at.is_(None), Notice.parked_at.is_(None), Notice.tries > 0),
        ),
        "appeals_months_marked": ("Marks of months to be recounted", DirtyMonth.id.is_not(None)),
        "appeals_edition_files_failing": (
            "Files of published editions whose last try failed",
            EditionFile.problem.is_not(None),
        ),
        "appeals_overdue": (
            "Appeals whose finish is past due",
            sa.and_(Deadline.duty == Duty.FINISH, running, Deadline.due_at < act.now),
        ),
        "appeals_wrong_tries": (
            "Wrong passwords and query codes of the last five minutes",
            Attempt.at > act.now - LATELY,
        ),
    }
    columns = [
        sa.select(sa.func.count()).where(condition).scalar_subquery().label(name)
        for name, (_, condition) in asked.items()
    ]
    found = act.session.execute(sa.select(*columns)).mappings().one()
    return {name: (meaning, found[name]) for name, (meaning, _) in asked.items()}
