"""A worker or beat that stands still is replaced, whatever made it stand still (Reliability 1)."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from celery import Celery
from redis import Redis

from appeals.operations.engines import embedded_engines
from appeals.operations.supervision import Program, Supervisor
from tests.conftest import SECRET
from tests.worker.conftest import Outbox
from worker.watchdog import EXIT_CODE, SHUTDOWN_SECONDS

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 180
THREE_DAYS = 3 * 24 * 3600


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    supervisor = Supervisor()
    yield supervisor
    supervisor.stop()


@pytest.fixture
def valkey_url(supervisor: Supervisor) -> Iterator[str]:
    """Start a Valkey of the test's own."""
    folder = Path(tempfile.mkdtemp(prefix="appeals-watchdog-"))
    folder.chmod(0o755)
    yield embedded_engines.start_engine(supervisor, embedded_engines.prepare_valkey(folder))
    supervisor.stop()
    shutil.rmtree(folder)


@pytest.fixture
def environment(outbox: Outbox, valkey_url: str) -> dict[str, str]:
    return {
        **os.environ,
        "APPEALS_DATABASE_URL": outbox.settings.database_url,
        "APPEALS_REDIS_URL": valkey_url,
        "APPEALS_SECRET_KEY": SECRET,
        "APPEALS_DATA_DIR": str(outbox.settings.data_dir),
        "PYTHONPATH": str(ROOT),
    }


def until(holds: Callable[[], bool], supervisor: Supervisor) -> None:
    """Wait until something holds, while the supervisor does its work; fail if it never does."""
    last = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < last, "it did not come about"
        supervisor.check()
        time.sleep(0.2)


def test_a_worker_whose_acknowledgement_was_lost_is_replaced_and_sends_the_next_letter(
    outbox: Outbox, supervisor: Supervisor, environment: dict[str, str], tmp_path: Path
) -> None:
    command = (
        *(sys.executable, "-m", "celery", "-A", "tests.worker.lost_acknowledgement"),
        *("worker", "--concurrency=1", "-Q", "delivery"),
    )
    lost = environment | {"LOST": str(tmp_path / "lost")}
    worker = supervisor.start(Program("delivery", command, lost, folder=ROOT))
    ticks = Celery("ticks", broker=environment["APPEALS_REDIS_URL"])
    (first,) = outbox.put("wang@example.org")
    ticks.send_task("deliver", queue="delivery")
    until(lambda: outbox.get(first).sent_at is not None, supervisor)
    stuck = worker.process
    (second,) = outbox.put("li@example.org")
    ticks.send_task("deliver", queue="delivery")
    until(lambda: outbox.get(second).sent_at is not None, supervisor)
    assert stuck.returncode == EXIT_CODE


def test_a_worker_whose_pool_hangs_ends_although_nobody_kills_it(
    supervisor: Supervisor, environment: dict[str, str]
) -> None:
    command = (
        *(sys.executable, "-m", "celery", "-A", "worker.app"),
        *("worker", "--concurrency=1", "-Q", "delivery"),
    )
    worker = supervisor.start(Program("delivery", command, environment, folder=ROOT)).process
    pool = psutil.Process(worker.pid).children
    until(lambda: bool(pool()), supervisor)
    (hung,) = pool()
    hung.suspend()
    worker.terminate()
    worker.wait(SHUTDOWN_SECONDS + PATIENCE_SECONDS)
    _, left = psutil.wait_procs([hung], timeout=PATIENCE_SECONDS)
    assert not left


def test_a_beat_whose_clock_went_three_days_ahead_and_back_sends_again(
    supervisor: Supervisor, environment: dict[str, str], tmp_path: Path
) -> None:
    shift = tmp_path / "shift"
    shift.write_text("0")
    command = (
        *(sys.executable, str(ROOT / "tests" / "worker" / "shifted_beat.py")),
        *("-A", "tests.worker.impatient", "beat", "--pidfile="),
    )
    shifted = environment | {"SHIFT": str(shift)}
    supervisor.start(Program("beat", command, shifted, folder=tmp_path))
    valkey = Redis.from_url(environment["APPEALS_REDIS_URL"])
    for seconds in (0, THREE_DAYS, 0):
        shift.write_text(str(seconds))
        time.sleep(1)  # a tick under way may still go by the clock before
        valkey.delete("delivery")
        until(lambda: bool(valkey.llen("delivery")), supervisor)
    valkey.close()
