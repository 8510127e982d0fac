"""`appeals simulate`: a simulated year of a city, written in bulk."""

import time
from datetime import datetime

import click

from appeals.cli.acts import open_act_here
from appeals.cli.demo_code import refuse_without_demo_code
from appeals.cli.progress import clear_progress, show_progress
from appeals.domain.calendar import Period
from appeals.operations.city_preparation import check_prepared

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command("simulate")
@click.option("--from", "first", type=DAY, required=True, help="The first day.")
@click.option("--to", "end", type=DAY, required=True, help="The day after the last.")
@click.option("--appeals", type=click.IntRange(1), required=True, help="How many are filed.")
@click.option(
    "--seed", type=int, default=1, show_default=True, help="The same seed, the same year."
)
def simulate(first: datetime, end: datetime, appeals: int, seed: int) -> None:
    """Write made-up appeals of a period in bulk.

    Every row is one that the rules allow. Prints rows per second.
    """
    with refuse_without_demo_code():
        from appeals.demo.simulated_year import YearPlan, write_year  # noqa: PLC0415 - likewise

    try:
        plan = YearPlan(Period.days(first.date(), end.date()), appeals, seed)
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None
    begun, written, rows = time.monotonic(), 0, 0
    with open_act_here() as act:
        check_prepared(act)
        for batch in write_year(act, plan):
            written += batch.appeals
            rows += batch.rows
            pace = rows / (time.monotonic() - begun)
            show_progress(f"{written:,} of {appeals:,} appeals, {pace:,.0f} rows/s")
    clear_progress()
    seconds = time.monotonic() - begun
    click.echo(
        f"{written} appeals, {rows} rows in {seconds:.1f} s: "
        f"{rows / seconds:.0f} rows/s, {written / seconds:.0f} appeals/s"
    )
