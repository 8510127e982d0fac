"""A made-up language with a catalogue of its own: every message in Armenian letters.

It is made as a new language would be: from the messages of the Chinese `.po` files, compiled by
`deploy/catalogues.py`. So a text with Latin or Chinese letters left has not been translated.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from appeals.casework.handling import notices
from appeals.domain import messages
from deploy.catalogues import merge

MADE_UP = "xx"
KNOWN_LETTERS = re.compile("[A-Za-z\u4e00-\u9fff]")
"""A letter that only a text without translation has."""
KEPT = re.compile(r"(%\(\w+\)[sd]|\{\w+\}|<[^>]+>|&\w+;)")
"""Placeholders and markup."""
CACHES = (messages.offered_languages, messages.find_catalogue, notices._template_environment)


def translate(text: str) -> str:
    """Return a message in the made-up language: its letters moved to the Armenian alphabet."""
    parts = KEPT.split(text)
    return "".join(part if n % 2 else _move_letters(part) for n, part in enumerate(parts))


def _move_letters(text: str) -> str:
    return KNOWN_LETTERS.sub(lambda letter: chr(0x0561 + ord(letter[0].lower()) % 32), text)


@cache
def make_catalogue() -> Catalog:
    """Return the catalogue: the messages of the Chinese one, in the made-up language."""
    catalogue = Catalog(locale="en")
    for message in merge(messages.TRANSLATIONS / "zh" / "LC_MESSAGES", "zh"):
        if message.id:
            forms = [message.id] if isinstance(message.id, str) else list(message.id)
            said = [translate(form) for form in forms]
            catalogue.add(message.id, said[0] if len(said) == 1 else said, context=message.context)
    return catalogue


def write_translations(folder: Path) -> None:
    """Fill a folder of translations with the Chinese and the made-up catalogue."""
    (folder / "zh").symlink_to(messages.TRANSLATIONS / "zh")
    (folder / MADE_UP / "LC_MESSAGES").mkdir(parents=True)
    with (folder / MADE_UP / "LC_MESSAGES" / "messages.mo").open("wb") as file:
        write_mo(file, make_catalogue())


@pytest.fixture
def made_up_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the code of a language that has a text for every message."""
    write_translations(tmp_path)
    monkeypatch.setattr(messages, "TRANSLATIONS", tmp_path)
    _forget_catalogues()
    yield MADE_UP
    monkeypatch.undo()
    _forget_catalogues()


def _forget_catalogues() -> None:
    for each in CACHES:
        each.cache_clear()
