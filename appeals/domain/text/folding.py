"""Folding: maps spellings that people regard as the same to one, for search and comparison.

A folded text is only compared, never shown or stored in place of what was typed.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from appeals.domain.text.cleaning import clean_text

TRADITIONAL_CHARACTERS_FILE = Path(__file__).with_name("traditional_characters.txt")
LOOK_ALIKES = {
    "a": "аαɑ", "b": "вβƅ", "c": "сϲ", "d": "ԁ", "e": "еεҽ", "g": "ɡց", "h": "һнհ",
    "j": "јϳ", "k": "кκ", "l": "ӏ1|iіιıї", "m": "м", "n": "ηпո", "o": "оοօ0", "p": "рρ", "q": "ԛգ",
    "r": "г", "s": "ѕ", "t": "тτ", "u": "υսμ", "v": "νѵ", "w": "ԝω", "x": "хχ", "y": "уγү",
    "z": "ᴢ",
}  # fmt: skip
"""Letters of other scripts, and digits, that look like a small Latin letter."""
SKELETON = {ord(other): letter for letter, others in LOOK_ALIKES.items() for other in others}
INVISIBLE_BETWEEN = r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]*"
"""What older rows may contain between two characters, as a PostgreSQL regular expression."""
OTHER_WIDTHS = (*range(0xA0, 0x3400), *range(0xF900, 0xFFEF))
"""Ranges of the characters that NFKC and case folding replace by others."""
ABOVE_BMP = 0x10000


@cache
def _simplified_characters() -> Mapping[int, str]:
    """Return the simplified character for the code point of each traditional one."""
    lines = TRADITIONAL_CHARACTERS_FILE.read_text("utf-8").splitlines()
    pairs = " ".join(line for line in lines if not line.startswith("#")).split()
    return {ord(pair[0]): pair[1] for pair in pairs}


def fold_text(text: str) -> str:
    """Return a text as it is searched: spellings that people regard as the same become equal.

    Traditional characters become simplified, full width half, capital letters small (NFKC and case
    folding), and invisible characters are removed: `路燈`, `路灯` and `路灯` with a U+200B in it.
    """
    if text.isascii() and text.isprintable():
        return text.casefold().strip()
    plain = _normalise_nfkc(_normalise_nfkc(clean_text(text)).casefold())
    return plain.translate(_simplified_characters()).strip()


def _normalise_nfkc(text: str) -> str:
    return text if unicodedata.is_normalized("NFKC", text) else unicodedata.normalize("NFKC", text)


def fold_look_alikes(name: str) -> str:
    """Return a form of a name that is equal for names that look alike, to compare account names.

    It is folded as by `fold_text`, and letters and digits that look alike become one: `аdmin` with
    a Cyrillic а and `admin`; `l`, `i` and `1`; `o` and `0`.
    """
    return fold_text(name).translate(SKELETON)


def search_pattern(words: str) -> str:
    """Return a PostgreSQL regular expression (`~*`) that finds words in unfolded text.

    It finds every text whose folded form contains the folded words, except for the few characters
    that fold to several (㎡). So no folded copy of citizens' texts has to be stored. Empty words
    give an empty pattern, which matches everything.
    """
    pieces = [
        INVISIBLE_BETWEEN.join(_any_spelling(char) for char in word)
        for word in fold_text(words).split()
    ]
    return r"\s+".join(pieces)


def _any_spelling(char: str) -> str:
    return f"[{''.join(map(_escape_character, (char, *_spellings_by_folded().get(char, ()))))}]"


def _escape_character(char: str) -> str:
    """Return a character as a PostgreSQL regular expression escapes it, by code point."""
    return rf"\u{ord(char):04x}" if ord(char) < ABOVE_BMP else rf"\U{ord(char):08x}"


@cache
def _spellings_by_folded() -> Mapping[str, list[str]]:
    """Return the single characters that fold to each folded character."""
    found = defaultdict[str, list[str]](list)
    for number in (*_simplified_characters(), *OTHER_WIDTHS):
        char = chr(number)
        folded = fold_text(char)
        if len(folded) == 1 and folded != char:
            found[folded].append(char)
    return found
