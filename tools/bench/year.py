"""Compiling and opening the article's year, each against bare SQL."""

import os
import resource
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median

import sqlalchemy as sa

from appeals.act import Act
from appeals.cli.acts import open_act
from appeals.cli.progress import show_progress
from appeals.domain.calendar import Period, month_of
from appeals.models.appeal import Appeal
from appeals.models.report import DirtyMonth
from appeals.reporting.counting import case_lists, monthly_drafts
from appeals.reporting.counting.case_lists import PAGE_ROWS, CasePart, CaseQuery
from appeals.reporting.measures.cells import Cell, Numbers
from appeals.reporting.snapshot.breakdowns import CITY
from appeals.reporting.snapshot.count_window import CountWindow
from tools.bench import reading
from tools.bench.city import EMPTY, Bench, count_rows, query_scalar, run_in_autocommit
from tools.bench.load import median_ratio
from tools.bench.results import BenchFigure, BenchSection

APPEALS = int(os.environ.get("BENCH_YEAR_APPEALS", "100000"))
"""The article's year has 2,919,000: three quarters of an hour and 10 GB."""
COMMAND = f"BENCH_YEAR_APPEALS={APPEALS} python -m tools.bench year"
FEW_APPEALS = 10_000
YEAR = ("--from", "2020-03-05", "--to", "2021-03-05")
WHOLE_YEAR, MONTH_PERIOD = Period.parse("2020-03-05..2021-03-05"), Period.month("2021-01")
TABLES = (
    "appeal", "statement", "routing_reason", "move", "round", "dispatch", "deadline", "rating",
    "amendment",
)  # fmt: skip
COMPLETION = Cell(CITY, CITY, "filed", "all", "completion")
SATISFACTION = Cell(CITY, CITY, "handled", "all", "satisfaction")
MONTH_QUERY = (
    "SELECT holder, count(*) FROM appeal WHERE filed_at >= :a AND filed_at < :b GROUP BY 1"
)
ROUNDS = 5
MAX_COMPILE_RATIO, MAX_PAGE_MS, MAX_LAST_PAGE_RATIO, MAX_MEMORY_MB = 80, 100, 1.5, 400
HOW = f"""`appeals simulate {" ".join(YEAR)} --appeals {APPEALS:,}` into an
empty city. A month is compiled beside `{MONTH_QUERY}`,
{ROUNDS} times in turn, which reads the month's rows (`enable_indexonlyscan = off`); our index of
holder and filing answers it without any row, and what that takes stands beside. Pages of the cases
behind the month's completion, in this process. The published month, the public page and the
centre's live dashboard over eight connections to two gunicorn workers, {reading.ROUNDS} rounds of
{reading.SECONDS} s, in turn with a year of {FEW_APPEALS:,} appeals; of the dashboard's own month
nothing is there. The memory is the most that any of the commands or their processes had
resident."""


def measure_year(bench: Bench) -> BenchSection:
    """Measure the year."""
    city = bench.database("year", EMPTY)
    show_progress(f"simulating {APPEALS:,} appeals")
    bench.run(city, "simulate", *YEAR, "--appeals", str(APPEALS))
    run_in_autocommit(city, "VACUUM ANALYZE")
    count = sum(count_rows(city, table) for table in TABLES)
    with open_act(city) as act:
        figures = monthly_drafts.count_cells(act, CountWindow(WHOLE_YEAR, WHOLE_YEAR.end))
        reporting = [*_compile_figures(act), *_open_figures(act)]
    few = bench.database("year_few", EMPTY)
    bench.run(few, "simulate", *YEAR, "--appeals", str(FEW_APPEALS))
    return BenchSection(
        COMMAND,
        f"The article's year, {APPEALS:,} appeals",
        HOW,
        f"{APPEALS:,} appeals, {count:,} rows, {query_scalar(city, SIZE_QUERY)}",
        [
            *(_rate_figure(name, figures[cell], wanted) for name, cell, wanted in WANTED_RATES),
            *reporting,
            *reading.measure_reading(bench, MONTH_PERIOD.label, few, city),
            BenchFigure.at_most("peak memory of a command (MB)", _peak_megabytes(), MAX_MEMORY_MB),
        ],
    )


