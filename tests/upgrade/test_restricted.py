"""Appeals of the release before under a restricted category are restricted after the upgrade."""

from datetime import UTC, datetime

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.casework.integrity.verification import verify_all_appeals
from appeals.database import make_engine
from appeals.domain.people import SYSTEM
from appeals.models.appeal import Appeal
from appeals.models.handling import Amendment
from tests.cast import SECRET
from tests.migrations.test_migrations import alembic
from tests.upgrade.conftest import plain

RESTRICT = "UPDATE category SET restricted = true WHERE code = 'urban.noise'"


def check_restricted(url: str) -> tuple[int, int]:
    """Verify all appeals; return how many are restricted, and how many should be."""
    engine = make_engine(url, statement_seconds=0)
    with Session(engine) as session:
        act = Act(session, SYSTEM, datetime.now(UTC), SECRET)
        assert [each for found in verify_all_appeals(act) for each in found.problems] == []
        was = sa.select(Amendment.appeal_id).where(Amendment.category == "urban.noise")
        of = sa.or_(Appeal.category == "urban.noise", Appeal.id.in_(was))
        found = [
            session.scalar(sa.select(sa.func.count()).where(condition)) or 0
            for condition in (Appeal.restricted, of)
        ]
    engine.dispose()
    return found[0], found[1]


def test_appeals_that_ever_were_of_a_restricted_category_are_restricted(old_database: str) -> None:
    with psycopg.connect(plain(old_database)) as old:
        old.execute(RESTRICT)
    command.upgrade(alembic(old_database), "head")
    restricted, expected = check_restricted(old_database)
    assert restricted == expected > 0


@pytest.mark.parametrize("by", ["insert", "correction"])
def test_what_the_release_before_makes_restricted_beside_it_is_marked_and_verifies(
    migrated: str, by: str
) -> None:
    """Its statements name neither of the new columns."""
    with psycopg.connect(plain(migrated)) as old:
        old.execute("SET session_replication_role = replica")
        old.execute(RESTRICT)
        old.execute("SET session_replication_role = origin")
        assert old.execute("SELECT count(*) FROM appeal WHERE restricted").fetchone() == (0,)
        if by == "correction":  # to the category that it has: its moves stay right
            old.execute("UPDATE appeal SET category = category WHERE category = 'urban.noise'")
        else:
            old.execute("CREATE TEMPORARY TABLE kept AS SELECT * FROM appeal")
            old.execute("SET session_replication_role = replica")
            old.execute(
                "ALTER TABLE kept DROP COLUMN restricted, DROP COLUMN complained_department"
            )
            old.execute("DELETE FROM appeal")
            old.execute("SET session_replication_role = origin")
            names = [row[0] for row in old.execute(
                "SELECT quote_ident(attname) FROM pg_attribute WHERE attnum > 0 "
                "AND NOT attisdropped AND attrelid = 'kept'::regclass"
            )]  # fmt: skip
            listed = ", ".join(names)
            old.execute(
                f"INSERT INTO appeal ({listed}) OVERRIDING SYSTEM VALUE "  # noqa: S608
                f"SELECT {listed} FROM kept".encode()
            )
    restricted, expected = check_restricted(migrated)
    assert 0 < restricted <= expected


def test_what_todays_release_files_is_left_to_its_own_rules(migrated: str) -> None:
    engine = make_engine(migrated)
    with engine.begin() as connection:
        connection.execute(sa.text(RESTRICT))
        connection.execute(sa.text("UPDATE appeal SET category = category"))
        kept = "SELECT count(*) FROM appeal WHERE restricted"
        assert connection.scalar(sa.text(kept)) == 0
    engine.dispose()
