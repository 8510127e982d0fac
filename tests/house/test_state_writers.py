"""One writer of state: an appeal's state changes by its recorded moves, and nowhere else.

The state is what reports, promises and permissions rest on. A second writer would change it without
a move, and neither the hash chain nor the replay could say why.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.source_code import (
    CODE,
    called_name,
    find_by_module,
    first_argument,
    walk_calls,
    walk_texts,
)

WRITERS = {
    "appeals/domain/lifecycle.py": (
        {"assigns state"},
        "`play_move` sets it on the plain case: the one rule",
    ),
    "appeals/cases/case_rows.py": (
        {"assigns an attribute by a variable", "writes a table named by a variable"},
        "the one mapping: brings rows up to the case, with the move that changed it",
    ),
    "appeals/cases/bulk_copy.py": (
        {"writes by SQL"},
        "COPY of the rows that the mapping makes",
    ),
    "appeals/casework/handling/deadline_sweep.py": (
        {"assigns an attribute by a variable"},
        "marks deadlines, by the duty's column",
    ),
    "appeals/casework/integrity/repair.py": (
        {"writes a table named by a variable"},
        "makes a row again from the recorded moves, by the driver",
    ),
    "appeals/casework/handling/telephone_columns.py": (
        {"writes a table named by a variable"},
        "fills what telephones read as, of statements and contacts",
    ),
    "appeals/casework/configuration/configuration_changes.py": (
        {"writes a table named by a variable"},
        "rows of the city, by its own list of tables",
    ),
    "appeals/operations/city_loading.py": (
        {"writes a table named by a variable"},
        "rows of the city, from its CSV files",
    ),
    "appeals/operations/backup/archive_format_1.py": (
        {"writes by SQL"},
        "restores an archive of release 0.1, table by table",
    ),
}
"""Every module that writes rows of appeals, or could: what is seen there, and why it may."""

SQL = re.compile(
    r"\bINSERT\s+INTO\s+(appeal\b|\{)|\bCOPY\s+(appeal\b|\{)"
    r"|\bUPDATE\s+(ONLY\s+)?(\{|appeal\b(?=.*\bstate\b))",
    re.IGNORECASE | re.DOTALL,
)


def state_writes(tree: ast.AST) -> list[str]:
    """Return the ways in which a module writes the state of an appeal, or could."""
    return sorted({*_assignments(tree), *_statements(tree), *_texts(tree)})


def _assignments(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if node.attr == "state":
                yield "assigns state"
        elif isinstance(node, ast.Call) and called_name(node) == "setattr":
            named = node.args[1]
            if not isinstance(named, ast.Constant):
                yield "assigns an attribute by a variable"
            elif named.value == "state":
                yield "assigns state"


def _statements(tree: ast.AST) -> Iterator[str]:
    harmless = {
        id(each)
        for call in walk_calls(tree)
        if _sets_other_columns(call)
        for each in ast.walk(call)
    }
    for call in walk_calls(tree):
        first = first_argument(call)
        if called_name(call) == "Appeal":
            yield "makes an appeal"
        elif called_name(call) in {"insert", "update"} and first and _is_statement(call):
            if _is_appeal(first) and id(call) not in harmless:
                yield f"{called_name(call)}s appeals"
            elif isinstance(first, ast.Name) and first.id.islower():
                yield "writes a table named by a variable"


def _is_statement(call: ast.Call) -> bool:
    """Say whether this is SQLAlchemy's `insert` or `update`, not that of a list or a dictionary."""
    if isinstance(call.func, ast.Name):
        return True
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return isinstance(owner, ast.Name) and owner.id in {"sa", "sqlalchemy", "postgresql"}


def _is_appeal(table: ast.expr) -> bool:
    return re.search(r"\bAppeal\b|\['appeal'\]", ast.unparse(table)) is not None