SIZE_QUERY = "SELECT pg_size_pretty(pg_database_size(current_database()))"
WANTED_RATES = (("completion", COMPLETION, "99.29"), ("satisfaction", SATISFACTION, "95.43"))


def _rate_figure(name: str, numbers: Numbers, wanted: str) -> BenchFigure:
    found = f"{100 * numbers[0] / numbers[1]:.2f}"
    return BenchFigure(f"{name}, found by counting (%)", found, f"= {wanted}", found == wanted)


def _measure_seconds(deed: Callable[[], object]) -> float:
    begun = time.perf_counter()
    deed()
    return time.perf_counter() - begun


def _compile_figures(act: Act) -> list[BenchFigure]:
    """Time compiling a month and the bare query in turn, then a recount after a late change."""
    window, bounds = (
        CountWindow(MONTH_PERIOD, WHOLE_YEAR.end),
        {"a": MONTH_PERIOD.start, "b": MONTH_PERIOD.end},
    )
    single, bare, whole = list[float](), list[float](), list[float]()
    for n in range(ROUNDS + 1):
        show_progress(f"compiling: round {n} of {ROUNDS}")
        for index_only, taken in (("off", single), ("on", bare)):
            act.session.execute(sa.text(f"SET LOCAL enable_indexonlyscan = {index_only}"))
            taken.append(
                _measure_seconds(lambda: act.session.execute(sa.text(MONTH_QUERY), bounds).all())
            )
        whole.append(_measure_seconds(lambda: monthly_drafts.count_cells(act, window)))
    act.session.execute(sa.delete(DirtyMonth))
    act.session.add(DirtyMonth(month=month_of(MONTH_PERIOD.start), marked_at=act.now))
    act.session.flush()  # the refresh reads the marks
    began = time.perf_counter()
    refreshed = monthly_drafts.recompile_dirty_months(act.at(datetime.now(UTC)))
    late = time.perf_counter() - began
    act.session.rollback()
    appeals = act.session.scalar(
        sa.select(sa.func.count()).where(
            Appeal.filed_at >= MONTH_PERIOD.start, Appeal.filed_at < MONTH_PERIOD.end
        )
    )
    return [
        BenchFigure(
            f"compile a month of {appeals:,} appeals, one GROUP BY, by the index alone (ms)",
            f"{1000 * median(whole[1:]):,.0f}, {1000 * median(single[1:]):.1f},"
            f" {1000 * median(bare[1:]):.1f}",
        ),
        BenchFigure.at_most(
            "compile : one GROUP BY",
            median_ratio(whole[1:], single[1:]),
            MAX_COMPILE_RATIO,
            "{:.0f}",
        ),
        BenchFigure(
            "compile : one GROUP BY by the index alone",
            f"{median_ratio(whole[1:], bare[1:]):.0f}",
        ),
        BenchFigure(
            "months counted anew after one late change",
            str(len(refreshed)),
            "= 1",
            [each.start for each in refreshed] == [MONTH_PERIOD.start],
        ),
        BenchFigure.at_most("seconds for it", late, 60, "{:.1f}"),
    ]


def _open_figures(act: Act) -> list[BenchFigure]:
    """Time the first and the last page of a figure's cases, in turn."""
    asked = CaseQuery(CountWindow(MONTH_PERIOD, WHOLE_YEAR.end), COMPLETION, CasePart.DENOMINATOR)
    keys = deque(
        ((each.appeal_id, each.n) for each in case_lists.stream_cases(act, asked)), PAGE_ROWS + 1
    )
    after = keys[0]
    first, final = list[float](), list[float]()
    for _ in range(ROUNDS + 1):
        first.append(_measure_seconds(lambda: case_lists.list_cases(act, asked)))
        final.append(_measure_seconds(lambda: case_lists.list_cases(act, asked, after)))
    return [
        BenchFigure.at_most(
            "first page of a figure's cases (ms)", 1000 * median(first[1:]), MAX_PAGE_MS
        ),
        BenchFigure.at_most(
            "last page : first page",
            median_ratio(final[1:], first[1:]),
            MAX_LAST_PAGE_RATIO,
            "{:.2f}",
        ),
    ]


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
