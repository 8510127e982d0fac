"""The worker's own records: runs of tasks, items that failed, jumps of the clock."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base


class TaskRun(Base):
    """When each task last succeeded, how much it did and how long it took."""

    __tablename__ = "task_run"

    name: Mapped[str] = mapped_column(primary_key=True)
    succeeded_at: Mapped[datetime]
    count: Mapped[int]
    milliseconds: Mapped[int]


class FailedItem(Base):
    """One item that a task could not do: a promise, a month, a step of the clean-up.

    It is set aside, so that the task goes on with the others, and tried again at `next_try_at`.
    The row goes when the item succeeds. `problem` names the kind of error and its place in the
    code, and holds nothing of the item's own data.
    """

    __tablename__ = "failed_item"

    task: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    failed_at: Mapped[datetime]
    tries: Mapped[int]
    next_try_at: Mapped[datetime]
    problem: Mapped[str]

    LONGEST_WAIT = timedelta(hours=1)

    @classmethod
    def is_waiting(
        cls, task: str, key: sa.ColumnElement[str], now: datetime
    ) -> sa.ColumnElement[bool]:
        """Whether the item was set aside and its next try has not come.

        A moment beyond the longest wait was written while the clock was ahead, and has come.
        """
        return sa.exists().where(
            cls.task == task,
            cls.key == key,
            cls.next_try_at > now,
            cls.next_try_at <= now + cls.LONGEST_WAIT,
        )


class ClockSighting(Base):
    """What the database's clock and a machine's own counter said together when last in step.

    `counter` counts seconds since the machine's start, which `boot_id` names. `jump` is how far
    the clock has gone from them since; while there is one, what time decides waits.
    """

    __tablename__ = "clock_sighting"

    boot_id: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]
    counter: Mapped[float] = mapped_column(sa.Double())
    jump: Mapped[timedelta | None]
