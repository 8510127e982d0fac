"""`appeals due`: when a time limit ends, and which days were counted or skipped and why."""

import json
from datetime import UTC, datetime

import click
import sqlalchemy as sa

from appeals import city, settings
from appeals.act import Act
from appeals.cli.engines import open_settings
from appeals.cli.progress import print_to_person
from appeals.database import make_engine, make_session_factory
from appeals.domain.calendar import SHANGHAI, Calendar
from appeals.domain.clocks import Limit, LimitUnit, due_at, trace_limit
from appeals.domain.messages import offered_languages
from appeals.domain.people import SYSTEM
from appeals.models.organisation import CalendarDay
from appeals.reference.reference_data import load_reference

EXAMPLES = """\b
appeals due --from 2020-09-30T10:00 --working-days 2
appeals due --from 2020-09-30T16:40 --working-hours 2"""


@click.command(epilog=EXAMPLES)
@click.option(
    "--from", "start", required=True, help="The start, such as 2020-09-30T10:00 (Shanghai time)."
)
@click.option("--working-days", type=click.IntRange(1, 999), help="A limit in working days.")
@click.option("--working-hours", type=click.IntRange(1, 999), help="A limit in working hours.")
@click.option(
    "--lang",
    type=click.Choice(offered_languages()),
    default="en",
    help="Language of the explanation.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def due(
    start: str, working_days: int | None, working_hours: int | None, lang: str, *, as_json: bool
) -> None:
    """Print when a time limit ends, and which days count.

    Counts by the city's calendar, with the notices and single days that were taken over. Where
    there is no database yet, it counts by the calendar that the system comes with.
    """
    begun, limit = _parse_moment(start), _parse_limit(working_days, working_hours)
    calendar = _find_city_calendar()
    if calendar is None:
        print_to_person("No database yet: counted by the calendar that the system comes with.")
        calendar = city.read_calendar()
    try:
        ends = due_at(calendar, begun, limit).astimezone(SHANGHAI).isoformat()
        steps = trace_limit(calendar, begun, limit)
    except OverflowError:
        raise click.ClickException(f"{start} lies at the edge of all dates.") from None
    if as_json:
        lines = [
            {
                "day": step.day.isoformat(),
                "counted": step.counted,
                "zh": step.label("zh"),
                "en": step.label("en"),
            }
            for step in steps
        ]
        click.echo(json.dumps({"due": ends, "steps": lines}, ensure_ascii=False, indent=2))
        return
    click.echo(ends)
    for step in steps:
        click.echo(step.label(lang))


def _find_city_calendar() -> Calendar | None:
    """Return the database's calendar; None where there is no database, or no city in it."""
    url = settings.read_raw_setting("APPEALS_DATABASE_URL")
    if url:
        return _read_calendar(url)
    if not (settings.find_data_dir() / "postgres").exists():
        return None
    with open_settings() as read:
        return _read_calendar(read.database_url)


def _read_calendar(database_url: str) -> Calendar | None:
    engine = make_engine(database_url)
    try:
        with make_session_factory(engine)() as session:
            if not sa.inspect(session.connection()).has_table(CalendarDay.__tablename__):
                return None
            act = Act(session, SYSTEM, datetime.now(UTC), b"")
            calendar = load_reference(act).book.calendar
            return calendar if calendar.days else None
    finally:
        engine.dispose()


def _parse_moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"“{text}” is not a moment such as 2020-09-30T10:00.", param_hint="--from"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def _parse_limit(working_days: int | None, working_hours: int | None) -> Limit:
    if working_days is not None and working_hours is None:
        return Limit(working_days, LimitUnit.WORKING_DAYS)
    if working_hours is not None and working_days is None:
        return Limit(working_hours * 60, LimitUnit.WORKING_MINUTES)
    raise click.UsageError("Give one of --working-days and --working-hours.")
