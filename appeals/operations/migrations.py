"""Bringing a database to a revision, unless a restore into it did not finish."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from appeals.operations.postgres import connect
from appeals.operations.supervision import CannotStart

ROOT = Path(__file__).resolve().parents[2]
UNFINISHED_RESTORE = "restore_unfinished"
"""A table that stands in the database from the first to the last step of a restore."""


def migrate(database_url: str, revision: str = "head", *, is_restore: bool = False) -> None:
    """Upgrade the database to a revision.

    Raises `CannotStart` where a restore was interrupted: its rows were not compared yet.
    """
    if not is_restore and has_unfinished_restore(database_url):
        raise CannotStart(
            "A restore into this database was interrupted: run `appeals restore FILE` again."
        )
    config = Config(ROOT / "alembic.ini")
    config.attributes["database_url"] = database_url
    command.upgrade(config, revision)


def has_unfinished_restore(database_url: str) -> bool:
    """Return whether a restore began here and did not end."""
    with connect(database_url) as connection:
        found = connection.execute("SELECT to_regclass(%s)", (UNFINISHED_RESTORE,)).fetchone()
    return found is not None and found[0] is not None
