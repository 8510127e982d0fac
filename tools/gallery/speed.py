"""Lighthouse on important pages, as on a phone; the median of three runs."""

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.gallery.checks import NODE_MODULES
from tools.gallery.citizens import follow_appeal
from tools.gallery.staff import open_first_case
from tools.gallery.steps import GalleryStep, as_it_opens

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
    MeasuredPage("desk", "officer", "/desk/"),
    MeasuredPage("case", "officer", "/desk/", open_first_case),
)


def list_slow_pages(walk: "GalleryWalk", scores: Path) -> list[str]:
    """Measure every page, write the scores, and return a line for each that is too low."""
    wrong, lines = [], []
    for page in PAGES:
        address, cookies = open_page(walk, page)
        tries = [run_lighthouse(address, cookies) for _ in range(RUNS_PER_PAGE)]
        found = [each or run_lighthouse(address, cookies) for each in tries]
        if None in found:
            wrong.append(f"lighthouse {page.name}: the browser failed, twice")
            continue
        for category, least in MIN_SCORES.items():
            score = statistics.median(round(100 * each[category]) for each in found if each)
            lines.append(f"lighthouse {page.name} {category}: {score:.0f}")
            if score < least:
                wrong.append(f"{lines[-1]}, {least} wanted")
    scores.write_text("\n".join(lines) + "\n")
    return wrong


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
        str(NODE_MODULES / "lighthouse" / "cli" / "index.js"),
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
