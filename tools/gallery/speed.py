"""Important pages as on a phone: Lighthouse, the median of three runs; the size of a first load."""

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.gallery.checks import LIGHTHOUSE, NODE_MODULES, is_installed
from tools.gallery.citizens import REPORT, follow_appeal
from tools.gallery.first_load import MAX_FIRST_LOAD_KB, measure_first_load
from tools.gallery.staff import open_first_case
from tools.gallery.steps import GalleryStep, as_it_opens, follow_links

if TYPE_CHECKING:
    from tools.gallery.walk import GalleryWalk

SCORES_FILE = "lighthouse.txt"
MIN_SCORES = {"performance": 95, "accessibility": 100, "best-practices": 100}
RUNS_PER_PAGE = 3
WHEEL = Path(sys.executable).with_name("node")
"""Node as a Python wheel carries it, where none was on PATH (deploy/node.sh)."""
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-background-networking"


@dataclass(frozen=True)
class MeasuredPage:
    """A page that is measured: whose, its address, and the steps that lead to it."""

    name: str
    role: str | None
    path: str
    then: GalleryStep = as_it_opens


PAGES = (
    MeasuredPage("home", None, "/"),
    MeasuredPage("form", None, "/appeals/new"),
    MeasuredPage("follow", None, "/appeals/follow"),
    MeasuredPage("appeal", None, "/appeals/follow", follow_appeal("closed")),
    MeasuredPage("public", None, "/public/"),
    MeasuredPage("report", None, "/public/", follow_links(REPORT)),
    MeasuredPage("desk", "officer", "/desk/"),
    MeasuredPage("case", "officer", "/desk/", open_first_case),
)


def list_slow_pages(walk: "GalleryWalk", scores: Path) -> list[str]:
    """Measure every page, write the figures, and return a line for each that misses its target."""
    wrong, lines = list[str](), list[str]()
    for page in PAGES:
        address, cookies = open_page(walk, page)
        size = measure_first_load(walk.browser, address, cookies)
        lines.append(f"first load {page.name}: {size:.0f} kB compressed")
        if page.role is None and size > MAX_FIRST_LOAD_KB:
            wrong.append(f"{lines[-1]}, at most {MAX_FIRST_LOAD_KB} wanted")
        if not is_installed(LIGHTHOUSE):
            continue
        found = score_page(address, cookies)
        if not found:
            wrong.append(f"lighthouse {page.name}: the browser failed, twice")
        for category, score in found.items():
            lines.append(f"lighthouse {page.name} {category}: {score:.0f}")
            if score < MIN_SCORES[category]:
                wrong.append(f"{lines[-1]}, {MIN_SCORES[category]} wanted")
    scores.write_text("\n".join(lines) + "\n")
    return wrong


def score_page(address: str, cookies: str) -> dict[str, float]:
    """Return the median score of each category, of 100; nothing where Lighthouse failed twice."""
    tries = [run_lighthouse(address, cookies) for _ in range(RUNS_PER_PAGE)]
    found = [each or run_lighthouse(address, cookies) for each in tries]
    done = [each for each in found if each is not None]
    if len(done) < RUNS_PER_PAGE:
        return {}
    return {
        category: statistics.median(round(100 * each[category]) for each in done)
        for category in MIN_SCORES
    }


def open_page(walk: "GalleryWalk", page: MeasuredPage) -> tuple[str, str]:
    """Go to a page; return its address and the cookies that open it."""
    state = walk.sign_in(page.role) if page.role else None
    context = walk.browser.new_context(base_url=walk.city.address, storage_state=state)
    tab = context.new_page()
    tab.goto(page.path)
    page.then(tab, walk.city)
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in context.cookies())
    address = tab.url
    context.close()
    return address, cookies


def run_lighthouse(address: str, cookies: str) -> dict[str, float] | None:
    """Run Lighthouse once; return each category's score, 0 to 1, or None where it fails."""
    command = [
        str(WHEEL) if WHEEL.exists() else "node",
        str(NODE_MODULES / LIGHTHOUSE),
        address,
        "--quiet",
        "--output=json",
        f"--only-categories={','.join(MIN_SCORES)}",
        f"--chrome-flags={FLAGS}",
        f"--extra-headers={json.dumps({'Cookie': cookies})}",
    ]
    environment = {**os.environ, "CHROME_PATH": "/usr/bin/chromium"}
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        print(done.stderr[-500:], file=sys.stderr)
        return None
    report = json.loads(done.stdout)
    return {category: report["categories"][category]["score"] for category in MIN_SCORES}
