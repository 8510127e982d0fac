"""A process builds nothing as it starts, and says in a sentence what has not been built."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from appeals.operations.built_files import ROOT
from appeals.settings import Settings
from appeals.web.app import create_app

FOLDERS = ("appeals", "deploy", "migrations", "static", "templates", "translations", "worker")
STARTS = {
    "gunicorn": ("-m", "gunicorn", "-c", "deploy/gunicorn.py", "-b", "127.0.0.1:1"),
    "appeals up": ("-c", "from appeals.cli import main; main()", "up", "--port", "1"),
}
BUILT = ("translations/zh/LC_MESSAGES/messages.mo", "static/build/manifest.json")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the sources and of what was built from them."""
    folder = tmp_path_factory.mktemp("source")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "alembic.ini", folder)
    return folder


@pytest.mark.parametrize("missing", BUILT)
@pytest.mark.parametrize("start", STARTS)
def test_a_process_without_its_built_files_says_what_to_run(
    source: Path, settings: Settings, start: str, missing: str
) -> None:
    path, aside = source / missing, source / "aside"
    path.rename(aside)
    try:
        done = subprocess.run(
            [sys.executable, *STARTS[start]],
            env=settings.for_children() | {"PYTHONPATH": str(source)},
            cwd=source,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    finally:
        aside.rename(path)
    assert done.stderr.splitlines() == [f"{missing} has not been built: run `make assets`."]
    assert done.returncode != 0


def test_a_web_process_writes_nothing_as_it_starts(settings: Settings, tmp_path: Path) -> None:
    create_app(settings.model_copy(update={"data_dir": tmp_path}))
    assert list(tmp_path.rglob("*")) == []
