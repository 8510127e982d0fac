"""What the application's database role may do with a table, where that is not everything.

A new table is open to the application. One whose rows are only ever added is named here, with the
migration that makes it; `operations/database_roles.py` takes the other rights away.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Rights:
    """What the application may do with the rows of a table beside reading them.

    `empties` are the only columns that it may update: an erasure takes personal data out of them,
    and what a telephone says is filled in where a release before left it out.
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
"""Histories and logs. Editions share their tables with drafts: triggers guard what is published."""
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
"""What migrations alone write."""
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
"""Tables whose rows are in seals, with the column that says when a row came; a table without one
is small, and whole in each seal. Moves are covered by their appeal's last link, contacts by the
move that changed them, editions and their figures by `casework/integrity/seal_contents.py`."""
