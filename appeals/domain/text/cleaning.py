"""Cleaning what people and files bring in, before it is judged or kept; and counting it.

Each door does this: forms, imports, commands. What nobody can see is empty.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import groupby, islice

LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")
REMOVED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f"  # control characters; tab and line feed stay
    "\xad\u061c\u180e\u200b\u200e\u200f"  # soft hyphen, marks of direction, no width at all
    "\u202a-\u202e\u2060-\u2069\u206a-\u206f"  # embedding, override, isolates, operators
    "\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff"  # half a character
    "\U000e0000-\U000e00ff]"  # invisible letters that only programs read
)
"""Characters that nobody sees and that hide or turn others.

The joiners U+200C and U+200D, variation selectors and combining marks stay: they make letters of
many scripts, emoji and rare Chinese names what they are.
"""
BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u200c\u200d\u2800\u3164\uffa0")
"""Characters that show nothing, though they count as letters, symbols or marks."""
JOINER = "\u200d"
MAX_MARKS = 30
NORMALISED_TO_MARKS = "\u0f73\u0f75\u0f81\uff9e\uff9f"
"""Characters that do not combine themselves, but that NFC or NFKC writes as marks that do."""
ABOVE_BMP = re.compile("[\U00010000-\U0010ffff]")  # such letters may join, and are rare
MARKS_COUNTED_WITH_CHARACTER = 4
"""Marks of one character that are counted with it; more are no letter of any script."""


def clean_text(typed: str | None) -> str:
    r"""Return a text as it is kept: several lines, in NFC, each line end as "\n".

    Removed are control characters (a tab stays), characters without width, and those that turn or
    override the direction of reading; then the white space around. What shows nothing, such as
    spaces and U+200B alone, is the empty text. Combining characters stay.
    """
    text = typed or ""
    if not text.isascii() or not text.isprintable():
        text = REMOVED.sub("", LINE_ENDS.sub("\n", text))
        text = _normalise_nfc(text)
    text = text.strip()
    return text if text.isascii() or any(map(_is_visible, text)) else ""


def clean_line(typed: str | None) -> str:
    """Return a text of one line as it is kept: as `clean_text`, line ends and tabs as spaces."""
    text = clean_text(typed)
    return text if text.isprintable() else re.sub(r"[\n\t]+", " ", text)


def count_characters(text: str) -> int:
    r"""Return the length of a text as a person counts it.

    A line end is one character however it was sent; a letter with its marks is one, and so is an
    emoji made of several (a family, a flag). Marks without end are no letter: more than four on
    one character count one each.
    """
    if text.isascii():
        return len(text) - text.count("\r\n")
    text = LINE_ENDS.sub("\n", text)
    return sum(1 for _ in _iterate_characters(text)) if _may_join(text) else len(text)


def _iterate_characters(text: str) -> Iterator[str]:
    """Yield each character that a person counts, without those that belong to the one before."""
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
    """Return the text in NFC, with at most 30 marks on one character, as Unicode bounds them.

    Normalising takes quadratic time of more.
    """
    if _may_join(text):
        text = _bound_marks(text)
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def _may_join(text: str) -> bool:
    """Return whether a character may belong to the one before; in most texts none does."""
    return bool(ABOVE_BMP.search(text) or _mark_pattern().search(text))


@cache
def _mark_pattern() -> re.Pattern[str]:
    """Return what finds a mark or a joiner below U+10000: a set that is looked up in one step."""
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
