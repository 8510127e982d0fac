"""Only the edges commit: a request, a task, a command.

Casework called within a request, a task or an import must succeed or fail as one. Whoever commits
below the edge leaves half of it behind when the rest is refused.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.source_code import CODE, called_name, find_by_module, walk_calls, walk_texts

COMMITS, SAVEPOINT, CONNECTION = "ends a transaction", "savepoint", "a connection that commits"
ALLOWED = {
    "appeals/cli/": ({COMMITS}, "a command is an edge"),
    "appeals/web/shared/request.py": ({COMMITS}, "the edge of a request"),
    "worker/app.py": ({COMMITS}, "the edge of a task"),
    "worker/delivery.py": ({COMMITS}, "claims a notice, sends it, notes how that went"),
    "worker/recounts.py": ({COMMITS}, "claims a request, notes each step, then how it ended"),
    "worker/text_codes.py": ({COMMITS}, "claims a code, sends it, notes how that went"),
    "worker/edition_files.py": ({COMMITS}, "claims a file, makes it, notes where it is"),
    "appeals/demo/demo_data.py": ({COMMITS}, "a long command, in steps"),
    "appeals/demo/simulated_year.py": ({COMMITS}, "a long command, in steps"),
    "appeals/imports/import_run.py": ({COMMITS}, "a long command, batch by batch"),
    "appeals/database.py": ({COMMITS}, "`only_one` holds a lock outside any"),
    "appeals/operations/": ({COMMITS, CONNECTION}, "backup, restore and roles, called by commands"),
    "appeals/web/citizen/following.py": ({SAVEPOINT}, "a refused move keeps the photos"),
    "appeals/web/staff/caller_moves.py": ({SAVEPOINT}, "a refused move keeps the count of codes"),
    "appeals/web/citizen/photos.py": ({SAVEPOINT}, "a refused photo is not counted"),
    "appeals/casework/integrity/nightly_verification.py": (
        {SAVEPOINT},
        "locks an appeal for as long as it is looked at again",
    ),
    "appeals/casework/accounts/staff_accounts.py": ({SAVEPOINT}, "a name that is taken"),
    "appeals/casework/configuration/table_file.py": (
        {SAVEPOINT},
        "a line of a file that is refused takes back nothing but itself",
    ),
    "appeals/casework/configuration/configuration_import.py": (
        {SAVEPOINT},
        "a row of a file that is refused takes back nothing but itself",
    ),
    "appeals/operations/readiness.py": ({SAVEPOINT}, "writes a row and takes it back"),
    "appeals/demo/desks.py": ({SAVEPOINT}, "a move that is refused is left out"),
    "worker/set_aside.py": ({SAVEPOINT}, "an item that fails takes back nothing but itself"),
}
"""Who ends transactions or makes savepoints: what is seen there, and why it may."""

OPENING = {"connect", "open_connection"}
ENDING = {"begin", "begin_twophase", "commit", "transaction"}
SQL = re.compile(
    r"^\s*(COMMIT\b|START TRANSACTION|SAVEPOINT \w|PREPARE TRANSACTION"
    r"|BEGIN( WORK| TRANSACTION| ISOLATION| READ|\s*;|$))",
    re.IGNORECASE,
)


def transaction_ends(tree: ast.AST) -> list[str]:
    """Return the ways in which a module ends a transaction, or a part of one."""
    return sorted({*_calls(tree), *_connections(tree), *_texts(tree)})


def _calls(tree: ast.AST) -> Iterator[str]:
    for call in walk_calls(tree):
        if not isinstance(call.func, ast.Attribute):
            continue
        if call.func.attr == "begin_nested":
            yield SAVEPOINT
        elif call.func.attr in ENDING and not call.args:  # casework's own `begin` takes the act
            yield COMMITS
        for word in call.keywords:
            if word.arg == "autocommit" or "AUTOCOMMIT" in ast.unparse(word.value):
                yield COMMITS


def _connections(tree: ast.AST) -> Iterator[str]:
    """Yield a find for `with open_connection(…)`: psycopg commits at the end of the block."""
    for node in ast.walk(tree):
        if isinstance(node, ast.With):
            for item in node.items:
                call = item.context_expr
                if isinstance(call, ast.Call) and called_name(call) in OPENING:
                    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
                    if owner is None or ast.unparse(owner) == "psycopg":
                        yield CONNECTION


def _texts(tree: ast.AST) -> Iterator[str]:
    if any(SQL.search(text) for text in walk_texts(tree)):
        yield COMMITS


def _allowed(module: str) -> set[str]:
    return {way for place, (ways, _) in ALLOWED.items() if module.startswith(place) for way in ways}


def test_only_the_edges_commit() -> None:
    found = find_by_module(CODE, transaction_ends)
    seen = {name: sorted(set(ways) - _allowed(name)) for name, ways in found.items()}
    assert {name: ways for name, ways in seen.items() if ways} == {}


def test_every_module_that_may_commit_still_does() -> None:
    found = find_by_module(CODE, transaction_ends)
    seen = {
        place: {way for name, each in found.items() if name.startswith(place) for way in each}
        for place in ALLOWED
    }
    assert {place for place, (ways, _) in ALLOWED.items() if ways - seen[place]} == set()


PLANTED = {
    "commit": ("act.session.commit()", COMMITS),
    "session that begins": ("with sessions.begin() as session: pass", COMMITS),
    "begin": ("session.begin()", COMMITS),
    "engine": ("with engine.begin() as connection: pass", COMMITS),
    "connection": ("with connection.begin(): pass", COMMITS),
    "two phases": ("connection.begin_twophase()", COMMITS),
    "psycopg's transaction": ("with connection.transaction(): pass", COMMITS),
    "savepoint": ("with act.session.begin_nested(): pass", SAVEPOINT),
    "autocommit": ("psycopg.connect(url, autocommit=True)", COMMITS),
    "isolation level": ('engine.execution_options(isolation_level="AUTOCOMMIT")', COMMITS),
    "SQL": ('session.execute(sa.text("COMMIT"))', COMMITS),
    "SQL in small letters": ('connection.exec_driver_sql("commit and chain")', COMMITS),
    "SQL that begins": ('connection.execute("BEGIN READ ONLY")', COMMITS),
    "psycopg's connection": ("with connect(url) as connection: pass", CONNECTION),
}


@pytest.mark.parametrize(("source", "way"), PLANTED.values(), ids=PLANTED)
def test_a_planted_commit_is_seen(source: str, way: str) -> None:
    assert way in transaction_ends(ast.parse(source))


HARMLESS = (
    'act_here(isolation="READ COMMITTED")',
    "change_log.begin(act)",
    "with engine.connect() as connection: pass",
    '"""Committed by the edge."""',
)


@pytest.mark.parametrize("source", HARMLESS)
def test_what_ends_no_transaction_is_left_alone(source: str) -> None:
    assert transaction_ends(ast.parse(source)) == []
