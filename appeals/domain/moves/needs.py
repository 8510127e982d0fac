"""The fields that moves and changes can need: forms are built, and input checked, from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from appeals.domain.refusals import Refused, not_valid
from appeals.domain.vocabulary import (
    ContactHow,
    FollowUpOutcome,
    Kind,
    NotAcceptedReason,
    Result,
    ReturnReason,
    Satisfaction,
    Solved,
    Term,
    TryHow,
    YesNo,
)


class Input(Enum):
    """The kind of form field: a closed list, free text, or a choice among the city's own rows."""

    CHOICE = "choice"
    LINE = "line"
    WORDS = "words"
    NUMBER = "number"
    MOMENT = "moment"
    DAY = "day"
    DEPARTMENT = "department"
    OFFICER = "officer"
    CATEGORY = "category"
    DISTRICT = "district"
    STREET = "street"
    DUTY = "duty"
    ROLE = "role"


@dataclass(frozen=True)
class Need:
    """One field of a move; `name` is its key in the input, `words` for the free text."""

    name: str
    zh: str
    en: str
    input: Input
    required: bool = True
    choices: type[Term] | None = None

    def label(self, language: str) -> str:
        """Return the label in `language`."""
        return self.zh if language.startswith("zh") else self.en

    def say(self, value: str, language: str) -> str:
        """Return the label with its value; a label that ends in a question mark gets no colon."""
        label, is_chinese = self.label(language), language.startswith("zh")
        if label.endswith(("？", "?")):
            return f"{label}{value}" if is_chinese else f"{label} {value}"
        return f"{label}：{value}" if is_chinese else f"{label}: {value}"


def check_needs(needs: Sequence[Need], given: Mapping[str, str]) -> None:
    """Refuse (not valid) a missing required value or a value outside a closed list."""
    for need in needs:
        value = given.get(need.name, "").strip()
        if not value and need.required:
            raise not_valid(need.name, f"请填写“{need.zh}”。", f"Enter: {need.en}.")
        if value and need.choices and value not in {term.value for term in need.choices}:
            raise wrong_choice(need)


def wrong_choice(need: Need) -> Refused:
    """Return the refusal of a value that is not among the choices of a field."""
    return not_valid(need.name, f"请选择“{need.zh}”。", f"Choose: {need.en}.")


WORDS = "words"
"""The one free text of a move; it may hold personal data and is stored apart from the facts."""

COMPLAINED_DEPARTMENT = "complained_department"
"""The department that a restricted appeal is about (Rules 3)."""

RESTRICTED = "restricted"
"""Set on a filing or correction with a restricted category: the appeal becomes restricted.

The writer sets it, so that a replay does not depend on today's category.
"""


def _words_need(zh: str, en: str, *, required: bool = True) -> Need:
    return Need(WORDS, zh, en, Input.WORDS, required=required)


def _choice_need(name: str, zh: str, en: str, terms: type[Term], *, required: bool = True) -> Need:
    return Need(name, zh, en, Input.CHOICE, required=required, choices=terms)


def _row_need(name: str, zh: str, en: str, kind: Input, *, required: bool = True) -> Need:
    return Need(name, zh, en, kind, required=required)


NEEDS: dict[str, Need] = {
    "reason": _words_need("理由", "Reason"),
    "maybe_reason": _words_need("理由（可不填）", "Reason (optional)", required=False),
    "note": _words_need("备注（可不填）", "Note (optional)", required=False),
    "internal_note": _words_need(
        "内部备注（市民看不到）", "Note for colleagues (never shown to citizens)"
    ),
    "route": _words_need("告知市民的办理途径", "Where the citizen should turn instead"),
    "reply": _words_need("答复内容", "Your answer"),
    "question": _words_need("要问市民的问题", "Your question to the citizen"),
    "more": _words_need("补充内容", "What you want to add"),
    "comment": _words_need("意见（可不填）", "Comment (optional)", required=False),
    "not_accepted_reason": _choice_need(
        "reason", "不予受理的原因", "Why it is not accepted", NotAcceptedReason
    ),
    "return_reason": _choice_need("reason", "退单原因", "Why it should be returned", ReturnReason),
    "how": _choice_need("how", "联系方式", "How the citizen was reached", ContactHow),
    "confidential": _choice_need(
        "confidential", "对承办单位保密", "Kept from the department", YesNo
    ),
    "tried_how": _choice_need("how", "怎样联系的", "How you tried", TryHow),
    "message_left": _choice_need(
        "message_left",
        "是否留言（短信、语音留言或门口留条）",
        "Did you leave a message (text, voice or a note at the door)?",
        YesNo,
    ),
    "when": _row_need(
        "when", "联系时间（默认为现在）", "When (now if empty)", Input.MOMENT, required=False
    ),
    "days": _row_need("days", "延长的工作日数", "Working days to add", Input.NUMBER),
    "result": _choice_need("result", "办理结果", "What came of it", Result),
    "outcome": _choice_need("outcome", "回访结果", "What came of the call", FollowUpOutcome),
    "solved": _choice_need("solved", "问题解决了吗？", "Was it solved?", Solved),
    "maybe_solved": _choice_need(
        "solved", "问题解决了吗？", "Was it solved?", Solved, required=False
    ),
    "satisfaction": _choice_need(
        "satisfaction", "您满意吗？", "How satisfied are you?", Satisfaction
    ),
    "maybe_satisfaction": _choice_need(
        "satisfaction", "满意程度", "How satisfied", Satisfaction, required=False
    ),
    "department": _row_need("department", "承办单位", "Department", Input.DEPARTMENT),
    "officer": _row_need("officer", "承办人", "Officer", Input.OFFICER),
    "investigation": _choice_need(
        "investigation", "需要调查（10个工作日）", "Needs an investigation", YesNo, required=False
    ),
    "dispatch_urgent": _choice_need("urgent", "紧急", "Urgent", YesNo, required=False),
    "urgent": _choice_need("urgent", "紧急", "Urgent", YesNo, required=False),
    "kind": _choice_need("kind", "性质", "Kind", Kind, required=False),
    "category": _row_need("category", "类别", "Category", Input.CATEGORY, required=False),
    "district": _row_need("district", "区市", "District", Input.DISTRICT, required=False),
    "street": _row_need("street", "街道（镇）", "Street or town", Input.STREET, required=False),
    COMPLAINED_DEPARTMENT: _row_need(
        COMPLAINED_DEPARTMENT,
        "被反映单位（仅限制件类别）",
        "Department complained about (restricted categories only)",
        Input.DEPARTMENT,
        required=False,
    ),
}
