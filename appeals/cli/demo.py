"""`appeals demo`: play the demo city into an empty database."""

import click

from appeals.cli.engines import settings_here
from appeals.cli.working import tell, told
from appeals.demo import demo_data as city
from appeals.domain.refusals import not_now


@click.command()
def demo() -> None:
    """Play a believable city of thirteen months into a database that has no appeals."""
    with settings_here() as read:
        if not city.prepare_city(read, with_demo=True, progress=tell):
            raise not_now(
                "数据库里已有工作人员或诉求，不能再生成示范城市。",
                "The database has staff or appeals already: the demo city needs an empty one.",
            )
        told()
        click.echo(read.data_dir / city.ACCOUNTS_FILE)
        click.echo(read.data_dir / city.APPEALS_FILE)
