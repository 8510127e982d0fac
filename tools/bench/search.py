"""The search of staff, numbers, telephones and words among all appeals; similar appeals."""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import open_case
from appeals.casework.search.search_index import index_marked_appeals
from appeals.cli.acts import open_act
from appeals.cli.progress import show_progress
from appeals.domain.people import Actor, Role
from appeals.models.appeal import Statement
from appeals.queries.search import read_search_terms, search_appeals
from appeals.queries.similar_appeals import find_similar_to_appeal
from appeals.settings import Settings
from tools.bench.city import Bench, count_rows, query_scalar, run_in_autocommit
from tools.bench.repeated_month import repeat_month
from tools.bench.results import BenchFigure, BenchSection

APPEALS = int(os.environ.get("BENCH_SEARCH_APPEALS", "100000"))
MAX_SIMULATED = int(os.environ.get("BENCH_SEARCH_SIMULATED", "100000"))
"""So many are simulated at most, and repeated in earlier months: the rest would take too long."""
MONTHS = -(-APPEALS // MAX_SIMULATED)
SIMULATED = -(-APPEALS // MONTHS)
SEARCHES = 60
MAX_LOOK_UP_MS, MAX_WORD_MS, MAX_ANY_WORDS_MS, MAX_PAGE_RATIO = 50, 300, 1000, 1.5
RARE_SHARE = 0.01
HOW = f"""`queries/search.py` and `queries/similar_appeals.py` in this process, as an operator: the
first page with its count and marks, the page after it where there is one, and the appeals similar
to one; {SEARCHES} of each sort, the 95th percentile. {SIMULATED:,} appeals of one month are
simulated and indexed by the worker's function; above that they are repeated in earlier months with
other numbers, days and telephones (`tools/bench/repeated_month.py`)."""
WORD_COUNTS = """SELECT word, count(*)
FROM search_words TABLESAMPLE SYSTEM ({percent}) REPEATABLE (1), unnest(words) AS word
GROUP BY word ORDER BY count(*) DESC, word"""
NUMBERS = "SELECT number FROM appeal ORDER BY hashint8(id) LIMIT {count}"
TELEPHONES = """SELECT contact_phone FROM statement WHERE contact_phone <> ''
ORDER BY hashint8(appeal_id) LIMIT {count}"""
SIZE = "SELECT pg_total_relation_size('search_words') / (SELECT greatest(count(*), 1) FROM appeal)"
MAX_SAMPLE = 50_000
"""Appeals whose words are counted, to choose rare and common ones."""


@dataclass(frozen=True)
class TimedSearches:
    """The milliseconds of first pages, and of the pages after them."""

    first: Sequence[float]
    later: Sequence[float]


def measure_search(bench: Bench) -> BenchSection:
    """Index a city, and search it."""
    city = bench.copy(bench.city(SIMULATED), "search")
    rate = _index_city(city)
    if MONTHS > 1:
        repeat_month(city, MONTHS - 1)
    show_progress("vacuuming")
    run_in_autocommit(city, "VACUUM ANALYZE")
    with open_act(city) as act:
        figures = list(_measure_searches(act.by(Actor(Role.OPERATOR, 1, "Operator"))))
    return BenchSection(
        f"BENCH_SEARCH_APPEALS={APPEALS} python -m tools.bench search",
        f"Search, {APPEALS:,} appeals",
        HOW,
        f"{count_rows(city, 'appeal'):,} appeals",
        [
            *figures,
            BenchFigure("indexed in a second, by one worker (appeals)", f"{rate:,.0f}"),
            BenchFigure("index and its table (bytes an appeal)", query_scalar(city, SIZE)),
        ],
    )


def _index_city(city: Settings) -> float:
    """Index all appeals as the worker does; return how many in a second."""
    begun, count = time.perf_counter(), 0
    with open_act(city) as act:
        while done := index_marked_appeals(act):
            act.session.commit()
            count += done
            show_progress(f"indexing: {count:,} of {SIMULATED:,}")
    return count / (time.perf_counter() - begun)


def _measure_searches(act: Act) -> Iterator[BenchFigure]:
    rare, common = _choose_words(act)
    numbers = _read_column(act, NUMBERS.format(count=SEARCHES))
    telephones = _read_column(act, TELEPHONES.format(count=SEARCHES))
    pairs = [f"{one} {other}" for one, other in zip(common, reversed(common), strict=True)]
    for what, typed, most in (
        ("number", numbers, MAX_LOOK_UP_MS),
        ("telephone", telephones, MAX_LOOK_UP_MS),
        ("last four digits", [each[-4:] for each in telephones], MAX_LOOK_UP_MS),
        ("word in up to 1 % of the appeals", rare, MAX_WORD_MS),
        ("one of the commonest words", common, MAX_ANY_WORDS_MS),
        ("two of them", pairs, MAX_ANY_WORDS_MS),
    ):
        show_progress(f"searching: {what}")
        yield from _list_figures(what, _time_searches(act, typed), most)
    show_progress("searching: similar appeals")
    yield _p95_figure("similar appeals of one", _time_similar(act, numbers), MAX_WORD_MS)


def _list_figures(what: str, taken: TimedSearches, most: float) -> Iterator[BenchFigure]:
    """Yield the figures of first pages, and of later ones where most searches have them."""
    yield _p95_figure(what, taken.first, most)
    if len(taken.later) > len(taken.first) / 2:
        yield _p95_figure(f"{what}, second page", taken.later, most)
        yield BenchFigure.at_most(
            f"{what}: second page : first page",
            _p95(taken.later) / _p95(taken.first),
            MAX_PAGE_RATIO,
            "{:.2f}",
        )


def _choose_words(act: Act) -> tuple[list[str], list[str]]:
    """Choose words that stand in up to 1 % of the appeals, the commoner of them, and the commonest.

    They are counted in a sample.
    """
    percent = min(100.0, 100 * MAX_SAMPLE / (MONTHS * SIMULATED))
    counts = act.session.execute(sa.text(WORD_COUNTS.format(percent=percent))).all()
    most = RARE_SHARE * MONTHS * SIMULATED * percent / 100
    rare = [word for word, count in counts if most / 5 < count <= most]
    evenly = rare[:: max(1, len(rare) // SEARCHES)][:SEARCHES]
    return evenly, [word for word, _ in counts[:SEARCHES]]


def _read_column(act: Act, query: str) -> list[str]:
    return list(act.session.scalars(sa.text(query)))


def _time_searches(act: Act, typed: Sequence[str]) -> TimedSearches:
    first, later = list[float](), list[float]()
    for each in typed:
        begun = time.perf_counter()
        terms = read_search_terms(act, each)
        page = search_appeals(act, terms)
        first.append(1000 * (time.perf_counter() - begun))
        if page.after:
            begun = time.perf_counter()
            search_appeals(act, terms, after=page.after)
            later.append(1000 * (time.perf_counter() - begun))
    return TimedSearches(first, later)


def _time_similar(act: Act, numbers: Sequence[str]) -> list[float]:
    taken = list[float]()
    for number in numbers:
        appeal = open_case(act, number)
        said = act.session.get_one(Statement, appeal.id)
        begun = time.perf_counter()
        find_similar_to_appeal(act, appeal, said)
        taken.append(1000 * (time.perf_counter() - begun))
    return taken


def _p95(milliseconds: Sequence[float]) -> float:
    return sorted(milliseconds)[int(len(milliseconds) * 0.95)]


def _p95_figure(what: str, taken: Sequence[float], most: float) -> BenchFigure:
    return BenchFigure.at_most(f"{what}: p95 (ms)", _p95(taken), most)
