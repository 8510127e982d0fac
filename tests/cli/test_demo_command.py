"""`appeals demo` makes a whole city in an empty database, or says in a sentence why not."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appeals.operations.built_files import ROOT
from appeals.operations.city_preparation import UNFINISHED_DEMO_FILE
from appeals.settings import Settings
from tests.forked_commands import APPEALS
from tests.own_city import OwnCity, own_city


@pytest.fixture
def city(settings: Settings, tmp_path: Path) -> Iterator[OwnCity]:
    with own_city(settings, "demo_command", tmp_path) as city:
        yield city


def test_a_city_in_use_is_left_as_it_is(city: OwnCity) -> None:
    city.command("prepare")
    city.command("staff", "add", "zhao", "--role", "operator")
    done = city.run("demo")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "The database has staff or appeals already: the demo city needs an empty one."
    ]
    assert city.ask("SELECT count(*) FROM staff_member") == (1,)


@pytest.mark.parametrize("command", ["demo", "prepare"])
def test_half_a_demo_city_is_refused_with_the_way_out(city: OwnCity, command: str) -> None:
    playing = subprocess.Popen([APPEALS, "demo"], env=city.settings.for_children(), cwd=ROOT)
    while city.ask("SELECT count(*) FROM staff_member") == (0,):
        assert playing.poll() is None
        time.sleep(0.1)
    playing.kill()
    playing.wait()
    done = city.run(command)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"remove the data folder {city.settings.data_dir} " in done.stderr
    assert (city.settings.data_dir / UNFINISHED_DEMO_FILE).exists()
