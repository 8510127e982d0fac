"""The city's reference rows hold together, and say what Rules 2 and Domain 5 say."""

from collections import Counter

import pytest

from appeals import city
from appeals.domain.clocks import LimitUnit
from appeals.domain.messages import Text
from appeals.domain.routing import RoutingFacts, Rule, Suggestion, suggest_department
from appeals.domain.vocabulary import Duty, Kind

AREAS = {row["code"]: row for row in city.read_rows("areas")}
DEPARTMENTS = {row["code"]: row for row in city.read_rows("departments")}
CATEGORIES = {row["code"]: row for row in city.read_rows("categories")}
ROUTING = city.read_rows("routing")
DISTRICTS = [code for code, row in AREAS.items() if row["tier"] == "district"]
LABELS = {
    row["code"]: Text(row["zh"], row["en"])
    for rows in (AREAS, DEPARTMENTS, CATEGORIES)
    for row in rows.values()
}
RULES = [
    Rule(
        i,
        int(row["position"]),
        row["department"],
        row["zh"],
        row["en"],
        row["category"] or None,
        row["kind"] or None,
        row["district"] or None,
        row["street"] or None,
        tuple(row["words"].split()),
    )
    for i, row in enumerate(ROUTING)
]

# Rules 2: duty, kind, urgent, investigation → amount and unit.
LIMITS = {
    ("dispatch", "", "", ""): (1, LimitUnit.WORKING_DAYS),
    ("dispatch", "", "yes", ""): (60, LimitUnit.MINUTES),
    ("sign", "", "", ""): (120, LimitUnit.WORKING_MINUTES),
    ("sign", "", "yes", ""): (30, LimitUnit.MINUTES),
    ("return", "", "", ""): (2, LimitUnit.WORKING_DAYS),
    ("return", "", "yes", ""): (2, LimitUnit.WORKING_DAYS),
    ("return_decision", "", "", ""): (1, LimitUnit.WORKING_DAYS),
    ("return_decision", "", "yes", ""): (240, LimitUnit.MINUTES),
    ("contact", "", "", ""): (1, LimitUnit.WORKING_DAYS),
    ("contact", "", "yes", ""): (120, LimitUnit.MINUTES),
    ("finish", "consultation", "", ""): (2, LimitUnit.WORKING_DAYS),
    ("finish", "", "", ""): (5, LimitUnit.WORKING_DAYS),
    ("finish", "report", "", "yes"): (10, LimitUnit.WORKING_DAYS),
    ("finish", "", "yes", ""): (1440, LimitUnit.MINUTES),
    ("review", "", "", ""): (1, LimitUnit.WORKING_DAYS),
    ("review", "", "yes", ""): (240, LimitUnit.MINUTES),
    ("follow_up", "", "", ""): (1, LimitUnit.WORKING_DAYS),
    ("follow_up", "", "yes", ""): (1, LimitUnit.WORKING_DAYS),
    ("extension", "", "", ""): (10, LimitUnit.WORKING_DAYS),
    ("rating", "", "", ""): (30, LimitUnit.DAYS),
    ("rating", "", "yes", ""): (30, LimitUnit.DAYS),
}


def test_the_limits_are_those_of_the_rules() -> None:
    rows = city.read_rows("limits")
    stand = {
        (row["duty"], row["kind"], row["urgent"], row["investigation"]): (
            int(row["amount"]),
            LimitUnit(row["unit"]),
        )
        for row in rows
    }
    assert stand == LIMITS
    assert len(rows) == len(LIMITS)


def test_limits_name_duties_and_kinds_that_there_are() -> None:
    assert {duty for duty, *_ in LIMITS} == {*Duty, "extension"}
    assert {kind for _, kind, *_ in LIMITS} - {""} <= set(Kind)


def test_the_city_has_ten_districts_and_141_streets_and_towns() -> None:
    streets = Counter(row["parent"] for row in AREAS.values() if row["tier"] == "street")
    assert dict(streets) == {
        "370202": 11,
        "370203": 22,
        "370211": 23,
        "370212": 5,
        "370213": 11,
        "370214": 9,
        "370215": 17,
        "370281": 14,
        "370283": 18,
        "370285": 11,
    }
    assert list(streets) == DISTRICTS
    assert "西海岸新区" in AREAS["370211"]["aliases"]


