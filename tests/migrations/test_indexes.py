"""A migration builds the index of a filled table CONCURRENTLY, so that nobody waits to write."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from appeals.database import make_engine
from tests.migrations.test_migrations import alembic, database

__all__ = ["database"]  # the fixture

VERSIONS = sorted((Path(__file__).parents[2] / "migrations" / "versions").glob("*.py"))
LAST_WITHOUT = "0024"
"""The migrations up to this one were written before the rule."""
BUILDERS = {"create_index", "drop_index", "create_unique_constraint"}
PLAIN_SQL = re.compile(r"\b(CREATE( UNIQUE)?|DROP) INDEX (?!CONCURRENTLY)", re.IGNORECASE)


def blocking_indexes(source: str) -> list[int]:
    """Return the lines that build or drop an index of an existing table and block its writers."""
    tree = ast.parse(source)
    new = {table_of(call, 0) for call in calls_of(tree, {"create_table"})}
    outside_transaction = {
        call
        for block in ast.walk(tree)
        if isinstance(block, ast.With) and "autocommit_block" in ast.unparse(block.items[0])
        for call in calls_of(block, BUILDERS)
    }
    calls = [
        call.lineno
        for call in calls_of(tree, BUILDERS)
        if table_of(call, 1) not in new
        and not (
            call in outside_transaction and "postgresql_concurrently=True" in ast.unparse(call)
        )
    ]
    texts = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and PLAIN_SQL.search(node.value)
    ]
    return sorted(calls + texts)


def calls_of(tree: ast.AST, names: set[str]) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in names
        ):
            yield node


def table_of(call: ast.Call, place: int) -> str:
    named = [word.value for word in call.keywords if word.arg == "table_name"]
    found = [*named, *call.args[place : place + 1]]
    return ast.unparse(found[0]) if found else ""


@pytest.mark.parametrize("path", [path for path in VERSIONS if path.name[:4] > LAST_WITHOUT])
def test_an_index_of_a_filled_table_is_built_while_others_write(path: Path) -> None:
    assert blocking_indexes(path.read_text("utf-8")) == []


BLOCKING = {
    "in the migration's transaction": """
def upgrade():
    op.create_index("ix_move_at", "move", ["at"])
""",
    "concurrently, but in the transaction": """
def upgrade():
    op.create_index("ix_move_at", "move", ["at"], postgresql_concurrently=True)
""",
    "outside the transaction, but not concurrently": """
def upgrade():
    with op.get_context().autocommit_block():
        op.create_index("ix_move_at", "move", ["at"])
""",
    "dropped": """
def downgrade():
    op.drop_index("ix_move_at", table_name="move")
""",
    "in plain SQL": """
def upgrade():
    op.execute("CREATE INDEX ix_move_at ON move (at)")
""",
    "by a constraint": """
def upgrade():
    op.create_unique_constraint("uq_move_at", "move", ["at"])
""",
}


@pytest.mark.parametrize("source", BLOCKING.values(), ids=BLOCKING)
def test_an_index_that_blocks_writers_is_refused(source: str) -> None:
    assert len(blocking_indexes(source)) == 1


def test_an_index_of_a_new_table_and_one_built_concurrently_are_allowed() -> None:
    source = """
def upgrade():
    op.create_table("seal", sa.Column("at"))
    op.create_index("ix_seal_at", "seal", ["at"])
    with op.get_context().autocommit_block():
        op.create_index("ix_move_at", "move", ["at"], postgresql_concurrently=True)
"""
    assert blocking_indexes(source) == []


INTERRUPTED = [
    ("0033", "ix_move_at", "CREATE INDEX ix_move_at ON move (at)"),
    ("0037", "ix_notice_parked", "CREATE INDEX ix_notice_parked ON notice (parked_at)"),
]


@pytest.mark.parametrize(("revision", "index", "left"), INTERRUPTED)
def test_an_index_whose_building_was_interrupted_is_built_anew(
    database: str, revision: str, index: str, left: str
) -> None:
    command.upgrade(alembic(database), f"{int(revision) - 1:04}")
    engine = make_engine(database)
    with engine.begin() as connection:
        connection.execute(sa.text(left))
        invalid = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = CAST(:it AS regclass)"
        connection.execute(sa.text(invalid), {"it": index})
    command.upgrade(alembic(database), revision)
    with engine.connect() as connection:
        valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = CAST(:it AS regclass)"
        assert connection.scalar(sa.text(valid), {"it": index}) is True
    engine.dispose()
