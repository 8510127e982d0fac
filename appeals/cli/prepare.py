"""`appeals prepare`: migrate the database and load the city's reference data."""

import click

from appeals.cli.engines import open_settings
from appeals.operations.city_preparation import prepare_city
from appeals.operations.database_roles import bring_up_to_date


@click.command("prepare")
def prepare() -> None:
    """Migrate the database, and load the reference data that it lacks.

    Departments, categories, areas, limits, routing rules and the calendar are those of
    `appeals/city`. Each kind is looked at by itself: one that has rows of the city's own is left
    alone, and what an import made counts for nothing. The application's account gets its
    rights in the database; it is made if it is missing. It may be run at every start.
    """
    with open_settings() as read:
        warning = bring_up_to_date(read)
        if warning:
            click.echo(warning, err=True)
        prepare_city(read)
