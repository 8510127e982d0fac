"""`appeals demo`: play the demo city into an empty database."""

import click

from appeals.cli.engines import open_settings
from appeals.cli.progress import clear_progress, show_progress
from appeals.demo import demo_data as city
from appeals.domain.messages import message
from appeals.domain.refusals import not_now


@click.command("demo")
def demo() -> None:
    """Fill an empty database with thirteen made-up months."""
    with open_settings() as read:
        if not city.prepare_city(read, with_demo=True, progress=show_progress):
            raise not_now(
                message(
                    "The database has staff or appeals already: the demo city needs an empty one."
                )
            )
        clear_progress()
        click.echo(read.data_dir / city.ACCOUNTS_FILE)
        click.echo(read.data_dir / city.APPEALS_FILE)
