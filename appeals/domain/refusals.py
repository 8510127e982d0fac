"""Refusals: a sentence for the person in both languages, and a kind for the edge."""

from enum import Enum


class RefusedKind(Enum):
    """Why something was refused; the value is the HTTP status of the response."""

    NOT_VALID = 422
    NOT_ALLOWED = 403
    NOT_FOUND = 404
    NOT_NOW = 409
    TOO_MANY = 429
    NOT_HERE = 503


class Refused(Exception):  # noqa: N818 - the field's word: an act is refused, nothing has failed
    """The rules do not allow what somebody tried.

    `zh` and `en` say what to do next; `field` is the form field that it is about, if any.
    """

    def __init__(self, kind: RefusedKind, zh: str, en: str, field: str | None = None) -> None:
        """Store the sentence in both languages."""
        super().__init__(en)
        self.kind = kind
        self.zh = zh
        self.en = en
        self.field = field

    def sentence(self, language: str) -> str:
        """Return the sentence in `language` ("zh…" gives Chinese, anything else English)."""
        return self.zh if language.startswith("zh") else self.en


def not_found() -> Refused:
    """Refuse with the same words what does not exist and what the actor may not see."""
    return Refused(
        RefusedKind.NOT_FOUND,
        "没有找到这件诉求，请核对编号。",
        "There is no such appeal here. Check the number.",
    )


def not_allowed() -> Refused:
    """Refuse a move that the actor's role may not make."""
    return Refused(
        RefusedKind.NOT_ALLOWED,
        "您的角色不能进行这项操作。",
        "Your role does not allow this step.",
    )


def not_now(zh: str, en: str) -> Refused:
    """Refuse a move that the actor may make, but not in this situation."""
    return Refused(RefusedKind.NOT_NOW, zh, en)


def not_valid(field: str, zh: str, en: str) -> Refused:
    """Refuse the input of `field`."""
    return Refused(RefusedKind.NOT_VALID, zh, en, field)
