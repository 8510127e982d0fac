"""Checks of every page: axe-core in the browser, the Nu HTML checker on the served HTML."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

NODE_MODULES = Path(__file__).parent / "node_modules"
CHECKER = NODE_MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"
MAX_EXTRACT = 160


@dataclass(frozen=True)
class AcceptedMessage:
    """A tolerated message of the Nu checker: its beginning, and why."""

    begins: str
    why: str


ACCEPTED_MESSAGES: tuple[AcceptedMessage, ...] = ()


def list_axe_violations(page: Page) -> list[str]:
    """Return a line for each axe-core violation: the rule and the element."""
    return [
        f"axe {rule['id']}: {node['html'][:MAX_EXTRACT]}"
        for rule in Axe().run(page).response["violations"]
        for node in rule["nodes"]
    ]


def list_html_errors(folder: Path) -> list[str]:
    """Return a line for each error and warning of the Nu checker in a folder's HTML files."""
    files = sorted(map(str, folder.glob("*.html")))
    command = ["java", "-jar", str(CHECKER), "--format", "json", "--exit-zero-always", "--stdout"]
    done = subprocess.run([*command, *files], check=True, capture_output=True, text=True)
    said = json.loads(done.stdout)["messages"]
    return [
        f"{Path(each['url']).stem}: Nu {each['message']} {each.get('extract', '')[:MAX_EXTRACT]!r}"
        for each in said
        if not each["message"].startswith(tuple(accepted.begins for accepted in ACCEPTED_MESSAGES))
    ]
