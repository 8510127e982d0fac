"""The city of the gallery: `appeals up` with its demo city."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg.rows import TupleRow

ROOT = Path(__file__).resolve().parents[2]
APPEALS = str(Path(sys.executable).with_name("appeals"))

FOOTER_FACTS = {
    "APPEALS_ORGANISER_ZH": "（示例）市人民政府办公厅",
    "APPEALS_ORGANISER_EN": "(Example) General Office of the City Government",
    "APPEALS_OPERATOR_ZH": "（示例）市民诉求中心",
    "APPEALS_OPERATOR_EN": "(Example) Citizens’ Appeals Centre",
    "APPEALS_SITE_CODE": "3702000000",
    "APPEALS_ICP_NUMBER": "鲁ICP备00000000号",
    "APPEALS_POLICE_NUMBER": "鲁公网安备 00000000000000号",
    "APPEALS_TELEPHONE": "0532-12345",
}
"""What the pictured city states in its footer; every number is an example."""


@dataclass(frozen=True)
class GalleryCity:
    """A running demo city: its address, and what its data folder says of people and appeals."""

    address: str
    folder: Path

    def password(self, role: str) -> tuple[str, str]:
        """Return name and password of a member of staff with a role, the one with the most work."""
        accounts = json.loads((self.folder / "demo-accounts.json").read_text())
        busy: dict[str, int] = dict(
            self._database("SELECT holder, count(*) FROM appeal WHERE state = 'in_hand' GROUP BY 1")
        )
        found = max(
            (account for account in accounts if account["role"] == role),
            key=lambda account: busy.get(account["department"], 0),
        )
        return found["username"], found["password"]

    def appeal(self, state: str) -> tuple[str, str]:
        """Return number and query code of a demo appeal that was in a state; else of the first."""
        known = json.loads((self.folder / "demo-appeals.json").read_text())
        found = next((appeal for appeal in known if appeal["state"] == state), known[0])
        return found["number"], found["code"]

    def appeal_to_erase(self) -> tuple[str, str]:
        """Return number and query code of the last demo appeal that was withdrawn."""
        known = json.loads((self.folder / "demo-appeals.json").read_text())
        found = next(appeal for appeal in reversed(known) if appeal["state"] == "withdrawn")
        return found["number"], found["code"]

    def forget_factors(self) -> None:
        """Switch every second factor off, as if nobody had set one up."""
        self._database(
            "DELETE FROM recovery_code",
            "UPDATE staff_member SET factor_salt = NULL, factor_since = NULL, factor_step = NULL",
        )

    def stage(self) -> None:
        """Set up what no browser can: no rate limits, undelivered notices, a failed month."""
        self.forget_factors()
        self._database(
            "DELETE FROM attempt",
            "DELETE FROM display_pass",
            "UPDATE notice SET tries = 8, sent_at = NULL, parked_at = created_at,"
            " problem = '550 mailbox unavailable' WHERE id IN (SELECT min(id) FROM notice"
            " UNION SELECT max(id) FROM notice)",
            "INSERT INTO failed_item VALUES ('compile', '2026-03', now() - interval '2 hours', 9,"
            " now() + interval '40 minutes', 'NumericValueOutOfRange (monthly.py:63)')"
            " ON CONFLICT DO NOTHING",
        )

    def _database(self, *statements: LiteralString) -> list[TupleRow]:
        """Run statements in the city's database; return the rows of the last, if it gives any."""
        engines = json.loads((self.folder / "engines.json").read_text())
        address = engines["APPEALS_DATABASE_URL"].replace("+psycopg", "")
        with psycopg.connect(address) as connection:
            for statement in statements:
                ran = connection.execute(statement)
            return ran.fetchall() if ran.description else []


@contextmanager
def run_demo_city(folder: Path, port: int) -> Iterator[GalleryCity]:
    """Run the demo city on a data folder, and stop it in the end."""
    quick = {"APPEALS_FORM_SECONDS": "0"}  # the gallery sends forms as soon as it has them
    with start_up(folder, port, {**os.environ, **quick, **FOOTER_FACTS}) as up:
        yield GalleryCity(up.address, folder)


@contextmanager
def start_up(
    folder: Path, port: int, environment: dict[str, str], *words: str
) -> Iterator["RunningUp"]:
    """Run `appeals up …` on a data folder until it says ready; stop it in the end.

    What it logs is kept in the folder. Raises RuntimeError with the log's end if it does not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "up.log"
    command = [APPEALS, "up", "--port", str(port), "--data", str(folder), *words]
    with (
        log.open("w") as errors,
        subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as up,
    ):
        assert up.stdout is not None
        try:
            said = up.stdout.readline()
            if not said.startswith("ready "):
                raise RuntimeError(log.read_text()[-3000:])
            yield RunningUp(said.split()[1], up.pid)
        finally:
            up.terminate()
            up.wait(timeout=120)


@dataclass(frozen=True)
class RunningUp:
    """A running `appeals up`: where it serves, and its process."""

    address: str
    pid: int
