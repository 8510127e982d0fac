"""`appeals demo`: play the demo city into an empty database."""

import click

from appeals import demo as city
from appeals.cli.engines import settings_here


@click.command()
def demo() -> None:
    """Play a believable city of thirteen months into a database that has no appeals."""
    with settings_here() as read:
        city.prepare(read, with_demo=True)
        click.echo(read.data_dir / city.ACCOUNTS)
        click.echo(read.data_dir / city.APPEALS)
