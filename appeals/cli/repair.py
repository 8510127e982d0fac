"""`appeals repair`: rebuild rows that differ from the recorded moves."""

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import click

from appeals.casework.integrity.repair import RepairResult, find_suspects, repair_appeal
from appeals.casework.integrity.verification import BATCH_SIZE, list_id_ranges
from appeals.cli.acts import open_act, run_in_processes
from appeals.cli.engines import open_settings
from appeals.settings import Settings


@click.command("repair")
@click.option("--dry-run", is_flag=True, help="Print what would be changed, and change nothing.")
def repair(*, dry_run: bool) -> None:
    """Rebuild rows that differ from their recorded moves.

    Prints and records each change, and lets the months it touches be counted again. Takes back
    marks of deadlines that a wrong clock left. Touches no move and no published edition. Exit 1
    if an appeal cannot be repaired: its moves, or words that they seal, do not hold themselves.
    """
    counts = Counter[str]()
    with open_settings() as settings:
        for repaired in _repair_appeals(settings, dry_run=dry_run):
            for change in repaired.changes:
                click.echo(f"{repaired.number}: {change}")
            if repaired.refusal:
                click.echo(f"{repaired.number}: cannot be repaired: {repaired.refusal}")
            counts["changes"] += len(repaired.changes)
            counts["appeals"] += bool(repaired.changes)
            counts["refused"] += bool(repaired.refusal)
    would = "would be repaired" if dry_run else "repaired"
    click.echo(
        f"{counts['appeals']} appeals {would} with {counts['changes']} changes, "
        f"{counts['refused']} cannot be repaired"
    )
    if counts["refused"]:
        sys.exit(1)


def _repair_appeals(settings: Settings, *, dry_run: bool) -> Iterator[RepairResult]:
    """Find suspects with one process for each core, and repair each in its own transaction."""
    with open_act(settings) as act:
        ranges = list_id_ranges(act)
    suspects = list[int]()
    with click.progressbar(
        length=len(ranges) * BATCH_SIZE,
        label="Looking",
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    ) as bar:
        for found in run_in_processes(settings, find_suspects, ranges):
            suspects += found
            bar.update(BATCH_SIZE)
    with open_act(settings) as act:
        for appeal_id in suspects:
            repaired = repair_appeal(act.at(datetime.now(UTC)), appeal_id)
            act.session.flush()  # the records go the way of what they record
            if dry_run:
                act.session.rollback()
            else:
                act.session.commit()
            yield repaired
