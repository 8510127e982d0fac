"""The project's source as the house tests read it: files, syntax trees, calls."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parents[2]
CODE = sorted([*(ROOT / "appeals").rglob("*.py"), *(ROOT / "worker").rglob("*.py")])
FOLDERS = ("appeals", "worker", "tests", "migrations", "tools", "deploy")
EVERYTHING = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
Found = TypeVar("Found")


def relative_name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def parse_file(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def walk_calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node


def called_name(call: ast.Call) -> str:
    """Return the last part of what is called: `select` of `sa.select(…)`."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def first_argument(call: ast.Call) -> ast.expr | None:
    return call.args[0] if call.args else None


def walk_texts(tree: ast.AST) -> Iterator[str]:
    """Yield each text of the code but docstrings; a placeholder of an f-string reads `{}`."""
    skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in node.values}
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and id(node) not in skipped:
            yield text


def find_by_module(
    paths: list[Path], find: Callable[[ast.Module], list[Found]]
) -> dict[str, list[Found]]:
    """Return what a search finds, by the module's path; modules without a find are left out."""
    found = {relative_name(path): find(parse_file(path)) for path in paths}
    return {name: each for name, each in found.items() if each}
