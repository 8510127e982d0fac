"""The comparisons of a figure: with the year before (同比) or the period before (环比)."""

import re

from appeals.domain.vocabulary import Term

PERIOD = re.compile(r"(\d{4})(?:-(Q?)(\d{1,2}))?")
MONTHS, QUARTERS = 12, 4


class Comparison(Term):
    """The earlier period with which a figure is compared."""

    YEAR = "year", "Year on year"
    LAST = "last", "On the period before"


def compare_periods(period: str, other: str) -> Comparison | None:
    """Return which comparison of `period` is with `other`; None if neither.

    Both are years (2023), quarters (2023-Q3) or months (2023-07).
    """
    here, there = PERIOD.fullmatch(period), PERIOD.fullmatch(other)
    if not here or not there or here[2] != there[2] or bool(here[3]) != bool(there[3]):
        return None
    year, year_there = int(here[1]), int(there[1])
    if year_there == year - 1 and int(here[3] or 0) == int(there[3] or 0):
        return Comparison.YEAR
    in_year = QUARTERS if here[2] else MONTHS
    between = (year - year_there) * in_year + int(here[3] or 0) - int(there[3] or 0)
    return Comparison.LAST if between == 1 else None
