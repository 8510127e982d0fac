"""Migrating a database to a revision, unless a restore into it is unfinished."""

from alembic import command
from alembic.config import Config

from appeals.operations.built_files import ROOT
from appeals.operations.postgres import open_connection
from appeals.operations.supervision import CannotStart

UNFINISHED_RESTORE = "restore_unfinished"
"""Marker table that exists from the first to the last step of a restore."""


def migrate_database(
    database_url: str, revision: str = "head", *, is_restore: bool = False
) -> None:
    """Upgrade the database to a revision.

    Raises `CannotStart` where a restore was interrupted: its rows are not verified yet.
    """
    if not is_restore and has_unfinished_restore(database_url):
        raise CannotStart(
            "A restore into this database was interrupted: run `appeals restore FILE` again."
        )
    config = Config(ROOT / "alembic.ini")
    config.attributes["database_url"] = database_url
    command.upgrade(config, revision)


def has_unfinished_restore(database_url: str) -> bool:
    """Return whether the database has the marker of an unfinished restore."""
    with open_connection(database_url) as connection:
        found = connection.execute("SELECT to_regclass(%s)", (UNFINISHED_RESTORE,)).fetchone()
    return found is not None and found[0] is not None
