"""Isolation of failing items: one bad row stops neither the others nor the next task.

Each item runs in a savepoint. A failed one is counted, shown on the administrators' home page, and
retried with waits that grow from half a minute to an hour.
"""

import traceback
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.domain.retry_waits import backoff_delay
from appeals.models.tasks import FailedItem

log = structlog.get_logger()

FIRST_WAIT = timedelta(seconds=30)
"""Wait after an item's first failure."""


def attempt_each(act: Act, task: str, jobs: Mapping[str, Callable[[], object]]) -> int:
    """Run each job, setting aside those that fail; return how many were tried.

    Args:
        act: The transaction; a failed job leaves only its row of `failed_item` in it.
        task: The task's name.
        jobs: The jobs, by the key that an administrator sees for a failed one.
    """
    failed_before = set(
        act.session.scalars(
            sa.select(FailedItem.key).where(FailedItem.task == task, FailedItem.key.in_(jobs))
        )
    )
    for key, job in jobs.items():
        try:
            with act.session.begin_nested():
                job()
        except Exception as error:  # noqa: BLE001 - one item's failure does not stop the others
            _set_aside(act, task, key, error)
        else:
            if key in failed_before:
                _forget_item(act, task, key)
    return len(jobs)


def _set_aside(act: Act, task: str, key: str, error: Exception) -> None:
    problem = describe_error(error)
    known = act.session.get(FailedItem, (task, key), with_for_update=True)
    tries = 1 + (known.tries if known else 0)
    wait = backoff_delay(tries, FIRST_WAIT, FailedItem.LONGEST_WAIT)
    facts = {"tries": tries, "next_try_at": act.now + wait, "problem": problem}
    act.session.execute(
        insert(FailedItem)
        .values(task=task, key=key, failed_at=act.now, **facts)
        .on_conflict_do_update(index_elements=["task", "key"], set_=facts)
    )
    log.error("item_set_aside", task=task, key=key, tries=tries, problem=problem)


def describe_error(error: Exception) -> str:
    """Return an error's kind and its place in the code, without any data."""
    frames = traceback.extract_tb(error.__traceback__)
    place = [each for each in frames if "site-packages" not in each.filename][-1]
    kind = type(getattr(error, "orig", error)).__name__  # the driver's error says more than "DBAPI"
    return f"{kind} ({Path(place.filename).name}:{place.lineno})"


def _forget_item(act: Act, task: str, key: str) -> None:
    act.session.execute(sa.delete(FailedItem).where(FailedItem.task == task, FailedItem.key == key))
