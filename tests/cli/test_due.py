"""`appeals due` and `appeals calendar` on a real database."""

import json
from pathlib import Path

from tests.cli.test_verify import Filled, filled, original

__all__ = ["filled", "original"]  # the fixtures


def test_due_counts_by_the_city_s_own_notices(filled: Filled, tmp_path: Path) -> None:
    asked = ("due", "--from", "2030-12-31T10:00", "--working-days", "1")
    assert filled.command(*asked).stdout.startswith("2031-01-01")
    document = {"year": 2031, "days": [{"name": "元旦", "date": "2031-01-01", "isOffDay": True}]}
    file = tmp_path / "2031.json"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(document).encode())
    assert filled.command("calendar", "import", str(file)).stdout == "1 days\n"
    assert filled.command(*asked).stdout.startswith("2031-01-02T23:59:59+08:00")


def test_a_wrong_row_is_named_and_nothing_is_taken_over(filled: Filled, tmp_path: Path) -> None:
    file = tmp_path / "2032.json"
    days = [{"name": "元旦", "date": "2032-01-01", "isOffDay": "false"}]
    file.write_text(json.dumps({"year": 2032, "days": days}))
    refused = filled.command("calendar", "import", str(file))
    assert refused.returncode == 1
    assert "row 1 2032-01-01: isOffDay is true or false" in refused.stderr
    assert "2032 has no notice yet" in filled.command("calendar", "show", "2032").stdout


def test_a_provisional_year_shows_what_the_law_fixes(filled: Filled) -> None:
    shown = filled.command("calendar", "show", "2033").stdout.splitlines()
    assert "2033-10-03 Mon by law National Day (counts as its weekday until then)" in shown
    assert not any(line.startswith("2033-10-01") for line in shown), "a Saturday is off anyway"
