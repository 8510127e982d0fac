"""The rights of the application's database role on tables where they are limited.

A new table is open to the application unless it is named here, together with the migration that
creates it; `operations/database_roles.py` revokes the other rights.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Rights:
    """What the application may do with the rows of a table, in addition to reading them.

    `empties` are the only columns that it may update: an erasure clears personal data in them, and
    `casework/handling/telephone_columns.py` fills in what a previous release left NULL.
    """

    inserts: bool = True
    updates: bool = False
    deletes: bool = False
    empties: tuple[str, ...] = ()


APPEND_ONLY: Mapping[str, Rights] = {
    "move": Rights(empties=("words", "salt")),
    "contact_version": Rights(
        empties=("name", "phone", "email", "phone_number", "phone_extension")
    ),
    "contact_view": Rights(),
    "access_log": Rights(),
    "change": Rights(),
    "repair": Rights(),
    "erasure": Rights(),
    "unusual_access": Rights(),
    "unverified_access": Rights(),
    "report_comment": Rights(),
    "restricted_by_category": Rights(),
    "seal": Rights(),
}
"""Histories and logs. Editions share tables with drafts, so triggers protect them instead."""
NEVER_DELETED: Mapping[str, Rights] = {
    "appeal": Rights(updates=True),
    "statement": Rights(updates=True),
    "staff_request": Rights(updates=True),
    "restricted_permission": Rights(updates=True),
}
READ_ONLY: Mapping[str, Rights] = {
    "rule_change": Rights(inserts=False),
    "alembic_version": Rights(inserts=False),
}
"""Written by migrations only."""
RESTRICTED: Mapping[str, Rights] = {**APPEND_ONLY, **NEVER_DELETED, **READ_ONLY}
SEALED_TABLES: Mapping[str, str | None] = {
    "access_log": "at",
    "change": "at",
    "contact_view": "at",
    "erasure": "erased_at",
    "repair": "repaired_at",
    "report_comment": "at",
    "restricted_by_category": "at",
    "rule_change": None,
    "unusual_access": "found_at",
    "unverified_access": "found_at",
}
"""Tables whose rows a seal covers, with the column that holds the time of a row.

A table without such a column is small and sealed whole. Moves are covered by the last link of their
appeal, contacts by the move that changed them, editions and their figures by
`casework/integrity/seal_contents.py`.
"""
