"""Lists of cases page by page: each case once, in the order of what the figure is of."""

import pytest

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.domain.states import State
from appeals.reporting.counting import case_lists
from appeals.reporting.counting.case_lists import CasePart, CaseQuery
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.cells import Cell
from appeals.reporting.snapshot.count_window import CountWindow
from tests.factories import appeal_in, later


@pytest.mark.parametrize("measure", ["filed", "closed", "feedback", "dispatched", "on_time"])
def test_page_by_page_each_case_comes_once_in_the_order_of_the_whole_list(
    act: Act, monkeypatch: pytest.MonkeyPatch, measure: str
) -> None:
    monkeypatch.setattr(case_lists, "PAGE_ROWS", 2)
    for days in (9, 3, 6, 3, 1):  # two of the same moment; not in the order of their numbers
        appeal_in(later(act, 24 * days), State.CLOSED, 2)
    act.session.flush()  # the lists read the rows
    window = CountWindow(Period.month("2026-03"), later(act, 24 * 60).now)
    base = MEASURES[measure].base
    asked = CaseQuery(
        window, Cell.from_codes("city", "city", base, "all", measure), CasePart.DENOMINATOR
    )
    whole = list(case_lists.stream_cases(act, asked))
    page = case_lists.list_cases(act, asked)
    found = [*page.rows]
    while page.next:
        page = case_lists.list_cases(act, asked, page.next)
        found += page.rows
    assert found == whole
    assert len(found) == len({each.appeal_id for each in found}) == 5
    in_order = [each.filed_at for each in found if each.filed_at]
    assert (in_order == sorted(in_order)) is (measure in {"filed", "closed", "feedback"})
