"""`docs/importing.md` names every key, and its two examples come in as it says."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from appeals.imports.mapping_keys import COLUMN_KEYS, OPTION_KEYS, render_keys_table
from appeals.operations.built_files import ROOT
from appeals.settings import Settings
from tests.own_city import OwnCity, own_city

MANUAL = ROOT / "docs" / "importing.md"
EXAMPLES = ROOT / "docs" / "examples"


def test_the_manual_has_the_table_of_every_key() -> None:
    manual = MANUAL.read_text("utf-8")
    shown = re.search(r"<!-- keys -->\n(.*)\n<!-- end of keys -->", manual, re.DOTALL)
    assert shown is not None
    assert shown[1].strip() == render_keys_table()
    assert all(f"| `{key}` |" in shown[1] for key in (*OPTION_KEYS, *COLUMN_KEYS))


@pytest.fixture(scope="module")
def city(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnCity]:
    """Provide a prepared city."""
    with own_city(settings, "manual", tmp_path_factory.mktemp("manual")) as city:
        city.command("prepare")
        yield city


STATES = """
SELECT count(*) FILTER (WHERE state = 'closed' AND source = 'hotline'),
       count(*) FILTER (WHERE state = 'answered_on_spot' AND source = 'hotline'),
       count(*) FILTER (WHERE state = 'not_accepted' AND source = 'hotline'),
       count(*) FILTER (WHERE state IN ('answered', 'in_hand', 'accepted') AND source = 'hotline'),
       count(*) FILTER (WHERE state = 'closed' AND source = 'requests'),
       count(*) FILTER (WHERE state = 'dispatched' AND source = 'requests')
FROM appeal
"""


@pytest.mark.parametrize(
    ("name", "rows", "states"),
    [("hotline", 7, (2, 1, 1, 3)), ("requests", 5, (3, 2))],
)
def test_an_example_comes_in_as_the_manual_says(
    city: OwnCity, name: str, rows: int, states: tuple[int, ...]
) -> None:
    file, mapping = EXAMPLES / f"{name}.csv", EXAMPLES / f"{name}.toml"
    dry = city.command("import", str(file), "--mapping", str(mapping), "--dry-run").splitlines()
    assert dry[-3:] == [f"imported {rows} (dry run: nothing is kept)", "already here 0",
                        "refused 0"]  # fmt: skip
    came = city.command("import", str(file), "--mapping", str(mapping)).splitlines()
    assert came == [f"imported {rows}", "already here 0", "refused 0"]
    of_source = slice(0, 4) if name == "hotline" else slice(4, 6)
    assert city.ask(STATES)[of_source] == states


@pytest.mark.parametrize("name", ["hotline", "requests"])
def test_the_draft_of_an_example_is_nearly_its_mapping(
    city: OwnCity, name: str, tmp_path: Path
) -> None:
    draft = city.command("import", "--draft-mapping", str(EXAMPLES / f"{name}.csv"))
    (tmp_path / "draft.toml").write_text(draft, "utf-8")
    done = city.run(
        "import", str(EXAMPLES / f"{name}.csv"), "--mapping", str(tmp_path / "draft.toml"),
        "--dry-run",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "refused 0" in done.stdout, done.stdout


def test_a_dry_run_groups_what_is_wrong_by_kind(city: OwnCity, tmp_path: Path) -> None:
    text = (EXAMPLES / "requests.csv").read_text("utf-8")
    wrong = [f"R{n};soon;Parks;Tree;North;;;;;" for n in range(200, 205)]
    (tmp_path / "rows.csv").write_text("\n".join([text.strip(), *wrong, "R300;x"]), "utf-8")
    shutil.copy(EXAMPLES / "requests.toml", tmp_path)
    told = city.command(
        "import", str(tmp_path / "rows.csv"), "--mapping", str(tmp_path / "requests.toml"),
        "--dry-run",
    ).splitlines()  # fmt: skip
    assert told[:2] == [
        "the file seems to use the encoding utf-8-sig",
        "the file seems to use the separator semicolon",
    ]
    at = told.index("5 rows: filed: is not a time (allowed: %d.%m.%Y %H:%M / 2026-03-01 09:30)")
    assert told[at + 1 : at + 4] == [
        "  row 6 (line 7): “soon”", "  row 7 (line 8): “soon”", "  row 8 (line 9): “soon”",
    ]  # fmt: skip
    assert told[at + 4].startswith("1 rows: row: it has 2 cells where the header has 10")
    assert told[-1] == "refused 6"


def test_a_second_run_says_how_many_rows_say_something_else(city: OwnCity, tmp_path: Path) -> None:
    text = (EXAMPLES / "requests.csv").read_text("utf-8")
    described = (EXAMPLES / "requests.toml").read_text("utf-8")
    rows, mapping = tmp_path / "rows.csv", tmp_path / "mapping.toml"
    mapping.write_text(described.replace('source = "requests"', 'source = "twice"'), "utf-8")
    rows.write_text(text, "utf-8")
    city.command("import", str(rows), "--mapping", str(mapping))
    rows.write_text(text.replace("Filled.", "Filled again."), "utf-8")
    again = city.command("import", str(rows), "--mapping", str(mapping))
    assert again.splitlines() == [
        "imported 0",
        "already here 5",
        "  of these, 1 say something else than when they came in",
        "refused 0",
    ]
