"""Texts of pages in the reader's language, from the catalogues of `domain/messages.py`."""

from typing import Self

from flask import Response, g, request
from markupsafe import escape

from appeals.domain.messages import Message, message, offered_languages, plural_message
from appeals.web.shared.cookies import YEAR_SECONDS, Cookie

LANGUAGE_COOKIE = Cookie("lang", YEAR_SECONDS)


class LazyText(str):
    """A message that turns into text in the language of whoever reads the page.

    For the labels of forms and for constants, which are made before there is a request. It is a
    string because the libraries of forms take nothing else; as such it is the English key.
    """

    __slots__ = ("message",)
    message: Message

    def __new__(cls, message: Message) -> Self:
        """Make the text of a message."""
        made = super().__new__(cls, message.key)
        made.message = message
        return made

    def __str__(self) -> str:
        """Return the text in the reader's language."""
        return self.message.label(language())

    def __html__(self) -> str:
        """Return the text for a page."""
        return str(escape(str(self)))

    def __format__(self, form: str) -> str:
        """Return the text in an f-string."""
        return format(str(self), form)

    def __mod__(self, values: object) -> str:
        """Return the text with values that are known only later."""
        return str(self) % values


class FormTexts:
    """Translates what WTForms itself says in a form."""

    def gettext(self, text: str) -> str:
        """Return a sentence of WTForms in the reader's language."""
        return Message(text).label(language())

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Return a sentence of WTForms for a number, in the reader's language."""
        return Message(one, plural=many, count=count).label(language())


TEXTS_OF_WTFORMS = (
    message("Not a valid choice."),
    message("Not a valid integer value."),
    message("Field must be between %(min)d and %(max)d characters long."),
    plural_message(
        "Field cannot be longer than %(max)d character.",
        "Field cannot be longer than %(max)d characters.",
        2,
    ),
)
"""What our fields and validators can say without a sentence of ours: named for the catalogues."""


def gettext(key: str, /, **values: object) -> str:
    """Return a message in the reader's language."""
    return message(key, **values).label(language())


def lazy_gettext(key: str, /, **values: object) -> LazyText:
    """Make a message that is put into the reader's language when it is shown."""
    return LazyText(message(key, **values))


def language() -> str:
    """Return the reader's language: from `?lang=`, the cookie or the Accept-Language header."""
    found: str | None = g.get("language")  # a page asks for it hundreds of times
    if found is None:
        found = g.language = _chosen_language()
    return found


def remember_language(response: Response) -> Response:
    """Set the cookie of a language that was chosen with this request."""
    chosen = request.args.get("lang")
    if chosen in offered_languages():
        LANGUAGE_COOKIE.set_in(response, chosen)
    return response


def _chosen_language() -> str:
    chosen = request.args.get("lang") or LANGUAGE_COOKIE.read_value()
    if chosen in offered_languages():
        return chosen
    return request.accept_languages.best_match(offered_languages(), default="zh") or "zh"
