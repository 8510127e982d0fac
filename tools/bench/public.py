"""Pages a second of a published month, from the cache, against a bare page of the same size."""

from dataclasses import dataclass, field
from statistics import median

from appeals.cli.progress import show_progress
from appeals.settings import Settings
from appeals.web.app import create_app
from tools.bench import bare_page
from tools.bench.city import Bench
from tools.bench.load import BenchBrowser, LoadRound, make_browsers, median_ratio, run_round
from tools.bench.people import publish_month
from tools.bench.results import BenchFigure, BenchSection, format_spread
from tools.bench.server import MAX_MEMORY_MB, PEAK_LABEL, Server, cpu_seconds, serve_website
from tools.bench.statements import count_statements

APPEALS = 10_000
MONTH = "2026-03"
PATH = f"/public/reports/{MONTH}"
ROUNDS, SECONDS = 7, 4
WARM_UP_SECONDS = 2
MIN_RATIO = 0.5
OK_STATUS = 200
HOW = f"""A published month's page (`{PATH}`) for readers without a session, who get it whole
from the cache of each worker (`web/public/published_reports.py`); it is rendered again every few
seconds. Beside it a bare Flask view that returns the same bytes (`tools/bench/bare_page.py`), under
the same gunicorn settings: two workers, eight keep-alive connections, {ROUNDS} rounds of
{SECONDS} s each, in turn; the browsers share the two cores. CPU time is that of the website's
processes. The statements are those of a second reader, counted in this process. On the real server
`tests/served/test_published_pages.py` sees that there are none, and that an edition published
meanwhile is seen within 10 s."""


@dataclass
class PageSite:
    """A website with one page to read, and the results of its rounds."""

    server: Server
    path: str
    done: list[LoadRound] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open eight browsers."""
        self.browsers = make_browsers(self.server.port)

    def read(self, seconds: float) -> LoadRound:
        """Let all browsers read the page for some seconds."""

        def open_page(browser: BenchBrowser) -> None:
            answer = browser.get(self.path)
            assert answer.status == OK_STATUS, answer

        return run_round(self.browsers, open_page, seconds)

    def take_round(self) -> None:
        """Measure one round, on new connections: the old ones were idle for too long."""
        for browser in self.browsers:
            browser.close()
        before = cpu_seconds(self.server.child.process.pid)
        done = self.read(SECONDS)
        spent = cpu_seconds(self.server.child.process.pid) - before
        self.done.append(done)
        self.cpu.append(1000 * spent / len(done.taken))

    @property
    def rates(self) -> list[float]:
        """Return the pages a second of each round."""
        return [done.per_second for done in self.done]


def measure_public(bench: Bench) -> BenchSection:
    """Measure a published month's page."""
    city = bench.copy(bench.city(APPEALS), "public")
    publish_month(bench, city, MONTH)
    copy = bench.folder / "published-month.html"
    environment = city.for_children() | {bare_page.FILE_VARIABLE: str(copy)}
    with serve_website(bench, "public", city.for_children()) as web:
        first = BenchBrowser(web.port, "127.0.0.1")
        copy.write_text(first.get(PATH).body, "utf-8")
        first.close()
        with serve_website(
            bench, "bare_page", environment, "tools.bench.bare_page:create_app()"
        ) as other:
            ours, theirs = PageSite(web, PATH), PageSite(other, "/")
            ours.read(WARM_UP_SECONDS)
            theirs.read(WARM_UP_SECONDS)
            for n in range(ROUNDS):
                show_progress(f"public: round {n + 1} of {ROUNDS}")
                ours.take_round()
                theirs.take_round()
        peak = web.peak_megabytes()
    statements = _count_second_reader(city)
    return BenchSection(
        "python -m tools.bench public",
        "Published pages",
        HOW,
        f"{APPEALS:,} appeals; the page has {copy.stat().st_size:,} bytes",
        [
            *_list_figures(ours, theirs),
            BenchFigure("statements of a cached page", str(statements), "= 0", statements == 0),
            BenchFigure.at_most(PEAK_LABEL, peak, MAX_MEMORY_MB),
        ],
    )


def _list_figures(ours: PageSite, theirs: PageSite) -> list[BenchFigure]:
    return [
        BenchFigure(
            "published month, pages a second (median; least to most)", format_spread(ours.rates)
        ),
        BenchFigure("bare page of the same size, a second", format_spread(theirs.rates)),
        BenchFigure.at_least(
            "published month : bare page",
            median_ratio(ours.rates, theirs.rates),
            MIN_RATIO,
            "{:.2f}",
        ),
        BenchFigure(
            "CPU time of a published page, of a bare one (ms)",
            f"{median(ours.cpu):.2f}, {median(theirs.cpu):.2f}",
        ),
        BenchFigure(
            "within which 95 % of published pages came (ms)",
            f"{median(each.p95 for each in ours.done):.0f}",
        ),
    ]


def _count_second_reader(city: Settings) -> int:
    """Return the statements of a page that somebody else has just read."""
    app = create_app(city)
    for reader in (app.test_client(), app.test_client()):
        with count_statements() as seen:
            answer = reader.get(PATH)
        assert answer.status_code == OK_STATUS, answer.text
    return len(seen.statements)
