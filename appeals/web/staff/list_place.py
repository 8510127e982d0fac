"""The place in a list from which a case was opened: the way back to it, and the next case.

A list gives each link to a case its own filters, order and page, and the key of the line. The case
page carries them on in its forms, so the place is still there after a move.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode

from flask import request, url_for

from appeals.queries import filters, my_day, work_list
from appeals.queries.my_day import OwedAppeal
from appeals.queries.work_list import CaseInList, WorkListLine
from appeals.web.shared.request import act
from appeals.web.shared.return_page import PLACE_FIELD

DAY_FIELD, KEY_FIELD, PAGE_FIELD = "day", "at", "after"
"""The parts of a place: the list is the officer's day; the key of the line; that of its page."""
MAX_PLACE_CHARACTERS = 1000
BACK_TO_DAY = urlencode({DAY_FIELD: "1"})


@dataclass(frozen=True)
class ListPlace:
    """A line of the department's list, or of the officer's day.

    Attributes:
        asked: The filters, the order and the page of the list.
        key: The page key of the line; empty for the list itself.
        is_day: Whether the list is the officer's day.
    """

    asked: Mapping[str, str]
    key: str = ""
    is_day: bool = False

    @property
    def query(self) -> str:
        """The place as the value of an argument or a form field."""
        day = {DAY_FIELD: "1"} if self.is_day else {}
        return urlencode({**day, **self.asked, **({KEY_FIELD: self.key} if self.key else {})})

    @property
    def address(self) -> str:
        """The address of the list, at the line."""
        asked = f"?{urlencode(self.asked)}" if self.asked else ""
        line = f"#case-{quote(self.key.partition('~')[2])}" if self.key else ""
        return f"{url_for('desk.day' if self.is_day else 'desk.index')}{asked}{line}"

    def find_next(self) -> CaseInList | None:
        """Return the case that comes after this one in the list as it is now."""
        if not self.key:
            return None
        if self.is_day:
            return my_day.find_next_of_day(act(), self.key)
        return work_list.find_next_of_list(act(), {**self.asked, PAGE_FIELD: self.key})

    def at(self, key: str) -> str:
        """Return the place of another line of the same list, as the value of an argument."""
        return ListPlace(self.asked, key, self.is_day).query


def read_place(value: str | None = None) -> ListPlace | None:
    """Return the place named by a value, or else by the request; None if it names none."""
    if value is None:
        value = request.values.get(PLACE_FIELD, "")
    given = dict(parse_qsl(value[:MAX_PLACE_CHARACTERS]))
    if not given:
        return None
    is_day = DAY_FIELD in given
    asked = {} if is_day else list_arguments(given)
    return ListPlace(asked, given.get(KEY_FIELD, ""), is_day)


def list_arguments(given: Mapping[str, str]) -> dict[str, str]:
    """Return the arguments of the department's list: filters, order and page."""
    order = work_list.order_of(given)
    sort = {"sort": order} if order != work_list.BY_DUE else {}
    page = {PAGE_FIELD: given[PAGE_FIELD]} if given.get(PAGE_FIELD) else {}
    return {**filters.effective_filters(given), **sort, **page}


def line_places(given: Mapping[str, str]) -> Callable[[WorkListLine], str]:
    """Return what makes the place of each line of the department's list."""
    here, order = ListPlace(list_arguments(given)), work_list.ORDERS[work_list.order_of(given)]
    return lambda line: here.at(order.key(line))


def day_place(owed: OwedAppeal) -> str:
    """Return the place of a line of the officer's day; the list itself for undated work."""
    return ListPlace({}, owed.key, is_day=True).query
