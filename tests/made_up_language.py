"""A made-up language: every message in letters that neither Chinese nor English has."""

import re
from gettext import NullTranslations

import pytest

from appeals.domain import messages

MADE_UP = "xx"
KNOWN_LETTERS = re.compile("[A-Za-z\u4e00-\u9fff]")
"""A letter that only a text without translation has."""
PLACEHOLDER = re.compile(r"(%\(\w+\)s|\{\w+\})")


class MadeUpCatalogue(NullTranslations):
    """Translates a message by moving its letters to the Armenian alphabet."""

    def gettext(self, message: str) -> str:
        """Return the message with its placeholders as they are."""
        parts = PLACEHOLDER.split(message)
        return "".join(part if n % 2 else _move_letters(part) for n, part in enumerate(parts))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the message for one or for many."""
        return self.gettext(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        """Return the message, whatever its context."""
        del context
        return self.gettext(message)


def _move_letters(text: str) -> str:
    return KNOWN_LETTERS.sub(lambda letter: chr(0x0561 + ord(letter[0].lower()) % 32), text)


@pytest.fixture
def made_up_language(monkeypatch: pytest.MonkeyPatch) -> str:
    """Give the code of a language that has a text for every message."""
    of_others = messages.find_catalogue

    def find_catalogue(language: str) -> NullTranslations:
        return MadeUpCatalogue() if language == MADE_UP else of_others(language)

    monkeypatch.setattr(messages, "find_catalogue", find_catalogue)
    return MADE_UP
