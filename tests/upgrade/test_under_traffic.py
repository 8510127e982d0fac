"""The upgrade itself: the release before serves while the database is migrated, then beside us.

Its code is checked out from the history and run as it was, with the packages that it locked.
`make thorough` runs this.
"""

import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from appeals.casework.integrity.verification import verify_all_appeals
from appeals.cli.acts import open_act
from appeals.operations.built_files import ROOT
from appeals.operations.database_roles import bring_up_to_date
from appeals.settings import Settings
from tests.cast import SECRET
from tests.conftest import separate_roles
from tests.served.browser import Form, ServedPerson, Visit
from tests.served.own_server import Website, website

RELEASE_BEFORE = "7beb8a0"
APPEALS = 18
OK = 200
pytestmark = pytest.mark.thorough


@dataclass(frozen=True)
class Fresh:
    """What the release before prepared: numbers with query codes, and an officer's sign-in."""

    closed: Sequence[tuple[str, str]]
    dispatched: Sequence[tuple[str, str]]
    officer: tuple[str, str]


@dataclass(frozen=True)
class Release:
    """The code of a release, and the Python with the packages that it needs."""

    folder: Path
    python: Path


TODAY = Release(ROOT, Path(sys.executable))


@pytest.fixture
def release_before(tmp_path: Path) -> Iterator[Release]:
    """Check out the release before, with its own packages and the built assets of today."""
    folder = tmp_path / "release-before"
    git = ("git", "-C", str(ROOT), "worktree")
    added = subprocess.run(
        [*git, "add", "--detach", str(folder), RELEASE_BEFORE], capture_output=True, check=False
    )
    if added.returncode:
        pytest.fail(f"the history does not reach {RELEASE_BEFORE}")
    (folder / "static" / "build").symlink_to(ROOT / "static" / "build")
    yield Release(folder, make_environment(tmp_path / "packages", folder / "requirements.lock"))
    subprocess.run([*git, "remove", "--force", str(folder)], capture_output=True, check=True)


def make_environment(folder: Path, lock: Path) -> Path:
    """Install the packages of a lock file as the Makefile does; return their Python."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    pip = (str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check")
    subprocess.run([*pip, "--require-hashes", "-r", str(lock)], check=True)
    return python


@pytest.fixture
def fresh(old_database: str, release_before: Release) -> Fresh:
    """Let the release before file appeals of this day."""
    script = Path(__file__).with_name("fresh_appeals.py")
    made = subprocess.run(
        [str(release_before.python), str(script), old_database, str(APPEALS)],
        env={**os.environ, "PYTHONPATH": str(release_before.folder)},
        cwd=release_before.folder,
        stdout=subprocess.PIPE,
        check=True,
    )
    return Fresh(**json.loads(made.stdout))


@pytest.fixture
def own(settings: Settings, old_database: str) -> Settings:
    return settings.model_copy(update={"database_url": old_database, "secret_key": SECRET})


def test_nothing_written_while_an_upgrade_runs_fails_to_verify(
    own: Settings, fresh: Fresh, release_before: Release, tmp_path: Path
) -> None:
    with ExitStack() as ending, ThreadPoolExecutor(4) as people:
        old = ending.enter_context(serve(own, tmp_path / "old", release_before))
        meanwhile = [
            people.submit(rate, old, fresh.closed[:8]),
            people.submit(ask_returns, old, fresh.officer, fresh.dispatched[:8]),
        ]
        bring_up_to_date(separate_roles(own, own.database_url))
        for each in meanwhile:
            each.result()
        new = ending.enter_context(serve(own, tmp_path / "new", TODAY))
        assert Path(f"/proc/{old.child.process.pid}/cwd").readlink() == release_before.folder
        beside = [
            people.submit(rate, old, fresh.closed[8:13]),
            people.submit(rate, new, fresh.closed[13:]),
            people.submit(ask_returns, old, fresh.officer, fresh.dispatched[8:13]),
            people.submit(ask_returns, new, fresh.officer, fresh.dispatched[13:]),
        ]
        for each in beside:
            each.result()
        assert not is_contact_changeable(new, *fresh.closed[0])
        rate(new, fresh.closed[8:10])
        rate(old, fresh.closed[13:15])
    check_verification(own)


def check_verification(own: Settings) -> None:
    with open_act(own) as act:
        problems = [each for found in verify_all_appeals(act) for each in found.problems]
        moves = sa.text(
            "SELECT action, count(*) FROM move WHERE at > now() - interval '1 hour' "
            "AND action IN ('rate', 'ask_return') GROUP BY 1"
        )
        made = {action: count for action, count in act.session.execute(moves)}  # noqa: C416 - rows
    assert problems == []
    assert made == {"rate": APPEALS + 4, "ask_return": APPEALS}


def serve(own: Settings, folder: Path, release: Release) -> AbstractContextManager[Website]:
    """Serve the database by the code of a checkout."""
    folder.mkdir()
    environment = {"PYTHONPATH": str(release.folder)}
    if release != TODAY:  # a release that knew one role
        environment["APPEALS_DATABASE_URL"] = own.database_url
    return website(own, folder, environment, release.folder, release.python)


def rate(site: Website, appeals: Sequence[tuple[str, str]]) -> None:
    """Rate each appeal as its citizen, in a browser of its own."""
    for number, code in appeals:
        citizen = ServedPerson(site.address)
        opened = citizen.open("/appeals/follow")
        arrived(citizen.send(opened, "/appeals/follow", {"number": number, "code": code}))
        page = citizen.open(f"/appeals/{number}")
        arrived(citizen.send(page, "/rate", filled(page.form("/rate"))))


def is_contact_changeable(site: Website, number: str, code: str) -> bool:
    """Tell whether the page of the appeal offers to change the contact."""
    citizen = ServedPerson(site.address)
    page = citizen.send(
        citizen.open("/appeals/follow"), "/appeals/follow", {"number": number, "code": code}
    )
    arrived(page)
    return any(page.target(form).endswith("/change_contact") for form in page.forms)


def ask_returns(
    site: Website, officer: tuple[str, str], appeals: Sequence[tuple[str, str]]
) -> None:
    """Ask to return each appeal as the officer."""
    person = ServedPerson(site.address)
    arrived(person.sign_in(*officer))
    for number, _ in appeals:
        page = person.open(f"/desk/appeals/{number}")
        arrived(person.send(page, "/ask_return", filled(page.form("/ask_return"))))


def arrived(visit: Visit) -> None:
    assert visit.answer.status == OK, (visit.address, visit.answer.status, visit.answer.text[:2000])


def filled(form: Form) -> dict[str, str]:
    """Choose the last of each choice, and write a word where words are asked."""
    chosen = {name: values[-1] for name, values in form.choices.items()}
    return {**chosen, **dict.fromkeys(form.typed, "说明")}
