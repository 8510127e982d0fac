"""Texts of the program: messages by their English sentence, and pairs for data with two columns.

The English sentence is the key (msgid) of a message. The other languages stand in the catalogues
of `translations/`, one folder a language, compiled by `deploy/catalogues.py`. A language without a
catalogue, and a message that a catalogue lacks, are shown in English.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

TRANSLATIONS = Path(__file__).parents[2] / "translations"
SOURCE_LANGUAGE = "en"
"""The language of the keys, which needs no catalogue."""


class Labelled:
    """Anything with a text for people in every language: messages, terms, rows, form fields."""

    def label(self, language: str) -> str:
        """Return the text in `language` (a code as "zh", "en" or "zh-CN")."""
        raise NotImplementedError


@dataclass(frozen=True)
class Text(Labelled):
    """A text from data with a Chinese and an English column; any other language shows English."""

    zh: str
    en: str

    def label(self, language: str) -> str:
        """Return the Chinese or the English text."""
        return self.zh if language.startswith("zh") else self.en


@dataclass(frozen=True)
class Message(Labelled):
    """A text of the program; `message` and its neighbours make one.

    Attributes:
        key: The English text, with a placeholder `%(name)s` for each value.
        context: Tells two meanings of one English text apart (`msgctxt`).
        values: The values by name; those with a label are shown in the language of the message.
        plural: The English text for a number other than one; `count` is the number.
    """

    key: str
    context: str = ""
    values: tuple[tuple[str, object], ...] = ()
    plural: str = ""
    count: int = 1

    def label(self, language: str) -> str:
        """Return the text in `language` with its values."""
        text = self._translate(find_catalogue(language))
        if not self.values:
            return text
        return text % {name: show_value(value, language) for name, value in self.values}

    def _translate(self, catalogue: NullTranslations) -> str:
        if self.plural:
            return catalogue.ngettext(self.key, self.plural, self.count)
        if self.context:
            return catalogue.pgettext(self.context, self.key)
        return catalogue.gettext(self.key) if self.key else ""


@dataclass(frozen=True)
class JoinedTexts(Labelled):
    """Several texts with a separator between them, as items of a list."""

    parts: tuple[object, ...]
    separator: Message

    def label(self, language: str) -> str:
        """Return the parts in `language`, joined."""
        separator = self.separator.label(language)
        return separator.join(show_value(part, language) for part in self.parts)


@dataclass(frozen=True)
class LowerCaseText(Labelled):
    """A label in the middle of a sentence: in small letters."""

    text: Labelled

    def label(self, language: str) -> str:
        """Return the label in `language`, in small letters."""
        return self.text.label(language).lower()


@dataclass(frozen=True)
class StoredText(Text):
    """A text that was stored in Chinese and English, and whose English is the key of a message.

    Another language shows the catalogue's text of today for that key, or else the English.
    `context` is the message's.
    """

    context: str = ""

    def label(self, language: str) -> str:
        """Return the stored Chinese or English, in another language the catalogue's text."""
        if language.partition("-")[0] in {"zh", SOURCE_LANGUAGE}:
            return super().label(language)
        return Message(self.en, self.context).label(language)


def message(key: str, /, **values: object) -> Message:
    """Make a message from its English text and the values of its placeholders."""
    return Message(key, values=tuple(values.items()))


def context_message(context: str, key: str, /, **values: object) -> Message:
    """Make a message whose English text has another meaning elsewhere."""
    return Message(key, context, tuple(values.items()))


def plural_message(one: str, many: str, count: int, /, **values: object) -> Message:
    """Make a message that differs for one and for many; `%(count)s` is the number."""
    return Message(one, values=(("count", count), *values.items()), plural=many, count=count)


COMMA = context_message("between items of a list", ", ")
SEMICOLON = context_message("between items of a list", "; ")


def join_texts(parts: Iterable[object], separator: Message = COMMA) -> JoinedTexts:
    """Join texts (with a label, or as they are) to a list in a sentence."""
    return JoinedTexts(tuple(parts), separator)


def show_value(value: object, language: str) -> str:
    """Return what a placeholder shows: the label in `language`, or the value as it is."""
    return value.label(language) if isinstance(value, Labelled) else str(value)


@cache
def offered_languages() -> tuple[str, ...]:
    """Return the languages that people can choose: Chinese, English, then the others by code."""
    translated = {folder.parent.name for folder in TRANSLATIONS.glob("*/LC_MESSAGES")}
    others = sorted(translated - {"zh", SOURCE_LANGUAGE})
    return ("zh", SOURCE_LANGUAGE, *others)


@cache
def find_catalogue(language: str) -> NullTranslations:
    """Return the catalogue of a language, of "zh-CN" that of "zh"; an empty one if it has none.

    Raises:
        FileNotFoundError: The catalogue has not been compiled.
    """
    name = language if language in offered_languages() else language.partition("-")[0]
    if name == SOURCE_LANGUAGE or name not in offered_languages():
        return NullTranslations()
    with (TRANSLATIONS / name / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        return GNUTranslations(file)
