"""Messages with the source's own states and ratings, measured by the report and by ten lines."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from appeals.settings import Settings
from tests.imports.conftest import REAL_DATA
from tests.own_city import OwnCity, own_city

pytestmark = pytest.mark.thorough
RATED = REAL_DATA / "messages" / "rated_713.csv"
EVER = "2020-01-01..2026-11-01"


@pytest.fixture
def city(settings: Settings, tmp_path: Path) -> Iterator[OwnCity]:
    """Provide a prepared city."""
    with own_city(settings, "ratings", tmp_path) as city:
        city.command("prepare")
        yield city


def figures(city: OwnCity) -> dict[str, tuple[int, int]]:
    """Compile the city's figures of all years; by measure."""
    city.command("report", "compile", EVER)
    shown = json.loads(city.command("report", "show", EVER, "--json"))["figures"]
    return {
        each["measure"]: (each["numerator"], each["denominator"])
        for each in shown
        if each["variant"] == "all"
    }


def test_states_and_ratings_come_out_as_the_file_says(city: OwnCity) -> None:
    came = city.command("import", str(RATED), "--mapping", "rated_messages").splitlines()
    assert came == ["imported 713", "already here 0", "refused 0"]
    with RATED.open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    closed = sum(row["status"] == "已办理" for row in rows)
    stars = [int(row["gManner"]) for row in rows if row["gManner"] != "0"]
    satisfied = sum(each >= 3 for each in stars)
    assert (closed, len(stars)) == (656, 623)

    found = figures(city)
    assert found["completion"] == (closed, len(rows))
    assert found["satisfaction"] == (satisfied, len(stars))
    assert found["satisfaction_strict"] == (sum(each >= 4 for each in stars), len(stars))
    assert found["closed_untimed"] == (closed, closed)
    assert found["days_to_answer_mean"] == (0, 0)
    assert city.command("verify").splitlines()[1].startswith("713 appeals verified")
