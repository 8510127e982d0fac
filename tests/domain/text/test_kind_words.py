"""The kind that is proposed from the words of an appeal."""

import pytest

from appeals.domain.text.kind_words import propose_kind
from appeals.domain.vocabulary import Kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("请问老年证在哪办", Kind.CONSULTATION),
        ("建议在路口装红绿灯", Kind.SUGGESTION),
        ("表扬李沧公交的司机师傅，捡到我的包", Kind.PRAISE),
        ("举报楼下黑作坊", Kind.REPORT),
        ("我家停水了，请问什么时候来水", Kind.HELP),
        ("施工扰民，希望管管", Kind.COMPLAINT),
        ("楼上天天半夜唱歌", Kind.COMPLAINT),
        ("Where can I get a card?", Kind.CONSULTATION),
    ],
)
def test_the_first_word_that_tells_decides(text: str, kind: Kind) -> None:
    assert propose_kind(text) is kind
