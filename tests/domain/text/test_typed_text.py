"""Cleaning and folding: one table of cases each, of text as people and files bring it in."""

import time

import pytest

from appeals.domain.text.cleaning import clean_line, clean_text, count_characters
from appeals.domain.text.folding import fold_look_alikes, fold_text

CLEANED = {
    "spaces": ("  \t ", ""),
    "ideographic space": ("\u3000\u3000", ""),
    "no width": ("\u200b\u200b", ""),
    "byte order mark": ("\ufeff", ""),
    "bidi marks": ("\u200e\u200f\u061c", ""),
    "bidi overrides alone": ("\u202e\u202d\u202c", ""),
    "isolates alone": ("\u2066\u2069", ""),
    "joiners alone": ("\u200d\u200c", ""),
    "Hangul filler": ("\u3164\u115f\uffa0", ""),
    "blank Braille": ("\u2800", ""),
    "variation selectors alone": ("\ufe0f\U000e0100", ""),
    "combining marks alone": ("\u0301\u0308", ""),
    "tags": ("\U000e0041\U000e0042", ""),
    "line ends alone": ("\r\n\u2028\x85", ""),
    "word around a zero width space": ("路\u200b灯", "路灯"),
    "override inside": ("abc\u202egnp.exe", "abcgnp.exe"),
    "isolate inside": ("门牌\u206712\u2069号", "门牌12号"),
    "bell and escape": ("路灯\x07\x1b[31m坏了", "路灯[31m坏了"),
    "NUL": ("路\x00灯", "路灯"),
    "C1": ("路\x9b灯", "路灯"),
    "soft hyphen": ("light\u00ading", "lighting"),
    "half a character": ("路\ud83d灯", "路灯"),
    "noncharacter": ("路\uffff灯", "路灯"),
    "CRLF": ("一\r\n二\r三\u2028四", "一\n二\n三\n四"),
    "tab stays": ("一\t二", "一\t二"),
    "decomposed letter": ("e\u0301cole", "école"),
    "decomposed Hangul": ("\u1112\u1161\u11ab", "한"),
    "vowel signs stay": ("नमस्ते", "नमस्ते"),
    "family stays": ("👨‍👩‍👧", "👨‍👩‍👧"),
    "joiner of a script stays": ("می‌خواهم", "می‌خواهم"),
    "ideographic variant stays": ("葛\U000e0100城", "葛\U000e0100城"),
    "rare character stays": ("𠮷𡧑", "𠮷𡧑"),
    "private use stays": ("王\ue000", "王\ue000"),
    "around": (" \u3000路灯坏了。\u200b\n", "路灯坏了。"),
    "None": (None, ""),
}


@pytest.mark.parametrize(("typed", "kept"), CLEANED.values(), ids=CLEANED)
def test_text_is_cleaned(typed: str | None, kept: str) -> None:
    assert clean_text(typed) == kept
    assert clean_text(kept) == kept


def test_a_line_has_no_line_ends() -> None:
    assert clean_line("香港中路\r\n12号\t东") == "香港中路 12号 东"


COUNTED = {
    "plain": ("路灯坏了", 4),
    "line ends of a browser": ("一\r\n二\r\n", 4),
    "line ends of a program": ("一\n二\n", 4),
    "ASCII with line ends": ("a\r\nb", 3),
    "beyond the first plane": ("𠮷", 1),
    "marks": ("e\u0301\u0323", 1),
    "family": ("👨‍👩‍👧‍👦", 1),
    "skin tone": ("👍🏽", 1),
    "flags": ("🇨🇳🇨🇳", 2),
    "heart": ("❤️", 1),
    "marks without end": ("路" + "\u0323" * 104, 101),
    "empty": ("", 0),
}


def test_marks_without_end_are_cut_before_they_cost_time() -> None:
    began = time.perf_counter()
    assert len(clean_text("e" + "\u0316\u0300" * 200_000)) <= 31
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(("text", "count"), COUNTED.values(), ids=COUNTED)
def test_characters_are_counted_as_people_count(text: str, count: int) -> None:
    assert count_characters(text) == count


FOLDED = {
    "traditional": ("路燈噪聲", "路灯噪声"),
    "variants": ("裏爲衆峯", "里为众峰"),
    "full width": ("ＡＢＣ１２３", "abc123"),
    "capital letters": ("Straße ÉCOLE", "strasse école"),
    "decomposed": ("E\u0301cole", "école"),
    "half width kana": ("ｶﾞｽ", "ガス"),
    "invisible": ("路\u200b灯", "路灯"),
    "square metre": ("10㎡", "10m2"),
    "compatibility ideograph": ("\uf9e9", "里"),
    "circled": ("①", "1"),
    "mixed": ("Ｌｉｇｈｔ 路燈", "light 路灯"),
}


@pytest.mark.parametrize(("text", "folded"), FOLDED.values(), ids=FOLDED)
def test_spellings_of_one_text_fold_to_one(text: str, folded: str) -> None:
    assert fold_text(text) == folded
    assert fold_text(folded) == folded


LOOK_ALIKE = [
    ("admin", "аdmin"),  # Cyrillic а
    ("admin", "аԁміη"),
    ("zhao1", "zhaol"),
    ("zhao1", "ZHAOI"),
    ("wang0", "wango"),
    ("ｗａｎｇ", "wang"),
    ("張三", "张三"),
    ("pοp", "pop"),  # Greek ο
]


@pytest.mark.parametrize(("one", "other"), LOOK_ALIKE)
def test_names_that_look_alike_are_one(one: str, other: str) -> None:
    assert fold_look_alikes(one) == fold_look_alikes(other)


def test_names_that_differ_stay_apart() -> None:
    names = ["admin", "admin2", "zhang.san", "zhangsan", "li_4", "li_5", "王五", "王武"]
    assert len({fold_look_alikes(name) for name in names}) == len(names)
