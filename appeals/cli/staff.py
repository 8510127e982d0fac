"""`appeals staff`: accounts of the people who work appeals."""

from datetime import UTC, datetime

import click

from appeals.act import Act
from appeals.casework import changes
from appeals.casework import staff as accounts
from appeals.cli.engines import settings_here
from appeals.database import make_engine, session_factory
from appeals.domain.calendar import city_day
from appeals.domain.configuration import ACCOUNTS, Change, Step
from appeals.domain.people import STAFF, SYSTEM, Role, normalise_username


@click.group()
def staff() -> None:
    """Accounts of staff."""


@staff.command()
@click.argument("username")
@click.option(
    "--role", required=True, type=click.Choice([role.value for role in STAFF]), help="What for."
)
@click.option("--department", help="Code of the department of an officer or leader.")
@click.option("--name", help="The person's name as others see it (default: the username).")
def add(username: str, role: str, department: str | None, name: str | None) -> None:
    """Add USERNAME and print a one-time password, good for 24 hours."""
    with settings_here() as read:
        engine = make_engine(read.database_url)
        with session_factory(engine).begin() as session:
            act = Act(session, SYSTEM, datetime.now(UTC), read.secret_key)
            password = accounts.add_staff(act, username, name or username, Role(role), department)
            told = {"username": username, "name": name, "role": role, "department_code": department}
            said = {field: text for field, text in told.items() if text}
            key, today = normalise_username(username), city_day(act.now)
            change = Change(ACCOUNTS.name, key, Step.ADD, today, None, said, "appeals staff add")
            changes.record(act, change)
        engine.dispose()
    click.echo(password)
