"""`appeals report review` and `publish` on a real database: who may, when, and in whose name."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from appeals.act import Act
from appeals.cli.acts import open_act
from appeals.domain.people import SYSTEM
from appeals.domain.states import State
from appeals.settings import Settings
from tests.cast import SECRET, SUN, settle, shanghai
from tests.factories import appeal_in
from tests.own_city import OwnCity, own_city

MARCH = "2026-03"


@pytest.fixture
def city(settings: Settings, tmp_path: Path) -> Iterator[OwnCity]:
    """Give a city with one closed appeal of March and a draft that nobody has reviewed."""
    with own_city(settings, "publish", tmp_path) as city:
        with open_act(city.settings) as here:
            settle(here.session)
            appeal_in(
                Act(here.session, SYSTEM, shanghai("2026-03-02 09:00"), SECRET), State.CLOSED, 2
            )
            here.session.commit()
        city.change("SELECT setval(pg_get_serial_sequence('staff_member', 'id'), 100)")
        city.command("report", "compile", MARCH)
        yield city


def refused(city: OwnCity, *words: str) -> str:
    """Run a command that is refused, and give its one sentence."""
    ended = city.run("report", *words)
    assert (ended.returncode, ended.stdout) == (1, "")
    (sentence,) = ended.stderr.splitlines()
    return sentence


def test_a_month_that_nobody_reviewed_is_not_published(city: OwnCity) -> None:
    assert refused(city, "publish", MARCH) == "Review the draft before it is published."
    assert city.ask("SELECT count(*) FROM report WHERE edition IS NOT NULL") == (0,)


def test_a_draft_counted_anew_after_its_review_is_not_published(city: OwnCity) -> None:
    city.command("report", "review", MARCH)
    city.command("report", "compile", MARCH)
    assert refused(city, "publish", MARCH) == "Review the draft before it is published."


def test_an_edition_names_the_administrators_who_reviewed_and_published_it(city: OwnCity) -> None:
    city.command("staff", "add", "hu", "--name", "Administrator Hu", "--role", "administrator")
    city.command("report", "review", MARCH, "--as", "hu")
    edition = json.loads(
        city.command("report", "publish", MARCH, "--as", "Administrator7", "--json")
    )
    assert (edition["reviewed_by"], edition["published_by"]) == ("Administrator Hu", SUN.name)
    city.change("UPDATE staff_member SET name = 'Renamed' WHERE role = 'administrator'")
    shown = json.loads(city.command("report", "show", MARCH, "--json"))
    assert (shown["reviewed_by"], shown["published_by"]) == ("Administrator Hu", SUN.name)
    assert "edition 1: holds" in city.command("report", "verify")


def test_the_name_is_left_out_only_where_one_administrator_is_active(city: OwnCity) -> None:
    city.command("report", "review", MARCH)
    city.command("staff", "add", "hu", "--role", "administrator")
    several = "There are 2 active administrators: name one with --as USERNAME."
    assert refused(city, "publish", MARCH) == several
    nobody = "No active administrator has the username “{}”."
    for name in ("nobody", "supervisor6"):
        assert refused(city, "publish", MARCH, "--as", name) == nobody.format(name)
    city.change("UPDATE staff_member SET disabled_at = now() WHERE username = 'hu'")
    assert refused(city, "publish", MARCH, "--as", "hu") == nobody.format("hu")
    assert "published: 2026-03, edition 1" in city.command("report", "publish", MARCH)
