"""`appeals verify`: whether every row still says what happened, and every edition still holds."""

import sys

import click

from appeals.casework.verifying import verify as verify_appeals
from appeals.cli.report import say
from appeals.cli.working import act_here, tell, told
from appeals.reporting.editions import verify as verify_editions


@click.command()
def verify() -> None:
    """Check the hash chains, the states, the deadlines and the published figures.

    Prints the number of each appeal that does not hold and why, and each published figure that
    does not; exit 1 if there is one.
    """
    count, wrong = 0, set[str]()
    with act_here("REPEATABLE READ") as act:
        for checked in verify_appeals(act):
            count += checked.count
            told()
            for problem in checked.problems:
                wrong.add(problem.number)
                click.echo(f"{problem.number}: {problem.what}")
            tell(f"{count:,} appeals")
        told()
        findings = verify_editions(act)
    for finding in findings:
        if not finding.holds:
            say(finding)
    broken = sum(not finding.holds for finding in findings)
    click.echo(f"{count} appeals verified, {len(wrong)} do not hold")
    click.echo(f"{len(findings)} editions recounted, {broken} do not hold")
    if wrong or broken:
        sys.exit(1)
