"""`appeals clock`: what to do where the database's clock has jumped and is right now."""

import click
import sqlalchemy as sa

from appeals.cli.acts import open_act_here
from appeals.models.tasks import ClockSighting
from appeals.operations.database_clock import read_database_time


@click.group()
def clock() -> None:
    """Deal with a database clock that has jumped."""


@clock.command("accept")
def accept_clock() -> None:
    """Accept the database's time as right, and end the pause.

    While the clock is in doubt nothing is marked late, erased or sealed.
    """
    with open_act_here() as act:
        forgotten = act.session.scalars(
            sa.delete(ClockSighting).returning(ClockSighting.boot_id)
        ).all()
        now = read_database_time(act.session)
        act.session.commit()
    click.echo(f"The clock is taken for right: {now}.")
    click.echo(
        f"Forgotten: what the clocks of {len(forgotten)} machine(s), counted by their starts, said "
        "last. Each compares anew from now on."
    )
