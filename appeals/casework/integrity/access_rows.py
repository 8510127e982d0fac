"""Verification of the access log: batch after batch, each row by its own HMAC.

At night a run goes on from its position, a batch a transaction; a run that a night does not
finish goes on in the next. `appeals verify` reads all rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.casework.records.access_log import derive_access_key, is_access_row_right
from appeals.models.access_log import AccessLogRow
from appeals.models.integrity import AccessLogVerification, UnverifiedAccess

BATCH_SIZE = 5_000
BETWEEN_RUNS = timedelta(hours=12)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
NEVER = {"id": 1, "began_at": LONG_AGO, "finished_at": LONG_AGO, "verified": 0}
"""The row before the first run."""
AS_TEXT = {"role", "kind"}
"""Read as they stand: a value that no release knows is a row that does not hold."""
Position = tuple[date, UUID]
"""The key of a row: what the log is read by."""


@dataclass(frozen=True)
class VerifiedRows:
    """One batch: how many rows, the keys of those that do not hold, and the last key, if any."""

    count: int
    wrong: tuple[Position, ...]
    last: Position | None


def verify_access_rows(act: Act, after: Position | None, size: int = BATCH_SIZE) -> VerifiedRows:
    """Verify the rows that come after a position, so many at most."""
    columns = [
        sa.type_coerce(column, sa.Text).label(column.key) if column.key in AS_TEXT else column
        for column in AccessLogRow.__table__.columns
    ]
    query = sa.select(*columns).order_by(AccessLogRow.month, AccessLogRow.id).limit(size)
    if after is not None:
        key = sa.tuple_(AccessLogRow.month, AccessLogRow.id)
        query = query.where(key > sa.tuple_(*map(sa.literal, after)))
    rows, secret = act.session.execute(query).all(), derive_access_key(act)
    wrong = [(row.month, row.id) for row in rows if not is_access_row_right(secret, row)]
    last = (rows[-1].month, rows[-1].id) if rows else None
    return VerifiedRows(len(rows), tuple(wrong), last)


def verify_all_access_rows(act: Act) -> Iterator[VerifiedRows]:
    """Verify the whole access log, batch after batch."""
    checked = verify_access_rows(act, None)
    while checked.last is not None:
        yield checked
        checked = verify_access_rows(act, checked.last)


def verify_next_access_rows(act: Act, size: int = BATCH_SIZE) -> VerifiedRows | None:
    """Verify the next batch of the run; None if it is finished or another works on it."""
    run = _claim_run(act)
    if run is None:
        return None
    if run.finished_at is not None:
        if abs(act.now - run.began_at) < BETWEEN_RUNS:
            return None
        run.began_at, run.finished_at, run.verified = act.now, None, 0
        run.month = run.row_id = None
    after = (run.month, run.row_id) if run.month and run.row_id else None
    checked = verify_access_rows(act, after, size)
    _record(act, checked)
    run.verified += checked.count
    if checked.last is not None:
        run.month, run.row_id = checked.last
    if checked.count < size:
        run.finished_at = act.now
    return checked


def _claim_run(act: Act) -> AccessLogVerification | None:
    """Lock the row of the run, made the first time; None while another worker holds it."""
    if act.session.scalar(sa.select(AccessLogVerification.id)) is None:
        new = insert(AccessLogVerification).values(NEVER)
        act.session.execute(new.on_conflict_do_nothing())
    return act.session.scalar(sa.select(AccessLogVerification).with_for_update(skip_locked=True))


def _record(act: Act, checked: VerifiedRows) -> None:
    """Keep the rows that do not hold; they cannot be mended, so they stay listed."""
    if checked.wrong:
        rows = [{"month": m, "id": i, "found_at": act.now} for m, i in checked.wrong]
        act.session.execute(insert(UnverifiedAccess).on_conflict_do_nothing(), rows)
