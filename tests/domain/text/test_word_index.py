"""Entries are found by their words in a text: whole words, parts of them, the rare ones first."""

from appeals.domain.text.word_index import WordIndex


def index_of(**words: str) -> WordIndex:
    """Index entries by words of full weight."""
    return WordIndex(
        {entry: [(word, 1.0) for word in text.split()] for entry, text in words.items()}
    )


def score_of(index: WordIndex, text: str, entry: str = "light") -> float:
    found = index.match_text(text)
    return found[entry].score if entry in found else 0.0


def test_a_word_is_found_in_part_and_counts_for_less_than_whole() -> None:
    index = index_of(light="路灯不亮")
    assert score_of(index, "路灯不亮") > score_of(index, "路灯一直不亮") > 0
    assert index.match_text("暖气不热") == {}


def test_a_word_of_several_entries_counts_for_less_in_each() -> None:
    index = index_of(light="路灯 夜里", noise="夜里 唱歌")
    found = index.match_text("夜里唱歌")
    assert sorted(found, key=lambda entry: -found[entry].score) == ["noise", "light"]
    assert score_of(index, "路灯") > score_of(index, "夜里")


def test_the_phrases_of_the_text_are_told_in_its_order() -> None:
    index = index_of(noise="唱歌 半夜 邻居")
    assert index.match_text("邻居半夜又在唱歌")["noise"].phrases == ("邻居", "半夜", "唱歌")
    assert index.match_text("又在唱歌，半夜")["noise"].phrases == ("唱歌", "半夜")


def test_what_names_a_place_or_comes_late_counts_for_less() -> None:
    index = index_of(light="公园")
    assert score_of(index, "公园很好") > score_of(index, "公园里吵")
    assert score_of(index, "公园很好") > score_of(index, "今" * 70 + "公园很好")


def test_a_single_character_is_a_word_where_the_entry_has_it_as_one() -> None:
    index = index_of(dogs="狗", food="热狗肠")
    assert set(index.match_text("狗叫")) == {"dogs"}
    assert index.match_text("狗叫")["dogs"].phrases == ("狗",)


def test_other_scripts_are_compared_by_stems_and_traditional_characters_folded() -> None:
    index = index_of(light="路灯 lamp")
    assert score_of(index, "Street Lamps are dark") > 0
    assert score_of(index, "路燈") == score_of(index, "路灯")


def test_words_that_say_nothing_find_nothing() -> None:
    assert index_of(light="问题 the").match_text("the 问题") == {}