def test_every_district_and_street_has_its_departments() -> None:
    tiers = Counter(row["tier"] for row in DEPARTMENTS.values())
    assert tiers == {"municipal": 38, "district": 30, "street": 141, "company": 8}
    for district in DISTRICTS:
        assert {f"{district}-gov", f"{district}-cg", f"{district}-zj"} <= DEPARTMENTS.keys()
    for code, area in AREAS.items():
        if area["tier"] == "street":
            office = DEPARTMENTS[code]
            assert (office["parent"], office["district"]) == (
                f"{area['parent']}-gov",
                area["parent"],
            )


@pytest.mark.parametrize("name", ["areas", "departments", "categories"])
def test_codes_are_unique_parents_exist_and_both_languages_stand(name: str) -> None:
    rows = city.read_rows(name)
    codes = {row["code"] for row in rows}
    assert len(codes) == len(rows)
    assert {row["parent"] for row in rows} - {""} <= codes
    assert all(row["zh"] and row["en"].isascii() and row["en"] for row in rows)


def test_categories_have_a_lead_and_hints_in_both_languages() -> None:
    for code, row in CATEGORIES.items():
        assert row["lead"] in DEPARTMENTS
        hints = row["words"].split()
        assert any(word.isascii() for word in hints), code
        assert not all(word.isascii() for word in hints), code
        assert row["parent"] == code.rpartition(".")[0]


def test_conduct_is_restricted_and_goes_to_the_hotline_office() -> None:
    assert [code for code, row in CATEGORIES.items() if row["restricted"]] == ["conduct"]
    assert route("conduct", "370202").department == "zfb"


def test_routing_names_only_what_there_is_in_an_order_of_its_own() -> None:
    for column, known in (
        ("department", DEPARTMENTS),
        ("category", CATEGORIES),
        ("district", AREAS),
        ("street", AREAS),
        ("kind", set(Kind)),
    ):
        assert {row[column] for row in ROUTING} - {""} <= set(known), column
    positions = [rule.position for rule in RULES]
    assert positions == sorted(set(positions))


def route(category: str, district: str | None, text: str = "") -> Suggestion:
    found = suggest_department(
        RULES, RoutingFacts("complaint", category, district, None, text), LABELS
    )
    assert found is not None, (category, district)
    return found


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_finds_a_department_wherever_it_is(category: str) -> None:
    for district in [None, *DISTRICTS]:
        found = route(category, district)
        assert DEPARTMENTS[found.department]["district"] in {"", district}


@pytest.mark.parametrize(
    ("category", "district", "text", "department"),
    [
        ("housing.leak", "370202", "屋面漏雨", "370202-zj"),
        ("urban.fumes", "370203", "饭店油烟", "370203-cg"),
        ("urban.noise", "370203", "广场舞扰民", "gaj"),
        ("urban.noise", "370213", "地铁夜间施工", "co-metro"),
        ("urban.noise", "370213", "Night works of the Metro", "co-metro"),
        ("utility.water", "370203", "水浑", "co-water"),
        ("utility.heating", "370281", "暖气不热", "co-heat"),
        ("urban.dogs", "370214", "遛狗不牵绳", "gaj"),
        ("environment.odour", "370211", "异味", "sthj"),
        ("transport.road", None, "坑", "jtj"),
    ],
)
def test_appeals_like_those_of_the_first_year_find_their_department(
    category: str, district: str | None, text: str, department: str
) -> None:
    assert route(category, district, text).department == department


def test_the_calendar_reaches_from_2007_to_the_last_notice() -> None:
    calendar = city.read_calendar()
    assert calendar.noticed == frozenset(range(2007, 2027))
    assert all(calendar.names[day] for day in calendar.days)
    assert calendar.version == city.digest_calendar(dict(calendar.days))
    day = min(calendar.days)
    assert city.digest_calendar({**calendar.days, day: not calendar.days[day]}) != calendar.version
