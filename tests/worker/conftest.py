"""The cast's small city, committed: delivery and its rivals work in transactions of their own."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from appeals.act import Act
from appeals.database import Base, make_engine, make_session_factory
from appeals.domain.people import SYSTEM
from appeals.domain.vocabulary import NoticeChannel, NoticeKind
from appeals.models.notice import Notice
from appeals.settings import Settings
from tests.cast import SECRET, settle, shanghai
from tests.conftest import beside, create, drop
from tests.factories import file_appeal


@dataclass(frozen=True)
class Outbox:
    """A database with one appeal whose own notices are gone, and the way to put new ones."""

    sessions: sessionmaker[Session]
    settings: Settings
    appeal_id: int

    def put(self, *recipients: str, channel: NoticeChannel = NoticeChannel.EMAIL) -> list[int]:
        """Write a due notice to each and give their ids."""
        now = datetime.now(UTC) - timedelta(minutes=1)
        with self.sessions.begin() as session:
            rows = [
                Notice(
                    appeal_id=self.appeal_id,
                    cause=f"{recipient}",
                    kind=NoticeKind.FILED,
                    recipient=recipient,
                    channel=channel,
                    language="zh",
                    subject="诉求已收到",
                    body="您的诉求已收到。",
                    created_at=now,
                    next_try_at=now + timedelta(milliseconds=place),
                )
                for place, recipient in enumerate(recipients)
            ]
            session.add_all(rows)
            session.flush()  # the ids are given back
            return [row.id for row in rows]

    def get(self, notice_id: int) -> Notice:
        """Read one notice as it stands."""
        with self.sessions() as session:
            return session.get_one(Notice, notice_id)


@pytest.fixture(scope="module")
def own_database(settings: Settings) -> Iterator[Settings]:
    """Give a migrated database in which these tests may commit, with the city and one appeal."""
    template = str(sa.make_url(settings.database_url).database).rsplit("_", 1)[0]
    name = f"{sa.make_url(settings.database_url).database}_worker"
    create(settings.database_url, name, template)
    yield settings.model_copy(update={"database_url": beside(settings.database_url, name)})
    drop(settings.database_url, name)


@pytest.fixture(scope="module")
def sessions(own_database: Settings) -> Iterator[sessionmaker[Session]]:
    """Give sessions on it; the city is settled."""
    engine = make_engine(own_database.database_url)
    made = make_session_factory(engine)
    with made.begin() as session:
        settle(session)
        file_appeal(Act(session, SYSTEM, shanghai("2026-03-02 09:00"), SECRET))
    yield made
    engine.dispose()


@pytest.fixture
def outbox(own_database: Settings, sessions: sessionmaker[Session], tmp_path: Path) -> Outbox:
    """Give an empty outbox and a data folder of the test's own."""
    with sessions.begin() as session:
        session.execute(sa.delete(Base.metadata.tables["notice"]))
        appeal_id = session.scalar(sa.text("SELECT min(id) FROM appeal"))
    assert appeal_id is not None
    return Outbox(sessions, own_database.model_copy(update={"data_dir": tmp_path}), appeal_id)
