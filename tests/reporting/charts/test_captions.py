"""What is to be seen in a chart is said in a sentence that follows from its numbers."""

from datetime import date

import pytest

from appeals.reporting.chapters import chart_captions
from appeals.reporting.chapters.overview import LabelledCount
from appeals.reporting.charts import DataPoint
from appeals.reporting.measures.measure_names import MeasureName
from appeals.reporting.measures.measure_shapes import Shape, divide
from appeals.reporting.tables.report_tables import cell_of
from appeals.reporting.tables.sections import FigureLine


def share_line(name: str, met: int, of: int) -> FigureLine:
    value = divide(met, of)
    return FigureLine(
        cell_of(MeasureName.ON_TIME), name, "", met, of, Shape.SHARE.show(value), value
    )


def steps(*numbers: int) -> list[LabelledCount]:
    return [LabelledCount(str(place), n) for place, n in enumerate(numbers)]


def test_the_highest_and_the_lowest_share_leave_out_few_cases() -> None:
    lines = [share_line("甲", 9, 10), share_line("乙", 19, 20), share_line("丙", 1, 9)]
    said = chart_captions.caption_shares(lines)
    assert said is not None
    assert said.label("zh") == "最高：乙，95.00%；最低：甲，90.00%。"
    assert said.label("en") == "Highest: 乙, 95.00%. Lowest: 甲, 90.00%."


def test_equal_shares_have_neither_a_highest_nor_a_lowest() -> None:
    said = chart_captions.caption_shares([share_line("甲", 10, 10), share_line("乙", 20, 20)])
    assert said is not None
    assert said.label("zh") == "件数足够的均为100.00%。"


def test_a_single_share_of_enough_cases_is_not_compared() -> None:
    assert chart_captions.caption_shares([share_line("甲", 9, 10), share_line("乙", 1, 2)]) is None


def test_the_funnel_says_of_what_each_share_is_one() -> None:
    said = chart_captions.caption_funnel(steps(1200, 1100, 1000, 990, 100, 95))
    assert said.label("zh") == (
        "提交1,200件，其中有效1,100件；已派单的办结99.00%；作出评价的满意95.00%。"
    )


def test_the_calendar_names_its_busiest_day_and_counts_days_without_filings() -> None:
    days = {date(2026, 10, 5): 12, date(2026, 10, 6): 8}
    said = chart_captions.caption_calendar(days, date(2026, 10, 1), date(2026, 10, 31))
    assert said is not None
    assert said.label("zh") == "2026年10月5日最多，12件；日均0.6件。"
    assert chart_captions.caption_calendar({}, date(2026, 10, 1), date(2026, 10, 31)) is None


@pytest.mark.parametrize(
    ("spread", "said"),
    [
        ((5, 0, 4, 1), "半数诉求不到1天得到答复，九成不到3天。"),
        ((0, 1), "半数诉求不到2天得到答复，九成不到2天。"),
        ((*[0] * 14, 6, 4), "半数诉求不到15天得到答复。"),
        ((*[0] * 15, 6), None),
        ((0, 0), None),
    ],
)
def test_half_and_nine_in_ten_answers(spread: tuple[int, ...], said: str | None) -> None:
    found = chart_captions.caption_days(steps(*spread))
    assert (found and found.label("zh")) == said


def test_the_best_and_the_worst_month() -> None:
    months = [DataPoint("1月", 0.9, "90.00%"), DataPoint("2月", None, "–")]
    assert chart_captions.caption_trend(months) is None
    said = chart_captions.caption_trend([*months, DataPoint("3月", 0.95, "95.00%")])
    assert said is not None
    assert said.label("zh") == "最高：3月，95.00%；最低：1月，90.00%。"


def test_a_month_of_few_cases_is_neither_the_best_nor_the_worst() -> None:
    few = DataPoint("2月", 1.0, "100.00%", is_few=True)
    enough = [DataPoint("1月", 0.9, "90.00%"), DataPoint("3月", 0.95, "95.00%")]
    said = chart_captions.caption_trend([enough[0], few, enough[1]])
    assert said is not None
    assert said.label("zh") == "最高：3月，95.00%；最低：1月，90.00%。"
    assert chart_captions.caption_trend([enough[0], few]) is None


def test_equal_months_have_neither_a_best_nor_a_worst() -> None:
    months = [DataPoint(name, 0.9, "90.00%") for name in ("1月", "2月")]
    assert chart_captions.caption_trend(months) is None
