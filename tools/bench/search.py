"""The search of staff, numbers, telephones and words among all appeals; similar appeals."""

import os
import time
from collections.abc import Sequence
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
from tools.bench.city import Bench, query_scalar, run_in_autocommit
from tools.bench.results import BenchFigure, BenchSection

APPEALS = int(os.environ.get("BENCH_SEARCH_APPEALS", "100000"))
SEARCHES = 60
MAX_LOOK_UP_MS, MAX_WORD_MS, MAX_ANY_WORDS_MS, MAX_PAGE_RATIO = 50, 300, 1000, 1.5
RARE_SHARE = 0.01
HOW = f"""`queries/search.py` in this process, as an operator: the first page with its count and
marks, {SEARCHES} searches of each sort, the 95th percentile. The worker's function has indexed all
appeals before."""
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
    city = bench.copy(bench.city(APPEALS), "search")
    rate = _index_city(city)
    run_in_autocommit(city, "VACUUM ANALYZE")
    with open_act(city) as act:
        figures = _measure_searches(act.by(Actor(Role.OPERATOR, 1, "Operator")))
    return BenchSection(
        "python -m tools.bench search",
        "Search",
        HOW,
        f"{APPEALS:,} appeals",
        [
            *figures,
            BenchFigure("indexed in a second, by one worker (appeals)", f"{rate:,.0f}"),
            BenchFigure("index and its table (bytes an appeal)", query_scalar(city, SIZE)),
        ],
    )


def _index_city(city: Settings) -> float:
    """Index all appeals as the worker does; return how many in a second."""
    begun, count = time.perf_counter(), 0
    while True:
        with open_act(city) as act:
            done = index_marked_appeals(act)
            act.session.commit()
        if not done:
            return count / (time.perf_counter() - begun)
        count += done
        show_progress(f"indexing: {count:,} of {APPEALS:,}")


def _measure_searches(act: Act) -> list[BenchFigure]:
    rare, common = _choose_words(act)
    numbers = _read_column(act, NUMBERS.format(count=SEARCHES))
    telephones = _read_column(act, TELEPHONES.format(count=SEARCHES))
    pairs = [f"{one} {other}" for one, other in zip(common, reversed(common), strict=True)]
    words = _time_searches(act, rare)
    return [
        _p95_figure("number", _time_searches(act, numbers), MAX_LOOK_UP_MS),
        _p95_figure("telephone", _time_searches(act, telephones), MAX_LOOK_UP_MS),
        _p95_figure(
            "last four digits",
            _time_searches(act, [each[-4:] for each in telephones]),
            MAX_LOOK_UP_MS,
        ),
        _p95_figure("word in up to 1 % of the appeals", words, MAX_WORD_MS),
        BenchFigure.at_most(
            "its second page, beside the first",
            _p95(words.later) / _p95(words.first),
            MAX_PAGE_RATIO,
            "{:.2f}",
        ),
        _p95_figure("one of the commonest words", _time_searches(act, common), MAX_ANY_WORDS_MS),
        _p95_figure("two of them", _time_searches(act, pairs), MAX_ANY_WORDS_MS),
        _p95_figure("similar appeals of one", _time_similar(act, numbers), MAX_WORD_MS),
    ]


def _choose_words(act: Act) -> tuple[list[str], list[str]]:
    """Choose words that stand in up to 1 % of the appeals, the commoner of them, and the commonest.

    They are counted in a sample.
    """
    percent = min(100.0, 100 * MAX_SAMPLE / APPEALS)
    counts = act.session.execute(sa.text(WORD_COUNTS.format(percent=percent))).all()
    most = RARE_SHARE * APPEALS * percent / 100
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


def _time_similar(act: Act, numbers: Sequence[str]) -> TimedSearches:
    taken = list[float]()
    for number in numbers:
        appeal = open_case(act, number)
        said = act.session.get_one(Statement, appeal.id)
        begun = time.perf_counter()
        find_similar_to_appeal(act, appeal, said)
        taken.append(1000 * (time.perf_counter() - begun))
    return TimedSearches(taken, ())


def _p95(milliseconds: Sequence[float]) -> float:
    return sorted(milliseconds)[int(len(milliseconds) * 0.95)]


def _p95_figure(what: str, taken: TimedSearches, most: float) -> BenchFigure:
    return BenchFigure.at_most(f"{what}: p95 (ms)", _p95(taken.first), most)
