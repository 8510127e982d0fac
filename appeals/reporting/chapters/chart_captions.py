"""What is to be seen in a chart, in one sentence below its title."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from appeals.domain.messages import Labelled, message, plural_message
from appeals.domain.text.dates import describe_day
from appeals.reporting.chapters.overview import LabelledCount
from appeals.reporting.charts import DataPoint
from appeals.reporting.measures.cells import Numbers
from appeals.reporting.measures.measure_shapes import Shape, divide
from appeals.reporting.snapshot.snapshot_rows import MAX_ANSWER_DAYS
from appeals.reporting.tables.sections import FEW_CASES, FigureLine

HALF, NINE_IN_TEN = 0.5, 0.9
Valued = TypeVar("Valued", FigureLine, DataPoint)
FEW_NOTE = message("Hatched: fewer than %(n)s cases.", n=FEW_CASES)


def caption_shares(lines: Sequence[FigureLine]) -> Labelled | None:
    """Name the highest and the lowest share that rest on enough cases; None for fewer than two."""
    extremes = _find_extremes(line for line in lines if line.denominator >= FEW_CASES)
    if extremes is None:
        return None
    low, high = extremes
    if low.value == high.value:
        return message("The same for all that have enough cases: %(rate)s.", rate=low.shown)
    return message(
        "Highest: %(high)s, %(high_rate)s. Lowest: %(low)s, %(low_rate)s.",
        high=high.key,
        high_rate=high.shown,
        low=low.key,
        low_rate=low.shown,
    )


def caption_funnel(funnel: Sequence[LabelledCount]) -> Labelled:
    """Say what became of the appeals filed; `funnel` has the six steps of the overview."""
    filed, valid, dispatched, completed, rated, satisfied = (step.number for step in funnel)
    return message(
        "Of %(filed)s appeals filed %(valid)s are valid; of those dispatched %(completed)s are"
        " completed; of those who gave a rating %(satisfied)s are satisfied.",
        filed=f"{filed:,}",
        valid=f"{valid:,}",
        completed=Shape.SHARE.show(divide(*Numbers(completed, dispatched))),
        satisfied=Shape.SHARE.show(divide(*Numbers(satisfied, rated))),
    )


def caption_calendar(days: Mapping[date, int], first: date, last: date) -> Labelled | None:
    """Name the day with the most filings, and their mean a day; None without any."""
    if not any(days.values()):
        return None
    most = max(days, key=lambda day: days[day])
    return message(
        "Most on %(day)s: %(most)s. On average %(mean)s a day.",
        day=describe_day(most),
        most=f"{days[most]:,}",
        mean=f"{sum(days.values()) / ((last - first).days + 1):,.1f}",
    )


def caption_days(spread: Sequence[LabelledCount]) -> Labelled | None:
    """Say within how many days half and nine in ten answers came; None if that is not known.

    The steps of `spread` are whole days, so an answer of step n came in less than n + 1 days. The
    last step may be `MAX_ANSWER_DAYS` or more.
    """
    half, most = (_days_of_share(spread, share) for share in (HALF, NINE_IN_TEN))
    if half is None:
        return None
    if most is None:
        return message("Half of the answers came in less than %(half)s.", half=_count_days(half))
    return message(
        "Half of the answers came in less than %(half)s, nine in ten in less than %(most)s.",
        half=_count_days(half),
        most=_count_days(most),
    )


def _count_days(n: int) -> Labelled:
    return plural_message("%(count)s day", "%(count)s days", n)


def _days_of_share(spread: Sequence[LabelledCount], share: float) -> int | None:
    """Return in less than how many days this share of all was answered; None if not known."""
    wanted, reached = share * sum(step.number for step in spread), 0
    for day, step in enumerate(spread[:MAX_ANSWER_DAYS]):
        reached += step.number
        if reached and reached >= wanted:
            return day + 1
    return None


def caption_trend(marks: Sequence[DataPoint]) -> Labelled | None:
    """Name the best and the worst month of enough cases; None if no two of them differ."""
    extremes = _find_extremes(mark for mark in marks if not mark.is_few)
    if extremes is None or extremes[0].value == extremes[1].value:
        return None
    worst, best = extremes
    return message(
        "Best: %(best)s, %(best_rate)s. Worst: %(worst)s, %(worst_rate)s.",
        best=best.label,
        best_rate=best.text,
        worst=worst.label,
        worst_rate=worst.text,
    )


def _find_extremes(values: Iterable[Valued]) -> tuple[Valued, Valued] | None:
    """Return the ones with the lowest and the highest value; None if fewer than two have one."""
    known = sorted(
        (each for each in values if each.value is not None), key=lambda each: each.value or 0
    )
    return (known[0], known[-1]) if len(known) > 1 else None
