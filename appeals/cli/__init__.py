"""The command `appeals`: each sub-command is loaded only when it is asked for."""

import importlib
import logging
import sys
from typing import ClassVar

import click

from appeals import logs
from appeals.domain.refusals import Refused
from appeals.operations.supervision import CannotStart, ProgramFailed
from appeals.settings import WrongSetting


class LateGroup(click.Group):
    """A group that knows its commands by name and imports the one that is called."""

    places: ClassVar[dict[str, str]] = {
        "backup": "appeals.cli.backup:write_backup",
        "calendar": "appeals.cli.calendar:calendar",
        "clock": "appeals.cli.clock:clock",
        "demo": "appeals.cli.demo:demo",
        "due": "appeals.cli.due:due",
        "erase": "appeals.cli.erase:erase",
        "import": "appeals.cli.imports:import_appeals",
        "prepare": "appeals.cli.prepare:prepare",
        "repair": "appeals.cli.repair:repair",
        "report": "appeals.cli.report:report",
        "restore": "appeals.cli.backup:restore_backup",
        "seal": "appeals.cli.seal:seal",
        "simulate": "appeals.cli.simulate:simulate",
        "staff": "appeals.cli.staff:staff",
        "up": "appeals.cli.up:up",
        "verify": "appeals.cli.verify:verify",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Give the names of all commands."""
        return sorted(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and give one command; None where there is no such name."""
        if cmd_name not in self.places:
            return None
        module, attribute = self.places[cmd_name].split(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command


@click.command(cls=LateGroup)
def appeals() -> None:
    """Citizens' appeals of a city."""


def main() -> None:
    """Run the command line: 0 success, 1 a refusal or failure in one sentence, 2 wrong usage."""
    logs.configure_logs(level=logging.WARNING)  # standard output is for the command's answer alone
    logging.getLogger("appeals").setLevel(logging.INFO)
    try:
        appeals()
    except (Refused, WrongSetting, CannotStart, ProgramFailed) as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(1)
    except _list_database_errors() as trouble:
        click.echo(
            f"The database (APPEALS_DATABASE_URL) does not serve: {_read_driver_message(trouble)}",
            err=True,
        )
        sys.exit(1)
    except OSError as trouble:
        if trouble.filename is None:
            raise
        click.echo(f"{trouble.filename} cannot be used: {trouble.strerror}", err=True)
        sys.exit(1)


def _list_database_errors() -> tuple[type[Exception], ...]:
    """Give what a database raises that is away or full, or that an account may not use.

    Looked up when something was raised: a command that needs no database does not load the driver.
    """
    names = {
        "psycopg": ("OperationalError",),
        "psycopg.errors": ("InsufficientPrivilege",),
        "sqlalchemy.exc": ("OperationalError",),
    }
    return tuple(
        getattr(sys.modules[module], name)
        for module, errors in names.items()
        if module in sys.modules
        for name in errors
    )


def _read_driver_message(trouble: Exception) -> str:
    """Give the driver's own words in one line, without the statement and its values."""
    return " ".join(str(getattr(trouble, "orig", trouble)).split())
