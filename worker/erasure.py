"""The task that erases, at night, what is older than the years of its kind."""

import time

from appeals.casework.handling.erasure import delete_erased_files
from appeals.casework.handling.retention import erase_by_rule
from worker.app import act, app, once, recorded, settings
from worker.tasks import while_clock_holds

TICK_SECONDS = 20
"""So long a tick works; the other tasks of a worker with one process wait no longer."""


@app.task(name="erase")
def erase() -> None:
    """Go on with tonight's erasure; not while the clock is in doubt."""
    recorded("erase", erase_for_a_while)


def erase_for_a_while() -> int:
    """Erase batch after batch until nothing is due or the tick's time is over; return how many.

    Raises ClockJumped before a batch where the clock has jumped.
    """
    job = while_clock_holds(erase_by_rule)
    count, last = 0, time.monotonic() + TICK_SECONDS
    while time.monotonic() < last:
        erased = once(job)
        if not erased:
            break
        count += erased
    with act() as one:
        delete_erased_files(one, settings().files_dir)
    return count
