"""Runs beat by a clock that the test sets: the file that `SHIFT` names holds seconds.

It is started as a program of its own, before anything else has taken the real clock.
"""

import datetime as dt
import os
import sys
import time
from datetime import datetime as RealDatetime  # noqa: N812 - beside the shifted one
from pathlib import Path

SHIFT = Path(os.environ["SHIFT"])
real_time = time.time


def shift() -> float:
    return float(SHIFT.read_text() or 0)


class _AnyDatetime(type):
    """Takes every real datetime for one of the shifted class."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, RealDatetime)


class Shifted(RealDatetime, metaclass=_AnyDatetime):
    """A datetime whose now is shifted."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> RealDatetime:  # type: ignore[override] # as wide as it is used
        return RealDatetime.now(tz) + dt.timedelta(seconds=shift())


dt.datetime = Shifted  # type: ignore[misc] # that is the point
time.time = lambda: real_time() + shift()

from celery.bin.celery import main  # noqa: E402 - it must find the shifted clock

sys.argv[0] = "celery"
sys.exit(main())
