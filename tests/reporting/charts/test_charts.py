"""Pictures of figures: every number is printed, nothing is styled inline, texts are escaped."""

import re
from datetime import date
from xml.etree import ElementTree as ET

import pytest
from markupsafe import Markup

from appeals import city
from appeals.reporting import charts
from appeals.reporting.charts import DataPoint, HourStrip
from appeals.reporting.charts.svg import WIDTH, shade_class
from appeals.reporting.charts.tile_map import tile_positions

SHARES = [
    DataPoint("李沧区", 0.5, "50.00%", "10 / 20", "370213"),
    DataPoint("Shinan District", 1.0, "100.00%", "3 / 3", "370202"),
    DataPoint("<b>莱西市</b>", None, "–", "0 / 0", "370285"),
]
FEW = [
    DataPoint("李沧区", 0.5, "50.00%", "10 / 20", "370213"),
    DataPoint("市南区", 1.0, "100.00%", "3 / 3", "370202", is_few=True),
]
STRIPS = [HourStrip("来件", "1,203", [0, 3, 1200]), HourStrip("<b>办结</b>", "0", [0, 0, 0])]
WEEKS = charts.split_into_weeks({date(2026, 3, 2): 1234}, date(2026, 3, 1), date(2026, 3, 31))
DRAWN = {
    "bars": charts.draw_bars("各区市", SHARES, most=1.0),
    "tiles": charts.draw_tile_map("各区市", SHARES, "胶州湾"),
    "few bars": charts.draw_bars("各区市", FEW, 1.0, "斜线：不足10件。"),
    "few tiles": charts.draw_tile_map("各区市", FEW, "胶州湾", "斜线：不足10件。"),
    "trend": charts.draw_trend("各月", SHARES, DataPoint("目标", 0.9, "90.00%")),
    "funnel": charts.draw_funnel("从提交到满意", [SHARES[1], SHARES[0], SHARES[2]]),
    "columns": charts.draw_columns("天数", SHARES),
    "hours": charts.draw_hour_strips("今日", STRIPS),
    "calendar": charts.draw_heat_calendar("每日", WEEKS, tuple("一二三四五六日")),
}


def parse_svg(picture: Markup) -> ET.Element:
    return ET.fromstring(str(picture))  # noqa: S314 - our own


@pytest.mark.parametrize("name", DRAWN)
def test_a_chart_has_title_and_description_and_no_inline_style(name: str) -> None:
    picture = parse_svg(DRAWN[name])
    assert picture.get("role") == "img"
    assert [each.tag for each in picture][:2] == ["title", "desc"]
    assert all(each.text for each in picture[:2])
    styled = {"style", "fill", "stroke", "font-size", "onload", "href"}
    assert [each.tag for each in picture.iter() if styled & set(each.keys())] == []


@pytest.mark.parametrize("name", DRAWN)
def test_a_chart_stays_within_its_view_box(name: str) -> None:
    picture = parse_svg(DRAWN[name])
    tall = float(picture.get("viewBox", "").split()[3])
    for each in picture.iter():
        for across, along in (("x", "y"), ("cx", "cy")):
            x, y = float(each.get(across, 0)), float(each.get(along, 0))
            assert 0 <= x + float(each.get("width", 0)) <= WIDTH
            assert 0 <= y + float(each.get("height", 0)) <= tall
        for x, y in re.findall(r"([\d.-]+),([\d.-]+)", each.get("points", "")):
            assert 0 <= float(x) <= WIDTH
            assert 0 <= float(y) <= tall


def test_a_label_is_escaped() -> None:
    for picture in DRAWN.values():
        assert "<b>" not in picture


@pytest.mark.parametrize("name", ["bars", "tiles", "funnel"])
def test_every_number_is_printed(name: str) -> None:
    printed = " ".join(each.text or "" for each in parse_svg(DRAWN[name]).iter("text"))
    for mark in SHARES:
        assert mark.text in printed
        assert mark.more in printed


