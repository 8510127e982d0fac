"""Citizens' words find the category, among the categories and words of the city's files."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.city import read_calendar
from appeals.domain.messages import show_value
from appeals.domain.people import SYSTEM
from appeals.domain.rule_book import RuleBook
from appeals.operations.city_loading import load_city
from appeals.reference.reference_data import Reference, ReferenceEntry, load_reference
from appeals.reference.topic_search import TopicMatches, propose_topics, search_topics
from tests.cast import SECRET, settle
from tests.factories import file_appeal

TEXTS = Path(__file__).with_name("citizens_texts.csv")
"""Made up by somebody who had not seen the topics' words: a text and the category it belongs to."""
MIN_FIRST, MIN_FIRST_THREE, MAX_NOTHING = 0.60, 0.80, 0.05
TODAY = date(2026, 11, 30)


@pytest.fixture
def city(session: Session) -> Reference:
    """Load the city's files."""
    act = Act(session, SYSTEM, datetime.now(UTC), SECRET)
    load_city(act)
    return load_reference(act)


def codes_of(found: TopicMatches) -> list[str]:
    return [topic.code for topic in found.topics]


def test_most_texts_of_citizens_find_their_category_first(city: Reference) -> None:
    texts = list(csv.DictReader(TEXTS.read_text("utf-8").splitlines()))
    found = [(codes_of(search_topics(city, TODAY, row["text"])), row["category"]) for row in texts]
    assert len(texts) == 120
    assert {category for _, category in found} <= set(city.categories)
    assert sum(codes[:1] == [right] for codes, right in found) >= MIN_FIRST * len(texts)
    assert sum(right in codes[:3] for codes, right in found) >= MIN_FIRST_THREE * len(texts)
    assert sum(not codes for codes, _ in found) <= MAX_NOTHING * len(texts)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("噪声", "urban.noise"),
        ("邻居半夜唱歌", "urban.noise"),
        ("老年证", "civil.elderly"),
        ("丢手机", "police.order"),
        ("半夜停电", "utility.power"),
        ("学校附近噪音很大", "urban.noise"),
        ("noise at night", "urban.noise"),
    ],
)
def test_words_that_found_nothing_before_find_their_category(
    city: Reference, text: str, category: str
) -> None:
    assert codes_of(search_topics(city, TODAY, text))[0] == category


def test_a_proposal_says_by_which_words_it_was_found(city: Reference) -> None:
    first = search_topics(city, TODAY, "邻居半夜唱歌").proposals[0]
    assert show_value(first.reason, "zh") == "因为您写了“邻居”“半夜”“唱歌”"
    one = search_topics(city, TODAY, "噪声").proposals[0]
    assert show_value(one.reason, "en") == "because you wrote “噪声”"


def test_what_others_decide_is_told_only_where_it_fits_best(city: Reference) -> None:
    court = search_topics(city, TODAY, "法院判决不执行")
    assert len(court.elsewhere) == 1
    assert search_topics(city, TODAY, "暖气不热，法院宿舍").elsewhere == []


def test_the_category_of_what_fits_no_other_is_always_there(city: Reference) -> None:
    nothing = search_topics(city, TODAY, "qqqq")
    assert (nothing.topics, nothing.other) == ([], city.categories["other"])


def test_of_equal_topics_the_one_that_people_choose_more_often_comes_first() -> None:
    rows = {
        code: ReferenceEntry(code, code, code, None, words="刺眼") for code in ("signs", "lights")
    }
    city = Reference("of this test", RuleBook(read_calendar(), ()), (), {}, {}, rows)
    assert codes_of(search_topics(city, TODAY, "刺眼"))[0] == "signs"
    chosen = {"lights": 0.2, "signs": 0.1}
    assert codes_of(search_topics(city, TODAY, "刺眼", chosen)) == ["lights", "signs"]


def test_how_often_people_choose_a_category_is_what_the_database_counted(
    session: Session,
) -> None:
    settle(session)
    act = Act(session, SYSTEM, datetime.now(UTC), SECRET)
    session.execute(sa.text("UPDATE category SET words = '冒水' WHERE parent_code IS NOT NULL"))
    for _ in range(3):
        file_appeal(act, category="water.burst")
    file_appeal(act, category="urban.noise")
    assert codes_of(propose_topics(act, "冒水")) == ["urban.noise", "water.burst"]
    session.flush()  # what is analysed must be there
    session.execute(sa.text("ANALYZE appeal"))
    assert codes_of(propose_topics(act, "冒水")) == ["water.burst", "urban.noise"]
