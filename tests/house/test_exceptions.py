"""Exceptions to the linter and the types are counted: a rise needs a reason, a fall is noted.

Each exception is small; a hundred of them are a rule that nobody keeps. The numbers stand in
`exceptions.toml`, so that a change shows which of them it raises.
"""

import re
import tokenize
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source_code import EVERYTHING, ROOT

TABLE = ROOT / "tests" / "house" / "exceptions.toml"
NOQA = re.compile(
    r"#\s*(?:ruff: |flake8: )?noqa(?::\s*([A-Z]+\d+(?:[\s,]+[A-Z]+\d+)*))?", re.IGNORECASE
)
TYPE_IGNORE = re.compile(r"#\s*type:\s*ignore(?:\[([^\]]*)\])?")
MYPY_COMMENT = re.compile(r"#\s*mypy:\s*(.+)")
WITHOUT_CODE = "without a code"


def count_comments(comments: Iterator[str]) -> dict[str, Counter[str]]:
    """Count the codes of `noqa` and of `type: ignore` comments."""
    found: dict[str, Counter[str]] = {"noqa": Counter(), "type-ignore": Counter()}
    for comment in comments:
        if match := NOQA.search(comment):
            found["noqa"].update(re.findall(r"[A-Z]+\d+", match[1] or "") or [WITHOUT_CODE])
        if match := TYPE_IGNORE.search(comment):
            codes = [code.strip() for code in (match[1] or "").split(",")]
            found["type-ignore"].update(filter(None, codes) if match[1] else [WITHOUT_CODE])
        if match := MYPY_COMMENT.search(comment):
            found["type-ignore"].update([f"mypy: {match[1]}"])
    return found


def comments_of(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.COMMENT:
                yield token.string


def count_settings() -> dict[str, int]:
    """Count what the project file sets aside for whole folders and packages."""
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    lint, mypy = tool["ruff"]["lint"], tool["mypy"]
    return {
        "ruff ignore": len(lint["ignore"]),
        "ruff per-file-ignores": sum(map(len, lint["per-file-ignores"].values())),
        "ruff extend-exclude": len(tool["ruff"]["extend-exclude"]),
        "mypy overrides": len(mypy["overrides"]),
        "mypy packages without types": sum(len(each["module"]) for each in mypy["overrides"]),
        "mypy exclude": len(mypy["exclude"]),
        "import contracts' ignored imports": sum(
            len(each.get("ignore_imports", ())) for each in tool["importlinter"]["contracts"]
        ),
    }


def compare(found: dict[str, int], listed: dict[str, int]) -> list[str]:
    """Return a sentence for each number that is not the listed one."""
    problems = []
    for name in sorted(found | listed):
        now, before = found.get(name, 0), listed.get(name, 0)
        if now > before:
            problems.append(
                f"{name}: {now}, {before} listed. Do without it, or say why you raise it."
            )
        elif now < before:
            problems.append(f"{name}: {now}, {before} listed. Write the lower number down.")
    return problems


@pytest.mark.parametrize("kind", ["noqa", "type-ignore"])
def test_no_more_comments_set_a_rule_aside_than_are_listed(kind: str) -> None:
    found = count_comments(text for path in EVERYTHING for text in comments_of(path))
    listed = tomllib.loads(TABLE.read_text("utf-8"))[kind]
    assert compare(dict(found[kind]), listed) == []


def test_the_project_file_sets_no_more_rules_aside_than_are_listed() -> None:
    assert compare(count_settings(), tomllib.loads(TABLE.read_text("utf-8"))["settings"]) == []


def test_comments_are_counted_by_code() -> None:
    comments = [
        "# noqa: S608 - names of our own",
        "# noqa: S608, T201",
        "# NOQA",
        "# ruff: noqa",
        "# type: ignore[arg-type, misc]  # why",
        "# type: ignore",
        "# mypy: ignore-errors",
        "# a comment",
    ]
    assert count_comments(iter(comments)) == {
        "noqa": {"S608": 2, "T201": 1, WITHOUT_CODE: 2},
        "type-ignore": {"arg-type": 1, "misc": 1, WITHOUT_CODE: 1, "mypy: ignore-errors": 1},
    }


def test_a_rise_and_a_fall_are_both_told() -> None:
    assert compare({"S608": 2, "T201": 1}, {"S608": 1, "T201": 1, "N802": 1}) == [
        "N802: 0, 1 listed. Write the lower number down.",
        "S608: 2, 1 listed. Do without it, or say why you raise it.",
    ]
