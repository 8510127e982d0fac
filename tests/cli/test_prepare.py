"""A city that lacks reference rows says so, and `appeals prepare` completes what is missing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from appeals.settings import Settings
from tests.own_city import OwnCity, own_city

COUNTS = """
SELECT (SELECT count(*) FROM area), (SELECT count(*) FROM department),
       (SELECT count(*) FROM category), (SELECT count(*) FROM calendar_day),
       (SELECT count(*) FROM limit_of_duty), (SELECT count(*) FROM routing_rule)
"""
NEEDS_A_CITY = (
    ("import", "rows.csv", "--mapping", "mapping.toml"),
    ("simulate", "--from", "2020-01-01", "--to", "2020-02-01", "--appeals", "10"),
    ("report", "compile", "2020-03"),
    ("staff", "add", "mei", "--role", "officer", "--department", "cgj"),
)
MAPPING = """
source = "elsewhere"
time_zone = "Asia/Shanghai"
columns = { reference = "no", filed = "opened" }
otherwise = { kind = "help", channel = "phone", category = "urban" }
"""


@pytest.fixture
def city(settings: Settings, tmp_path: Path) -> Iterator[OwnCity]:
    """Give a migrated database without any row of a city, and a file to import."""
    (tmp_path / "rows.csv").write_text("no,opened\n1,2020-01-01 09:00\n", "utf-8")
    (tmp_path / "mapping.toml").write_text(MAPPING, "utf-8")
    with own_city(settings, "prepare", tmp_path) as city:
        yield city


def test_commands_that_need_a_city_say_what_it_lacks(city: OwnCity, tmp_path: Path) -> None:
    for words in NEEDS_A_CITY:
        placed = [str(tmp_path / word) if (tmp_path / word).is_file() else word for word in words]
        done = city.run(*placed)
        assert done.returncode == 1, words
        assert done.stderr.startswith("The city is not prepared, it lacks: districts"), words
        assert done.stderr.strip().endswith("Run `appeals prepare` first."), words
    assert city.ask("SELECT count(*) FROM appeal") == (0,)


def test_prepare_completes_each_kind_of_rows_by_itself(city: OwnCity, tmp_path: Path) -> None:
    city.change("INSERT INTO department (code, zh, en, tier) VALUES ('x.a', 'A', 'A', 'imported')")
    city.change("INSERT INTO category (code, zh, en, words, urgent, restricted, imported) "
                "VALUES ('x', 'x', 'x', '', false, false, true)")  # fmt: skip
    city.change("INSERT INTO calendar_day VALUES ('2025-12-31', true, 'imported alone')")
    city.command("prepare")
    whole = city.ask(COUNTS)
    assert all(whole), whole
    assert city.ask("SELECT count(*) FROM calendar_day WHERE day < '2008-01-01'")[0] > 0
    assert city.ask("SELECT count(*) FROM calendar_day WHERE name = 'imported alone'") == (1,)

    city.change("DELETE FROM limit_of_duty")
    city.change("DELETE FROM routing_rule")
    city.change("UPDATE department SET zh = '改名' WHERE code = 'cgj'")
    city.command("prepare")
    assert city.ask(COUNTS) == whole
    assert city.ask("SELECT count(*) FROM department WHERE zh = '改名'") == (1,), "left alone"
    came = city.command(
        "import", str(tmp_path / "rows.csv"), "--mapping", str(tmp_path / "mapping.toml")
    )
    assert came.splitlines() == ["imported 1", "already here 0", "refused 0"]


CHANGE = """
INSERT INTO change (of, key, step, since, before, after, why, at)
VALUES ('categories', '{key}', 'change', '2026-01-01', '{before}', '{after}', 'a test', now())
"""


def test_new_words_of_categories_come_unless_an_administrator_changed_them(city: OwnCity) -> None:
    words = "SELECT count(*) FROM category WHERE words = 'own' AND code = '{code}'"
    city.command("prepare")
    city.change("UPDATE category SET words = 'own' WHERE code LIKE 'utility.%'")
    city.change("DELETE FROM category WHERE code = 'other'")
    city.change(CHANGE.format(key="utility.gas", before='{"words": "a"}', after='{"words": "own"}'))
    city.change(CHANGE.format(key="utility.power", before='{"en": "a"}', after='{"en": "b"}'))
    version = city.ask("SELECT version FROM reference_version")
    city.command("prepare")
    assert city.ask(words.format(code="utility.gas")) == (1,)
    assert city.ask(words.format(code="utility.power")) == (0,)
    assert city.ask("SELECT count(*) FROM category WHERE code = 'other'") == (1,)
    assert city.ask("SELECT version FROM reference_version") != version
    version = city.ask("SELECT version FROM reference_version")
    city.command("prepare")
    assert city.ask("SELECT version FROM reference_version") == version, "nothing to do"


def test_categories_of_another_city_are_left_alone(city: OwnCity) -> None:
    city.change("INSERT INTO category (code, zh, en, words, urgent, restricted) "
                "VALUES ('urban', '别的', 'Own', 'own', false, false)")  # fmt: skip
    city.command("prepare")
    own = "SELECT count(*), count(*) FILTER (WHERE words = 'own') FROM category"
    assert city.ask(own) == (1, 1)
