"""The kind of an appeal, by the words that it begins with."""

from appeals.domain.text.folding import fold_text
from appeals.domain.vocabulary import Kind

KIND_WORDS: dict[Kind, tuple[str, ...]] = {
    Kind.CONSULTATION: (
        "请问", "咨询", "想问", "问一下", "问下", "怎么办理", "如何办理", "去哪", "哪里办",
        "在哪办",
        "什么材料", "什么手续", "什么条件", "多少钱", "能不能办", "可以办",
        "how do i", "how can i", "where can i", "what do i need",
    ),
    Kind.SUGGESTION: ("建议", "能否增设", "希望增设", "希望增加", "能不能增加", "suggest"),
    Kind.PRAISE: ("表扬", "感谢", "点赞", "拾金不昧", "praise", "thank you to"),
    Kind.REPORT: ("举报", "无证", "偷排", "造假", "黑作坊", "传销", "report a", "unlicensed"),
    Kind.HELP: (
        "求助", "帮帮", "帮我", "帮忙", "请帮", "丢了", "弄丢", "找不到", "停水", "停电",
        "没水", "没电",
        "坏了", "不亮", "help", "lost", "broken",
    ),
    Kind.COMPLAINT: ("投诉", "扰民", "吵", "态度", "不给", "complain", "noise", "rude"),
}  # fmt: skip


def propose_kind(text: str) -> Kind:
    """Return the kind whose word comes first in a text; without one it is a complaint."""
    folded = fold_text(text)
    found = [
        (at, kind)
        for kind, words in KIND_WORDS.items()
        for word in words
        if (at := folded.find(word)) >= 0
    ]
    return min(found, key=lambda each: each[0])[1] if found else Kind.COMPLAINT
