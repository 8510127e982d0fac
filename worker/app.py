"""The Celery application and its schedule, and what each task runs in: act and transaction.

There are two queues: `delivery` for what waits for servers outside, `appeals` for the rest.

A message is only a hint to look into the database (Reliability 1): tasks take no arguments and
claim rows, so a lost or duplicate message, a second beat or a killed worker does no harm.
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
from appeals.act import Act
from appeals.database import make_engine, make_session_factory
from appeals.models.tasks import TaskRun
from appeals.settings import Settings
from worker import watchdog
from worker.acts import make_act

log = structlog.get_logger()

MINUTE_SECONDS = 60
SCHEDULE = {
    "deliver": {
        "task": "deliver",
        "schedule": timedelta(seconds=5),
        "options": {"expires": MINUTE_SECONDS},
    },
    "sweep": {
        "task": "sweep",
        "schedule": timedelta(minutes=1),
        "options": {"expires": MINUTE_SECONDS},
    },
    "compile": {
        "task": "compile",
        "schedule": timedelta(minutes=1),
        "options": {"expires": MINUTE_SECONDS},
    },
    "recount": {
        "task": "recount",
        "schedule": timedelta(seconds=5),
        "options": {"expires": MINUTE_SECONDS},
    },
    "unusual_access": {
        "task": "unusual_access",
        "schedule": timedelta(minutes=5),
        "options": {"expires": MINUTE_SECONDS},
    },
    "edition_files": {
        "task": "edition_files",
        "schedule": timedelta(seconds=10),
        "options": {"expires": MINUTE_SECONDS},
    },
    "regular_mails": {
        "task": "regular_mails",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": MINUTE_SECONDS},
    },
    "telephones": {
        "task": "telephones",
        "schedule": timedelta(minutes=1),
        "options": {"expires": MINUTE_SECONDS},
    },
    "search_index": {
        "task": "search_index",
        "schedule": timedelta(seconds=15),
        "options": {"expires": MINUTE_SECONDS},
    },
    "hand_over": {
        "task": "hand_over",
        "schedule": timedelta(minutes=1),
        "options": {"expires": MINUTE_SECONDS},
    },
    "rating_reminders": {
        "task": "rating_reminders",
        "schedule": timedelta(minutes=5),
        "options": {"expires": MINUTE_SECONDS},
    },
    "tidy": {
        "task": "tidy",
        "schedule": crontab(minute="17"),
        "options": {"expires": MINUTE_SECONDS},
    },
    "verify": {
        "task": "verify",
        "schedule": crontab(minute="*", hour="1-5"),  # at night in Shanghai: see "timezone"
        "options": {"expires": MINUTE_SECONDS},
    },
    "erase": {
        "task": "erase",
        "schedule": crontab(minute="*/10", hour="1-5"),
        "options": {"expires": MINUTE_SECONDS},
    },
    "seal": {
        "task": "seal",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": MINUTE_SECONDS},
    },
}
"""The beat schedule. A message not taken within a minute expires: the next one does the same work.

The minute allows for clocks of two machines that differ by seconds.
"""
DELIVERY_QUEUE, APPEALS_QUEUE = "delivery", "appeals"

BROKER_OPTIONS = {
    "visibility_timeout": 15 * MINUTE_SECONDS,
    "unacked_mutex_expire": 20,
    "unacked_restore_limit": 100,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 10,
}
"""Short socket timeouts, and a short lock for restoring unacknowledged messages (Reliability 1)."""


def make_configuration() -> dict[str, object]:
    """Return Celery's configuration; read on first use, so that importing needs no settings.

    The delivery settings survived the kill tests (Reliability 1): late acknowledgement, prefetch of
    one message, short socket timeouts, and a short lock for restoring messages, as otherwise a
    worker killed while holding it blocks recovery for five minutes.
    """
    read = load_settings()
    return {
        "broker_url": read.redis_url,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": BROKER_OPTIONS,
        "beat_max_loop_interval": MINUTE_SECONDS,
        "beat_schedule": SCHEDULE,
        # In memory: a schedule kept in a file remembers moments of a clock that was wrong.
        "beat_scheduler": "celery.beat:Scheduler",
        "enable_utc": True,
        "imports": ["worker.erasure", "worker.seals", "worker.tasks", "worker.verification"],
        "task_acks_late": True,
        "task_default_queue": APPEALS_QUEUE,
        "task_queues": [Queue(APPEALS_QUEUE), Queue(DELIVERY_QUEUE)],
        "task_routes": {"deliver": {"queue": DELIVERY_QUEUE}},
        "task_ignore_result": True,
        "task_reject_on_worker_lost": True,
        "task_serializer": "json",
        "task_soft_time_limit": 5 * MINUTE_SECONDS,
        "task_time_limit": 6 * MINUTE_SECONDS,
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
app.add_defaults(make_configuration)


@setup_logging.connect
def _set_up_logs(**_signal: object) -> None:
    """Configure our logs; connecting to this signal keeps Celery from configuring its own."""
    logs.configure_logs()


watchdog.install_watchdogs(app)


@cache
def load_settings() -> Settings:
    """Return this process's settings."""
    return Settings.or_exit()


@cache
def open_sessions() -> sessionmaker[Session]:
    """Return this process's session factory; the pool opens after the fork, in the child."""
    engine = make_engine(
        load_settings().database_url, statement_seconds=5 * MINUTE_SECONDS, pool_size=2
    )
    return make_session_factory(engine)


@contextmanager
def open_act() -> Iterator[Act]:
    """Yield the system's act in one transaction, committed at its end."""
    with open_sessions().begin() as session:
        yield make_act(session, load_settings())


def run_until_empty(job: Callable[[Act], int]) -> int:
    """Run a job on batch after batch, each in its own transaction, until none is left."""
    count = 0
    while done := run_once(job):
        count += done
    return count


def run_once(job: Callable[[Act], int]) -> int:
    """Run a job in one transaction; return how much it did."""
    with open_act() as one:
        return job(one)


def run_and_record(name: str, job: Callable[[], int]) -> int:
    """Run a task's whole job, log its count and duration, and record its success."""
    begun = time.monotonic()
    count = job()
    seconds = time.monotonic() - begun
    if count:  # an idle worker runs twelve times a minute: `TaskRun` records that it did
        log.info("task_done", task=name, count=count, seconds=round(seconds, 3))
    with open_act() as one:
        record_success(one, name, count, round(seconds * 1000))
    return count


def record_success(one: Act, name: str, count: int, milliseconds: int) -> None:
    """Record that a task has just succeeded."""
    facts = {"succeeded_at": one.now, "count": count, "milliseconds": milliseconds}
    one.session.execute(
        insert(TaskRun)
        .values(name=name, **facts)
        .on_conflict_do_update(index_elements=["name"], set_=facts)
    )
