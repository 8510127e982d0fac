"""Results beside their targets, as a page in Markdown."""

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median

from appeals.domain.calendar import SHANGHAI
from tools.bench.city import Bench, query_scalar

RESULTS = Path(__file__).with_name("RESULTS.md")
PAGE_HEAD = """# What the system takes

Written by `make bench` (`python -m tools.bench --help` explains it). Ratios compare two sides
of one run, taken in turn; each is the median over the rounds of that round's ratio.
Absolute figures are a machine's and an hour's: each section says which.
"""
VERDICTS = {True: "met", False: "**not met**", None: "–"}


@dataclass(frozen=True)
class BenchFigure:
    """One result: what was measured, its value, and its target, if any."""

    what: str
    measured: str
    target: str = "–"
    met: bool | None = None

    @classmethod
    def at_least(
        cls, what: str, measured: float, target: float, shown: str = "{:,.0f}"
    ) -> "BenchFigure":
        """Make a figure that should be `target` or more."""
        return cls(what, shown.format(measured), f"≥ {target:g}", measured >= target)

    @classmethod
    def at_most(
        cls, what: str, measured: float, target: float, shown: str = "{:,.0f}"
    ) -> "BenchFigure":
        """Make a figure that should be `target` or less."""
        return cls(what, shown.format(measured), f"≤ {target:g}", measured <= target)


@dataclass(frozen=True)
class BenchSection:
    """The results of one run: its command, its method, the rows present."""

    command: str
    title: str
    how: str
    present: str
    figures: Sequence[BenchFigure] = field(default_factory=tuple)

    def shown(self, machine: str) -> str:
        """Render the section in Markdown, with the machine it was measured on."""
        rows = [
            f"| {f.what} | {f.measured} | {f.target} | {VERDICTS[f.met]} |" for f in self.figures
        ]
        table = "\n".join(["| figure | measured | target | |", "|---|---|---|---|", *rows])
        return (
            f"## {self.title}\n\n`{self.command}` · rows present: {self.present}\n\n"
            f"{machine}\n\n{self.how}\n\n{table}\n"
        )


def format_spread(rates: Sequence[float]) -> str:
    """Format the rates of several rounds: the median, the least and the most."""
    return f"{median(rates):,.0f} ({min(rates):,.0f} to {max(rates):,.0f})"


def render_page(before: str, machine: str, sections: Sequence[BenchSection]) -> str:
    """Render the page: sections measured now, and the old ones of those that were not."""
    kept = {part.splitlines()[0]: part for part in re.split(r"(?m)^(?=## )", before)[1:]}
    taken = {f"## {section.title}": section.shown(machine) for section in sections}
    parts = [part.rstrip() + "\n" for part in (kept | taken).values()]
    missed = re.findall(r"(?m)^\| (.*?) \|.*not met", "".join(parts))
    verdict = f"Not met: {'; '.join(missed)}." if missed else "Every target was met."
    return "\n".join([PAGE_HEAD, f"{verdict}\n", *parts])


def describe_machine(bench: Bench) -> str:
    """Describe the machine, and how busy it was with other work before."""
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    busy = os.getloadavg()[0]
    postgres = query_scalar(bench.settings, "SHOW server_version")
    return (
        f"{datetime.now(SHANGHAI):%Y-%m-%d %H:%M} · {cores} cores, {memory:.0f} GiB of memory, "
        f"{platform.system()} {platform.machine()} · Python {platform.python_version()}, "
        f"PostgreSQL {postgres} · load before the run {busy:.1f}"
    )
