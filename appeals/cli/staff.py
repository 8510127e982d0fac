"""`appeals staff`: accounts of staff.

The command line is the operator's: it needs no second person. Its changes are logged like those on
the pages, and the person concerned and the staff of the centre are notified.
"""

from datetime import UTC, datetime

import click

from appeals.act import Act, read_contact_settings
from appeals.casework.configuration import configuration_changes
from appeals.casework.configuration.configuration_changes import WHY, WantedChange
from appeals.casework.records import change_log
from appeals.cli.engines import open_settings
from appeals.database import make_engine, make_session_factory
from appeals.domain.configuration import ACCOUNTS, ChangeStep, RowFacts
from appeals.domain.people import STAFF, SYSTEM, normalise_username
from appeals.operations.city_preparation import check_prepared

ROLES = click.Choice([role.value for role in STAFF])


@click.group()
def staff() -> None:
    """Add, change and disable accounts of staff."""


@staff.command("add")
@click.argument("username")
@click.option(
    "--role", required=True, type=ROLES, help="The role, which decides what the person may do."
)
@click.option("--department", help="Code of the department of an officer or leader.")
@click.option("--name", help="The person's name as others see it (default: the username).")
@click.option("--email", help="Where the person is told of changes of the account.")
def add_account(
    username: str, role: str, department: str | None, name: str | None, email: str | None
) -> None:
    """Add an account and print its one-time password.

    The password is good for 24 hours.
    """
    given = {"username": username, "name": name or username, "role": role}
    others = {"department_code": department, "email": email}
    given |= {field: text for field, text in others.items() if text}
    click.echo(_change_account(ChangeStep.ADD, "", given, "appeals staff add"))


@staff.command("role")
@click.argument("username")
@click.option("--role", required=True, type=ROLES, help="The new role.")
@click.option("--department", help="Code of the department of an officer or leader.")
def change_role(username: str, role: str, department: str | None) -> None:
    """Give USERNAME another role or department."""
    given = {"role": role, "department_code": department or ""}
    _change_account(ChangeStep.CHANGE, username, given, "appeals staff role")


@staff.command("password")
@click.argument("username")
def reset_password(username: str) -> None:
    """Print a new one-time password, good for 24 hours.

    All sessions of USERNAME end.
    """
    click.echo(_change_account(ChangeStep.PASSWORD, username, {}, "appeals staff password"))


@staff.command("reset-factor")
@click.argument("username")
def reset_factor(username: str) -> None:
    """Remove a second factor, after a lost telephone."""
    _change_account(ChangeStep.FACTOR, username, {}, "appeals staff reset-factor")


@staff.command("disable")
@click.argument("username")
def disable_account(username: str) -> None:
    """Disable an account: nobody signs in with it again."""
    _change_account(ChangeStep.DISABLE, username, {}, "appeals staff disable")


def _change_account(step: ChangeStep, username: str, given: RowFacts, why: str) -> str:
    """Make one change of an account and return the secret to be shown once."""
    key = normalise_username(username)
    with open_settings() as read:
        engine = make_engine(read.database_url)
        with make_session_factory(engine).begin() as session:
            act = Act(
                session,
                SYSTEM,
                datetime.now(UTC),
                read.secret_key,
                read.base_url,
                read_contact_settings(read),
            )
            if given.get("department_code"):
                check_prepared(act)
            wish = WantedChange(ACCOUNTS, step, key, {**given, WHY: why})
            if step is ChangeStep.CHANGE:
                now = configuration_changes.find_row_facts(act, wish) or {}
                wish = WantedChange(ACCOUNTS, step, key, {**now, **wish.given})
            seen = change_log.find_last_change_id(act, ACCOUNTS.name, key) if key else 0
            written = configuration_changes.make_change(act, wish, seen)
        engine.dispose()
    return written.once
