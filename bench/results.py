"""What was measured, beside what was wanted, as a page in Markdown."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from appeals.domain.calendar import SHANGHAI
from bench.city import Bench, scalar

RESULTS = Path(__file__).with_name("RESULTS.md")
VERDICTS = {True: "met", False: "**not met**", None: "–"}


@dataclass(frozen=True)
class Figure:
    """One figure: what it is of, what was measured, and the target, if it has one."""

    what: str
    measured: str
    target: str = "–"
    met: bool | None = None

    @classmethod
    def at_least(
        cls, what: str, measured: float, target: float, shown: str = "{:,.0f}"
    ) -> "Figure":
        """Give a figure that should be `target` or more."""
        return cls(what, shown.format(measured), f"≥ {target:g}", measured >= target)

    @classmethod
    def at_most(cls, what: str, measured: float, target: float, shown: str = "{:,.0f}") -> "Figure":
        """Give a figure that should be `target` or less."""
        return cls(what, shown.format(measured), f"≤ {target:g}", measured <= target)


@dataclass(frozen=True)
class Section:
    """The figures of one run: its name on the command line, how it went, the rows present."""

    name: str
    title: str
    how: str
    present: str
    figures: Sequence[Figure] = field(default_factory=tuple)

    def shown(self) -> str:
        """Give the section in Markdown."""
        rows = [
            f"| {f.what} | {f.measured} | {f.target} | {VERDICTS[f.met]} |" for f in self.figures
        ]
        table = "\n".join(["| figure | measured | target | |", "|---|---|---|---|", *rows])
        return (
            f"## {self.title}\n\n`python -m bench {self.name}` · rows present: {self.present}\n\n"
            f"{self.how}\n\n{table}\n"
        )


def page(machine: str, sections: Sequence[Section]) -> str:
    """Give the whole page."""
    missed = [f.what for section in sections for f in section.figures if f.met is False]
    verdict = f"Not met: {'; '.join(missed)}." if missed else "Every target was met."
    head = (
        "# What the system takes\n\n"
        "Written by `make bench` (`python -m bench --help` explains it). Ratios compare two sides\n"
        "of one run, taken in turn; each is the median over the rounds of that round's ratio.\n"
        "Absolute figures are this machine's and of this hour.\n"
    )
    return "\n".join([head, machine, f"\n{verdict}\n", *(section.shown() for section in sections)])


def machine(bench: Bench) -> str:
    """Say what the bench ran on, and how busy it was with other work before."""
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    busy = os.getloadavg()[0]
    postgres = scalar(bench.settings, "SHOW server_version")
    return (
        f"{datetime.now(SHANGHAI):%Y-%m-%d %H:%M} · {cores} cores, {memory:.0f} GiB of memory, "
        f"{platform.system()} {platform.machine()} · Python {platform.python_version()}, "
        f"PostgreSQL {postgres} · load before the run {busy:.1f}"
    )
