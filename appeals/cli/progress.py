"""Progress display on a terminal; elsewhere nothing is written."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

TERMINAL_COLUMNS = 79
"""Longest progress line: a longer one would wrap and leave its first part on the screen."""


def show_progress(what: str) -> None:
    """Show the progress in place, on a terminal only."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{what[:TERMINAL_COLUMNS]}", nl=False, err=True)


def clear_progress() -> None:
    """Clear the line of `show_progress`."""
    show_progress("")


def print_to_person(what: str) -> None:
    """Print a line on a terminal only."""
    if sys.stderr.isatty():
        click.echo(what, err=True)


@contextmanager
def time_stage(name: str) -> Iterator[None]:
    """Show a stage of the work while it runs, then its duration in seconds."""
    show_progress(f"  {name} …")
    begun = time.monotonic()
    yield
    clear_progress()
    print_to_person(f"  {name:32}{time.monotonic() - begun:6.1f} s")
