"""The nightly task that erases personal data past its retention period."""

from appeals.casework.erasure.erasure import delete_erased_files
from appeals.casework.erasure.retention import erase_by_rule
from worker.app import app, load_settings, open_act, run_and_record
from worker.tasks import guard_by_clock, run_for_one_tick


@app.task(name="erase")
def erase_at_night() -> None:
    """Continue tonight's erasure, unless the clock is in doubt."""
    run_and_record("erase", erase_for_one_tick)


def erase_for_one_tick() -> int:
    """Erase in batches until nothing is due or the tick's time is over; return how many.

    Raises ClockJumped before a batch where the clock has jumped.
    """
    count = run_for_one_tick(guard_by_clock(erase_by_rule))
    with open_act() as one:
        delete_erased_files(one, load_settings().files_dir)
    return count
