"""Checks of every page: axe-core in the browser, the Nu HTML checker on the served HTML."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

NODE_MODULES = Path(__file__).parent / "node_modules"
CHECKER = Path("vnu-jar", "build", "dist", "vnu.jar")
LIGHTHOUSE = Path("lighthouse", "cli", "index.js")
MAX_EXTRACT = 160


@dataclass(frozen=True)
class AcceptedMessage:
    """A tolerated message of the Nu checker: its beginning, and why."""

    begins: str
    why: str


ACCEPTED_MESSAGES: tuple[AcceptedMessage, ...] = ()


def is_installed(program: Path, folder: Path = NODE_MODULES) -> bool:
    """Return whether a checker is installed, with what runs it."""
    return (folder / program).exists() and (program != CHECKER or shutil.which("java") is not None)


def list_left_out(folder: Path = NODE_MODULES) -> list[str]:
    """Return a line for each checker that is not installed: its checks are left out."""
    return [
        f"NOT CHECKED by {name}: it is not installed (deploy/checkers.sh)."
        for name, program in (("the Nu HTML checker", CHECKER), ("Lighthouse", LIGHTHOUSE))
        if not is_installed(program, folder)
    ]


def list_axe_violations(page: Page) -> list[str]:
    """Return a line for each axe-core violation: the rule and the element."""
    return [
        f"axe {rule['id']}: {node['html'][:MAX_EXTRACT]}"
        for rule in Axe().run(page).response["violations"]
        for node in rule["nodes"]
    ]


def list_html_errors(folder: Path) -> list[str]:
    """Return a line for each error and warning of the Nu checker in a folder's HTML files.

    None where it is not installed (`list_left_out`).
    """
    if not is_installed(CHECKER):
        return []
    files = sorted(map(str, folder.glob("*.html")))
    command = ["java", "-jar", str(NODE_MODULES / CHECKER), "--format", "json"]
    command += ["--exit-zero-always", "--stdout", *files]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        return [f"Nu: the checker failed: {done.stderr.strip()[-MAX_EXTRACT:]}"]
    said = json.loads(done.stdout)["messages"]
    return [
        f"{Path(each['url']).stem}: Nu {each['message']} {each.get('extract', '')[:MAX_EXTRACT]!r}"
        for each in said
        if not each["message"].startswith(tuple(accepted.begins for accepted in ACCEPTED_MESSAGES))
    ]