def _sets_other_columns(call: ast.Call) -> bool:
    """Say whether a call is `….values(…)` that spells out its columns, without the state."""
    if called_name(call) != "values" or call.args or not call.keywords:
        return False
    return all(word.arg not in {None, "state"} for word in call.keywords)


def _texts(tree: ast.AST) -> Iterator[str]:
    if any(SQL.search(text) for text in walk_texts(tree)):
        yield "writes by SQL"
    for call in walk_calls(tree):
        first = first_argument(call)
        names_table = isinstance(first, ast.Constant) and first.value == "appeal"
        if names_table and isinstance(call.func, ast.Attribute) and len(call.args) > 1:
            yield "names the table of appeals"


def test_only_the_listed_modules_write_rows_of_appeals() -> None:
    found = find_by_module(CODE, state_writes)
    allowed = {name: sorted(ways) for name, (ways, _) in WRITERS.items()}
    seen = {name: ways for name, ways in found.items() if ways != allowed.get(name)}
    assert seen == {}, "These modules write the state of an appeal, or could: leave it to a move."
    assert set(allowed) == set(found), "Take the modules that write nothing any more off the list."


PLANTED = {
    "assignment": ("appeal.state = State.CLOSED", "assigns state"),
    "assignment of two": ("appeal.moves_made, appeal.state = 2, closed", "assigns state"),
    "setattr": ('setattr(appeal, "state", closed)', "assigns state"),
    "setattr by a variable": (
        "setattr(appeal, name, closed)",
        "assigns an attribute by a variable",
    ),
    "object": ("session.add(Appeal(state=closed))", "makes an appeal"),
    "insert": ("sa.insert(Appeal).values(state=closed)", "inserts appeals"),
    "insert of PostgreSQL": ("insert(Appeal).on_conflict_do_nothing()", "inserts appeals"),
    "insert of rows": ("session.execute(sa.insert(Appeal), rows)", "inserts appeals"),
    "insert into the table": ('insert(metadata.tables["appeal"])', "inserts appeals"),
    "insert into the class's table": ("insert(Appeal.__table__)", "inserts appeals"),
    "update": ("sa.update(Appeal).where(own).values(state=closed)", "updates appeals"),
    "update by a dictionary": ('sa.update(Appeal).values({"state": closed})', "updates appeals"),
    "update by an unpacked one": ("sa.update(Appeal).values(**new)", "updates appeals"),
    "update of rows": ("session.execute(sa.update(Appeal), rows)", "updates appeals"),
    "update of any table": ("sa.update(table).values(new)", "writes a table named by a variable"),
    "COPY block": ('Block.of("appeal", ("id", "state"), rows)', "names the table of appeals"),
    "COPY": ('cursor.copy("COPY appeal (id, state) FROM STDIN")', "writes by SQL"),
    "COPY of any table": ('sql.SQL("COPY {} FROM STDIN").format(table)', "writes by SQL"),
    "SQL": ("session.execute(sa.text(\"UPDATE appeal SET state = 'closed'\"))", "writes by SQL"),
    "SQL insert": ('f"INSERT INTO {table} (id, state) VALUES (1, 2)"', "writes by SQL"),
}


@pytest.mark.parametrize(("source", "way"), PLANTED.values(), ids=PLANTED)
def test_a_planted_writer_of_state_is_seen(source: str, way: str) -> None:
    assert way in state_writes(ast.parse(source))


HARMLESS = (
    "sa.update(Appeal).where(Appeal.id == 1).values(restricted=True)",
    "seen.update(Appeal)",
    "rows.insert(1, row)",
    "if appeal.state is State.CLOSED: pass",
    'sa.text("UPDATE appeal SET restricted = true")',
    "insert(Notice).on_conflict_do_nothing()",
)


@pytest.mark.parametrize("source", HARMLESS)
def test_a_reader_of_state_is_not_taken_for_a_writer(source: str) -> None:
    assert state_writes(ast.parse(source)) == []
