"""Throughput of the bulk writer: appeals a second by import, rows a second by simulate."""

import csv
import random
import re
import time
from datetime import datetime, timedelta
from pathlib import Path

from appeals.cli.working import tell
from tools.bench.city import MONTH_OPTIONS, Bench, count_rows
from tools.bench.results import BenchFigure, BenchSection

IMPORTED_REQUESTS = 20_000
SIMULATED_APPEALS = 10_000
PACE = 100
COLUMNS = (
    "case_enquiry_id", "open_dt", "target_dt", "closed_dt", "department", "type",
    "neighborhood", "source", "case_title", "location", "closure_reason",
)  # fmt: skip
SOURCES = ("Constituent Call", "Self Service", "Citizens Connect App", "Employee Generated")
ROWS_A_SECOND = re.compile(r"(\d+) rows/s")
STILL_OPEN = 0.05
HOW = f"""`appeals import FILE.csv --mapping boston311.toml` of {IMPORTED_REQUESTS:,} made-up
requests of another city's system into an empty city: each with its department, kind of request and
district, most of them closed; from the start of the command to its end.
`appeals simulate {" ".join(MONTH_OPTIONS)}` prints its own pace."""


def measure_bulk(bench: Bench) -> BenchSection:
    """Measure the bulk writer."""
    path = _write_requests(bench.folder / "requests.csv")
    city = bench.database("imported", "empty")
    tell(f"importing {IMPORTED_REQUESTS:,} appeals")
    begun = time.monotonic()
    bench.run(city, "import", str(path), "--mapping", "boston311.toml")
    seconds = time.monotonic() - begun
    stored = count_rows(city, "appeal")
    bench.city(SIMULATED_APPEALS)
    paces = [
        BenchFigure(f"simulate {appeals:,} appeals: rows a second", f"{_rows_a_second(said):,}")
        for appeals, said in bench.said.items()
    ]
    return BenchSection(
        "python -m tools.bench bulk",
        "The bulk writer",
        HOW,
        f"none before; {stored:,} imported",
        [
            BenchFigure.at_least("import: appeals a second", stored / seconds, PACE),
            BenchFigure(
                "imported, of the rows given",
                f"{stored:,} of {IMPORTED_REQUESTS:,}",
                "all",
                stored == IMPORTED_REQUESTS,
            ),
            *paces,
        ],
    )


def _write_requests(path: Path) -> Path:
    """Write requests as Boston's 311 exports them."""
    rng = random.Random(1)  # noqa: S311 - a made-up file keeps no secret
    begin = datetime(2011, 7, 1)  # noqa: DTZ001 - the source's own clock
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for n in range(IMPORTED_REQUESTS):
            opened = begin + timedelta(minutes=13 * n)
            closed = opened + timedelta(hours=rng.expovariate(1 / 90))
            kind = f"Request {rng.randrange(120)}"
            out.writerow(
                (
                    str(10_000_000 + n),
                    opened,
                    opened + timedelta(days=5),
                    "" if rng.random() < STILL_OPEN else closed.replace(microsecond=0),
                    f"Department {rng.randrange(12)}",
                    kind,
                    f"Quarter {rng.randrange(20)}",
                    rng.choice(SOURCES),
                    f"{kind} at the corner",
                    f"{n % 400} Main Street",
                    "Case resolved.",
                )
            )
    return path


def _rows_a_second(said: str) -> int:
    found = ROWS_A_SECOND.search(said)
    assert found is not None, said
    return int(found[1])
