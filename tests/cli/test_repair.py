"""`appeals repair` on a real database: what it prints, changes and records."""

import psycopg

from tests.cli.test_verify import Filled, filled, original

__all__ = ["filled", "original"]  # the fixtures

WRONG = "UPDATE deadline SET due_at = due_at + interval '1 day' WHERE {it} AND duty = 'finish'"


def recorded(filled: Filled) -> list[tuple[object, ...]]:
    with psycopg.connect(filled.settings.database_url.replace("+psycopg", "")) as connection:
        return connection.execute("SELECT table_name, n, column_name FROM repair").fetchall()


def test_a_dry_run_says_what_it_would_repair_and_changes_nothing(filled: Filled) -> None:
    filled.change(WRONG)
    tried = filled.command("repair", "--dry-run")
    change, count = tried.stdout.splitlines()
    assert tried.returncode == 0
    assert change.startswith(f"{filled.number}: deadline 5 due_at: 2026-")
    assert count == "1 appeals would be repaired with 1 changes, 0 cannot be repaired"
    assert recorded(filled) == []
    assert filled.command("verify").returncode == 1


def test_after_a_repair_everything_verifies(filled: Filled) -> None:
    filled.change(WRONG)
    repaired = filled.command("repair")
    assert repaired.returncode == 0
    last = repaired.stdout.splitlines()[-1]
    assert last == "1 appeals repaired with 1 changes, 0 cannot be repaired"
    assert recorded(filled) == [("deadline", 5, "due_at")]
    assert filled.command("verify").returncode == 0


def test_moves_changed_by_hand_are_not_repaired(filled: Filled) -> None:
    filled.change("UPDATE move SET at = at - interval '1 hour' WHERE {it} AND seq = 4")
    refused = filled.command("repair")
    assert refused.returncode == 1
    assert refused.stdout.splitlines() == [
        f"{filled.number}: cannot be repaired: move 4 is not what was sealed",
        "0 appeals repaired with 0 changes, 1 cannot be repaired",
    ]


def test_a_statement_changed_by_hand_is_named_and_ends_with_an_error(filled: Filled) -> None:
    filled.change("UPDATE statement SET detail = detail || '!' WHERE {it}")
    refused = filled.command("repair")
    assert refused.returncode == 1
    assert refused.stdout.splitlines() == [
        f"{filled.number}: cannot be repaired: the statement is not the one committed to",
        "0 appeals repaired with 0 changes, 1 cannot be repaired",
    ]
