"""`appeals erase` on a real database: what it prints, and that verification and seals hold."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from appeals.act import Act
from appeals.cli.acts import open_act
from appeals.domain.people import SYSTEM
from appeals.domain.states import State
from appeals.settings import Settings
from tests.cast import SECRET, settle, shanghai
from tests.factories import appeal_in
from tests.own_city import OwnCity, own_city

CANARY = "13912345678"
LEFT = f"statement WHERE contact_phone = '{CANARY}'"


@pytest.fixture
def city(settings: Settings, tmp_path: Path) -> Iterator[OwnCity]:
    """Give a city with a closed and an open appeal of March, both sealed."""
    with own_city(settings, "erase", tmp_path) as city:
        with open_act(city.settings) as here:
            settle(here.session)
            act = Act(here.session, SYSTEM, shanghai("2026-03-02 09:00"), SECRET)
            for state in (State.CLOSED, State.SIGNED):
                appeal_in(act, state, 2, contact_phone=CANARY, contact_email="")
            here.session.commit()
        city.command("seal")
        yield city


def count_rows(city: OwnCity, condition: str) -> int:
    """Count the rows of a table that hold a condition."""
    (found,) = city.ask(f"SELECT count(*) FROM {condition}")  # noqa: S608 - the test's own words
    return found


def number_of(city: OwnCity, state: str) -> str:
    (number,) = city.ask(f"SELECT number FROM appeal WHERE state = '{state}'")  # noqa: S608
    return str(number)


def test_an_erased_appeal_verifies_with_its_seal_and_is_on_the_list(
    city: OwnCity, tmp_path: Path
) -> None:
    closed, signed = number_of(city, "closed"), number_of(city, "signed")
    assert city.command("erase", closed, "--dry-run").splitlines() == [
        "2026-03 complaint: 1",
        "1 appeals would be erased",
    ]
    assert count_rows(city, LEFT) == 2
    refused = city.run("erase", signed)
    assert (refused.returncode, "still being handled" in refused.stderr) == (1, True)
    assert city.command("erase", closed).strip() == "1 appeals erased"
    assert count_rows(city, LEFT) == 1
    assert city.run("verify").returncode == 0
    city.command("seal")
    assert city.run("verify").returncode == 0
    listed = (tmp_path / "erasures.txt").read_text("utf-8").split()
    assert listed[0] == closed
    assert city.command("erase", "--again", str(tmp_path / "erasures.txt")).startswith("0 ")
    city.change("DELETE FROM erasure")
    assert city.run("verify").returncode == 1, "the seal names the erasure that is gone"


def test_years_are_zero_until_they_are_set(city: OwnCity) -> None:
    assert city.command("erase", "--by-rule", "--dry-run").strip() == "0 appeals would be erased"
    city.change("UPDATE retention SET years = 1 WHERE kind = 'complaint'")
    city.change("UPDATE appeal SET filed_at = filed_at - interval '9 years'")
    counted = city.command("erase", "--by-rule", "--dry-run").splitlines()
    assert counted[-1] == "0 appeals would be erased", "the last move counts, not the filing"
    assert city.run("erase").returncode == 2
    assert city.run("erase", "--by-rule", "--again", "x").returncode == 2


def test_a_long_list_is_erased_again_in_batches_that_each_commit(
    city: OwnCity, tmp_path: Path
) -> None:
    first = number_of(city, "closed")
    with open_act(city.settings) as here:
        later = Act(here.session, SYSTEM, shanghai("2026-03-03 09:00"), SECRET)
        second = appeal_in(later, State.CLOSED, 2, contact_phone=CANARY, contact_email="").number
        here.session.commit()
    (last,) = city.ask("SELECT max(id) FROM appeal")
    city.change(
        "CREATE FUNCTION refuse_second() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NEW.appeal_id = {last} THEN "
        "RAISE EXCEPTION 'the power went'; END IF; RETURN NEW; END $$"
    )
    city.change(
        "CREATE TRIGGER power BEFORE INSERT ON erasure FOR EACH ROW "
        "EXECUTE FUNCTION refuse_second()"
    )
    listed = tmp_path / "saved.txt"
    unknown = "".join(f"QD26-{nth:09}\n" for nth in range(70_000))
    listed.write_text(f"{first}\n{unknown}{second}\n", "utf-8")
    interrupted = city.run("erase", "--again", str(listed))
    assert interrupted.returncode == 1
    assert count_rows(city, "erasure") == 1, interrupted.stderr[-300:]
    city.change("DROP TRIGGER power ON erasure")
    assert city.command("erase", "--again", str(listed)) == "1 appeals erased"
    assert count_rows(city, LEFT) == 1
