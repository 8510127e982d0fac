"""`appeals restore` erases again what a list says was erased after the backup was made."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from appeals.act import Act
from appeals.cli.acts import open_act
from appeals.domain.numbers import make_number
from appeals.domain.people import SYSTEM
from appeals.domain.states import Action, State
from appeals.operations.backup.erasure_list import FILE_NAME
from appeals.operations.city_preparation import prepare_city
from appeals.settings import Settings
from tests.cast import SECRET, settle, shanghai
from tests.factories import appeal_in, played
from tests.own_city import OwnCity, own_city

CANARY = "13912345678"
NOT_HERE = f"{make_number(1, 2025, b'of an older backup')} 2026-02-01T00:00:00+00:00"
LEFT = f"SELECT count(*) FROM statement WHERE contact_phone = '{CANARY}'"  # noqa: S608 - ours


@pytest.fixture
def erased(settings: Settings, tmp_path: Path) -> Iterator[OwnCity]:
    """Give a city that was backed up with three appeals, of which two were erased since.

    One of the two was still in hand in the backup.
    """
    (tmp_path / "from").mkdir()
    with own_city(settings, "erased_from", tmp_path / "from") as city:
        with open_act(city.settings) as here:
            settle(here.session)
            act = Act(here.session, SYSTEM, shanghai("2026-03-02 09:00"), SECRET)
            closed = appeal_in(act, State.CLOSED, 1, contact_phone=CANARY).number
            appeal_in(act, State.CLOSED, 2, contact_phone=CANARY)
            answered = appeal_in(act, State.ANSWERED, 3, contact_phone=CANARY)
            here.session.commit()
            city.command("backup", str(tmp_path / "archive.tar"))
            played(act.at(shanghai("2026-03-05 09:00")), answered, Action.CLOSE)
            here.session.commit()
            city.command("erase", closed, answered.number)
        yield city


@pytest.fixture
def target(settings: Settings, tmp_path: Path) -> Iterator[OwnCity]:
    (tmp_path / "to").mkdir()
    with own_city(settings, "erased_to", tmp_path / "to") as city:
        prepare_city(city.settings)
        yield city


@pytest.mark.parametrize("place", ["data folder", "beside the archive", "given"])
def test_what_was_erased_since_the_backup_is_erased_again(
    erased: OwnCity, target: OwnCity, tmp_path: Path, place: str
) -> None:
    saved = erased.settings.data_dir / FILE_NAME
    lying = {
        "data folder": target.settings.data_dir / FILE_NAME,
        "beside the archive": tmp_path / FILE_NAME,
        "given": tmp_path / "copies" / "list",
    }[place]
    lying.parent.mkdir(exist_ok=True)
    listed = [*saved.read_text("utf-8").splitlines(), NOT_HERE]
    lying.write_text("\n".join([*listed, "Contact 13912345678"]), "utf-8")
    given = ("--erasures", str(lying)) if place == "given" else ()
    done = target.run("restore", str(tmp_path / "archive.tar"), *given)
    assert done.returncode == 0, done.stderr
    assert f"1 appeals erased again, of 4 on the list ({lying.resolve()})" in done.stdout
    (still_open,) = [
        line.split()[0]
        for line in saved.read_text("utf-8").splitlines()
        if line.split()[0] in done.stderr
    ]
    assert "still being handled here" in done.stderr
    assert target.ask(LEFT) == (2,)
    assert target.run("verify").returncode == 0
    kept = target.settings.data_dir / FILE_NAME
    assert set(listed) <= set(kept.read_text("utf-8").splitlines())
    if place != "data folder":
        assert kept.read_text("utf-8").splitlines() == sorted(listed)
    target.change(f"UPDATE appeal SET state = 'closed' WHERE number = '{still_open}'")  # noqa: S608
    assert target.command("erase", "--again", str(kept)) == "1 appeals erased"
    assert target.ask(LEFT) == (1,)


def test_a_restore_without_a_list_says_what_to_do(
    erased: OwnCity, target: OwnCity, tmp_path: Path
) -> None:
    assert erased.ask(LEFT) == (1,)
    done = target.run("restore", str(tmp_path / "archive.tar"))
    assert done.returncode == 0, done.stderr
    assert "No list of erasures (erasures.txt) lies in DATA_DIR" in done.stderr
    assert "run `appeals erase --again FILE`" in done.stderr
    assert target.ask(LEFT) == (3,)


def test_with_another_secret_key_nothing_is_erased_again(
    erased: OwnCity, target: OwnCity, tmp_path: Path
) -> None:
    """The records of it would bear HMACs that do not hold."""
    shutil.copy(erased.settings.data_dir / FILE_NAME, tmp_path)
    other = OwnCity(
        target.settings, {"APPEALS_SECRET_KEY": "another secret key of 32 or more bytes"}
    )
    done = other.run("restore", str(tmp_path / "archive.tar"))
    assert done.returncode == 0, done.stderr
    assert "Nothing on the list of erasures was erased again" in done.stderr
    assert target.ask("SELECT count(*) FROM erasure") == (0,)
    listed = (erased.settings.data_dir / FILE_NAME).read_text("utf-8").splitlines()
    assert (target.settings.data_dir / FILE_NAME).read_text("utf-8").splitlines() == sorted(listed)
