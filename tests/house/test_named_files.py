"""What the documents and the project file say stands somewhere, stands there."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")),
    *(ROOT / name for name in ("docs/operations.md", "docs/reports.md")),
]
FILE = re.compile(r"`([\w./-]+\.(?:py|md|csv|toml|yml|scss|html|txt|sh|conf|lock))\b")
FOLDERS = ("appeals", "worker", "tests", "templates", "static", "deploy", "docs", "bench")
FILES = {
    path.relative_to(ROOT).as_posix()
    for path in (*ROOT.glob("*"), *(each for name in FOLDERS for each in (ROOT / name).rglob("*")))
}


def is_there(name: str) -> bool:
    """Tell whether a file of the project has this path, or ends in it."""
    return any(path == name or path.endswith(f"/{name}") for path in FILES)


def test_a_file_that_a_document_names_is_there() -> None:
    named = {
        (path.name, found) for path in DOCUMENTS for found in FILE.findall(path.read_text("utf-8"))
    }
    assert len(named) > 50
    assert {each for each in named if not is_there(each[1])} == set()


def test_a_file_that_the_project_file_names_is_there() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    ignores = tomllib.loads(text)["tool"]["ruff"]["lint"]["per-file-ignores"]
    assert {pattern for pattern in ignores if not any(ROOT.glob(pattern))} == set()
    named = re.findall(r"\b(LICEN[CS]E\w*|[A-Z]{4,}\.md)\b", text)
    assert {name for name in named if not (ROOT / name).exists()} == set()
