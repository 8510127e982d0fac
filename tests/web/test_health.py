"""What `/health/ready` and `/metrics` say of the work behind the pages."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from appeals.models.tasks import ClockSighting, FailedItem, TaskRun
from appeals.web.health import READINESS_CACHE, ReadinessCache

RUNS = ("canary.appeals", "canary.delivery", "deliver", "sweep", "compile")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def at_work(session: Session) -> Session:
    """Provide a session in which every task ran just now, by the database's clock."""
    session.execute(sa.delete(TaskRun))
    for name in RUNS:
        session.add(
            TaskRun(name=name, succeeded_at=database_time(session), count=0, milliseconds=1)
        )
    session.commit()
    return session


def database_time(session: Session) -> object:
    return session.scalar(sa.select(sa.func.clock_timestamp()))


def record_run(session: Session, name: str, ago: timedelta) -> None:
    """Record that a task last succeeded that long ago."""
    moment = sa.func.clock_timestamp() - ago
    session.execute(sa.update(TaskRun).where(TaskRun.name == name).values(succeeded_at=moment))
    session.commit()


def list_alarms(client: FlaskClient) -> list[str]:
    """Return the alarms that ring, whatever was told a moment ago."""
    client.application.extensions[READINESS_CACHE] = ReadinessCache()
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["status"] == ("degraded" if answer.json["alarms"] else "ok")
    metrics = client.get("/metrics").text
    for name in answer.json["alarms"]:
        assert f'appeals_alarm{{alarm="{name}"}} 1.0' in metrics
    assert metrics.count("appeals_alarm{") == 5
    assert metrics.count('"} 1.0') == len(answer.json["alarms"])
    alarms: list[str] = answer.json["alarms"]
    return alarms


@pytest.mark.usefixtures("at_work")
def test_while_everything_runs_no_alarm_rings(client: FlaskClient) -> None:
    assert list_alarms(client) == []


def test_a_worker_without_a_canary_for_two_minutes_rings_an_alarm(
    at_work: Session, client: FlaskClient
) -> None:
    record_run(at_work, "canary.appeals", 3 * MINUTE)
    assert list_alarms(client) == ["worker_silent"]
    record_run(at_work, "canary.delivery", 3 * MINUTE)
    assert list_alarms(client) == ["worker_silent", "delivery_silent"]


def test_a_silent_beat_is_told_from_a_silent_worker(at_work: Session, client: FlaskClient) -> None:
    for name in ("deliver", "sweep", "compile"):
        record_run(at_work, name, 3 * MINUTE)
    assert list_alarms(client) == ["beat_silent"]
    for name in ("canary.appeals", "canary.delivery"):
        record_run(at_work, name, 3 * MINUTE)
    assert list_alarms(client) == ["worker_silent", "delivery_silent"]


def test_a_success_in_the_future_says_that_the_clock_went_back(
    at_work: Session, client: FlaskClient
) -> None:
    record_run(at_work, "sweep", -3 * 24 * 60 * MINUTE)
    assert list_alarms(client) == ["clock_behind"]


def test_a_clock_in_doubt_rings_an_alarm_until_it_is_right(
    at_work: Session, client: FlaskClient
) -> None:
    at_work.add(
        ClockSighting(
            boot_id="here", seen_at=database_time(at_work), counter=1.0, jump=timedelta(days=3)
        )
    )
    at_work.commit()
    assert list_alarms(client) == ["clock_jumped"]


def test_what_was_set_aside_or_parked_is_counted(at_work: Session, client: FlaskClient) -> None:
    before = client.get("/metrics").text
    assert "appeals_items_set_aside 0.0" in before
    assert "appeals_notices_parked 0.0" in before
    now = database_time(at_work)
    at_work.add(
        FailedItem(
            task="sweep", key="x", failed_at=now, tries=1, next_try_at=now, problem="KeyError"
        )
    )
    at_work.commit()
    assert "appeals_items_set_aside 1.0" in client.get("/metrics").text
