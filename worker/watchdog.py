"""Watchdogs: a worker that receives nothing, and a beat that sends nothing, end themselves.

Whoever runs the process starts it again: `appeals up`, a container's restart policy, systemd.

A worker can lose its place at the broker without noticing: when an acknowledgement times out,
Celery logs the error, still counts the message as being worked on, and takes no other. So each
worker puts a canary into a queue of its own every half minute, and ends where it does not see it
although the broker answers. A beat is silent where its clock was set back: it waits for the
moments that it had planned. Both watchdogs count by a monotonic clock.
"""

import os
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
SILENT_SECONDS = 60
QUEUE_SECONDS = 600
"""How long the broker keeps the canaries of a worker that was killed."""
EXIT_CODE = 70  # EX_SOFTWARE of sysexits.h


class _Worker(Protocol):
    """What is used of Celery's worker (its `WorkController`)."""

    app: Celery
    concurrency: int


class _Consumer(Protocol):
    """What is used of the part of a worker that takes messages."""

    controller: _Worker


class _Request(Protocol):
    """What is used of a message that a worker took."""

    name: str


def install_watchdogs(app: Celery) -> None:
    """Watch this process, as soon as Celery says that it is a worker or a beat."""
    canary, pulse = Canary(app), Pulse()
    signals.celeryd_after_setup.connect(canary.open_queue, weak=False)
    signals.worker_ready.connect(canary.start, weak=False)
    signals.task_received.connect(canary.see, weak=False)
    signals.beat_init.connect(pulse.start, weak=False)
    signals.before_task_publish.connect(pulse.feel, weak=False)


class Canary:
    """The messages that one worker sends to itself."""

    def __init__(self, app: Celery) -> None:
        """Begin with nothing sent; the queue's name is this process's alone."""
        self.app = app
        self.queue = Queue(f"canary.{uuid4().hex}", expires=QUEUE_SECONDS)
        self.unseen_since: float | None = None

    def open_queue(self, instance: _Worker, **_signal: object) -> None:
        """Have the worker take messages from the canaries' queue as well."""
        instance.app.amqp.queues.select_add(self.queue)

    def start(self, sender: _Consumer, **_signal: object) -> None:
        """Begin to send canaries: from now on the worker takes messages."""
        queues = self.app.amqp.queues.consume_from
        served = [name for name in queues if name != self.queue.name]
        slots = sender.controller.concurrency
        threading.Thread(target=self.watch, args=(served, slots), daemon=True).start()

    def see(self, request: _Request, **_signal: object) -> None:
        """Note that a canary came through."""
        if request.name == "canary":
            self.unseen_since = None

    def watch(self, served: list[str], slots: int) -> NoReturn:
        """Send canaries until one is overdue, then end the process.

        While all `slots` of the worker run a task it rightly takes no message, and Celery's time
        limits end what hangs. While the broker does not answer, no worker is to blame.
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
    """The last time that a beat sent something, or tried to."""

    def __init__(self) -> None:
        """Begin as if something had just been sent."""
        self.felt_at = time.monotonic()

    def start(self, **_signal: object) -> None:
        """Begin to watch."""
        self.feel()
        threading.Thread(target=self.watch, daemon=True).start()

    def feel(self, **_signal: object) -> None:
        """Note that something is sent."""
        self.felt_at = time.monotonic()

    def watch(self) -> NoReturn:
        """Wait until nothing was sent for too long, then end the process."""
        while time.monotonic() - self.felt_at < SILENT_SECONDS:
            time.sleep(1)
        _end_process("beat_sends_nothing")


def _end_process(why: str) -> NoReturn:
    """End this process at once: what hangs cannot be asked to stop."""
    log.critical(why, pid=os.getpid())
    os._exit(EXIT_CODE)
