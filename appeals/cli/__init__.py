"""The command `appeals`; each subcommand is imported only when it is called."""

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
    """A command group with lazily imported commands: module and function by name."""

    command_paths: ClassVar[dict[str, str]] = {
        "backup": "appeals.cli.backup:write_backup",
        "calendar": "appeals.cli.configuration:calendar",
        "clock": "appeals.cli.clock:clock",
        "config": "appeals.cli.configuration:config",
        "demo": "appeals.cli.demo:demo",
        "due": "appeals.cli.due:due",
        "erase": "appeals.cli.erase:erase",
        "import": "appeals.cli.imports:import_appeals",
        "prepare": "appeals.cli.prepare:prepare",
        "reindex": "appeals.cli.reindex:reindex",
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
        """Return the names of all commands."""
        return sorted(self.command_paths)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command and return it, None where there is no such name."""
        if cmd_name not in self.command_paths:
            return None
        module, attribute = self.command_paths[cmd_name].split(":")
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module}:{attribute} is no command")
        return command


@click.command(cls=LateGroup)
@click.version_option(package_name="appeals", message="%(prog)s %(version)s")
def appeals() -> None:
    """Run and look after a city's system for citizens' appeals.

    `appeals up` starts everything. The other commands work on the database of APPEALS_DATABASE_URL,
    or on that of the data folder (APPEALS_DATA_DIR). `appeals COMMAND --help` explains each.
    """


def main() -> None:
    """Run the command line: 0 success, 1 a refusal or failure in one sentence, 2 wrong usage."""
    logs.configure_logs(level=logging.WARNING)  # standard output is for the command's result only
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
    """Return the exceptions of a database that is unreachable, full, or refuses our account.

    Imported only after something was raised, so that commands without a database do not load the
    driver.
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
    """Return the driver's message in one line, without the statement and its values."""
    return " ".join(str(getattr(trouble, "orig", trouble)).split())
