"""Filings a second through HTTP, against a bare form on the same engines and pgbench."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

import sqlalchemy as sa

from appeals.cli.progress import show_progress
from tools.bench import bare_form, same_rows
from tools.bench.city import Bench, count_rows
from tools.bench.load import (
    CSRF_TOKEN_PATTERN,
    BenchBrowser,
    LoadRound,
    find_in_page,
    make_browsers,
    median_ratio,
    run_round,
)
from tools.bench.results import BenchFigure, BenchSection, format_spread
from tools.bench.server import MAX_MEMORY_MB, PEAK_LABEL, Server, cpu_seconds, serve_website

ROUNDS, SECONDS = 7, 4
WARM_UP_SECONDS = 2
APPEALS = 10_000
MIN_RATIO = 0.4
FORM_KEY_PATTERN = re.compile(r'name="form_key" value="([^"]+)"')
FILING_FIELDS = {
    "kind": "complaint",
    "category": "urban.noise",
    "subject": "夜间施工噪音",
    "detail": "工地每天夜里十一点以后还在施工,已经三天了,老人和孩子无法休息。",
    "district": "370202",
    "street": "",
    "address": "香港中路10号",
    "contact_name": "王女士",
    "publish": "y",
}
HOW = f"""Two gunicorn workers and eight keep-alive connections, each from a loopback address of
its own and with its own session; a browser fetches the form's CSRF token once and then posts,
each time with a new one-time key and contact. A filing counts when the receipt's redirect has
arrived. The bare form (`tools/bench/bare_form.py`) takes the same fields with CSRF under the same
gunicorn settings and inserts one row into the same PostgreSQL; pgbench inserts all rows of a
filing in one transaction (synchronous commit, prepared, eight clients). {ROUNDS} rounds of
{SECONDS} s each, in turn; the browsers share the two cores. CPU time is user and system time of
website and database together."""


@dataclass
class MeasuredSite:
    """One of the two websites: the address of its form, and the results of its rounds."""

    server: Server
    path: str
    database: int
    done: list[LoadRound] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    acknowledged: int = 0

    def __post_init__(self) -> None:
        """Open the form in browsers of the site's own."""
        self.browsers = make_browsers(self.server.port)
        self.tokens = {
            each.address: find_in_page(CSRF_TOKEN_PATTERN, each.get(self.path).body)
            for each in self.browsers
        }
        for each in self.browsers:
            each.close()

    def post(self, browser: BenchBrowser) -> None:
        """Send one filing of its own."""
        own = {"csrf_token": self.tokens[browser.address], "form_key": secrets.token_urlsafe(24)}
        answer = browser.post(self.path, FILING_FIELDS | own | new_contact())
        assert answer.status == 303, answer  # noqa: PLR2004 - see other: the receipt

    def take(self, seconds: float, deed: Callable[[BenchBrowser], None] | None = None) -> LoadRound:
        """Run one round in which the browsers post, or do another deed that ends in one filing."""
        done = run_round(self.browsers, deed or self.post, seconds)
        self.acknowledged += len(done.taken)
        return done

    def take_round(self) -> None:
        """Measure one round."""
        before = self._spent()
        done = self.take(SECONDS)
        self.done.append(done)
        self.cpu.append(1000 * (self._spent() - before) / len(done.taken))

    def _spent(self) -> float:
        return cpu_seconds(self.server.child.process.pid) + cpu_seconds(self.database)

    @property
    def rates(self) -> list[float]:
        """Return the filings a second of each round."""
        return [done.per_second for done in self.done]


def measure_filing(bench: Bench) -> BenchSection:
    """Measure filing."""
    city = bench.copy(bench.city(APPEALS), "filings")
    bare = bench.database("bare")
    bare_form.BareFormBase.metadata.create_all(sa.create_engine(bare.database_url))
    environment = city.for_children() | {
        bare_form.DATABASE_VARIABLE: bare.database_url,
        bare_form.KEY_VARIABLE: secrets.token_hex(),
    }
    postgres = bench.supervisor.children[0].process.pid
    with (
        serve_website(bench, "web", city.for_children()) as web,
        serve_website(bench, "bare", environment, "tools.bench.bare_form:create_app()") as other,
    ):
        ours, theirs = (
            MeasuredSite(web, "/appeals/new", postgres),
            MeasuredSite(other, "/", postgres),
        )
        ours.take(WARM_UP_SECONDS)
        theirs.take(WARM_UP_SECONDS)
        # pgbench has a city of its own, so that what is stored here is what was acknowledged
        apart = bench.copy(bench.city(APPEALS), "same_rows")
        script = same_rows.filing_script(city)
        plain = []
        for n in range(ROUNDS):
            show_progress(f"filing: round {n + 1} of {ROUNDS}")
            ours.take_round()
            theirs.take_round()
            plain.append(same_rows.run_pgbench(bench, apart, script, SECONDS))
        visits = ours.take(SECONDS, _visit_website)
        peak = web.peak_megabytes()
    stored = count_rows(city, "appeal") - APPEALS
    return BenchSection(
        "python -m tools.bench filing",
        "Filing",
        HOW,
        f"{APPEALS:,} appeals before, {stored:,} filed",
        [
            *_list_figures(ours, theirs, plain, visits),
            BenchFigure(
                "appeals stored, of those acknowledged",
                f"{stored:,} of {ours.acknowledged:,}",
                "all",
                stored == ours.acknowledged and count_rows(bare, "sent") == theirs.acknowledged,
            ),
            BenchFigure.at_most(PEAK_LABEL, peak, MAX_MEMORY_MB),
        ],
    )


def _list_figures(
    ours: MeasuredSite, theirs: MeasuredSite, plain: list[float], visits: LoadRound
) -> list[BenchFigure]:
    return [
        BenchFigure("filings a second (median; least to most)", format_spread(ours.rates)),
        BenchFigure("bare form, a second", format_spread(theirs.rates)),
        BenchFigure.at_least(
            "filing : bare form", median_ratio(ours.rates, theirs.rates), MIN_RATIO, "{:.2f}"
        ),
        BenchFigure(
            "CPU time of a filing, of a bare form (ms)",
            f"{median(ours.cpu):.1f}, {median(theirs.cpu):.1f}",
        ),
        BenchFigure("the same rows by pgbench, transactions a second", format_spread(plain)),
        BenchFigure("filing : pgbench", f"{median_ratio(ours.rates, plain):.2f}"),
        BenchFigure(
            "within which 95 % of filings were answered (ms)",
            f"{median(r.p95 for r in ours.done):.0f}",
        ),
        BenchFigure("whole visits a second: form, filing, receipt", f"{visits.per_second:,.0f}"),
    ]


def _visit_website(browser: BenchBrowser) -> None:
    """File as a person does: open the form, send it, open the receipt."""
    form = browser.get("/appeals/new").body
    own = {
        "csrf_token": find_in_page(CSRF_TOKEN_PATTERN, form),
        "form_key": find_in_page(FORM_KEY_PATTERN, form),
    }
    sent = browser.post("/appeals/new", FILING_FIELDS | own | new_contact())
    shown = browser.get(sent.location)
    assert "data-query-code" in shown.body, shown


def new_contact() -> dict[str, str]:
    """Invent a telephone and an e-mail address."""
    own = f"{secrets.randbelow(10**8):08}"
    return {"contact_phone": f"138{own}", "contact_email": f"wang{own}@example.org"}
