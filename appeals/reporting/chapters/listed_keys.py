"""Which keys a table of the report lists, and in which order: largest, slowest, most changed."""

from collections.abc import Callable, Iterable

from appeals.domain.vocabulary import Tier
from appeals.reporting.measures.measure_names import MeasureName
from appeals.reporting.snapshot.breakdowns import Breakdown
from appeals.reporting.tables.period_comparisons import Comparison
from appeals.reporting.tables.report_tables import Reading, cell_of

LAST = Comparison.LAST
CATEGORY, DEPARTMENT = Breakdown.CATEGORY, Breakdown.DEPARTMENT
MAX_CHANGED, MAX_SLOWEST = 5, 10
MIN_CASES = 30
"""The fewest cases of a listed row: a category's filings in either period, a unit's closings."""


def largest_keys(by: Breakdown, most: int) -> Callable[[Reading], Iterable[str]]:
    """Choose the keys of a breakdown with the most appeals filed."""
    return lambda reading: reading.keys(by)[:most]


def most_changed_categories(*, up: bool) -> Callable[[Reading], Iterable[str]]:
    """Choose the five categories whose filings rose, or fell, most since the period before."""

    def keys(reading: Reading) -> Iterable[str]:
        if LAST not in reading.earlier:
            return []
        steps: dict[str, float] = {}
        for key in {
            cell.key for cell in (*reading.figures, *reading.earlier[LAST]) if cell.by == CATEGORY
        }:
            now, then = (
                reading.count(MeasureName.FILED, CATEGORY, key, against) for against in (None, LAST)
            )
            if max(now, then) >= MIN_CASES and then and now != then and (now > then) is up:
                steps[key] = now / then
        return sorted(steps, key=lambda key: (steps[key], key), reverse=up)[:MAX_CHANGED]

    return keys


def departments_with_overdue(reading: Reading) -> Iterable[str]:
    """Return the departments with overdue rounds, those with the most first."""
    late = {
        key: reading.count(MeasureName.OVERDUE, DEPARTMENT, key) for key in reading.keys(DEPARTMENT)
    }
    return sorted((key for key in late if late[key]), key=lambda key: (-late[key], key))


def busiest_units(tier: Tier) -> Callable[[Reading], list[str]]:
    """Choose the units of a group with cases, those with the most dispatches first."""

    def keys(reading: Reading) -> list[str]:
        found = [
            key
            for key in reading.basis.groups[tier]
            if reading.count(MeasureName.FEEDBACK, DEPARTMENT, key)
        ]
        return sorted(
            found, key=lambda key: (-reading.count(MeasureName.FEEDBACK, DEPARTMENT, key), key)
        )

    return keys


def slowest_departments(reading: Reading) -> list[str]:
    """Return the ten slowest departments, by mean working days, among those with enough closed."""
    days = {
        key: numbers
        for key in reading.keys(DEPARTMENT)
        if (numbers := reading.numbers(cell_of(MeasureName.WORKING_DAYS_MEAN, DEPARTMENT, key)))
        and numbers[1] >= MIN_CASES
    }
    return sorted(days, key=lambda key: (-days[key][0] / days[key][1], key))[:MAX_SLOWEST]
