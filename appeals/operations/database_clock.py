"""Detection of clock jumps: time-driven work pauses while the database's clock has jumped.

The database's clock is compared with this machine's uptime counter, which nobody can set. The last
matching reading is stored in a row, so that a new process knows it too. The pause ends by itself
when the clock is right again; where the new time is right, `appeals clock accept` ends it.
"""

import platform
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.models.tasks import ClockSighting

MAX_CLOCK_DIFFERENCE = timedelta(minutes=10)
"""A larger difference between elapsed database time and uptime counts as a clock jump."""
UPTIME_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""On Linux this counter also advances while the machine is suspended."""
BOOT_ID_FILE = Path("/proc/sys/kernel/random/boot_id")


class ClockJumped(Exception):  # noqa: N818 - it says what happened
    """The database's clock has jumped; nothing is marked meanwhile."""


@dataclass(frozen=True)
class ClockReading:
    """A reading of the database's clock and the machine's uptime counter at one moment."""

    seen_at: datetime
    counter: float

    def jump_until(self, other: "ClockReading") -> timedelta | None:
        """Return how far the clock jumped between two readings, None where it did not."""
        apart = (other.seen_at - self.seen_at) - timedelta(seconds=other.counter - self.counter)
        return apart if abs(apart) > MAX_CLOCK_DIFFERENCE else None

    def check(self, act: Act) -> None:
        """Raise ClockJumped where the clock jumped since this reading."""
        if jump := self.jump_until(read_clocks(act)):
            whole = timedelta(seconds=round(jump.total_seconds()))
            raise ClockJumped(f"The database's clock moved by {whole}.")


def read_database_time(session: Session) -> datetime:
    """Return the database's time, aware UTC."""
    now: datetime = session.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return now


def read_clocks(act: Act) -> ClockReading:
    """Read both clocks."""
    return ClockReading(act.now, time.clock_gettime(UPTIME_CLOCK))


def compare_clocks(act: Act) -> ClockReading:
    """Compare the clocks with the last matching reading, and store the result.

    Returns that last reading where the clock has jumped since, so that its `check` raises; else the
    new one. After a reboot only a clock that went back can be detected.
    """
    new, machine = read_clocks(act), _read_boot_id()
    known = act.session.get(ClockSighting, machine)
    if known is None or known.counter > new.counter:
        known = act.session.scalar(
            sa.select(ClockSighting).order_by(ClockSighting.seen_at.desc()).limit(1)
        )
        if known is None or known.seen_at - MAX_CLOCK_DIFFERENCE < new.seen_at:
            return _write_sighting(act, machine, new)
        last = ClockReading(known.seen_at, new.counter)
    else:
        last = ClockReading(known.seen_at, known.counter)
    known.jump = last.jump_until(new)
    return last if known.jump else _write_sighting(act, machine, new)


def _write_sighting(act: Act, machine: str, sighting: ClockReading) -> ClockReading:
    """Store a matching reading, and clear the jumps that other machines recorded.

    A machine that still sees a jump records it again at its next reading. A rebooted machine never
    returns to the row of its earlier boot, whose jump would stay for ever.
    """
    facts = {"seen_at": sighting.seen_at, "counter": sighting.counter, "jump": None}
    act.session.execute(
        insert(ClockSighting)
        .values(boot_id=machine, **facts)
        .on_conflict_do_update(index_elements=["boot_id"], set_=facts)
    )
    noted = sa.update(ClockSighting).where(ClockSighting.jump.is_not(None))
    act.session.execute(noted.values(jump=None))
    return sighting


def _read_boot_id() -> str:
    """Return the machine's boot id."""
    return BOOT_ID_FILE.read_text().strip() if BOOT_ID_FILE.exists() else platform.node()
