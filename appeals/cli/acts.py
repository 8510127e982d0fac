"""The act that a command works in, and parallel acts, one process for each core."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from typing import Literal, TypeVar

from appeals.act import Act, read_contact_settings
from appeals.cli.engines import open_settings
from appeals.database import make_engine, make_session_factory
from appeals.domain.people import SYSTEM
from appeals.operations.child_processes import follow_parent
from appeals.settings import Settings

Isolation = Literal["READ COMMITTED", "REPEATABLE READ"]
Batch = TypeVar("Batch")
Result = TypeVar("Result")


@contextmanager
def open_act_here(isolation: Isolation = "READ COMMITTED") -> Iterator[Act]:
    """Yield the system's act on the engines of `open_settings`."""
    with open_settings() as settings, open_act(settings, isolation) as act:
        yield act


@contextmanager
def open_act(settings: Settings, isolation: Isolation = "READ COMMITTED") -> Iterator[Act]:
    """Yield the system's act, without statement timeout; the command ends its transactions."""
    engine = make_engine(settings.database_url, statement_seconds=0)
    engine = engine.execution_options(isolation_level=isolation)
    try:
        with make_session_factory(engine)() as session:
            now = datetime.now(UTC)
            yield Act(
                session,
                SYSTEM,
                now,
                settings.secret_key,
                settings.base_url,
                read_contact_settings(settings),
            )
    finally:
        engine.dispose()


def run_in_processes(
    settings: Settings, work: Callable[[Act, Batch], Result], batches: Sequence[Batch]
) -> Iterator[Result]:
    """Yield the result of `work` for each batch, in order, from one process on each core.

    A single batch runs in this process, as another takes a second to start. Each batch is a
    REPEATABLE READ transaction of its own, committed at its end. Processes are spawned, not forked,
    so they share no connection or lock with us. `work` must be a module's function, since it is
    pickled like its batches and results.
    """
    if len(batches) == 1:
        yield _run_batch(settings, work, batches[0])
        return
    pool = ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=follow_parent)
    try:
        yield from pool.map(partial(_run_batch, settings, work), batches)
    finally:
        pool.shutdown(cancel_futures=True)


def _run_batch(settings: Settings, work: Callable[[Act, Batch], Result], batch: Batch) -> Result:
    with open_act(settings, "REPEATABLE READ") as act:
        result = work(act, batch)
        act.session.commit()
        return result
