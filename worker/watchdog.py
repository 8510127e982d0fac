"""Watchdogs: a worker that receives nothing or cannot stop, and a beat that sends nothing, exit.

The supervisor restarts the process: `appeals up`, a container's restart policy, systemd.

A worker can stall without noticing: when an acknowledgement times out, Celery logs the error, still
counts the message as in progress, and takes no other. So each worker sends a canary message to a
queue of its own every half minute, and exits if it does not receive it although the broker answers.
A beat stalls if its clock was set back: it waits for the times it had scheduled. Both watchdogs use
a monotonic clock.
"""

import os
import signal
import threading
import time
from typing import NoReturn, Protocol
from uuid import uuid4

import structlog
from celery import Celery, signals
from celery.worker import state
from kombu import Queue
from kombu.exceptions import OperationalError

log = structlog.get_logger()

CANARY_SECONDS = 30
UNSEEN_SECONDS = 50
"""A worker that has not received its canary for this long exits."""
SILENT_SECONDS = 60
"""A beat that has sent nothing for this long exits."""
QUEUE_SECONDS = 600
"""Seconds that the broker keeps the canary queue of a killed worker."""
SHUTDOWN_SECONDS = 30
"""A worker that was asked to stop and has not after this long exits; `appeals up` waits less."""
EXIT_CODE = 70  # EX_SOFTWARE of sysexits.h


class _Worker(Protocol):
    """The part of Celery's worker (`WorkController`) that is used here."""

    app: Celery
    concurrency: int


class _Consumer(Protocol):
    """The part of Celery's message consumer that is used here."""

    controller: _Worker


class _Request(Protocol):
    """The part of a received message that is used here."""

    name: str


def install_watchdogs(app: Celery) -> None:
    """Install the watchdog once Celery signals that this process is a worker or a beat."""
    canary, pulse = Canary(app), Pulse()
    signals.celeryd_after_setup.connect(canary.open_queue, weak=False)
    signals.worker_ready.connect(canary.start, weak=False)
    signals.task_received.connect(canary.see, weak=False)
    signals.worker_shutting_down.connect(limit_shutdown, weak=False)
    signals.beat_init.connect(pulse.start, weak=False)
    signals.before_task_publish.connect(pulse.feel, weak=False)


def limit_shutdown(**_signal: object) -> None:
    """End this worker if it does not end by itself in time.

    Celery reads no results once the broker is lost: a process of the pool that hands one over waits
    for ever, and the worker waits for it. `appeals up` kills what outlasts its patience, but nobody
    does once `appeals up` itself was killed.
    """
    threading.Thread(target=_end_after_patience, daemon=True).start()


def _end_after_patience() -> NoReturn:
    time.sleep(SHUTDOWN_SECONDS)
    log.critical("worker_does_not_stop", pid=os.getpid())
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)  # with its pool
    os._exit(EXIT_CODE)


class Canary:
    """The canary messages that a worker sends to itself."""

    def __init__(self, app: Celery) -> None:
        """Start with nothing sent; the queue's name is unique to this process."""
        self.app = app
        self.queue = Queue(f"canary.{uuid4().hex}", expires=QUEUE_SECONDS)
        self.unseen_since: float | None = None

    def open_queue(self, instance: _Worker, **_signal: object) -> None:
        """Make the worker consume the canary queue as well."""
        instance.app.amqp.queues.select_add(self.queue)

    def start(self, sender: _Consumer, **_signal: object) -> None:
        """Start sending canaries, now that the worker consumes messages."""
        queues = self.app.amqp.queues.consume_from
        served = [name for name in queues if name != self.queue.name]
        slots = sender.controller.concurrency
        threading.Thread(target=self.watch, args=(served, slots), daemon=True).start()

    def see(self, request: _Request, **_signal: object) -> None:
        """Record that a canary was received."""
        if request.name == "canary":
            self.unseen_since = None

    def watch(self, served: list[str], slots: int) -> NoReturn:
        """Send canaries until one is overdue, then exit the process.

        While all `slots` of the worker run a task it rightly takes no message, and Celery's time
        limits end a hanging one. While the broker does not answer, the worker is not at fault.
        """
        while not self._is_overdue():
            if len(state.active_requests) >= slots or not self._send(served):
                self.unseen_since = None
            time.sleep(CANARY_SECONDS)
        _end_process("worker_receives_nothing")

    def _is_overdue(self) -> bool:
        since = self.unseen_since
        return since is not None and time.monotonic() - since > UNSEEN_SECONDS

    def _send(self, served: list[str]) -> bool:
        try:
            with self.app.connection_for_write() as connection:
                self.app.send_task(
                    "canary",
                    args=[served],
                    queue=self.queue.name,
                    connection=connection,
                    retry=False,
                )
        except (OperationalError, OSError):
            return False
        self.unseen_since = self.unseen_since or time.monotonic()
        return True


class Pulse:
    """The last time that the beat sent a message or tried to."""

    def __init__(self) -> None:
        """Start as if a message had just been sent."""
        self.felt_at = time.monotonic()

    def start(self, **_signal: object) -> None:
        """Start the watchdog."""
        self.feel()
        threading.Thread(target=self.watch, daemon=True).start()

    def feel(self, **_signal: object) -> None:
        """Record that a message is being sent."""
        self.felt_at = time.monotonic()

    def watch(self) -> NoReturn:
        """Wait until nothing was sent for too long, then exit the process."""
        while time.monotonic() - self.felt_at < SILENT_SECONDS:
            time.sleep(1)
        _end_process("beat_sends_nothing")


def _end_process(why: str) -> NoReturn:
    """Exit this process at once, as a hanging thread cannot be stopped."""
    log.critical(why, pid=os.getpid())
    os._exit(EXIT_CODE)
