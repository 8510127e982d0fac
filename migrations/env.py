"""Runs the migrations: one runner at a time, never queueing long before live traffic."""

import time

import sqlalchemy as sa
import structlog
from alembic import context

import appeals.models  # noqa: F401 - importing the models is what fills the metadata
from appeals import logs
from appeals.database import Base, make_engine
from appeals.settings import Settings

ONE_RUNNER = 3_110_211  # the advisory lock of whoever migrates: any fixed number
TRIES = 30
SECONDS_BETWEEN = 1
LOCK_WAIT = "300ms"
"""The longest wait for a table, far below PostgreSQL's `deadlock_timeout` of one second.

A revision that holds one table and waits for a second can meet a reader who holds the second and
waits for the first. The one who waits for `deadlock_timeout` is then ended: it must not be a page.
"""
STATEMENT_SECONDS = 3600  # a backfill takes its time; waiting for a lock may not

log = structlog.get_logger()


def address() -> str:
    """Give the database's address: the caller's, else the setting."""
    told = context.config.attributes.get("database_url")
    if isinstance(told, str):
        return told
    logs.configure_logs()
    return Settings.or_exit().owner_url


def migrate(connection: sa.Connection) -> None:
    """Run what is asked; every revision is a transaction of its own."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def attempt(engine: sa.Engine) -> None:
    """Hold the advisory lock of the runner and migrate; a lock waited for too long fails."""
    with engine.connect() as runner:
        runner.execute(sa.text("SET idle_in_transaction_session_timeout = 0"))
        runner.execute(sa.text("SET lock_timeout = 0"))  # runners do queue for one another
        runner.execute(sa.select(sa.func.pg_advisory_lock(ONE_RUNNER)))
        runner.execute(sa.text(f"SET lock_timeout = '{LOCK_WAIT}'"))
        runner.commit()
        try:
            migrate(runner)
        finally:
            runner.rollback()
            runner.execute(sa.select(sa.func.pg_advisory_unlock(ONE_RUNNER)))
            runner.commit()


def online() -> None:
    """Migrate, and try again where live traffic held a table for too long."""
    engine = make_engine(address(), statement_seconds=STATEMENT_SECONDS)
    try:
        for left in reversed(range(TRIES)):
            try:
                return attempt(engine)
            except sa.exc.OperationalError as error:
                if left == 0 or getattr(error.orig, "sqlstate", None) != "55P03":
                    raise
                log.warning("migration_waits_for_lock", tries_left=left)
                time.sleep(SECONDS_BETWEEN)
    finally:
        engine.dispose()


if context.is_offline_mode():
    context.configure(url=address(), target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    online()
