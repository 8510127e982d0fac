"""Accesses by staff and by helpers, noted by the views and written with the answer.

Those of staff go to the access log, those of a citizen's helper to what the citizen sees of her.
The rows are written when the body is whole and before its first byte is sent: where they cannot be
written, the answer is an error page. A 4xx page may show a case too, beside a refused form; its
rows are written although all else is rolled back. An error page shows nothing, so nothing is
written for it.
"""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from flask import g

from appeals.act import Act
from appeals.casework.following import helper_codes
from appeals.casework.records.access_log import Access, hash_subject, record_accesses
from appeals.domain.vocabulary import AccessKind

T = TypeVar("T")


def note_access(kind: AccessKind, appeal_id: int | None = None, **detail: str) -> None:
    """Note an access by staff; a citizen's is ignored."""
    _request_accesses().append(Access(kind, appeal_id, detail=detail))


def note_each_access(kind: AccessKind, appeal_ids: Iterable[int], **detail: str) -> None:
    """Note the same access to each of these appeals, as of a list that shows their words."""
    _request_accesses().extend(Access(kind, appeal_id, detail=detail) for appeal_id in appeal_ids)


def note_look_up(act: Act, kind: AccessKind, subject: str, found: int) -> None:
    """Note a look-up by telephone or person: a keyed hash of it, and how many were found."""
    access = Access(kind, subject=hash_subject(act, subject), detail={"found": str(found)})
    _request_accesses().append(access)


def note_export(rows: Iterable[T], name: str, **detail: str) -> Iterator[T]:
    """Yield the rows of an export while counting them, and note the export."""
    access = Access(AccessKind.LIST_EXPORTED, detail={"list": name, "rows": "0", **detail})
    _request_accesses().append(access)

    def counted() -> Iterator[T]:
        for count, row in enumerate(rows, start=1):
            access.detail["rows"] = str(count)
            yield row

    return counted()


def note_helper_visit(code_id: int) -> None:
    """Note that a citizen's helper looks at the appeal, by the code given to her."""
    g.helper_code_id = code_id


def discard_accesses() -> None:
    """Discard what was noted: the view failed, and its answer is an error page."""
    g.pop("accesses", None)
    g.pop("helper_code_id", None)


def write_accesses(act: Act | None) -> bool:
    """Write what was noted; return whether there was anything to write.

    There is no act where the database failed before the session was read.
    """
    noted: list[Access] = g.pop("accesses", [])
    code_id: int | None = g.pop("helper_code_id", None)
    if act is None:
        return False
    if code_id is not None:
        helper_codes.record_visit(act, code_id)
        return True
    if not noted or act.actor.staff_id is None:
        return False
    record_accesses(act, noted)
    return True


def _request_accesses() -> list[Access]:
    noted: list[Access] = g.setdefault("accesses", [])
    return noted
