"""Connections that wait in the pool while the database goes away, and the one who comes next."""

import sqlalchemy as sa

from appeals.database import make_engine
from appeals.settings import Settings

OTHERS = sa.text(
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid = ANY(:pids)"
)


def pids(engine: sa.Engine) -> list[int]:
    """Give the servers of two connections, which then wait in the pool."""
    with engine.connect() as one, engine.connect() as other:
        asked = sa.select(sa.func.pg_backend_pid())
        return [each.execute(asked).scalar_one() for each in (one, other)]


def test_whoever_comes_after_the_database_went_away_sees_nothing_of_it(settings: Settings) -> None:
    engine, killer = (make_engine(settings.database_url) for _ in range(2))
    before = pids(engine)
    with killer.connect() as connection:
        assert connection.execute(OTHERS, {"pids": before}).scalar_one() == len(before)
        gone = sa.select(sa.func.count()).select_from(sa.text("pg_stat_activity"))
        while connection.scalar(gone.where(sa.text("pid = ANY(:pids)")), {"pids": before}):
            connection.rollback()  # the view is read anew
    assert not set(pids(engine)) & set(before)
    engine.dispose()
    killer.dispose()


def test_a_connection_that_still_stands_is_used_again(settings: Settings) -> None:
    engine = make_engine(settings.database_url)
    assert set(pids(engine)) == set(pids(engine))
    engine.dispose()
