"""A system of one test's own: a migrated database, and the product's commands run on it."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import sqlalchemy as sa

from appeals.settings import Settings
from tests.cast import SECRET
from tests.conftest import beside, create, drop, migrated_of
from tests.forked_commands import run_appeals

GUARDS_OFF = "SET session_replication_role = replica"


@dataclass(frozen=True)
class OwnCity:
    """The settings of a system that nobody else works in, and what else its commands are told."""

    settings: Settings
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run `appeals …` and give what it printed and how it ended."""
        environment = {**self.settings.for_children(), **self.environment}
        return run_appeals(*words, environment=environment)

    def command(self, *words: str) -> str:
        """Run `appeals …`, which succeeds, and give what it printed."""
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def ask(self, query: str) -> tuple[int, ...]:
        """Ask the database for one row of numbers, in plain SQL."""
        with self._connection() as connection:
            found = connection.execute(query.encode()).fetchone()
        assert found is not None
        return tuple(found)

    def change(self, statement: str) -> int:
        """Change rows as somebody with the database's own password could; give how many."""
        with self._connection() as connection:
            connection.execute(GUARDS_OFF)
            return connection.execute(statement.encode()).rowcount

    def _connection(self) -> "psycopg.Connection[tuple[int, ...]]":
        return psycopg.connect(self.settings.database_url.replace("+psycopg", ""))


@contextmanager
def own_city(settings: Settings, name: str, folder: Path) -> Iterator[OwnCity]:
    """Make a system of its own, migrated and empty; its database goes in the end."""
    ours = str(sa.make_url(settings.database_url).database)
    with copied_city(settings, f"{ours}_{name}", migrated_of(ours), folder) as city:
        yield city


@contextmanager
def copied_city(settings: Settings, name: str, template: str, folder: Path) -> Iterator[OwnCity]:
    """Make a system on a copy of the database `template`; the copy goes in the end."""
    create(settings.database_url, name, template)
    url = beside(settings.database_url, name)
    yield OwnCity(
        settings.model_copy(update={"database_url": url, "data_dir": folder, "secret_key": SECRET})
    )
    drop(settings.database_url, name)
