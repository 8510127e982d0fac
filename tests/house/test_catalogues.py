"""Every sentence of templates and code has its Chinese, once."""

import importlib
import io
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import appeals
from appeals.domain.messages import TRANSLATIONS
from appeals.domain.vocabulary import Term

ROOT = Path(__file__).parents[2]
KEYWORDS = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "message": None,
    "context_message": ((1, "c"), 2),
    "plural_message": (1, 2),
}
METHODS = {
    "appeals": [("**.py", "python")],
    "templates": [
        ("**.html", "jinja2.ext:babel_extract"),
        ("notices/**.txt", "jinja2.ext:babel_extract"),
    ],
}
OPTIONS = {"**.html": {"trimmed": "false", "silent": "false"}}
NAMED_IN_CHINESE_ALONE = {
    "%(day)s is a holiday": {"%(holiday)s"},
    "%(days)s are holidays": {"%(holiday)s"},
    "lies before %(before)s, which goes before it": {"%(time)s"},
}
"""The notices of the State Council name holidays in Chinese: the English leaves the name out."""
PLACE = re.compile(r"%\(\w+\)[sd]")


def translated() -> list[tuple[str, str]]:
    """Give each message of the catalogues with its Chinese, as often as it stands there."""
    return [
        (named(message.id, message.context), first(message.string))
        for path in (TRANSLATIONS / "zh").rglob("*.po")
        for message in read_po(io.BytesIO(path.read_bytes()), locale="zh")
        if message.id
    ]


def named(of: str | Sequence[str], context: str | None) -> str:
    """Name a message, with the context that tells it from another of the same words."""
    return f"{context}: {first(of)}" if context else first(of)


def first(of: str | Sequence[str] | None) -> str:
    """Give the message itself, of one with a plural the singular."""
    return of if isinstance(of, str) else (of or [""])[0]


@cache
def used() -> set[str]:
    """Give each message that a template or the code asks for, and each term."""
    found = {
        named(found[2], found[4])
        for folder, methods in METHODS.items()
        for found in extract_from_dir(ROOT / folder, methods, OPTIONS, KEYWORDS)
    }
    return found | {
        named(term.message.key, term.message.context) for terms in closed_lists() for term in terms
    }


def closed_lists(of: type[Term] = Term) -> Iterator[type[Term]]:
    """Give each closed list of the program; all modules are loaded, so that none is missed."""
    for module in pkgutil.walk_packages(appeals.__path__, "appeals."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for terms in of.__subclasses__():
        yield terms
        yield from closed_lists(terms)


def test_every_message_that_is_used_has_its_chinese() -> None:
    known = {of for of, chinese in translated() if chinese}
    assert len(used()) > 500
    assert used() - known == set()


def test_no_message_stands_twice_for_then_it_could_read_two_ways() -> None:
    counted = Counter(of for of, _ in translated())
    assert {of: times for of, times in counted.items() if times > 1} == {}


def test_the_chinese_names_the_same_places() -> None:
    unlike = {
        of: set(PLACE.findall(of)) ^ set(PLACE.findall(chinese))
        for of, chinese in translated()
        if set(PLACE.findall(of)) != set(PLACE.findall(chinese))
    }
    assert unlike == NAMED_IN_CHINESE_ALONE


def test_no_message_is_kept_that_nothing_uses() -> None:
    assert {of for of, _ in translated()} - used() == set()
