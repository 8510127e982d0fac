"""Maps between a `Case`, which the rules read and write, and its database rows."""

from typing import Self, TypeVar

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.case import Case
from appeals.models.appeal import Appeal
from appeals.models.handling import CASE_COLUMNS, CASE_LISTS, CaseRow, field_names

T = TypeVar("T")


def build_item(items: type[T], row: CaseRow) -> T:
    """Build the plain value of a row."""
    return items(**{name: getattr(row, name) for name in field_names(items)})


def build_new_rows(appeal_id: int, case: Case) -> dict[str, list[dict[str, object]]]:
    """Build the plain rows of a new appeal's lists, by table."""
    return {
        table.__tablename__: [
            {
                "appeal_id": appeal_id,
                **{column: getattr(item, column) for column in field_names(items)},
            }
            for item in getattr(case, name)
        ]
        for name, table, items in CASE_LISTS
    }


class CaseRows:
    """The rows of one appeal: loaded once, written back after the case was played."""

    def __init__(self, act: Act, appeal: Appeal) -> None:
        """Start without rows; `of` loads those of an existing appeal."""
        self.act = act
        self.appeal = appeal
        self.lists: dict[str, list[CaseRow]] = {name: [] for name, _, _ in CASE_LISTS}

    @classmethod
    def of(cls, act: Act, appeal: Appeal) -> Self:
        """Load all rows of the appeal."""
        rows = cls(act, appeal)
        for name, table, _ in CASE_LISTS:
            found = act.session.scalars(
                sa.select(table).where(table.appeal_id == appeal.id).order_by(table.n)
            )
            rows.lists[name] = list(found)
        return rows

    def case(self) -> Case:
        """Build the `Case` from the rows."""
        columns = {name: getattr(self.appeal, name) for name in CASE_COLUMNS}
        lists = {
            name: [build_item(items, row) for row in self.lists[name]]
            for name, _, items in CASE_LISTS
        }
        return Case(**columns, **lists)  # type: ignore[arg-type]  # keys are the field names

    def write(self, case: Case) -> None:
        """Update the rows from a `Case`, writing only columns that differ."""
        for name in CASE_COLUMNS:
            if name != "state":
                setattr(self.appeal, name, getattr(case, name))
        for name, table, items in CASE_LISTS:
            for index, item in enumerate(getattr(case, name)):
                if index < len(self.lists[name]):
                    row = self.lists[name][index]
                else:
                    row = table(appeal_id=self.appeal.id)
                    self.lists[name].append(row)
                    self.act.session.add(row)
                for column in field_names(items):
                    if getattr(row, column, None) != getattr(item, column):
                        setattr(row, column, getattr(item, column))
