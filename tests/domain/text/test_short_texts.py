"""A short text ends where a sentence or a word ends, keeps numbers whole and names nobody."""

import re

import pytest

from appeals.domain.text.short_texts import (
    ELLIPSIS,
    end_sentence,
    find_first_sentence,
    names_somebody,
    shorten_text,
)

ANSWERS = (
    "经核实，您反映的路灯已于2026年11月28日 10:30修复，共更换14盏，耗资1,200.50元。",
    "We replaced 14 lamps on 28 Nov 2026, 10:30, for 1,200.50 yuan; call 12345 if one fails.",
    "已责令该工地停止夜间施工，2026-11-30前整改完毕，逾期罚款5万元。",
)
WHOLE = re.compile(r"\d+(?:[.,:/年月-]\d+)*[年月日盏万元]?|\d+ [A-Z][a-z]{2} \d{4}|[A-Za-z]+")
"""Numbers with their unit, dates and words, none of which is cut."""


@pytest.mark.parametrize("text", ANSWERS)
def test_a_text_is_never_longer_than_its_room_and_never_cut_within_a_number_or_word(
    text: str,
) -> None:
    wholes = [match.span() for match in WHOLE.finditer(text)]
    for room in range(len(text)):
        short = shorten_text(text, room)
        assert len(short) <= room
        kept = short.removesuffix(ELLIPSIS)
        assert text.startswith(kept)
        assert not [each for each in wholes if each[0] < len(kept) < each[1]], short
    assert shorten_text(text, len(text)) == text


def test_chinese_is_cut_at_the_end_of_a_clause_and_english_at_that_of_a_word() -> None:
    assert shorten_text("经核实，路灯已修复，感谢支持。", 13) == "经核实，路灯已修复…"
    assert shorten_text("经核实您反映的路灯问题属实", 10) == "", "no clause ends there"
    assert shorten_text("The lamps were replaced today.", 20) == "The lamps were…"


@pytest.mark.parametrize(
    ("answer", "first"),
    [
        ("尊敬的市民：您好！您反映的路灯问题收悉。路灯已修复。感谢。", "路灯已修复。"),
        ("王女士您好，请问漏水发生在几楼？", "请问漏水发生在几楼？"),
        ("您好！您反映的噪音问题，我局已责令停工。", "您反映的噪音问题，我局已责令停工。"),
        ("Dear Ms Wang, the lamps work. Thank you.", "the lamps work."),
        ("The lamp at No. 14 was replaced. Good.", "The lamp at No. 14 was replaced."),
        ("路灯已修复", "路灯已修复"),
        ("您反映的问题收悉，现答复如下：\n经核实，路灯已修复。", "经核实，路灯已修复。"),
        ("We found the following:\n1. The lamps work.", "1. The lamps work."),
        ("处理情况如下：", "处理情况如下："),
        ("您好！", ""),
        ("来信收悉。", "来信收悉。"),
        ("", ""),
    ],
)
def test_the_first_sentence_is_no_greeting_and_no_acknowledgement(answer: str, first: str) -> None:
    assert find_first_sentence(answer) == first


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("路灯已修复", "路灯已修复。"),
        ("路灯已修复。", "路灯已修复。"),
        ("路灯已修复（见附件）", "路灯已修复（见附件）。"),
        ("他说“已修复。”", "他说“已修复。”"),
        ("处理情况如下：", "处理情况如下。"),
        ("路灯已修复…", "路灯已修复…"),
        ("The lamps work", "The lamps work."),
        ("", ""),
    ],
)
def test_a_sentence_gets_its_full_stop_once(text: str, whole: str) -> None:
    assert end_sentence(text) == whole


@pytest.mark.parametrize(
    "text",
    [
        "请联系13800138000。",
        "电话0532-8591 2345。",
        "身份证37020219800101123X已核对。",
        "车辆鲁B·12345已拖离。",
        "经与张先生协商，已退款。",
        "举报人李某所述属实。",
        "Mr Zhang was told.",
        "已查处香港中路12号的违建。",
        "已查处3号楼2单元的违建。",
        "请写信到wang@example.org。",
    ],
)
def test_a_sentence_with_personal_data_is_recognised(text: str) -> None:
    assert names_somebody(text)


@pytest.mark.parametrize(
    "text",
    [
        "14号路灯已于2026年11月28日修复。",
        "2026-11-30前整改完毕，请拨打12345。",
        "地铁2号线噪音已监测，62分贝。",
        "The lamps were replaced on 28 Nov 2026.",
    ],
)
def test_a_sentence_about_a_thing_names_nobody(text: str) -> None:
    assert not names_somebody(text)
