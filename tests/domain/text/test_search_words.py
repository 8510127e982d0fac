"""The words by which texts are found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appeals.domain.text.search_words import MAX_WORD_CHARACTERS, split_search_words

SPLIT = {
    "pairs of characters": ("路灯不亮", {"路灯", "灯不", "不亮"}),
    "traditional": ("路燈", {"路灯"}),
    "full width": ("ＷｉＦｉ　１２３", {"wifi", "123"}),
    "English words": ("Street light, broken!", {"street", "light", "broken"}),
    "mixed": ("5G基站在A3区附近", {"5g", "基站", "站在", "a3", "区附", "附近"}),
    "signs between": ("暖气、水压", {"暖气", "水压"}),
    "line end between": ("暖气\n水压", {"暖气", "水压"}),
    "a character alone": ("A 区", {"a"}),
    "rare characters": ("𠮷野家", {"𠮷野", "野家"}),
    "invisible character": ("路\u200b灯", {"路灯"}),
    "operators and quotes": ("'路灯' & !(暖气) | \"x\"", {"路灯", "暖气", "x"}),
    "underscore": ("snake_case", {"snake", "case"}),
    "nothing": ("，。！ \t", set()),
}


@pytest.mark.parametrize("what", SPLIT)
def test_a_text_is_found_by_pairs_of_characters_and_whole_words(what: str) -> None:
    text, words = SPLIT[what]
    assert split_search_words(text) == words


def test_a_long_word_is_cut() -> None:
    assert split_search_words("x" * 5000) == {"x" * MAX_WORD_CHARACTERS}


@given(st.text(alphabet="路燈灯亮Ａa1 ，\u200b", max_size=30), st.data())
def test_a_part_of_a_text_in_chinese_has_no_word_that_the_text_lacks(
    text: str, data: st.DataObject
) -> None:
    chinese = "".join(char for char in text if char in "路燈灯亮")
    start = data.draw(st.integers(0, len(chinese)))
    part = chinese[start : data.draw(st.integers(start, len(chinese)))]
    assert split_search_words(part) <= split_search_words(f"前{chinese}后")
