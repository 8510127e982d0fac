"""`CountWindow`: the period and the cut-off of a count."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from appeals.domain.calendar import Period

StampColumn = sa.SQLColumnExpression[datetime] | sa.SQLColumnExpression[datetime | None]
"""A time column, which may be NULL."""


@dataclass(frozen=True)
class CountWindow:
    """What a count covers: a period, as of a cut-off.

    `period` is half open, [start, end). Nothing that happened after `cut_off` counts (aware; both
    stamps and corrections). Appeals imported after `imported_by` are left out, which only the
    recount of an edition asks for; None leaves nothing out.
    """

    period: Period
    cut_off: datetime
    imported_by: datetime | None = None

    def holds(self, stamp: StampColumn) -> sa.ColumnElement[bool]:
        """Return the SQL expression that the stamp lies in the period."""
        return sa.and_(stamp >= self.period.start, stamp < self.period.end)

    @property
    def last(self) -> datetime:
        """Return the earlier of cut-off and end, by which due cases must be closed (Rules 4)."""
        return min(self.cut_off, self.period.end)
