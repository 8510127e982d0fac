"""The task of the nightly verification in a worker's own transactions."""

from datetime import UTC, datetime
from functools import partial

import pytest
import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session, sessionmaker

import worker.app
from appeals.act import Act
from appeals.casework.integrity import nightly_verification
from appeals.casework.integrity.access_log_verification import verify_next_access_rows as next_rows
from appeals.casework.records.access_log import Access, record_accesses
from appeals.domain.people import SYSTEM
from appeals.domain.vocabulary import AccessKind
from appeals.models.access_log import AccessLogRow
from appeals.queries.administration import health
from tests.cast import SECRET, ZHAO, shanghai
from tests.worker.conftest import Outbox
from worker.verification import verify_for_one_tick

BY_HAND = "UPDATE round SET tries = tries + :more"


@pytest.fixture
def tasks(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> sessionmaker[Session]:
    """Let the task work on the tests' database."""
    monkeypatch.setattr(worker.app, "open_sessions", lambda: outbox.sessions)
    settings = outbox.settings.model_copy(
        update={"secret_key": SECRET}
    )  # the city's moves are made with it
    monkeypatch.setattr(worker.app, "load_settings", lambda: settings)
    return outbox.sessions


def change(sessions: sessionmaker[Session], statement: str, **values: object) -> None:
    with sessions.begin() as session:
        session.execute(sa.text(statement), values)


def test_what_is_found_at_night_is_logged_and_counted_in_the_metrics(
    tasks: sessionmaker[Session],
) -> None:
    change(tasks, BY_HAND, more=1)
    with structlog.testing.capture_logs() as logged:
        assert verify_for_one_tick() == 1
    assert [each["event"] for each in logged] == ["appeal_unverified"]
    assert unverified(tasks) == 1
    change(tasks, BY_HAND, more=-1)
    change(tasks, "UPDATE nightly_verification SET began_at = began_at - interval '1 day'")
    assert verify_for_one_tick() == 1
    assert unverified(tasks) == 0


def unverified(sessions: sessionmaker[Session], named: str = "appeals_unverified") -> int:
    with sessions() as session:
        act = Act(session, SYSTEM, shanghai("2026-03-02 09:00"), SECRET)
        return health.count_conditions(act)[named][1]


def test_two_workers_never_verify_the_same_batch(tasks: sessionmaker[Session]) -> None:
    verify_for_one_tick()  # there is a row of the run, and the run is finished
    change(tasks, "UPDATE nightly_verification SET began_at = '2000-01-01'")
    now = shanghai("2026-03-03 02:00")
    with tasks() as one, tasks() as other:
        assert nightly_verification.verify_next_batch(Act(one, SYSTEM, now, SECRET)) is not None
        assert nightly_verification.verify_next_batch(Act(other, SYSTEM, now, SECRET)) is None


def test_nobody_waits_for_the_appeals_that_were_found_wrong(tasks: sessionmaker[Session]) -> None:
    verify_for_one_tick()  # there is a row of the run
    change(tasks, BY_HAND, more=1)
    change(tasks, "UPDATE nightly_verification SET began_at = '2000-01-01', part = 0")
    free = sa.text("SELECT count(*) FROM (SELECT FROM appeal FOR NO KEY UPDATE NOWAIT) AS free")
    with tasks() as night, tasks() as person:
        act = Act(night, SYSTEM, shanghai("2026-03-03 02:00"), SECRET)
        checked = nightly_verification.verify_next_batch(act)
        assert checked is not None
        assert len(checked.problems) == 1
        assert person.scalar(free) == 1
    change(tasks, BY_HAND, more=-1)


def test_a_changed_row_of_the_access_log_is_found_at_night_logged_and_counted(
    tasks: sessionmaker[Session],
) -> None:
    now = datetime.now(UTC)
    with tasks.begin() as session:
        act = Act(session, SYSTEM, now, SECRET).by(ZHAO)
        record_accesses(act, [Access(AccessKind.CASE_VIEWED, n) for n in range(1, 8)])
    verify_for_one_tick()
    assert unverified(tasks, "appeals_access_rows_unverified") == 0
    change(tasks, "ALTER TABLE access_log DISABLE TRIGGER USER")
    change(tasks, "UPDATE access_log SET appeal_id = 8 WHERE appeal_id = 5")
    change(tasks, "ALTER TABLE access_log ENABLE TRIGGER USER")
    with structlog.testing.capture_logs() as logged:
        verify_for_one_tick()  # tonight's run is finished
        change(tasks, "UPDATE access_log_verification SET began_at = began_at - interval '1 day'")
        assert verify_for_one_tick() == 7
    assert [each["event"] for each in logged] == ["access_row_unverified"]
    assert unverified(tasks, "appeals_access_rows_unverified") == 1


def test_the_access_log_is_verified_batch_by_batch_once_a_run(tasks: sessionmaker[Session]) -> None:
    verify_for_one_tick()  # there is a row of the run
    change(tasks, "UPDATE access_log_verification SET began_at = '2000-01-01', finished_at = now()")
    with tasks() as session:
        act = Act(session, SYSTEM, datetime.now(UTC), SECRET)
        record_accesses(act.by(ZHAO), [Access(AccessKind.CASE_VIEWED, n) for n in range(1, 6)])
        count = session.scalar(sa.select(sa.func.count()).select_from(AccessLogRow))
        batches = [checked.count for checked in iter(partial(next_rows, act, 2), None)]
        assert next_rows(act, 2) is None
    assert sum(batches) == count
    assert set(batches[:-1]) == {2}
