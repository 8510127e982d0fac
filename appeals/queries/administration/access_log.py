"""Queries of the access log: who opened this case, and what this person opened.

Accesses to a contact that earlier releases recorded (`ContactView`) are listed with the newer rows.
Pages are read by keyset, the newest first. No words of appeals are shown here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from appeals.act import Act
from appeals.cases.access import open_case, visible_to
from appeals.domain.calendar import city_day, day_start
from appeals.domain.messages import message
from appeals.domain.people import Role, normalise_username
from appeals.domain.refusals import not_valid
from appeals.domain.vocabulary import AccessKind
from appeals.models.access_log import AccessLogRow
from appeals.models.appeal import Appeal, ContactView
from appeals.models.staff import StaffMember

PAGE_ROWS = 50
EXPORT_BATCH_ROWS = 1_000
MAX_EXPORT_ROWS = 100_000
"""The most rows of one export, the newest: about a minute of a web process."""
DEFAULT_DAYS = 30
"""Days listed of a person if the filter names no day."""
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
Key = tuple[datetime, UUID]
Query = sa.Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class AccessFilter:
    """Which accesses to list: to one case, by one person, or both; Shanghai days, both included.

    `staff_id` and `appeal_id` are the ids of the rows that `username` and `number` name.
    """

    staff_id: int | None
    appeal_id: int | None
    username: str
    number: str
    kind: AccessKind | None
    first: date | None
    last: date | None


@dataclass(frozen=True)
class ListedAccess:
    """One access; `number` is empty if the reader may not see the appeal.

    `role` is None for an access that a release before the access log recorded.
    """

    id: UUID
    at: datetime
    name: str
    username: str
    role: Role | None
    kind: AccessKind
    number: str
    detail: Mapping[str, str]


@dataclass(frozen=True)
class AccessPage:
    """One page of accesses; `after` is the key of the next one, if there is one."""

    rows: tuple[ListedAccess, ...]
    after: str | None


def read_filter(act: Act, asked: Mapping[str, str]) -> AccessFilter | None:
    """Return the filter; None if neither a case nor a person is named.

    Raises Refused: not found, for an unknown case; not valid, for a wrong day or username.
    """
    username = normalise_username(asked.get("staff", ""))
    number, kind = asked.get("number", "").strip(), asked.get("kind", "")
    if not username and not number:
        return None
    appeal = open_case(act, number) if number else None
    first, last = (_read_day(name, asked.get(name, "")) for name in ("first", "last"))
    if first is None and appeal is None:
        first = (last or city_day(act.now)) - timedelta(days=DEFAULT_DAYS)
    return AccessFilter(
        staff_id=_find_staff_id(act, username) if username else None,
        appeal_id=appeal.id if appeal else None,
        username=username,
        number=appeal.number if appeal else "",
        kind=AccessKind(kind) if kind in set(AccessKind) else None,
        first=first,
        last=last,
    )


def list_accesses(
    act: Act, asked: AccessFilter, after: str | None = None, size: int = PAGE_ROWS
) -> AccessPage:
    """Return one page of the accesses, the newest first."""
    found = act.session.execute(_select_page(act, asked, _read_key(after), size + 1)).all()
    rows = tuple(_listed_access(row) for row in found[:size])
    is_last = len(found) <= size
    return AccessPage(rows, None if is_last else _key_of(rows[-1]))


def export_accesses(act: Act, asked: AccessFilter) -> Iterator[ListedAccess]:
    """Yield the newest accesses of the filter, at most `MAX_EXPORT_ROWS`, page by page."""
    return islice(_stream_accesses(act, asked), MAX_EXPORT_ROWS)


def is_cut_after(act: Act, asked: AccessFilter, row: ListedAccess) -> bool:
    """Return whether the filter has an older access than this one."""
    return bool(list_accesses(act, asked, _key_of(row), size=1).rows)


def _stream_accesses(act: Act, asked: AccessFilter) -> Iterator[ListedAccess]:
    page = list_accesses(act, asked, size=EXPORT_BATCH_ROWS)
    yield from page.rows
    while page.after is not None:
        page = list_accesses(act, asked, page.after, EXPORT_BATCH_ROWS)
        yield from page.rows


def _key_of(row: ListedAccess) -> str:
    """Return the key of the page after this row, for `_read_key`."""
    return f"{row.at.isoformat()}~{row.id}"


def _select_page(act: Act, asked: AccessFilter, after: Key | None, most: int) -> Query:
    """Select the page: the newest rows of each table by an index scan, then both merged."""
    both = sa.union_all(
        sa.select(_select_log_rows(asked, after, most).subquery()),
        sa.select(_select_contact_views(asked, after, most).subquery()),
    ).subquery("accesses")
    seen = sa.and_(Appeal.id == both.c.appeal_id, visible_to(act.actor))
    return (
        sa.select(both, StaffMember.name, StaffMember.username, Appeal.number)
        .outerjoin(StaffMember, StaffMember.id == both.c.staff_id)
        .outerjoin(Appeal, seen)
        .order_by(both.c.at.desc(), both.c.id.desc())
        .limit(most)
    )


def _select_log_rows(asked: AccessFilter, after: Key | None, most: int) -> Query:
    row = AccessLogRow
    without_words = row.detail.op("-")(sa.literal("words", sa.Text))
    detail = sa.type_coerce(without_words, JSONB).label("detail")
    return (
        sa.select(row.id, row.at, row.staff_id, row.role, row.kind, row.appeal_id, detail)
        .where(
            *_filter_conditions(asked, row.at, row.staff_id, row.appeal_id),
            row.kind == asked.kind if asked.kind else sa.true(),
            *_after_key(after, row.at, row.id),
        )
        .order_by(row.at.desc(), row.id.desc())
        .limit(most)
    )


def _select_contact_views(asked: AccessFilter, after: Key | None, most: int) -> Query:
    """Select the accesses that releases before the access log recorded, in the same columns."""
    row = ContactView
    row_id = sa.cast(sa.func.lpad(sa.func.to_hex(row.id), 32, "0"), sa.Uuid)
    return (
        sa.select(
            row_id.label("id"),
            row.at,
            row.staff_id,
            sa.null().label("role"),
            sa.literal(AccessKind.CONTACT_SHOWN.value).label("kind"),
            row.appeal_id,
            sa.func.jsonb_build_object("reason", row.reason).label("detail"),
        )
        .where(
            *_filter_conditions(asked, row.at, row.staff_id, row.appeal_id),
            sa.literal(asked.kind in {None, AccessKind.CONTACT_SHOWN}),
            *_after_key(after, row.at, row_id),
        )
        .order_by(row.at.desc(), row_id.desc())
        .limit(most)
    )


def _filter_conditions(
    asked: AccessFilter,
    at: sa.SQLColumnExpression[datetime],
    staff_id: sa.SQLColumnExpression[int],
    appeal_id: sa.SQLColumnExpression[Any],
) -> Iterator[sa.ColumnElement[bool]]:
    if asked.staff_id is not None:
        yield staff_id == asked.staff_id
    if asked.appeal_id is not None:
        yield appeal_id == asked.appeal_id
    if asked.first is not None:
        yield at >= day_start(asked.first)
    if asked.last is not None:
        yield at < day_start(asked.last + timedelta(days=1))


def _after_key(
    after: Key | None, at: sa.SQLColumnExpression[datetime], row_id: sa.SQLColumnExpression[UUID]
) -> Iterator[sa.ColumnElement[bool]]:
    if after is not None:
        yield at <= after[0]  # the condition of the index scan
        yield sa.tuple_(at, row_id) < sa.tuple_(*map(sa.literal, after))


def _listed_access(row: sa.Row[*tuple[Any, ...]]) -> ListedAccess:
    facts = row._mapping  # noqa: SLF001 - SQLAlchemy's own name for the columns by name
    return ListedAccess(
        id=facts["id"],
        at=facts["at"],
        name=facts["name"] or "",
        username=facts["username"] or "",
        role=Role(facts["role"]) if facts["role"] else None,
        kind=AccessKind(facts["kind"]),
        number=facts["number"] or "",
        detail=facts["detail"],
    )


def _read_key(after: str | None) -> Key | None:
    """Parse a page's key; an invalid one gives the first page."""
    moment, _, row_id = (after or "").replace(" ", "+").partition("~")
    try:
        at, last = datetime.fromisoformat(moment), UUID(row_id)
    except ValueError:
        return None
    return (at, last) if at.tzinfo else None


def _read_day(name: str, text: str) -> date | None:
    """Parse a day of a form field. Raises Refused (not valid) if it is none."""
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = date.min
    if not FIRST_DAY <= day <= LAST_DAY:
        raise not_valid(name, message("Enter a date, such as 2026-03-02."))
    return day


def _find_staff_id(act: Act, username: str) -> int:
    found = act.session.scalar(sa.select(StaffMember.id).where(StaffMember.username == username))
    if found is None:
        raise not_valid("staff", message("There is no such account."))
    return found
