"""The city in the pictures: `appeals up` with its demo city, its staff and its appeals."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
APPEALS = str(Path(sys.executable).with_name("appeals"))


@dataclass(frozen=True)
class City:
    """A running demo city: its address, and what its data folder says of people and appeals."""

    address: str
    folder: Path

    def password(self, role: str) -> tuple[str, str]:
        """Give name and password of the first of the staff with a role."""
        accounts = json.loads((self.folder / "demo-accounts.json").read_text())
        found = next(account for account in accounts if account["role"] == role)
        return found["username"], found["password"]

    def appeal(self, state: str) -> tuple[str, str]:
        """Give number and query code of a demo appeal that was in a state; else of the first."""
        known = json.loads((self.folder / "demo-appeals.json").read_text())
        found = next((appeal for appeal in known if appeal["state"] == state), known[0])
        return found["number"], found["code"]


@contextmanager
def running(folder: Path, port: int) -> Iterator[City]:
    """Run `appeals up` on a data folder until it says ready; stop it in the end."""
    command = [APPEALS, "up", "--port", str(port), "--data", str(folder)]
    folder.mkdir(parents=True, exist_ok=True)
    with (
        (folder / "up.log").open("w") as log,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True) as up,
    ):
        assert up.stdout is not None
        try:
            said = up.stdout.readline()
            if not said.startswith("ready "):
                raise SystemExit(f"The city does not start: see {folder / 'up.log'}.")
            yield City(said.split()[1], folder)
        finally:
            up.terminate()
            up.wait(timeout=60)
