"""Districts and streets are found in a text by the names that people use."""

import pytest

from appeals.city import read_calendar
from appeals.domain.messages import show_value
from appeals.domain.rule_book import RuleBook
from appeals.reference.place_search import propose_place
from appeals.reference.reference_data import Reference, ReferenceEntry

ROWS = (
    ReferenceEntry("370202", "市南区", "Shinan District"),
    ReferenceEntry("370211", "黄岛区", "Huangdao District", words="西海岸新区"),
    ReferenceEntry("370202001", "香港中路街道", "Xianggangzhonglu Subdistrict", "370202"),
    ReferenceEntry("370202002", "中山路街道", "Zhongshanlu Subdistrict", "370202"),
    ReferenceEntry("370211002", "中山路街道", "Zhongshanlu Subdistrict", "370211"),
)
BOOK = RuleBook(read_calendar(), ())
CITY = Reference("of this test", BOOK, (), {}, {row.code: row for row in ROWS}, {})


@pytest.mark.parametrize(
    ("text", "district", "street", "phrase"),
    [
        ("香港中路8号路灯不亮", "370202", "370202001", "香港中路"),
        ("市南路灯不亮", "370202", "", "市南"),
        ("西海岸的海滩上", "370211", "", "西海岸"),
        ("黄岛区中山路堵车", "370211", "370211002", "中山路"),
        ("in Shinan District", "370202", "", "shinan district"),
    ],
)
def test_the_longest_name_of_a_place_is_proposed_with_its_words(
    text: str, district: str, street: str, phrase: str
) -> None:
    found = propose_place(CITY, text)
    assert found is not None
    assert (found.district, found.street, found.phrase) == (district, street, phrase)
    assert show_value(found.reason, "zh") == f"因为您写了“{phrase}”"


@pytest.mark.parametrize("text", ["路灯不亮", "", "中山路堵车"])
def test_a_name_that_two_districts_have_or_none_proposes_nothing(text: str) -> None:
    assert propose_place(CITY, text) is None
