"""The form of a bulk action above a list of the department, shown again with what was chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from appeals.casework.handling.bulk_actions import list_bulk_moves
from appeals.domain.lifecycle import MoveRule
from appeals.queries.work_list import PAGE_ROWS, list_numbers
from appeals.web.shared.request import act
from appeals.web.staff.list_place import ListPlace, read_place

LIST_PART = "together"
"""The form of the whole list; the officer's day has one for each of its parts."""
NUMBER_FIELD = "number"
"""The form field of each ticked appeal."""


@dataclass(frozen=True)
class BulkForm:
    """What was ticked and chosen in the form of a bulk action.

    Attributes:
        part: The part of the page above which the form stands.
        back: The place in the list from which it was sent, as a form field has it.
        numbers: The ticked appeals.
        is_whole: Whether all appeals of the list are meant, ticked or not.
        given: What the move needs, by the name of its field.
        lacks: The form field without which it cannot be carried out; empty where none is missing.
    """

    part: str = LIST_PART
    back: str = ""
    numbers: Sequence[str] = ()
    is_whole: bool = False
    given: Mapping[str, str] = field(default_factory=dict)
    lacks: str = ""

    @property
    def place(self) -> ListPlace | None:
        """The place in the list from which the form was sent."""
        return read_place(self.back)

    def find_numbers(self) -> Sequence[str]:
        """Return the numbers of the appeals that are meant."""
        if self.is_whole:
            return list_numbers(act(), self.place.asked if self.place else {})
        return self.numbers[:PAGE_ROWS]


def read_bulk_form(fields: MultiDict[str, str]) -> BulkForm:
    """Read a bulk form, with what any of its moves needs: it has a button for each."""
    needs = [need.name for move in list_bulk_moves(act().actor.role) for need in move.fields]
    return BulkForm(
        part=fields.get("part", LIST_PART),
        back=fields.get("back", ""),
        numbers=fields.getlist(NUMBER_FIELD),
        is_whole="whole" in fields,
        given={name: fields.get(name, "") for name in needs},
    )


def find_missing_field(
    move: MoveRule, numbers: Sequence[str], given: Mapping[str, str]
) -> str | None:
    """Return the form field without which the move cannot be made; None where none is missing."""
    if not numbers:
        return NUMBER_FIELD
    return next((need.name for need in move.fields if not given[need.name]), None)
