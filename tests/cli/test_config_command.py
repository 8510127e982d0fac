"""`appeals config`: the configuration of a city in a file, and back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appeals.cli.acts import open_act
from appeals.settings import Settings
from tests.cast import settle
from tests.own_city import OwnCity, own_city

CHANGES = "SELECT count(*) FROM change"


@pytest.fixture
def city(settings: Settings, tmp_path: Path) -> Iterator[OwnCity]:
    """Give the small city, whose only administrator is Sun."""
    with own_city(settings, "config", tmp_path) as city:
        with open_act(city.settings) as here:
            settle(here.session)
            here.session.commit()
        yield city


def change_email(file: Path, email: str) -> None:
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    content["departments"][1]["email"] = email
    file.write_text(json.dumps(content), encoding="utf-8")


def test_what_was_exported_changes_nothing_and_a_changed_file_does(
    city: OwnCity, tmp_path: Path
) -> None:
    file = tmp_path / "city.json"
    assert city.command("config", "export", str(file)) == f"{file} was written."
    assert city.command("config", "import", str(file)) == "No change."
    change_email(file, "new@example.org")
    told = "Departments water: Change: email: water@example.org -> new@example.org"
    dry = city.command("config", "import", str(file), "--dry-run")
    assert dry.splitlines() == [told, "1 entry would be changed."]
    assert city.ask(CHANGES) == (0,)
    done = city.command("config", "import", str(file), "--as", "administrator7")
    assert done.splitlines() == [told, "1 entry changed."]
    assert city.ask(f"{CHANGES} WHERE staff_id = 7") == (1,)
    assert city.command("config", "import", str(file)) == "No change."


def test_what_cannot_be_written_is_named_and_nothing_is(city: OwnCity, tmp_path: Path) -> None:
    file = tmp_path / "city.json"
    city.command("config", "export", str(file))
    change_email(file, "nowhere")
    ended = city.run("config", "import", str(file))
    assert ended.returncode == 1
    assert ended.stdout.startswith("Departments water: Change: refused: ")
    assert ended.stderr == "1 entry cannot be written, so none is.\n"
    assert city.ask(CHANGES) == (0,)
    file.write_text("{}", encoding="utf-8")
    ended = city.run("config", "import", str(file))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "This is no configuration file of this system.\n"
    ended = city.run("config", "import", str(file), "--as", "nobody")
    assert ended.returncode == 1
