"""Celery, its schedule beside it, and what surrounds each task: an act, a transaction, a record.

There are two queues: `delivery` for what waits for servers outside, `appeals` for the rest.

A message is only ever a hint to look into the database (Reliability 1): tasks take no arguments
and claim rows, so that a lost or doubled message, a second beat or a killed worker does no harm.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache

import structlog
from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging
from kombu import Queue
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker

from appeals import logs
from appeals.act import Act, read_contact_settings
from appeals.database import make_engine, make_session_factory
from appeals.domain.people import SYSTEM
from appeals.models.tasks import TaskRun
from appeals.operations.database_clock import database_time
from appeals.settings import Settings
from worker import watchdog

log = structlog.get_logger()

MINUTE = 60
SCHEDULE = {
    "deliver": {
        "task": "deliver",
        "schedule": timedelta(seconds=5),
        "options": {"expires": MINUTE},
    },
    "sweep": {"task": "sweep", "schedule": timedelta(minutes=1), "options": {"expires": MINUTE}},
    "compile": {
        "task": "compile",
        "schedule": timedelta(minutes=1),
        "options": {"expires": MINUTE},
    },
    "unusual_access": {
        "task": "unusual_access",
        "schedule": timedelta(minutes=5),
        "options": {"expires": MINUTE},
    },
    "edition_files": {
        "task": "edition_files",
        "schedule": timedelta(seconds=10),
        "options": {"expires": MINUTE},
    },
    "telephones": {
        "task": "telephones",
        "schedule": timedelta(minutes=1),
        "options": {"expires": MINUTE},
    },
    "tidy": {"task": "tidy", "schedule": crontab(minute="17"), "options": {"expires": MINUTE}},
    "verify": {
        "task": "verify",
        "schedule": crontab(minute="*", hour="1-5"),  # at night in Shanghai: see "timezone"
        "options": {"expires": MINUTE},
    },
    "erase": {
        "task": "erase",
        "schedule": crontab(minute="*/10", hour="1-5"),
        "options": {"expires": MINUTE},
    },
    "seal": {
        "task": "seal",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": MINUTE},
    },
}
"""Ticks that nobody took within a minute are dropped: each means the same.

The minute leaves room for clocks of two machines that differ by seconds.
"""
DELIVERY, APPEALS = "delivery", "appeals"

BROKER = {
    "visibility_timeout": 15 * MINUTE,
    "unacked_mutex_expire": 20,
    "unacked_restore_limit": 100,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 10,
}
"""Short timeouts of sockets, and a short mutex of restoring (Reliability 1)."""


def configuration() -> dict[str, object]:
    """Give Celery's configuration; read when it is first needed, so that importing needs none.

    The settings of delivery are those that kills were survived with (Reliability 1): late
    acknowledgement, one message at a time, short timeouts of sockets, and a short mutex of
    restoring, without which a worker killed in it blocks recovery for five minutes.
    """
    read = settings()
    return {
        "broker_url": read.redis_url,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": BROKER,
        "beat_max_loop_interval": MINUTE,
        "beat_schedule": SCHEDULE,
        # In memory: a schedule kept in a file remembers moments of a clock that was wrong.
        "beat_scheduler": "celery.beat:Scheduler",
        "enable_utc": True,
        "imports": ["worker.erasure", "worker.seals", "worker.tasks", "worker.verification"],
        "task_acks_late": True,
        "task_default_queue": APPEALS,
        "task_queues": [Queue(APPEALS), Queue(DELIVERY)],
        "task_routes": {"deliver": {"queue": DELIVERY}},
        "task_ignore_result": True,
        "task_reject_on_worker_lost": True,
        "task_serializer": "json",
        "task_soft_time_limit": 5 * MINUTE,
        "task_time_limit": 6 * MINUTE,
        "accept_content": ["json"],
        "timezone": "Asia/Shanghai",
        "worker_enable_remote_control": False,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "worker_max_memory_per_child": 400_000,  # KiB
        "worker_max_tasks_per_child": 2000,
        "worker_prefetch_multiplier": 1,
        "worker_send_task_events": False,
    }


app = Celery("appeals")
app.add_defaults(configuration)


@setup_logging.connect
def _set_up_logs(**_signal: object) -> None:
    """Log as the other processes do; connecting keeps Celery from setting up its own."""
    logs.configure()


watchdog.install(app)


@cache
def settings() -> Settings:
    """Give this process's settings."""
    return Settings.or_exit()


@cache
def sessions() -> sessionmaker[Session]:
    """Give this process's sessions; the pool opens after the fork, in the child that works."""
    engine = make_engine(settings().database_url, statement_seconds=5 * MINUTE, pool_size=2)
    return make_session_factory(engine)


@contextmanager
def act() -> Iterator[Act]:
    """Give the system's act in one transaction, committed at its end.

    Its `now` is the database's, so that any number of workers share one clock.
    """
    with sessions().begin() as session:
        read = settings()
        yield Act(
            session,
            SYSTEM,
            database_time(session),
            read.secret_key,
            read.base_url,
            read_contact_settings(read),
        )


def until_empty(job: Callable[[Act], int]) -> int:
    """Repeat a job on batches, each in a transaction of its own, until it finds nothing."""
    count = 0
    while done := once(job):
        count += done
    return count


def once(job: Callable[[Act], int]) -> int:
    """Do a job in one transaction; give how much it did."""
    with act() as one:
        return job(one)


def recorded(name: str, job: Callable[[], int]) -> int:
    """Do a task's whole job, log its count and seconds, and write when it succeeded."""
    begun = time.monotonic()
    count = job()
    seconds = time.monotonic() - begun
    if count:  # an idle worker looks twelve times a minute: `TaskRun` says that it did
        log.info("task_done", task=name, count=count, seconds=round(seconds, 3))
    with act() as one:
        note_success(one, name, count, round(seconds * 1000))
    return count


def note_success(one: Act, name: str, count: int, milliseconds: int) -> None:
    """Write that a task has just succeeded."""
    facts = {"succeeded_at": one.now, "count": count, "milliseconds": milliseconds}
    one.session.execute(
        insert(TaskRun)
        .values(name=name, **facts)
        .on_conflict_do_update(index_elements=["name"], set_=facts)
    )
