"""`appeals staff` on a real database: it needs no second person, and everybody is told."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from appeals.cli.acts import open_act
from appeals.domain.people import Actor
from appeals.settings import Settings
from tests.cast import SUN, SUPERVISOR, ZHAO, settle
from tests.own_city import OwnCity, own_city

OFFICER = f"officer{ZHAO.staff_id}"


@pytest.fixture
def city(settings: Settings, tmp_path: Path) -> Iterator[OwnCity]:
    """Give a city with the cast, two administrators among it."""
    with own_city(settings, "staff", tmp_path) as city:
        with open_act(city.settings) as here:
            settle(here.session)
            here.session.commit()
        city.change("SELECT setval(pg_get_serial_sequence('staff_member', 'id'), 100)")
        city.command("staff", "add", "mei", "--role", "administrator", "--email", "m@example.org")
        yield city


def count_rows(city: OwnCity, condition: str) -> int:
    """Count the rows of a table that hold a condition."""
    (found,) = city.ask(f"SELECT count(*) FROM {condition}")  # noqa: S608 - the test's own words
    return found


def count_notices(city: OwnCity, *people: Actor) -> list[int]:
    """Count how often each was told of what the command line did."""
    by_command_line = "notice WHERE body LIKE '%命令行%' AND staff_id ="
    return [count_rows(city, f"{by_command_line} {each.staff_id}") for each in people]


def test_the_command_line_needs_no_second_administrator_and_is_told(city: OwnCity) -> None:
    mei = "staff_member WHERE (username, role, email) = ('mei', 'administrator', 'm@example.org')"
    assert count_rows(city, mei) == 1
    assert count_notices(city, SUN, SUPERVISOR, ZHAO) == [1, 1, 0]
    city.command("staff", "role", OFFICER, "--role", "dispatcher")
    assert (
        count_rows(city, f"staff_member WHERE (username, role) = ('{OFFICER}', 'dispatcher')") == 1
    )
    assert count_notices(city, SUN, SUPERVISOR, ZHAO) == [2, 2, 1]
    printed = city.command("staff", "password", OFFICER)
    assert re.fullmatch(r"[\w-]{22}", printed), "the password and nothing else"
    city.command("staff", "reset-factor", OFFICER)
    city.command("staff", "disable", OFFICER)
    assert count_notices(city, ZHAO) == [4]
    assert count_rows(city, "change WHERE of = 'staff' AND staff_id IS NULL") == 5
    assert count_rows(city, "staff_request") == 0


def test_a_wrong_account_is_refused_in_a_sentence(city: OwnCity) -> None:
    refused = city.run("staff", "add", "li", "--role", "officer")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert (
        refused.stderr.strip() == "An officer or leader belongs to a department, nobody else does."
    )
    assert city.run("staff", "password", "nobody").returncode == 1
