"""`appeals calendar`: the days that the State Council's notices name."""

from datetime import UTC, date, datetime
from pathlib import Path

import click

from appeals.act import Act
from appeals.casework.configuration.calendar_changes import import_notice
from appeals.casework.configuration.notice_document import decode_document
from appeals.cli.engines import open_settings
from appeals.database import make_engine, make_session_factory
from appeals.domain.calendar import ONE_DAY, SATURDAY
from appeals.domain.people import SYSTEM
from appeals.reference.reference_data import load_reference


@click.group()
def calendar() -> None:
    """Import and show holidays and make-up working days."""


@calendar.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_year(file: Path) -> None:
    """Import the holidays of one year from FILE.

    FILE is JSON of the holiday-cn format. Due dates already promised stay.
    """
    with open_settings() as read:
        engine = make_engine(read.database_url)
        with make_session_factory(engine).begin() as session:
            act = Act(session, SYSTEM, datetime.now(UTC), read.secret_key)
            count = import_notice(act, decode_document(file.read_bytes()))
        engine.dispose()
    click.echo(f"{count} days")


@calendar.command("show")
@click.argument("year", type=click.IntRange(1949, 9998))
def show_year(year: int) -> None:
    """Print the holidays and make-up days of YEAR.

    A year without a State Council notice is provisional: it counts weekends only.
    """
    with open_settings() as read:
        engine = make_engine(read.database_url)
        with make_session_factory(engine)() as session:
            act = Act(session, SYSTEM, datetime.now(UTC), read.secret_key)
            days = load_reference(act).book.calendar
        engine.dispose()
    if days.is_provisional(date(year, 1, 1)):
        click.echo(f"{year} has no notice yet: weekends only, provisional")
    by_law = days.list_legal_holidays(year)
    day = date(year, 1, 1)
    while day.year == year:
        if days.is_working(day) != (day.weekday() < SATURDAY):
            word = "works" if days.is_working(day) else "off"
            click.echo(f"{day} {day:%a} {word:5} {days.names.get(day, '')}")
        elif day in by_law and days.is_working(day):
            holiday = by_law[day].label("en")
            click.echo(f"{day} {day:%a} by law {holiday} (counts as its weekday until then)")
        day += ONE_DAY
