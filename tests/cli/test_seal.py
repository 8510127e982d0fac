"""`appeals seal` after a seal is lost: nothing is sealed until somebody says so, for ever."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from appeals.act import Act
from appeals.casework.integrity.seal_file import make_seal_name, read_header
from appeals.cli.acts import open_act
from appeals.domain.people import SYSTEM, Role
from appeals.domain.states import State
from appeals.settings import Settings
from tests.cast import CAST, SECRET, settle, shanghai
from tests.factories import appeal_in
from tests.own_city import OwnCity, own_city

REASON = "The disk failed and no copy was kept"


@pytest.fixture
def city(settings: Settings, tmp_path: Path) -> Iterator[OwnCity]:
    """Give a city with an appeal and three seals, the last of which is lost."""
    with own_city(settings, "seal", tmp_path) as city:
        with open_act(city.settings) as here:
            settle(here.session)
            act = Act(here.session, SYSTEM, shanghai("2026-03-02 09:00"), SECRET)
            appeal_in(act, State.CLOSED)
            here.session.commit()
        for _ in range(3):
            city.command("seal")
        (city.settings.seals_dir / make_seal_name(3)).unlink()
        yield city


def administrator(city: OwnCity) -> str:
    with open_act(city.settings) as act:
        staff_id = CAST[Role.ADMINISTRATOR].staff_id
        found = act.session.connection().exec_driver_sql(
            "SELECT username FROM staff_member WHERE id = %s", (staff_id,)
        )
        return str(found.scalar_one())


def test_a_lost_seal_stops_sealing_until_an_administrator_begins_anew(city: OwnCity) -> None:
    refused = city.run("seal")
    assert (refused.returncode, make_seal_name(3) in refused.stderr) == (1, True)
    username = administrator(city)
    assert city.run("seal", "--begin-anew").returncode == 2
    assert city.run("seal", "--as", username, "--reason", REASON).returncode == 2
    nobody = city.run("seal", "--begin-anew", "--as", "nobody", "--reason", REASON)
    assert (nobody.returncode, "No active administrator" in nobody.stderr) == (1, True)
    assert city.ask("SELECT count(*) FROM seal") == (3,)
    begun = city.run("seal", "--begin-anew", "--as", username, "--reason", REASON)
    assert begun.returncode == 0, begun.stderr
    assert "seals_begun_anew" in begun.stderr
    header = read_header(city.settings.seals_dir / make_seal_name(4))
    assert (header.since, header.begun_anew and header.begun_anew.missing) == (None, (3,))
    told = "SELECT count(DISTINCT staff_id) FROM notice WHERE cause = 'seal.4.anew'"
    assert city.ask(told) == city.ask(
        "SELECT count(*) FROM staff_member WHERE disabled_at IS NULL AND role IN "
        "('operator', 'dispatcher', 'supervisor', 'administrator')"
    )
    again = city.run("seal", "--begin-anew", "--as", username, "--reason", REASON)
    assert (again.returncode, "nothing begins anew" in again.stderr) == (1, True)


def test_verification_says_each_time_who_began_anew_and_finds_what_is_wrong(city: OwnCity) -> None:
    city.command("seal", "--begin-anew", "--as", administrator(city), "--reason", REASON)
    city.command("seal")
    for _ in range(2):
        verified = city.run("verify")
        assert verified.returncode == 0, verified.stdout
        assert "seal 3: its file seal-000003.jsonl.gz is missing" in verified.stdout
        assert "began anew with it on" in verified.stdout
        assert REASON in verified.stdout
        assert "4 seals compared, 0 differences" in verified.stdout
    (city.settings.seals_dir / make_seal_name(2)).unlink()
    verified = city.run("verify")
    assert verified.returncode == 1
    assert "3 seals compared, 1 differences" in verified.stdout


def test_a_seal_that_begins_anew_cannot_be_forged_without_the_key(city: OwnCity) -> None:
    """Somebody with database and folder makes one with a key of her own."""
    username = administrator(city)
    other = OwnCity(city.settings, {"APPEALS_SECRET_KEY": "another secret key, long enough to use"})
    forged = other.run("seal", "--begin-anew", "--as", username, "--reason", REASON)
    assert forged.returncode == 0, forged.stderr
    verified = city.run("verify")
    assert verified.returncode == 1
    assert "seal 4: its HMAC does not hold" in verified.stdout
    assert "began anew" not in verified.stdout


def test_a_last_seal_deleted_with_its_row_is_found_in_the_folder_elsewhere(
    city: OwnCity, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(city.settings.seals_dir, elsewhere)
    (city.settings.seals_dir / make_seal_name(2)).unlink()
    city.change("DELETE FROM seal WHERE number >= 2")
    assert city.run("verify").returncode == 0, "nothing here shows it"
    verified = OwnCity(city.settings, {"APPEALS_SEAL_FOLDER": str(elsewhere)}).run("verify")
    assert verified.returncode == 1
    assert "the database does not know this seal 2" in verified.stdout
    assert "2 seals compared, 1 differences" in verified.stdout
