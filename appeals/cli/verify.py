"""`appeals verify`: whether every row still says what happened, and every edition still holds."""

import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import click
import sqlalchemy as sa

from appeals.act import Act
from appeals.casework import verifying
from appeals.casework.verifying import Checked, Right, Verifier
from appeals.cli.engines import settings_here
from appeals.cli.report import say
from appeals.cli.working import act_of, tell, told
from appeals.reporting.editions import verify as verify_editions
from appeals.settings import Settings

PARTS = 2
"""So many connections compare histories side by side: most of the work is the database's."""
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


@contextmanager
def _part(settings: Settings, snapshot: str, right: Right) -> Iterator[Verifier]:
    """Give a verifier with a connection of its own, which sees what the owner's transaction sees.

    Its transaction stays open, however long nothing is asked of it.
    """
    with act_of(settings, "REPEATABLE READ") as act:
        act.session.execute(sa.text(f"SET TRANSACTION SNAPSHOT '{snapshot}'"))
        act.session.execute(WAIT)
        yield Verifier(act, right)


def _side_by_side(act: Act, settings: Settings) -> Iterator[Checked]:
    """Check all spans, several at once, and tell of them in their order."""
    act.session.execute(WAIT)
    spans, snapshot = verifying.spans(act), act.session.scalar(sa.text(SNAPSHOT))
    right = Right()
    with ExitStack() as ending:
        parts = [ending.enter_context(_part(settings, snapshot, right)) for _ in spans[:PARTS]]
        threads = ending.enter_context(ThreadPoolExecutor(PARTS))
        waiting = deque(map(threads.submit, parts, spans))
        for n in range(len(spans)):
            checked = waiting.popleft().result()
            if n + PARTS < len(spans):
                waiting.append(threads.submit(parts[n % PARTS], spans[n + PARTS]))
            yield checked
