"""The house rules of CONTRIBUTING.md, held by reading the code itself."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source_code import CODE, EVERYTHING, ROOT, parse_file, relative_name, walk_calls

MAX_MODULE_LINES = 400
"""A longer module usually holds two ideas. Cut by idea, never to get under this number."""
MAX_FUNCTION_LINES = 40


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(parse_file(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def called_attributes(path: Path) -> Iterator[ast.Attribute]:
    for call in walk_calls(parse_file(path)):
        if isinstance(call.func, ast.Attribute):
            yield call.func


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    lengths = {
        relative_name(path): len(path.read_text("utf-8").splitlines()) for path in EVERYTHING
    }
    assert {path: n for path, n in lengths.items() if n > MAX_MODULE_LINES} == {}


def test_no_function_is_longer_than_forty_lines() -> None:
    long = {
        f"{relative_name(path)}: {each.name}": (each.end_lineno or 0) - each.lineno + 1
        for path in CODE
        for each in functions(path)
    }
    assert {where: n for where, n in long.items() if n > MAX_FUNCTION_LINES} == {}


@pytest.mark.parametrize(
    "package", ["casework", "queries", "reporting", "domain", "cases", "reference", "imports"]
)
def test_nothing_below_the_edges_reads_a_clock(package: str) -> None:
    readers = {
        relative_name(path)
        for path in (ROOT / "appeals" / package).rglob("*.py")
        for call in called_attributes(path)
        if call.attr in {"now", "today", "utcnow", "time"}
        and isinstance(call.value, ast.Name)
        and call.value.id in {"datetime", "date", "time"}
    }
    assert readers == set()


def test_reports_never_read_the_state_of_an_appeal() -> None:
    readers = {
        relative_name(path)
        for path in (ROOT / "appeals" / "reporting").rglob("*.py")
        for node in ast.walk(parse_file(path))
        if isinstance(node, ast.Attribute)
        and node.attr == "state"
        and isinstance(node.value, ast.Name)
        and node.value.id == "Appeal"
    }
    assert readers == set()


def test_no_task_waits_by_the_broker() -> None:
    waiting = {
        relative_name(path)
        for path in CODE
        for node in ast.walk(parse_file(path))
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
        f"{term.label('en')} {term.label('zh')}"
        for terms in lists
        for term in terms
        if f"| {term.label('en')} | {term.label('zh')} | `{term.value}` |" not in glossary
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
