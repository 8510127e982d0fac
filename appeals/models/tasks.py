"""The worker's own records: task runs, failed items, and jumps of the clock."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base


class TaskRun(Base):
    """The last success of each task: when, how many items, how many milliseconds."""

    __tablename__ = "task_run"

    name: Mapped[str] = mapped_column(primary_key=True)
    succeeded_at: Mapped[datetime]
    count: Mapped[int]
    milliseconds: Mapped[int]


class FailedItem(Base):
    """One item that a task failed on: a deadline, a month, a step of the clean-up.

    It is set aside so that the task goes on with the others, tried again at `next_try_at`, and
    deleted on success. `problem` names the type of the error and its place in the code, never the
    item's data.
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
        """Return the condition that the item is set aside and its next try has not come.

        A `next_try_at` later than the longest wait was written while the clock was ahead; it counts
        as due.
        """
        return sa.exists().where(
            cls.task == task,
            cls.key == key,
            cls.next_try_at > now,
            cls.next_try_at <= now + cls.LONGEST_WAIT,
        )


class ClockSighting(Base):
    """A simultaneous reading of the database's clock and a machine's monotonic counter.

    `counter` is seconds since the machine's start, which `boot_id` identifies. `jump` is how far
    the clock has moved against the counter since they were last in step; while it is set,
    time-driven work waits.
    """

    __tablename__ = "clock_sighting"

    boot_id: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]
    counter: Mapped[float] = mapped_column(sa.Double())
    jump: Mapped[timedelta | None]
