"""One driver and one mapping: a case is played in one module and reaches its rows in another.

Each further driver or mapping was a copy of the same preamble once, and the copies differed.
"""

import ast

import pytest

from appeals.models.handling import CASE_LISTS
from tests.house.source_code import CODE, called_name, find_by_module, first_argument, walk_calls

TABLES = {table.__name__ for _, table, _ in CASE_LISTS}
ALLOWED = {
    "appeals/cases/driver.py": ["makes a case", "plays a move"],
    "appeals/cases/case_rows.py": ["lists the tables of a case", "makes a case"],
    "appeals/casework/integrity/replay.py": ["lists the tables of a case"],
    "appeals/casework/integrity/repair.py": ["lists the tables of a case"],
}
"""The driver; the mapping; verification, which compares; repair, which writes what differs."""


def case_uses(tree: ast.AST) -> list[str]:
    """Return what a module does with cases that the driver and the mapping do for all."""
    return sorted({use for call in walk_calls(tree) for use in _uses(call)} | _listed(tree))


def _uses(call: ast.Call) -> list[str]:
    name, first = called_name(call), first_argument(call)
    if name == "play_move":
        return ["plays a move"]
    if name == "Case" and isinstance(call.func, ast.Name):
        return ["makes a case"]
    table = first.id if isinstance(first, ast.Name) else None
    if name in TABLES or (name in {"insert", "update", "delete"} and table in TABLES):
        return ["writes a table of a case"]
    return []


def _listed(tree: ast.AST) -> set[str]:
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return {"lists the tables of a case"} if "CASE_LISTS" in names else set()


def test_one_module_plays_moves_and_one_maps_cases_to_rows() -> None:
    found = find_by_module([path for path in CODE if path.name != "handling.py"], case_uses)
    assert found == ALLOWED


@pytest.mark.parametrize(
    ("source", "use"),
    [
        ("lifecycle.play_move(rule, context)", "plays a move"),
        ("Case(filed_at=now)", "makes a case"),
        ("session.add(Round(n=2))", "writes a table of a case"),
        ("sa.update(Deadline).values(met_at=now)", "writes a table of a case"),
        ("sa.insert(Rating)", "writes a table of a case"),
        ("for name, table, items in CASE_LISTS: pass", "lists the tables of a case"),
    ],
)
def test_a_planted_driver_or_mapping_is_seen(source: str, use: str) -> None:
    assert case_uses(ast.parse(source)) == [use]
