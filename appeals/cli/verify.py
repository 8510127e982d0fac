"""`appeals verify`: whether every row still says what happened, and every edition still holds."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack

import click
import sqlalchemy as sa

from appeals.act import Act
from appeals.another_process import AnotherProcess
from appeals.casework import verifying
from appeals.casework.verifying import Checked, Span
from appeals.cli.engines import settings_here
from appeals.cli.report import say
from appeals.cli.working import act_of, tell, told
from appeals.reporting.editions import verify as verify_editions
from appeals.settings import Settings

PARTS = 2
"""So many processes play the histories again."""
WAIT = sa.text("SET idle_in_transaction_session_timeout = 0")
SNAPSHOT = "SELECT pg_export_snapshot()"


@click.command()
def verify() -> None:
    """Check the hash chains, the states, the deadlines and the published figures.

    Prints the number of each appeal that does not hold and why, and each published figure that
    does not; exit 1 if there is one.
    """
    count, wrong = 0, set[str]()
    with settings_here() as settings, act_of(settings, "REPEATABLE READ") as act:
        for checked in _side_by_side(act, settings):
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


class Part:
    """Checks spans of appeals in a process of its own, as its owner's transaction sees them."""

    def __init__(self, settings: Settings, snapshot: str) -> None:
        """Open a transaction on the owner's snapshot; it stays open until the process ends."""
        self.open = act_of(settings, "REPEATABLE READ")
        self.act = self.open.__enter__()
        self.act.session.execute(sa.text(f"SET TRANSACTION SNAPSHOT '{snapshot}'"))
        self.act.session.execute(WAIT)

    def __call__(self, span: Span) -> list[Checked]:
        """Check the span."""
        return list(verifying.verify(self.act, [span]))


def _side_by_side(act: Act, settings: Settings) -> Iterator[Checked]:
    """Check all spans in turn by several processes, and tell of them in their order."""
    act.session.execute(WAIT)
    spans, snapshot = verifying.spans(act), act.session.scalar(sa.text(SNAPSHOT))
    with ExitStack() as ending:
        parts = [
            ending.enter_context(AnotherProcess[Span, list[Checked]](Part, settings, snapshot))
            for _ in spans[:PARTS]
        ]
        for part, span in zip(parts, spans, strict=False):
            part.ask(span)
        for n in range(len(spans)):
            checked = parts[n % PARTS].answer()
            if n + PARTS < len(spans):
                parts[n % PARTS].ask(spans[n + PARTS])
            yield from checked
