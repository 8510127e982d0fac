"""Half a year of Boston's requests and ten years of messages, measured by the report itself."""

import csv
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from appeals.cli.acts import open_act
from appeals.domain.calendar import Period
from appeals.domain.vocabulary import Kind
from appeals.operations import city_loading
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.measures.cells import Numbers
from appeals.settings import Settings
from tests.conftest import SECRET, beside, create, drop
from tests.imports.conftest import REAL_DATA

pytestmark = [pytest.mark.thorough, pytest.mark.xdist_group("real input")]

APPEALS = str(Path(sys.executable).with_name("appeals"))
REQUESTS = REAL_DATA / "boston311" / "requests_2011.csv.gz"
MESSAGES = REAL_DATA / "messages" / "replies_2816.csv"
EVER = "2011-01-01..2060-01-01"
"""All that was ever filed, closed or due; the last promise of the source is of 2059."""


@dataclass(frozen=True)
class Imported:
    """A city with the imported appeals."""

    settings: Settings

    def command(self, *words: str) -> str:
        """Run `appeals …`, which succeeds; return what it prints."""
        told = {
            "APPEALS_DATABASE_URL": self.settings.database_url,
            "APPEALS_REDIS_URL": self.settings.redis_url,
            "APPEALS_SECRET_KEY": SECRET,
            "APPEALS_DATA_DIR": str(self.settings.data_dir),
        }
        return subprocess.run(
            [APPEALS, *words],
            env={**os.environ, **told},
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def figures(self, period: Period, kind: Kind) -> dict[str, Numbers]:
        """Compile a report; return the figures of one kind: requests are help, messages other."""
        with open_act(self.settings) as act:
            found = monthly_drafts.load_figures(act, monthly_drafts.compile_draft(act, period))
            act.session.commit()
        return {
            measure: numbers
            for (by, key, _, variant, measure), numbers in found.items()
            if (by, key, variant) == ("kind", kind.value, "all")
        }


@pytest.fixture(scope="module")
def imported(settings: Settings) -> Iterator[Imported]:
    """Import both files into a city of its own."""
    ours = str(sa.make_url(settings.database_url).database)
    name = f"{ours}_real"
    create(settings.database_url, name, ours.rsplit("_", 1)[0])
    city = Imported(
        settings.model_copy(update={"database_url": beside(settings.database_url, name)})
    )
    with open_act(city.settings) as act:
        city_loading.load_city(act)
        act.session.commit()
    assert import_and_count(city, REQUESTS, "boston311") == (58_251, 0, 0)
    assert import_and_count(city, MESSAGES, "messages") == (2_816, 0, 0)
    yield city
    drop(settings.database_url, name)


def import_and_count(city: Imported, file: Path, mapping: str) -> tuple[int, ...]:
    """Import a file; return how many came in, were here already, and were refused."""
    said = city.command("import", str(file), "--mapping", mapping)
    return tuple(int(line.split()[-1]) for line in said.splitlines())


def test_a_second_import_adds_none(imported: Imported) -> None:
    assert import_and_count(imported, REQUESTS, "boston311") == (0, 58_251, 0)
    assert import_and_count(imported, MESSAGES, "messages") == (0, 2_816, 0)


def test_bostons_requests_are_as_late_as_they_were(imported: Imported) -> None:
    figures = imported.figures(Period.parse(EVER), Kind.HELP)
    assert figures["filed"] == (58_251, 58_251)
    closed, filed = figures["completion"]
    assert (closed, filed - closed) == (54_570, 3_681)
    in_time, promised = figures["closed_in_time"]
    assert (promised, in_time, promised - in_time) == (43_821, 35_591, 8_230)
    done, due = figures["completion_of_due"]
    assert due - done == 3_449  # open and overdue


def test_each_month_of_the_messages_is_what_the_file_says(imported: Imported) -> None:
    received, completed, waited = by_month()
    assert sum(received.values()) == 2_816
    for month in (f"{year}-{n:02}" for year in range(2011, 2021) for n in range(1, 13)):
        figures = imported.figures(Period.month(month), Kind.OTHER)
        assert figures.get("filed", (0, 0))[0] == received[month], month
        assert figures.get("closed", (0, 0))[0] == completed[month], month
        seconds, answers = figures.get("days_to_answer_mean", (0, 0))
        assert answers == completed[month], month
        assert timedelta(seconds=seconds) == waited[month], month


def by_month() -> tuple[dict[str, int], dict[str, int], dict[str, timedelta]]:
    """Count the file itself: received, completed, and the waits of the completed added up."""
    received, completed = defaultdict[str, int](int), defaultdict[str, int](int)
    waited = defaultdict[str, timedelta](timedelta)
    with MESSAGES.open(encoding="utf-8-sig", newline="") as text:
        for row in csv.DictReader(text):
            asked, replied = map(datetime.fromisoformat, (row["time"], row["reply_time"]))
            received[f"{asked:%Y-%m}"] += 1
            completed[f"{replied:%Y-%m}"] += 1
            waited[f"{replied:%Y-%m}"] += replied - asked
    return received, completed, waited


def test_what_was_imported_verifies(imported: Imported) -> None:
    lines = imported.command("verify").splitlines()
    (verified,) = [line for line in lines if " appeals verified in " in line]
    assert verified.startswith("61067 appeals verified in ")
    assert verified.endswith(", 0 do not hold")
