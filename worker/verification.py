"""The nightly task that verifies appeals and the access log, a part each minute."""

import time

import structlog

from appeals.casework.integrity import access_log_verification, nightly_verification
from worker.app import app, open_act, run_and_record

log = structlog.get_logger()

TICK_SECONDS = 20
"""Longest run of a tick, and longest wait of other tasks on a single-process worker."""


@app.task(name="verify")
def verify_at_night() -> None:
    """Continue tonight's verification."""
    run_and_record("verify", verify_for_one_tick)


def verify_for_one_tick() -> int:
    """Verify in batches until the tick's time is over; return how many appeals and rows."""
    count, last = 0, time.monotonic() + TICK_SECONDS
    while time.monotonic() < last:
        with open_act() as one:
            checked = nightly_verification.verify_next_batch(one)
        if checked is None:
            break
        count += checked.count
        for problem in checked.problems:
            log.error("appeal_unverified", appeal_id=problem.appeal_id, number=problem.number)
    return count + verify_access_log_until(last)


def verify_access_log_until(last: float) -> int:
    """Verify rows of the access log in batches until that time of the monotonic clock.

    Returns the number of rows.
    """
    count = 0
    while time.monotonic() < last:
        with open_act() as one:
            checked = access_log_verification.verify_next_access_rows(one)
        if checked is None:
            break
        count += checked.count
        for month, row_id in checked.wrong:
            log.error("access_row_unverified", month=f"{month:%Y-%m}", row=str(row_id))
    return count
