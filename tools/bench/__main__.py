"""`python -m tools.bench`: measures and writes the results to tools/bench/RESULTS.md."""

import logging
import signal

import click

from appeals import logs
from appeals.cli.progress import clear_progress
from tools.bench import bulk, filing, pages, public, search, statements, writing, year
from tools.bench.city import start_engines
from tools.bench.results import RESULTS, describe_machine, render_page

FIGURES = {
    "filing": filing.measure_filing,
    "pages": pages.measure_pages,
    "public": public.measure_public,
    "search": search.measure_search,
    "statements": statements.measure_statements,
    "bulk": bulk.measure_bulk,
    "writing": writing.measure_writing,
    "year": year.measure_year,
}


@click.command()
@click.argument("figures", nargs=-1, type=click.Choice(list(FIGURES)))
def main(figures: tuple[str, ...]) -> None:
    """Measure what the system takes, on a PostgreSQL and a Valkey of its own.

    \b
    filing      filings a second, against a bare form and against pgbench
    pages       desk list and case page with 10,000 and with 100,000 appeals
    public      a published month's page, from the cache, against a bare page
    search      the search of staff among 100,000 appeals;
                BENCH_SEARCH_APPEALS=1000000 takes so many, repeated from 100,000
    statements  what pages and moves send to the database
    bulk        appeals a second by import, rows a second by simulate
    writing     the article's year by simulate, beside a bare COPY of the same rows;
                BENCH_WRITING_APPEALS=2919000 takes it whole
    year        the article's year: compiled and opened, beside bare SQL;
                BENCH_YEAR_APPEALS=2919000 takes it whole

    Without a name all of them are taken (about ten minutes on two cores). What is taken goes to
    tools/bench/RESULTS.md, the rest of which stays. Leave the machine alone meanwhile.
    """  # noqa: D301 - \b is click's mark for lines to keep
    logs.configure_logs(level=logging.WARNING)  # standard output is for the figures
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # engines stop on either
    with start_engines() as bench:
        where = describe_machine(bench)
        sections = [FIGURES[name](bench) for name in figures or FIGURES]
    clear_progress()
    RESULTS.write_text(render_page(RESULTS.read_text(), where, sections))
    for section in sections:
        click.echo(section.shown(where))


if __name__ == "__main__":
    main(prog_name="python -m tools.bench")