def test_a_bar_is_as_long_as_its_share() -> None:
    boxes = parse_svg(DRAWN["bars"]).findall("rect")
    lengths = [float(box.get("width", 0)) for box in boxes if box.get("class") == "pic__bar"]
    assert lengths == [105, 210, 0]


def test_a_share_of_few_cases_is_hatched_and_never_the_darkest() -> None:
    bars, tiles = parse_svg(DRAWN["few bars"]), parse_svg(DRAWN["few tiles"])
    looks = [each.get("class") for each in bars.findall("rect")]
    assert looks == ["pic__ground", "pic__bar", "pic__ground", "pic__few"]
    looks = [each.get("class") for each in tiles.findall("polygon")]
    assert looks == ["pic__tile pic__shade-4", "pic__tile pic__few"]
    for picture in (bars, tiles):
        assert len(picture.findall("polyline")) > 5
        assert picture.findall("text")[-1].text == "斜线：不足10件。"
    assert "斜线" not in charts.draw_bars("各区市", SHARES, 1.0, "斜线：不足10件。")


def test_a_funnel_begins_at_the_left() -> None:
    assert {each.get("x") for each in parse_svg(DRAWN["funnel"]).findall("rect")} == {"0"}


def test_charts_that_share_an_axis_put_one_rate_at_one_height() -> None:
    alone = [charts.axis_start([0.97]), charts.axis_start([0.62, None, 0.97])]
    assert alone == [pytest.approx(0.95), pytest.approx(0.6)]
    heights = set()
    for others in ([], [DataPoint("一月", 0.7, "70.00%")]):
        marks = [*others, DataPoint("二月", 0.97, "97.00%")]
        dots = parse_svg(charts.draw_trend("各月", marks, low=0.6)).findall("circle")
        heights.add(dots[-1].get("cy"))
    assert len(heights) == 1


def test_strips_of_hours_have_one_scale_and_name_the_highest_hour() -> None:
    picture = parse_svg(DRAWN["hours"])
    tall = [float(box.get("height", 0)) for box in picture.findall("rect")]
    assert tall == [0, 0.1, 34, 0, 0, 0]
    printed = [each.text for each in picture.iter("text")]
    assert printed == ["来件", "1,203", "1,200", "<b>办结</b>", "0", *map(str, range(0, 25, 6))]
    assert "1:00 3, 2:00 1200" in str(picture.findtext("desc"))


def test_a_trend_leaves_out_months_without_cases() -> None:
    picture = parse_svg(DRAWN["trend"])
    assert len(picture.findall("circle")) == len([mark for mark in SHARES if mark.value])
    heights = [float(each.get("cy", 0)) for each in picture.findall("circle")]
    assert heights[0] > heights[1]


def test_the_calendar_holds_every_day_of_the_period_and_no_other() -> None:
    days = [day for week in WEEKS for day, n in week if n is not None]
    assert days == [date(2026, 3, n + 1) for n in range(31)]
    assert {week[0][0].weekday() for week in WEEKS} == {0}
    assert len(parse_svg(DRAWN["calendar"]).findall("rect")) == len(days)
    assert "1,234" in DRAWN["calendar"]


def test_every_district_of_the_city_has_a_tile_of_its_own() -> None:
    districts = {row["code"] for row in city.read_rows("areas") if row["tier"] == "district"}
    known = tile_positions()
    assert set(known) - {"water"} == districts
    assert len(set(known.values())) == len(known)
    for one in known.values():
        for other in known.values():
            if one[1] == other[1] and one != other:
                assert abs(one[0] - other[0]) >= 2, "tiles of one row lie on each other"


def test_a_higher_value_has_a_darker_shade() -> None:
    assert [shade_class(n, 0, 4) for n in range(5)] == [f"pic__shade-{n}" for n in range(5)]
    assert shade_class(None, 0, 4) == "pic__none"
