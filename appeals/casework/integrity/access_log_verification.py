"""Verification of the access log in batches, each row by its own HMAC.

The nightly run continues from its position, one transaction a batch, and if unfinished the next
night. `appeals verify` reads all rows.
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
INITIAL_RUN = {"id": 1, "began_at": LONG_AGO, "finished_at": LONG_AGO, "verified": 0}
"""The row before the first run."""
TEXT_COLUMNS = {"role", "kind"}
"""Read as plain text, so that a row with an unknown value fails verification."""
Position = tuple[date, UUID]
"""The primary key of a row, by which the log is read in order."""


@dataclass(frozen=True)
class VerifiedRows:
    """Result of one batch: number of rows, keys of those that failed, and the last key, if any."""

    count: int
    wrong: tuple[Position, ...]
    last: Position | None


def verify_access_rows(act: Act, after: Position | None, size: int = BATCH_SIZE) -> VerifiedRows:
    """Verify at most `size` rows after a position."""
    columns = [
        sa.type_coerce(column, sa.Text).label(column.key) if column.key in TEXT_COLUMNS else column
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
    """Verify the run's next batch; None if the run is finished or another worker has it."""
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
    _record_wrong_rows(act, checked)
    run.verified += checked.count
    if checked.last is not None:
        run.month, run.row_id = checked.last
    if checked.count < size:
        run.finished_at = act.now
    return checked


def _claim_run(act: Act) -> AccessLogVerification | None:
    """Lock the run's row, created the first time; None while another worker has it locked."""
    if act.session.scalar(sa.select(AccessLogVerification.id)) is None:
        new = insert(AccessLogVerification).values(INITIAL_RUN)
        act.session.execute(new.on_conflict_do_nothing())
    return act.session.scalar(sa.select(AccessLogVerification).with_for_update(skip_locked=True))


def _record_wrong_rows(act: Act, checked: VerifiedRows) -> None:
    """Store the rows that failed; they cannot be repaired, so they stay listed."""
    if checked.wrong:
        rows = [{"month": m, "id": i, "found_at": act.now} for m, i in checked.wrong]
        act.session.execute(insert(UnverifiedAccess).on_conflict_do_nothing(), rows)
