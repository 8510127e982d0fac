"""What long commands share: the act they work in, and how far they are, told on a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Literal

import click

from appeals.act import Act
from appeals.cli.engines import settings_here
from appeals.database import make_engine, session_factory
from appeals.domain.people import SYSTEM
from appeals.settings import Settings

WIDTH = 79
"""Columns of a terminal: what is longer would stay behind on the line above."""
Isolation = Literal["READ COMMITTED", "REPEATABLE READ"]


@contextmanager
def act_here(isolation: Isolation = "READ COMMITTED") -> Iterator[Act]:
    """Give the system's act on the engines of `settings_here`."""
    with settings_here() as settings, act_of(settings, isolation) as act:
        yield act


@contextmanager
def act_of(settings: Settings, isolation: Isolation = "READ COMMITTED") -> Iterator[Act]:
    """Give the system's act; no statement is cut short, and the command ends its transactions."""
    engine = make_engine(settings.database_url, statement_seconds=0)
    engine = engine.execution_options(isolation_level=isolation)
    try:
        with session_factory(engine)() as session:
            now = datetime.now(UTC)
            yield Act(session, SYSTEM, now, settings.secret_key, settings.base_url)
    finally:
        engine.dispose()


def tell(what: str) -> None:
    """Show how far the work is, in place, on a terminal only."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{what[:WIDTH]}", nl=False, err=True)


def told() -> None:
    """Clear the line of `tell`."""
    tell("")
