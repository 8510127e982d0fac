"""`Breakdown`: by what figures are split, such as departments or days."""

from appeals.domain.vocabulary import Term


class Breakdown(Term):
    """By what figures are split; the value is the code in editions, files and addresses."""

    CITY = "city", "Whole city"
    DEPARTMENT = "department", "Department"
    DISTRICT = "district", "District"
    STREET = "street", "Street"
    CATEGORY = "category", "Category"
    KIND = "kind", "Kind"
    CHANNEL = "channel", "Channel"
    DAY = "day", "Day"
    DAYS = "days", "Days to answer"


CITY = Breakdown.CITY
"""The breakdown of the whole city, and its only key."""
DIMENSIONS = (
    Breakdown.DEPARTMENT,
    Breakdown.DISTRICT,
    Breakdown.STREET,
    Breakdown.CATEGORY,
    Breakdown.KIND,
    Breakdown.CHANNEL,
)
"""The breakdowns that every snapshot row has a key for, or NULL. Their keys have names, which can
change, so an edition stores them.

`DAY` is the Shanghai day of a stamp, `DAYS` the whole days from opening to answer: only the charts'
measures have these two.
"""
BREAKDOWNS = (CITY, *DIMENSIONS)
"""The breakdowns of most measures."""
