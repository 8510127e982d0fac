"""`appeals verify`: replay every appeal, recount every edition, and print what fails."""

import sys
import time
from collections.abc import Iterable
from pathlib import Path

import click

from appeals.act import Act
from appeals.casework.integrity.access_log_verification import (
    Position,
    VerifiedRows,
    verify_all_access_rows,
)
from appeals.casework.integrity.seal_verification import verify_seals
from appeals.casework.integrity.seals import list_seal_files
from appeals.casework.integrity.verification import (
    AppealProblem,
    VerifiedAppeals,
    count_appeals,
    list_id_ranges,
    verify_range,
)
from appeals.cli.acts import open_act, run_in_processes
from appeals.cli.engines import open_settings
from appeals.cli.progress import clear_progress, show_progress
from appeals.cli.report import print_finding
from appeals.reporting.editions.editions import verify_editions
from appeals.settings import Settings


@click.command("verify")
@click.option(
    "--seal",
    "given",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A seal that was kept elsewhere; may be given several times.",
)
def verify(given: tuple[Path, ...]) -> None:
    """Check that no record was changed without the application.

    Replays every appeal, with one process on each core. Checks the access log, recounts published
    figures, and compares the seals in the data folder and in APPEALS_SEAL_FOLDER with the records.
    Prints the number of each appeal, the row or the figure that does not hold, and why; exit 1 if
    there is one.
    """
    with open_settings() as settings:
        began = time.monotonic()
        checked = _verify_in_processes(settings)
        seconds = time.monotonic() - began
        with open_act(settings) as act:
            rows = _verify_access_log(act)
        with open_act(settings, "REPEATABLE READ") as act:
            findings = verify_editions(act)
            kept = (*given, *_list_seals_elsewhere(settings))
            seals, broken_seals = verify_seals(act, settings.seals_dir, kept, show_progress)
    clear_progress()
    for problem in checked.problems:
        click.echo(f"{problem.number}: {problem.sentence}")
    for month, row_id in rows.wrong:
        click.echo(f"access log, {month:%Y-%m}, row {row_id}: it does not match its HMAC")
    for finding in findings:
        if not finding.holds:
            print_finding(finding)
    for each in broken_seals:
        click.echo(f"{each.subject}: {each.sentence}")
    wrong = len({problem.number for problem in checked.problems})
    broken = sum(not finding.holds for finding in findings)
    click.echo(f"{rows.count} rows of the access log verified, {len(rows.wrong)} do not hold")
    click.echo(
        f"{checked.count} appeals verified in {seconds:.1f} s "
        f"({checked.count / seconds:.0f} a second), {wrong} do not hold"
    )
    click.echo(f"{len(findings)} editions recounted, {broken} do not hold")
    differences = sum(not each.is_acknowledged for each in broken_seals)
    click.echo(f"{seals} seals compared, {differences} differences")
    if wrong or broken or rows.wrong or differences:
        sys.exit(1)


def _list_seals_elsewhere(settings: Settings) -> Iterable[Path]:
    return list_seal_files(settings.seal_folder).values() if settings.seal_folder else ()


def _verify_access_log(act: Act) -> VerifiedRows:
    count, wrong = 0, list[Position]()
    for checked in verify_all_access_rows(act):
        count += checked.count
        wrong += checked.wrong
    return VerifiedRows(count, tuple(wrong), None)


def _verify_in_processes(settings: Settings) -> VerifiedAppeals:
    with open_act(settings) as act:
        total, ranges = count_appeals(act), list_id_ranges(act)
    count, problems = 0, list[AppealProblem]()
    with click.progressbar(
        length=total, label="Verifying", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        for checked in run_in_processes(settings, verify_range, ranges):
            count += checked.count
            problems += checked.problems
            bar.update(checked.count)
    return VerifiedAppeals(count, tuple(problems))
