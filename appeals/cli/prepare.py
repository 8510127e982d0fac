"""`appeals prepare`: the database up to date, with the city's reference data in it."""

import click

from appeals.cli import engines
from appeals.demo import demo_data as city


@click.command()
def prepare() -> None:
    """Bring the database up to date, and load the city's reference data that it lacks.

    Departments, categories, areas, limits, routing rules and the calendar are those of
    `appeals/city`. Each kind is looked at by itself: one that has rows of the city's own is left
    alone, and what an import made counts for nothing. The application's account gets its
    rights in the database; it is made if it is missing. It may be run at every start.
    """
    with engines.settings_here() as read:
        warning = engines.bring_up_to_date(read)
        if warning:
            click.echo(warning, err=True)
        city.prepare_city(read, with_demo=False)
