"""How similar two texts are, and what they have in common."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appeals.domain.text.similarity import (
    WordShares,
    compare_texts,
    list_common_phrases,
    make_comparable,
)

SHARES = WordShares({"路灯": 0.02, "小区": 0.5}, 0.001)
TEXTS = st.text(alphabet="路灯不亮小区 AB，", max_size=12)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_similarity_is_the_same_both_ways_and_a_share(a: str, b: str, c: str, d: str) -> None:
    one, other = make_comparable(a, b), make_comparable(c, d)
    similarity = compare_texts(SHARES, one, other)
    assert similarity == pytest.approx(compare_texts(SHARES, other, one))
    assert 0 <= similarity <= 1 + 1e-9
    if one.whole:
        assert compare_texts(SHARES, one, one) == pytest.approx(1)


def test_texts_without_a_word_in_common_are_not_similar() -> None:
    one, other = make_comparable("路灯不亮", ""), make_comparable("暖气", "小区停暖")
    assert compare_texts(SHARES, one, other) == 0
    assert compare_texts(SHARES, one, make_comparable("", "，。")) == 0


def test_a_rare_word_in_common_weighs_more_than_a_common_one() -> None:
    asked = make_comparable("", "小区路灯")
    by_rare, by_common = make_comparable("", "路灯"), make_comparable("", "小区")
    assert compare_texts(SHARES, asked, by_rare) > compare_texts(SHARES, asked, by_common)


def test_the_subjects_count_for_one_half_where_both_have_one() -> None:
    same_subject = make_comparable("路灯不亮", "请维修")
    assert compare_texts(SHARES, make_comparable("路灯不亮", "三天了"), same_subject) > 0.5
    without = make_comparable("", "三天了")
    assert compare_texts(SHARES, without, same_subject) == 0


@pytest.mark.parametrize(
    ("text", "words", "phrases"),
    [
        ("香港中路路灯不亮", {"路灯", "灯不", "不亮"}, ["路灯不亮"]),
        ("小区路灯，小区", {"小区", "路灯"}, ["路灯", "小区"]),
        ("路灯不亮。路灯", {"路灯", "灯不", "不亮"}, ["路灯不亮"]),
        ("WiFi 路燈", {"wifi", "路灯"}, ["wifi", "路灯"]),
        ("路灯", set(), []),
    ],
    ids=["overlapping pairs", "weightiest first", "part of a longer one", "other scripts", "none"],
)
def test_what_is_in_common_is_told_in_the_longest_stretches(
    text: str, words: set[str], phrases: list[str]
) -> None:
    assert list_common_phrases(SHARES, text, words) == phrases
