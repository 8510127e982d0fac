"""Rows to value and back: the case that the rules read and write, and its database rows."""

from typing import Self, TypeVar

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.case import Case
from appeals.models.appeal import Appeal
from appeals.models.handling import COLUMNS, LISTS, OfAppeal, names_of

T = TypeVar("T")


def item_of(items: type[T], row: OfAppeal) -> T:
    """Make the plain value of a row."""
    return items(**{name: getattr(row, name) for name in names_of(items)})


def new_rows(appeal_id: int, case: Case) -> dict[str, list[dict[str, object]]]:
    """Give the plain rows under an appeal that has none yet, by table."""
    return {
        table.__tablename__: [
            {
                "appeal_id": appeal_id,
                **{column: getattr(item, column) for column in names_of(items)},
            }
            for item in getattr(case, name)
        ]
        for name, table, items in LISTS
    }


class Rows:
    """The rows of one appeal, read once, to be written back after the case was played."""

    def __init__(self, act: Act, appeal: Appeal) -> None:
        """Stand for an appeal that has no rows yet; `of` reads those of one that has."""
        self.act = act
        self.appeal = appeal
        self.lists: dict[str, list[OfAppeal]] = {name: [] for name, _, _ in LISTS}

    @classmethod
    def of(cls, act: Act, appeal: Appeal) -> Self:
        """Read every row under the appeal."""
        rows = cls(act, appeal)
        for name, table, _ in LISTS:
            found = act.session.scalars(
                sa.select(table).where(table.appeal_id == appeal.id).order_by(table.n)
            )
            rows.lists[name] = list(found)
        return rows

    def case(self) -> Case:
        """Give the value that the rows stand for."""
        columns = {name: getattr(self.appeal, name) for name in COLUMNS}
        lists = {
            name: [item_of(items, row) for row in self.lists[name]] for name, _, items in LISTS
        }
        return Case(**columns, **lists)  # type: ignore[arg-type]  # names are the fields' own

    def write(self, case: Case) -> None:
        """Bring the rows up to the value; only what differs reaches the database."""
        for name in COLUMNS:
            if name != "state":
                setattr(self.appeal, name, getattr(case, name))
        for name, table, items in LISTS:
            for index, item in enumerate(getattr(case, name)):
                if index < len(self.lists[name]):
                    row = self.lists[name][index]
                else:
                    row = table(appeal_id=self.appeal.id)
                    self.lists[name].append(row)
                    self.act.session.add(row)
                for column in names_of(items):
                    if getattr(row, column, None) != getattr(item, column):
                        setattr(row, column, getattr(item, column))
