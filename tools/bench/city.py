"""The engines of a bench in a temporary folder, and cities to measure on."""

import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from appeals.cli.acts import open_act
from appeals.cli.progress import show_progress
from appeals.operations import city_loading
from appeals.operations.built_files import ROOT
from appeals.operations.engines import embedded_engines
from appeals.operations.migrations import migrate_database
from appeals.operations.supervision import Supervisor
from appeals.settings import Settings

MONTH_OPTIONS = ("--from", "2026-03-02", "--to", "2026-04-02")
"""The period in which made-up appeals are filed; what is open at its end stays open."""
EMPTY = "empty"
COMMAND = (sys.executable, "-c", "from appeals.cli import main; main()")


@dataclass
class Bench:
    """Running engines, their programs, and the cities made on them so far."""

    supervisor: Supervisor
    settings: Settings
    programs: Path
    cities: dict[int, Settings] = field(default_factory=dict)
    said: dict[int, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Return the folder of all that the bench writes."""
        return self.settings.data_dir

    def city(self, appeals: int) -> Settings:
        """Return the city with so many made-up appeals of one month, made the first time.

        `said[appeals]` then holds what `appeals simulate` printed.
        """
        if appeals not in self.cities:
            show_progress(f"simulating {appeals:,} appeals")
            made = self.database(f"city_{appeals}", EMPTY)
            self.said[appeals] = self.run(
                made, "simulate", *MONTH_OPTIONS, "--appeals", str(appeals)
            )
            run_in_autocommit(made, "VACUUM ANALYZE")
            self.cities[appeals] = made
        return self.cities[appeals]

    def copy(self, settings: Settings, name: str) -> Settings:
        """Return a copy of a city that nobody works in."""
        return self.database(name, str(sa.make_url(settings.database_url).database))

    def database(self, name: str, template: str = "template1") -> Settings:
        """Create a database and return settings for it."""
        run_in_autocommit(self.settings, f"CREATE DATABASE {name} TEMPLATE {template}")
        url = sa.make_url(self.settings.database_url).set(database=name)
        told = url.render_as_string(hide_password=False)
        return self.settings.model_copy(update={"database_url": told})

    def run(self, settings: Settings, *arguments: str) -> str:
        """Run `appeals …` in a city and return what it printed; raise where it fails."""
        done = subprocess.run(  # noqa: S603 - the project's own command
            [*COMMAND, *arguments],
            env=settings.for_children(),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout.strip()


@contextmanager
def start_engines() -> Iterator[Bench]:
    """Start PostgreSQL and Valkey with one empty city; stop and remove them in the end."""
    folder = Path(tempfile.mkdtemp(prefix="appeals-bench-"))
    folder.chmod(0o755)  # started by root, PostgreSQL runs as another account
    supervisor = Supervisor()
    try:
        postgres = embedded_engines.prepare_postgres(folder)
        known = {
            "APPEALS_DATABASE_URL": embedded_engines.start_engine(supervisor, postgres),
            "APPEALS_REDIS_URL": embedded_engines.start_engine(
                supervisor, embedded_engines.prepare_valkey(folder)
            ),
            "APPEALS_SECRET_KEY": secrets.token_urlsafe(48),
            "APPEALS_DATA_DIR": str(folder),
            "APPEALS_FILINGS_PER_ADDRESS": "1000000",
            "APPEALS_FILINGS_PER_CONTACT": "1000000",
            "APPEALS_FORM_SECONDS": "0",
        }
        programs = Path(postgres.program.command[0]).parent
        bench = Bench(supervisor, Settings.from_environment(known), programs)
        empty = bench.database(EMPTY)
        migrate_database(empty.database_url)
        with open_act(empty) as act:
            city_loading.load_city(act)
            act.session.commit()
        yield bench
    finally:
        supervisor.stop()
        shutil.rmtree(folder)


def run_in_autocommit(settings: Settings, command: str) -> None:
    """Run a command that cannot run in a transaction."""
    engine = sa.create_engine(settings.database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(command))
    engine.dispose()


def query_scalar(settings: Settings, query: str) -> str:
    """Return one value of a query, as text."""
    engine = sa.create_engine(settings.database_url)
    with engine.connect() as connection:
        found = connection.scalar(sa.text(query))
    engine.dispose()
    return str(found)


def count_rows(settings: Settings, table: str) -> int:
    """Count the rows of a table."""
    return int(query_scalar(settings, f"SELECT count(*) FROM {table}"))  # noqa: S608 - our own names
