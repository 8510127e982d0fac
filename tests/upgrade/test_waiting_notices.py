"""Notices that wait when the database is upgraded are sent: at any hour, each by itself."""

import psycopg
import sqlalchemy as sa
from alembic import command
from sqlalchemy.orm import Session

from appeals.database import make_engine
from appeals.domain.vocabulary import NoticeChannel
from appeals.models.notice import DatedMessageRule, Notice
from tests.migrations.test_migrations import alembic
from tests.upgrade.conftest import plain
from worker.delivery import claim_notice

WAIT = """
UPDATE notice SET sent_at = NULL, parked_at = NULL, next_try_at = now() - interval '1 minute'
WHERE channel <> 'desk'
"""


def test_what_waits_at_the_upgrade_is_claimed_at_any_hour_and_by_itself(old_database: str) -> None:
    with psycopg.connect(plain(old_database)) as old:
        old.execute(WAIT)
    command.upgrade(alembic(old_database), "head")
    engine = make_engine(old_database)
    with Session(engine) as session:
        session.execute(sa.update(DatedMessageRule).values(amount=0))  # no hour is one for messages
        outside = Notice.channel != NoticeChannel.DESK
        waiting = set(session.scalars(sa.select(Notice.id).where(outside)))
        claimed = set[int]()
        while (notice := claim_notice(session)) is not None:
            claimed.add(notice.id)
        joined = session.scalar(sa.select(Notice.id).where(Notice.joined_to.is_not(None)))
    engine.dispose()
    assert waiting
    assert (claimed, joined) == (waiting, None)
