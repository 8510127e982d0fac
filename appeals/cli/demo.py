"""`appeals demo`: play the demo city into an empty database."""

import click

from appeals.cli.demo_code import refuse_without_demo_code
from appeals.cli.engines import open_settings
from appeals.cli.progress import clear_progress, show_progress
from appeals.domain.messages import message
from appeals.domain.refusals import not_now
from appeals.operations.city_preparation import DEMO_ACCOUNTS_FILE, DEMO_APPEALS_FILE


@click.command("demo")
def demo() -> None:
    """Fill an empty database with thirteen made-up months."""
    with refuse_without_demo_code():
        from appeals.demo.demo_data import create_demo_city  # noqa: PLC0415 - not in the image

    with open_settings() as read:
        if not create_demo_city(read, show_progress):
            raise not_now(
                message(
                    "The database has staff or appeals already: the demo city needs an empty one."
                )
            )
        clear_progress()
        click.echo(read.data_dir / DEMO_ACCOUNTS_FILE)
        click.echo(read.data_dir / DEMO_APPEALS_FILE)
