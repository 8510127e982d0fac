"""The worker's own application with watchdogs that wait for seconds instead of minutes."""

from worker import watchdog
from worker.app import app

watchdog.CANARY_SECONDS = 2
watchdog.UNSEEN_SECONDS = 3
watchdog.SILENT_SECONDS = 12  # more than the five seconds between two ticks of delivery

__all__ = ["app"]
