"""Telephone and identity numbers that somebody wrote into a text."""

import re
from datetime import date

from appeals.domain.text.folding import fold_text

TELEPHONE = re.compile(
    r"(?<!\d)(?<!\d\.)(?:(?:\+?86[\s-]?)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}|0\d{2,3}[\s-]?\d{7,8})(?!\.?\d)",
    re.ASCII,
)
FIRST_YEAR = 1900
"""Nobody who writes was born before."""
IDENTITY = re.compile(r"(?<!\d)\d{6}(\d{4})(\d{2})(\d{2})\d{3}[\dx](?![\da-z])", re.ASCII)
"""A number of GB 11643: place, date of birth, order, check digit (folded: x is small)."""


def find_personal_numbers(text: str) -> list[str]:
    """Return the telephone and identity numbers of a text in their order, as they are folded."""
    folded = fold_text(text)
    found = [each for each in IDENTITY.finditer(folded) if _is_birth_date(*each.groups())]
    taken = [each.span() for each in found]
    found += [
        each
        for each in TELEPHONE.finditer(folded)
        if not any(start < each.end() and each.start() < end for start, end in taken)
    ]
    return [each[0] for each in sorted(found, key=lambda each: each.start())]


def _is_birth_date(year: str, month: str, day: str) -> bool:
    try:
        return date(int(year), int(month), int(day)).year >= FIRST_YEAR
    except ValueError:
        return False
