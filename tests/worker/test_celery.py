"""One real message: through a real Valkey to a real worker process, and what it leaves behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from appeals.models.tasks import TaskRun
from tests.conftest import SECRET
from tests.forked_commands import run_program
from tests.worker.conftest import Outbox
from worker.app import SCHEDULE

ROOT = Path(__file__).parents[2]
SECONDS = 180
EVERY_RUN = {*SCHEDULE, "canary.appeals", "canary.delivery"}


@pytest.fixture
def environment(outbox: Outbox) -> dict[str, str]:
    return {
        **os.environ,
        "APPEALS_DATABASE_URL": outbox.settings.database_url,
        "APPEALS_REDIS_URL": outbox.settings.redis_url,
        "APPEALS_SECRET_KEY": SECRET,
        "APPEALS_DATA_DIR": str(outbox.settings.data_dir),
    }


@pytest.fixture
def worker(environment: dict[str, str], tmp_path: Path) -> Iterator[None]:
    """Run a worker for the time of a test."""
    command = [sys.executable, "-m", "celery", "-A", "worker.app", "worker", "--concurrency=1"]
    with (
        (tmp_path / "worker.log").open("w") as log,
        subprocess.Popen(command, env=environment, cwd=ROOT, stderr=log, stdout=log) as process,
    ):
        yield
        process.send_signal(signal.SIGTERM)
        process.wait(SECONDS)


@pytest.mark.usefixtures("worker")
def test_a_tick_delivers_and_is_recorded(outbox: Outbox, environment: dict[str, str]) -> None:
    (notice_id,) = outbox.put("wang@example.org")
    ring = f"from worker.app import app; [app.send_task(name) for name in {[*SCHEDULE]!r}]"
    run_program(ring, environment).check_returncode()
    last = time.monotonic() + SECONDS
    while recorded(outbox) != EVERY_RUN and time.monotonic() < last:
        time.sleep(0.2)
    assert recorded(outbox) == EVERY_RUN
    assert outbox.get(notice_id).sent_at is not None


def recorded(outbox: Outbox) -> set[str]:
    with outbox.sessions() as session:
        return set(session.scalars(sa.select(TaskRun.name)))
