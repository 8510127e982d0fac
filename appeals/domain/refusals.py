"""Refusals: a sentence for the person in both languages, and a kind for the edge."""

from enum import Enum


class RefusedKind(Enum):
    """Why something was refused; the value is the HTTP status of the page that says so."""

    NOT_VALID = 422
    NOT_ALLOWED = 403
    NOT_FOUND = 404
    NOT_NOW = 409
    TOO_MANY = 429
    NOT_HERE = 503


class Refused(Exception):  # noqa: N818 - the field's word: an act is refused, nothing has failed
    """An act that the rules do not allow.

    `zh` and `en` say what to do next; `field` names the form field it is about, if any.
    """

    def __init__(self, kind: RefusedKind, zh: str, en: str, field: str | None = None) -> None:
        """Keep the sentence in both languages."""
        super().__init__(en)
        self.kind = kind
        self.zh = zh
        self.en = en
        self.field = field

    def sentence(self, language: str) -> str:
        """Return the sentence in `language` ("zh…" reads Chinese, anything else English)."""
        return self.zh if language.startswith("zh") else self.en


def not_found() -> Refused:
    """Refuse what does not exist and what may not be seen in the same words, so nothing leaks."""
    return Refused(
        RefusedKind.NOT_FOUND,
        "没有找到这件诉求，请核对编号。",
        "There is no such appeal here. Check the number.",
    )


def not_allowed() -> Refused:
    """Refuse a person whose role does not make this move."""
    return Refused(
        RefusedKind.NOT_ALLOWED,
        "您的角色不能进行这项操作。",
        "Your role does not allow this step.",
    )


def not_now(zh: str, en: str) -> Refused:
    """Refuse a move that the rules allow this person, but not at this moment."""
    return Refused(RefusedKind.NOT_NOW, zh, en)


def not_valid(field: str, zh: str, en: str) -> Refused:
    """Refuse what was typed into `field`."""
    return Refused(RefusedKind.NOT_VALID, zh, en, field)
