"""The case lists behind the figures of a published month: shown, downloaded, cut off."""

import csv
import html
import io
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPException
from itertools import groupby
from urllib.parse import urlencode

import psycopg

from appeals.domain.people import Role
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.measure_shapes import Shape
from tests.served.browser import ServedPerson
from tests.served.city import MONTH
from tests.served.conftest import Figures, Served

CHECKED = 200
CELL = ("by", "key", "base", "variant", "measure")
ROW = re.compile(r"rows__number")
NEXT = re.compile(r'<a [^>]*href="([^"]+)"[^>]* rel="next"')
TERMINATE = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'FETCH FORWARD %'
"""
AWAY = 503
CUT_OFF = 20
"""So many downloads lose their connection to the database, some of them in mid-stream."""
TRIES = 500


@dataclass(frozen=True)
class CaseList:
    """The list of one part of a figure: its address and how many cases the figure says."""

    query: str
    length: int

    def download(self, person: ServedPerson) -> int:
        """Return how many cases the CSV file has. Raises HTTPException where it is cut off."""
        answer = person.get(f"{person.home}/admin/reports/{MONTH}/cases.csv?{self.query}")
        assert answer.status == 200, f"{self.query}: {answer.status}"
        assert int(answer.headers["Content-Length"]) == len(answer.body)
        return len(list(csv.reader(io.StringIO(answer.text)))) - 1

    def outcome(self, person: ServedPerson) -> str | int:
        """Download the file; return "whole", or the status of another answer."""
        answer = person.get(f"{person.home}/admin/reports/{MONTH}/cases.csv?{self.query}")
        is_whole = answer.text.count("\r\n") == self.length + 1
        return "whole" if answer.status == 200 and is_whole else answer.status

    def count_shown(self, person: ServedPerson) -> int:
        """Return how many cases the pages of the list show."""
        address, shown = f"/admin/reports/{MONTH}/cases?{self.query}", 0
        while address:
            answer = person.get(person.home + address)
            assert answer.status == 200, f"{address}: {answer.status}"
            shown += len(ROW.findall(answer.text))
            further = NEXT.search(answer.text)
            address = html.unescape(further.group(1)) if further else ""
        return shown


def case_lists(figures: Figures) -> Iterator[CaseList]:
    """Spread over breakdowns and measures: of each pair one figure, then of each another."""
    pairs = [
        list(those) for _, those in groupby(figures, lambda each: (each["by"], each["measure"]))
    ]
    for turn in range(max(map(len, pairs))):
        for n, those in enumerate(pairs):
            if turn < len(those):
                yield case_list(those[(turn + n) % len(those)], met=(turn + n) % 2 == 0)


def case_list(figure: dict[str, str | int], *, met: bool) -> CaseList:
    """Return the list of a figure's numerator, where it has one and `met` asks so, or of all."""
    measure = MEASURES[str(figure["measure"])]
    part = "numerator" if met and measure.shape is Shape.SHARE else "denominator"
    asked = {name: figure[name] for name in CELL} | {"part": part, "edition": 1}
    return CaseList(urlencode(asked), int(figure[part]))


def test_two_hundred_figures_are_as_long_as_their_lists_and_their_downloads(
    served: Served, published: Figures
) -> None:
    person = served.person(Role.ADMINISTRATOR)
    checked = [each for _, each in zip(range(CHECKED), case_lists(published), strict=False)]
    wrong = []
    for each in checked:
        try:
            counted = (each.count_shown(person), each.download(person))
        except HTTPException as cut:
            wrong.append(f"{each.query}: cut off: {cut!r}")
            continue
        if counted != (each.length, each.length):
            wrong.append(f"{each.query}: {each.length}, shown and downloaded {counted}")
    assert (len(checked), wrong) == (CHECKED, [])
    assert sum(each.length for each in checked) > CHECKED


def test_a_download_whose_database_goes_away_is_no_finished_file(
    served: Served, published: Figures
) -> None:
    """While a file is asked for again and again, its connections are ended in the midst of it.

    What came is the whole file, or a page that says that the system is away for a moment.
    """
    of_city = (each for each in published if each["by"] == "city")
    cases = case_list(max(of_city, key=lambda each: each["denominator"]), met=False)
    person = served.person(Role.ADMINISTRATOR)
    came = Counter[str | int]()
    with (
        ThreadPoolExecutor(1) as tab,
        psycopg.connect(served.city.database, autocommit=True) as connection,
    ):
        for _ in range(TRIES):
            download = tab.submit(cases.outcome, person)
            while not download.done():
                connection.execute(TERMINATE)
            came[download.result()] += 1
            if came[AWAY] == CUT_OFF:
                break
    del came["whole"]
    assert came == {AWAY: CUT_OFF}
