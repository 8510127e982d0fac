"""Refusals: a sentence for the person, and a kind for the edge."""

from enum import Enum

from appeals.domain.messages import SOURCE_LANGUAGE, Labelled, message


class RefusedKind(Enum):
    """Why something was refused; the value is the HTTP status of the response."""

    NOT_VALID = 422
    NOT_ALLOWED = 403
    NOT_FOUND = 404
    NOT_NOW = 409
    TOO_MANY = 429
    NOT_HERE = 503


class Refused(Exception, Labelled):  # noqa: N818 - the field's word: an act is refused, nothing failed
    """The rules do not allow what somebody tried.

    `text` says what to do next; `field` is the form field that it is about, if any.
    """

    def __init__(self, kind: RefusedKind, text: Labelled, field: str | None = None) -> None:
        """Store what the person is told."""
        super().__init__(text.label(SOURCE_LANGUAGE))
        self.kind = kind
        self.text = text
        self.field = field

    def label(self, language: str) -> str:
        """Return the sentence in `language`."""
        return self.text.label(language)


def not_found() -> Refused:
    """Refuse with the same words what does not exist and what the actor may not see."""
    return Refused(
        RefusedKind.NOT_FOUND, message("There is no such appeal here. Check the number.")
    )


def not_allowed() -> Refused:
    """Refuse a move that the actor's role may not make."""
    return Refused(RefusedKind.NOT_ALLOWED, message("Your role does not allow this step."))


def not_now(text: Labelled) -> Refused:
    """Refuse a move that the actor may make, but not in this situation."""
    return Refused(RefusedKind.NOT_NOW, text)


def not_valid(field: str, text: Labelled) -> Refused:
    """Refuse the input of `field`."""
    return Refused(RefusedKind.NOT_VALID, text, field)
