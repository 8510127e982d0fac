"""What the operators of the system ask: does the database answer, when did each task run."""

import sqlalchemy as sa

from appeals.act import Act
from appeals.models.notice import TaskRun


def seconds_since_success(act: Act) -> dict[str, float]:
    """Give the seconds since each task last succeeded, by the task's name."""
    runs = act.session.execute(sa.select(TaskRun.name, TaskRun.succeeded_at))
    return {run.name: (act.now - run.succeeded_at).total_seconds() for run in runs}
