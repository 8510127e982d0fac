"""`appeals calendar` and `appeals config`: the days of the State Council, and the city's file."""

from datetime import UTC, date, datetime
from pathlib import Path

import click

from appeals.act import Act
from appeals.casework.configuration import configuration_file, configuration_import
from appeals.casework.configuration.calendar_changes import import_notice
from appeals.casework.configuration.configuration_import import RowResult
from appeals.casework.configuration.notice_document import decode_document
from appeals.cli.acts import open_act_here
from appeals.cli.engines import open_settings
from appeals.database import make_engine, make_session_factory
from appeals.domain import configuration as tables
from appeals.domain.calendar import ONE_DAY, SATURDAY, city_day
from appeals.domain.configuration import ChangeStep
from appeals.domain.messages import SOURCE_LANGUAGE, plural_message
from appeals.domain.people import SYSTEM
from appeals.domain.refusals import Refused, RefusedKind
from appeals.reference.reference_data import load_reference
from appeals.reporting.editions.draft_review import find_administrator


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


@click.group()
def config() -> None:
    """Export and import the city's configuration as one file."""


@config.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_file(file: Path) -> None:
    """Write the configuration in force to FILE, as JSON.

    It has departments, categories, limits, routing rules, years until erasure, for whom the second
    factor is demanded, and the campaign's texts; no accounts, no appeals and no secrets.
    """
    with open_act_here() as act:
        text = configuration_file.export_configuration(act)
    file.write_text(text, encoding="utf-8")
    click.echo(f"{file} was written.")


@config.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Print what would change; write nothing.")
@click.option("--from", "since", help="From which day, such as 2026-12-01; tomorrow if left out.")
@click.option("--why", default="Imported from a file.", help="The reason, for the history.")
@click.option(
    "--as",
    "username",
    metavar="USERNAME",
    help="The administrator who imports; may be left out where there is only one.",
)
def import_file(
    file: Path, since: str | None, why: str, username: str | None, *, dry_run: bool
) -> None:
    """Change the configuration to what FILE has.

    `appeals config export` wrote FILE. Prints a line for each entry. All are written, or none: an
    entry that cannot be written is named with the reason. Entries that FILE does not name stay,
    except routing rules: they end.
    """
    with open_act_here() as system:
        act = system.by(find_administrator(system, username))
        read = configuration_file.read_configuration(act, _read_text(file))
        day = since or (city_day(act.now) + ONE_DAY).isoformat()
        asked = {"since": day, "why": why}
        results = configuration_import.import_configuration(act, read, asked)
        for each in results:
            click.echo(_describe_result(each))
        if refused := configuration_import.count_results(results).refused:
            raise Refused(
                RefusedKind.NOT_VALID,
                plural_message(
                    "%(count)s entry cannot be written, so none is.",
                    "%(count)s entries cannot be written, so none is.",
                    refused,
                ),
            )
        if not dry_run:
            act.session.commit()
        said = "would be changed" if dry_run else "changed"
        noun = "entry" if len(results) == 1 else "entries"
        click.echo(f"{len(results)} {noun} {said}." if results else "No change.")


def _read_text(file: Path) -> str:
    return file.read_bytes().decode("utf-8-sig", errors="replace")


def _describe_result(result: RowResult) -> str:
    """Return a line such as “Departments water: change: email: - -> water@example.org”."""
    change, table = result.change, tables.TABLES[result.change.of]
    before, after = change.facts_before, change.facts_after
    name = change.key or after.get("code") or after.get("en") or ""
    line = f"{table.label(SOURCE_LANGUAGE)} {name}: {change.step.label(SOURCE_LANGUAGE)}"
    if result.problem is not None:
        return f"{line}: refused: {result.problem.label(SOURCE_LANGUAGE)}"
    if change.step is not ChangeStep.CHANGE:
        return line
    differing = [each for each in table.needs if before.get(each) != after.get(each)]
    told = (f"{each}: {before.get(each, '-')} -> {after.get(each, '-')}" for each in differing)
    waits = " (waits for a second person)" if result.awaits_second else ""
    return f"{line}: {'; '.join(told)}{waits}"
