"""The task that erases, at night, what is older than the years of its kind."""

from appeals.casework.erasure.erasure import delete_erased_files
from appeals.casework.erasure.retention import erase_by_rule
from worker.app import act, app, recorded, settings
from worker.tasks import for_a_while, while_clock_holds


@app.task(name="erase")
def erase() -> None:
    """Go on with tonight's erasure; not while the clock is in doubt."""
    recorded("erase", erase_for_a_while)


def erase_for_a_while() -> int:
    """Erase batch after batch until nothing is due or the tick's time is over; return how many.

    Raises ClockJumped before a batch where the clock has jumped.
    """
    count = for_a_while(while_clock_holds(erase_by_rule))
    with act() as one:
        delete_erased_files(one, settings().files_dir)
    return count
