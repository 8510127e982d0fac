"""What a person at a terminal sees of long work; where nobody looks, nothing is written."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

TERMINAL_COLUMNS = 79
"""A longer line would wrap, and its first part stay on the screen."""


def show_progress(what: str) -> None:
    """Show how far the work is, in place, on a terminal only."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{what[:TERMINAL_COLUMNS]}", nl=False, err=True)


def clear_progress() -> None:
    """Clear the line of `show_progress`."""
    show_progress("")


def print_to_person(what: str) -> None:
    """Write a line for a person at a terminal; nobody else reads it."""
    if sys.stderr.isatty():
        click.echo(what, err=True)


@contextmanager
def time_stage(name: str) -> Iterator[None]:
    """Show a stage of the work while it lasts, and then how many seconds it took."""
    show_progress(f"  {name} …")
    begun = time.monotonic()
    yield
    clear_progress()
    print_to_person(f"  {name:32}{time.monotonic() - begun:6.1f} s")
