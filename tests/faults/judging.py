"""What the fault tests ask in the end: whether all is there, once, and was done soon enough."""

import time

import sqlalchemy as sa

from appeals.models.appeal import Appeal
from appeals.models.report import DirtyMonth
from appeals.models.tasks import FailedItem
from tests.faults.harness import City, until
from tests.faults.verdict import ClientLog, LetterCounts, Verdict, compare_letters, stored

A_FEW = 10
RECOVERED_SECONDS = 120
"""Within this time of a fault's end everything that waited is done."""


def under_way(log: ClientLog) -> None:
    """Wait until some more were acknowledged: a fault in the quiet would prove nothing."""
    enough = len(log.acknowledged) + A_FEW
    until(lambda: len(log.acknowledged) >= enough)


def judge(city: City, log: ClientLog) -> None:
    """Wait until every letter has left, then hear the witnesses and `appeals verify`."""
    begun = time.monotonic()
    until(lambda: witnesses(city, log)[1].unsent == 0, RECOVERED_SECONDS)
    verdict, letters = witnesses(city, log)
    seconds = time.monotonic() - begun
    print(f"\n{verdict}\n{letters}\nrecovered in {seconds:.0f} s")  # noqa: T201 - the figures that this is about
    assert log.odd == []
    assert verdict.acknowledged > 0
    assert verdict.holds, verdict
    assert letters.holds, letters
    verified = city.command("verify")
    assert verified.returncode == 0, verified.stdout


def witnesses(city: City, log: ClientLog) -> tuple[Verdict, LetterCounts]:
    with city.sessions() as session:
        return Verdict.of(log, stored(session)), compare_letters(session, city.sink.letters)


def count_rows(city: City, table: type[Appeal | DirtyMonth | FailedItem]) -> int:
    with city.sessions() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
