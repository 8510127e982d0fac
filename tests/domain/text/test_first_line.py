"""The title that is made of a text's first sentence."""

import pytest

from appeals.domain.text.first_line import TITLE_CHARACTERS, make_title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("路灯不亮。已经一周了。", "路灯不亮"),
        ("  路灯不亮\n已经一周了", "路灯不亮"),
        ("The lamp is dark. Since Monday.", "The lamp is dark"),
        ("Version 2.5 is bad", "Version 2.5 is bad"),
        (
            "小区北门" * 5 + "，路灯一直不亮，" + "老人出门看不见路" * 4,
            "小区北门" * 5 + "，路灯一直不亮",
        ),
        ("吵" * 60, "吵" * TITLE_CHARACTERS + "…"),
        ("the lamps " * 8, "the lamps the lamps the lamps the lamps…"),
        ("。。。", "。。。"),
        ("", ""),
    ],
)
def test_the_title_is_the_first_sentence_or_its_beginning(text: str, title: str) -> None:
    assert make_title(text) == title
