"""Cleaning text from people and files before it is checked or stored; counting characters.

Every way in uses it: forms, imports, commands. A text of invisible characters only counts as empty.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import groupby, islice

LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")
REMOVED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f"  # control characters; tab and line feed stay
    "\xad\u061c\u180e\u200b\u200e\u200f"  # soft hyphen, zero-width characters, direction marks
    "\u202a-\u202e\u2060-\u2069\u206a-\u206f"  # embeddings, overrides, isolates, operators
    "\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff"  # lone surrogates
    "\U000e0000-\U000e00ff]"  # tag characters
)
"""Invisible characters, and those that hide or reorder others.

The joiners U+200C and U+200D, variation selectors and combining marks stay: letters of many
scripts, emoji and rare Chinese names need them.
"""
BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u200c\u200d\u2800\u3164\uffa0")
"""Characters that show nothing, though Unicode classes them as letters, symbols or marks."""
JOINER = "\u200d"
MAX_MARKS = 30
MAX_ID_DIGITS = 18
NORMALISED_TO_MARKS = "\u0f73\u0f75\u0f81\uff9e\uff9f"
"""Characters that are no combining marks themselves but that NFC or NFKC turns into marks."""
ABOVE_BMP = re.compile("[\U00010000-\U0010ffff]")  # may combine, and are rare
MARKS_COUNTED_WITH_CHARACTER = 4
"""Combining marks that are counted together with their character; no script needs more."""


def clean_text(typed: str | None) -> str:
    r"""Return a text as it is stored: possibly several lines, in NFC, with "\n" as line end.

    Removed are control characters (except tabs), zero-width characters, those that change the
    direction of text, and surrounding white space. A text that shows nothing, such as spaces and
    U+200B, becomes empty. Combining characters stay.
    """
    text = typed or ""
    if not text.isascii() or not text.isprintable():
        text = REMOVED.sub("", LINE_ENDS.sub("\n", text))
        text = _normalise_nfc(text)
    text = text.strip()
    return text if text.isascii() or any(map(_is_visible, text)) else ""


def clean_line(typed: str | None) -> str:
    """Return one line of text as it is stored: as `clean_text`, line ends and tabs as spaces."""
    text = clean_text(typed)
    return text if text.isprintable() else re.sub(r"[\n\t]+", " ", text)


def count_characters(text: str) -> int:
    r"""Return the length of a text as a person counts it.

    A line end counts one in whatever form it was sent; so does a letter with its marks, and an
    emoji of several characters (a family, a flag). More than four marks on one character count one
    each, because no letter has them.
    """
    if text.isascii():
        return len(text) - text.count("\r\n")
    text = LINE_ENDS.sub("\n", text)
    return sum(1 for _ in _iterate_characters(text)) if _may_join(text) else len(text)


def _iterate_characters(text: str) -> Iterator[str]:
    """Yield each character that a person counts, without those that belong to the previous one."""
    marks, before, flags = 0, "", 0
    for char in text:
        is_flag = "\U0001f1e6" <= char <= "\U0001f1ff"
        flags = flags + 1 if is_flag else 0
        is_joined = before == JOINER or _is_mark(char) or (is_flag and flags % 2 == 0)
        marks = marks + 1 if is_joined and before else 0
        if not marks or marks > MARKS_COUNTED_WITH_CHARACTER * (
            2 if JOINER in (char, before) else 1
        ):
            yield char
        before = char


def _normalise_nfc(text: str) -> str:
    """Return the text in NFC, with at most 30 marks on one character, Unicode's limit.

    With more, normalising would take quadratic time.
    """
    if _may_join(text):
        text = _bound_marks(text)
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def _may_join(text: str) -> bool:
    """Return whether a character may belong to the one before: a fast test, usually negative."""
    return bool(ABOVE_BMP.search(text) or _mark_pattern().search(text))


@cache
def _mark_pattern() -> re.Pattern[str]:
    """Return a pattern that finds a mark or joiner below U+10000."""
    return re.compile(f"[{''.join(filter(_is_mark, map(chr, range(0x300, 0x10000))))}]")


def _bound_marks(text: str) -> str:
    runs = groupby(
        text, key=lambda char: unicodedata.combining(char) > 0 or char in NORMALISED_TO_MARKS
    )
    return "".join("".join(islice(run, MAX_MARKS) if marks else run) for marks, run in runs)


def _is_mark(char: str) -> bool:
    if char.isascii():
        return False
    is_skin_tone = "\U0001f3fb" <= char <= "\U0001f3ff"
    return is_skin_tone or char == JOINER or unicodedata.category(char) in {"Mn", "Me"}


def _is_visible(char: str) -> bool:
    if char in BLANKS:
        return False
    return unicodedata.category(char) not in {"Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Me", "Cn"}


def is_id(text: str) -> bool:
    """Return whether a text is the id of a row: digits, and never too large for a column."""
    return text.isascii() and text.isdecimal() and len(text) <= MAX_ID_DIGITS
