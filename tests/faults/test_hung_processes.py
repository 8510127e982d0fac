"""After Valkey hung, the clock jumped, mail was away or a row was bad: all is done soon, once."""

import json
import random
import time
import urllib.request
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from appeals.domain.calendar import SHANGHAI, month_of
from appeals.models.handling import Deadline
from appeals.models.notice import Notice
from appeals.models.report import DirtyMonth, Report
from appeals.models.tasks import FailedItem
from tests.faults.filer import file_appeals_while
from tests.faults.harness import City, until
from tests.faults.judging import RECOVERED_SECONDS, count_rows, judge, under_way
from tests.faults.verdict import ClientLog
from tests.refusing_rows import accept_rows, refuse_rows
from tests.worker import shifted_database
from tests.worker.tarpit import tarpit

pytestmark = [pytest.mark.thorough, pytest.mark.xdist_group("faults")]

SEED = 20261129
HANG_SECONDS = 15
TARPIT_SECONDS = 90
THREE_DAYS = timedelta(days=3)
BACKENDS = sa.text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


def ready(city: City) -> dict[str, object]:
    """Read what a website says of itself."""
    address = f"{city.addresses[0]}/health/ready"
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - our own city
        said: dict[str, object] = json.load(answer)
    return said


def rings(city: City, alarm: str) -> bool:
    alarms = ready(city)["alarms"]
    assert isinstance(alarms, list)
    return alarm in alarms


def seconds_since(city: City, task: str) -> float:
    ages = ready(city)["seconds_since_success"]
    assert isinstance(ages, dict)
    return float(ages[task])


def works_again(city: City) -> None:
    """Wait until no alarm rings and both workers have seen a canary anew."""
    until(lambda: ready(city)["status"] == "ok", RECOVERED_SECONDS)


def test_valkey_that_hung_six_times_leaves_no_worker_standing(city: City, log: ClientLog) -> None:
    dice = random.Random(SEED)  # noqa: S311 - repeatable, not secret
    with file_appeals_while(city.addresses, log, SEED):
        for _ in range(6):
            under_way(log)
            with city.with_hung_valkey():
                time.sleep(HANG_SECONDS)
            time.sleep(dice.uniform(1, 5))
    judge(city, log)
    works_again(city)


def test_a_clock_three_days_ahead_and_back_marks_nobody_late(city: City, log: ClientLog) -> None:
    url = city.settings.owner_url
    shifted_database.install(url)
    with city.sessions() as session:
        session.execute(BACKENDS)  # what is connected anew goes by the tests' clock
    with file_appeals_while(city.addresses, log, SEED + 1):
        under_way(log)
        shifted_database.shift(url, THREE_DAYS)
        until(lambda: rings(city, "clock_jumped"))
        city.kill("worker", random.Random(SEED))  # noqa: S311 - a new process knows it too
        under_way(log)
        time.sleep(HANG_SECONDS)
        shifted_database.shift(url, timedelta())
        under_way(log)
    judge(city, log)
    until(lambda: not rings(city, "clock_jumped"), RECOVERED_SECONDS)
    with city.sessions() as session:
        assert session.scalar(sa.select(sa.func.count(Deadline.breached_at))) == 0


def test_mail_away_for_an_hour_loses_and_doubles_no_letter(city: City, log: ClientLog) -> None:
    with file_appeals_while(city.addresses, log, SEED + 2), city.sink.away():
        under_way(log)
        time.sleep(HANG_SECONDS)
        with city.sessions.begin() as session:  # the tests' clock: it has been so for an hour
            session.execute(
                sa.update(Notice)
                .where(Notice.first_tried_at.is_not(None), Notice.sent_at.is_(None))
                .values(first_tried_at=Notice.first_tried_at - timedelta(hours=1), tries=70)
            )
        under_way(log)
    judge(city, log)


def test_a_tarpit_for_mail_stops_neither_promises_nor_figures(city: City, log: ClientLog) -> None:
    with (
        file_appeals_while(city.addresses, log, SEED + 3),
        city.sink.away(),
        tarpit(seconds=5, port=city.sink.port),
    ):
        ends = time.monotonic() + TARPIT_SECONDS
        while time.monotonic() < ends:
            assert seconds_since(city, "sweep") < RECOVERED_SECONDS
            assert seconds_since(city, "compile") < RECOVERED_SECONDS
            time.sleep(1)
        under_way(log)
    judge(city, log)


def drafts_until(city: City, month: date) -> int:
    """Count the drafts of the months before this one."""
    drafts = sa.select(sa.func.count()).select_from(Report)
    with city.sessions() as session:
        return session.scalar(drafts.where(Report.start < midnight(month))) or 0


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def test_a_month_that_cannot_be_counted_waits_alone(city: City, log: ClientLog) -> None:
    this_month = month_of(datetime.now(SHANGHAI))
    before = month_of(datetime.now(SHANGHAI) - timedelta(days=31))
    with city.sessions.begin() as session:
        refuse_rows(session, "report", f"NEW.\"end\" > '{this_month:%Y-%m}-15'")
        session.add(DirtyMonth(month=before, marked_at=datetime.now(SHANGHAI)))
    with file_appeals_while(city.addresses, log, SEED + 4):
        under_way(log)
        until(lambda: count_rows(city, FailedItem) == 1)
        until(lambda: drafts_until(city, this_month) == 1)
    with city.sessions.begin() as session:
        accept_rows(session)
    until(
        lambda: count_rows(city, DirtyMonth) + count_rows(city, FailedItem) == 0, RECOVERED_SECONDS
    )
    judge(city, log)
