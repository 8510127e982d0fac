"""The house rules of CONTRIBUTING.md, held by reading the code itself."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = sorted([*(ROOT / "appeals").rglob("*.py"), *(ROOT / "worker").rglob("*.py")])
FOLDERS = ("appeals", "worker", "tests", "migrations", "tools", "deploy")
EVERYTHING = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
COMMITTERS = {
    "appeals/web/shared/request.py",
    "worker/app.py",
    "worker/delivery.py",
}
"""Who ends transactions, beside the commands of `appeals/cli` and what they call to work long."""
LONG_COMMANDS = {
    "appeals/demo/demo_data.py",
    "appeals/imports/running.py",
    "appeals/demo/simulated_year.py",
}
LINES_MOST = 400
"""A longer module usually holds two ideas. Cut by idea, never to get under this number."""
FUNCTION_MOST = 40


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def calls(path: Path) -> Iterator[ast.Attribute]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    lengths = {name(path): len(path.read_text("utf-8").splitlines()) for path in EVERYTHING}
    assert {path: n for path, n in lengths.items() if n > LINES_MOST} == {}


def test_no_function_is_longer_than_forty_lines() -> None:
    long = {
        f"{name(path)}: {each.name}": (each.end_lineno or 0) - each.lineno + 1
        for path in CODE
        for each in functions(path)
    }
    assert {where: n for where, n in long.items() if n > FUNCTION_MOST} == {}


def test_only_the_writer_of_moves_sets_the_state_of_a_row() -> None:
    writers = {
        name(path)
        for path in CODE
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr == "state"
        and isinstance(node.ctx, ast.Store)
    }
    assert writers == {"appeals/casework/handling/moves.py", "appeals/domain/lifecycle.py"}


def test_only_the_edges_commit() -> None:
    committers = {name(path) for path in CODE for call in calls(path) if call.attr == "commit"}
    assert {c for c in committers if not c.startswith("appeals/cli/")} <= COMMITTERS | LONG_COMMANDS


@pytest.mark.parametrize("package", ["casework", "queries", "reporting", "domain"])
def test_nothing_below_the_edges_reads_a_clock(package: str) -> None:
    readers = {
        name(path)
        for path in (ROOT / "appeals" / package).rglob("*.py")
        for call in calls(path)
        if call.attr in {"now", "today", "utcnow", "time"}
        and isinstance(call.value, ast.Name)
        and call.value.id in {"datetime", "date", "time"}
    }
    assert readers == set()


def test_views_hold_no_queries() -> None:
    selecting = {
        name(path)
        for path in (ROOT / "appeals" / "web").rglob("*.py")
        for call in calls(path)
        if call.attr in {"select", "scalars"}
    }
    assert selecting <= {"appeals/web/shared/request.py", "appeals/web/app.py"}


def test_reports_never_read_the_state_of_an_appeal() -> None:
    readers = {
        name(path)
        for path in (ROOT / "appeals" / "reporting").rglob("*.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr == "state"
        and isinstance(node.value, ast.Name)
        and node.value.id == "Appeal"
    }
    assert readers == set()


def test_no_task_waits_by_the_broker() -> None:
    waiting = {
        name(path)
        for path in CODE
        for node in ast.walk(tree(path))
        if isinstance(node, ast.keyword) and node.arg in {"eta", "countdown"}
    }
    assert waiting == set()


def test_every_notice_has_its_wording() -> None:
    from appeals.domain.vocabulary import NoticeKind  # noqa: PLC0415

    worded = {path.stem for path in (ROOT / "templates" / "notices").glob("*.txt")}
    assert worded == {kind.value for kind in NoticeKind}


def test_the_glossary_names_every_term() -> None:
    from appeals.domain.people import Role  # noqa: PLC0415
    from appeals.domain.states import Action, State  # noqa: PLC0415
    from appeals.domain.vocabulary import Channel, Duty, Kind, NoticeKind  # noqa: PLC0415

    glossary = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    lists = (State, Action, Role, Duty, Kind, Channel, NoticeKind)
    missing = [
        f"{term.en} {term.zh}"
        for terms in lists
        for term in terms
        if f"| {term.en} | {term.zh} | `{term.value}` |" not in glossary
    ]
    assert missing == []


def test_advisory_locks_have_a_number_each() -> None:
    """PostgreSQL knows them by the number alone: two with one number wait for each other."""
    lock = re.compile(
        r'^\w+ = ([\d_]+)(?:  # |\n""")the advisory lock', re.MULTILINE | re.IGNORECASE
    )
    paths = [*CODE, ROOT / "migrations" / "env.py"]
    numbers = [each for path in paths for each in lock.findall(path.read_text("utf-8"))]
    assert len(numbers) >= 3
    assert len(set(numbers)) == len(numbers), numbers
