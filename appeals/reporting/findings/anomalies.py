"""What looks too good, or not good enough: views that make a false figure visible (Domain 4).

None of them accuses anybody; each leads to the cases to look at.
"""

from collections.abc import Callable, Iterable

from appeals.domain.vocabulary import Tier
from appeals.reporting.measures.measure_shapes import Words
from appeals.reporting.tables.report_tables import (
    Column,
    Listing,
    Reading,
    Row,
    Shown,
    Table,
    cases_of,
    cell_of,
    figure,
    missed,
    name_of,
    value,
)

BY = "department"
LEAST, TO_A_LINE = 30, 12
THRESHOLDS = (("feedback", 92), ("satisfaction", 85))
"""Rates in per cent under which a unit is named (Domain 4 [S83])."""
TOO_GOOD, TOO_BAD = 98, 80
"""A satisfaction from which, and a resolution under which, the two hardly go together (D)."""
OFTEN = 20
"""Per cent of a unit's cases from which a habit is named (D)."""
UNITS = Words("单位数", "Number"), Words("单位名称", "Which")
BELOW = Words("低于标准的单位", "Units under a threshold")
THRESHOLD = Words("标准", "Threshold")
HEADER = (Words("单位", "Unit"), Words("指标", "Measure"), Words("结果", "Figure"))
GROUP = Words("组别", "Group")
NOT_SENT = Words("本期无派单的单位", "Units that nothing was sent to")
Keys = Callable[[Reading], Iterable[str]]


def per_cent(book: Reading, measure: str, key: str) -> float | None:
    """Give a department's rate in per cent; None on fewer than 30 cases."""
    met, of = book.numbers(cell_of(measure, BY, key)) or (0, 0)
    return 100 * met / of if of >= LEAST else None


def often(measure: str, *, missed: bool = False) -> Keys:
    """Give the departments that a measure, or its missed cases, are a habit of."""

    def keys(book: Reading) -> Iterable[str]:
        for key in book.keys(BY):
            found = per_cent(book, measure, key)
            if found is not None and (100 - found if missed else found) >= OFTEN:
                yield key

    return keys


def contradictory(book: Reading) -> Iterable[str]:
    """Give the departments whose citizens are content with what they call not solved."""
    for key in book.keys(BY):
        content, solved = (per_cent(book, name, key) for name in ("satisfaction", "resolution"))
        if content is not None and solved is not None and content >= TOO_GOOD > TOO_BAD > solved:
            yield key


def watching(
    name: str, title: Words, keys: Keys, *columns: Column
) -> Callable[[Reading], list[Table]]:
    """Give the table of a view, if any department is in it."""
    return Listing(name, title, BY, columns, keys).tables


WATCHED = (
    watching(
        "last_hour", Words("临限前一小时内答复偏多", "Often answered in the last hour"),
        often("last_hour"), figure("last_hour"), cases_of("last_hour"),
    ),
    watching(
        "unreachable", Words("回访未接通偏多", "Closed, and the citizen often not reached"),
        often("reached", missed=True),
        missed("reached", Words("未接通", "Not reached")), cases_of("reached"), figure("reached"),
    ),
    watching(
        "last_day", Words("末日退单偏多", "Often returned on the last day"),
        often("returned_on_last_day"), figure("returned_on_last_day"),
        cases_of("returned_on_last_day"),
    ),
    watching(
        "contradictory",
        Words("满意率很高而解决率很低", "Very high satisfaction beside low resolution"),
        contradictory, figure("satisfaction"), cases_of("satisfaction"),
        figure("resolution"), cases_of("resolution"),
    ),
)  # fmt: skip


def below_thresholds(book: Reading) -> Iterable[Table]:
    """Give the departments with a rate under its threshold, on at least 30 cases."""
    rows = []
    for measure, least in THRESHOLDS:
        for key in book.keys(BY):
            found = per_cent(book, measure, key)
            if found is not None and found < least:
                cell = cell_of(measure, BY, key)
                named = name_of(book, measure), f"{least}%"
                cells = (
                    *map(Shown, named),
                    value(book, cell),
                    cases_of(measure).shown(book, BY, key),
                )
                rows.append(Row(book.reader.key(BY, key), cells, key))
    if rows:
        header = (HEADER[0], HEADER[1], THRESHOLD, HEADER[2], Words("基数", "Cases"))
        yield Table("thresholds", book.said(BELOW), tuple(map(book.said, header)), tuple(rows))


def nobody_sent(book: Reading) -> Iterable[Table]:
    """Give the units of each group that nothing was sent to in the period."""
    rows: list[Row] = []
    for tier, units in book.beside.groups.items():
        idle = [key for key in units if not book.count("feedback", BY, key)]
        rows += _named(book, tier, idle)
    if rows:
        header = (book.said(GROUP), *map(book.said, UNITS))
        yield Table("not_sent", book.said(NOT_SENT), header, tuple(rows))


def _named(book: Reading, tier: Tier, units: list[str]) -> Iterable[Row]:
    """Give the names of a group's units, so many to a line that a line fits on a page."""
    comma = book.said(Words("、", ", "))
    for start in range(0, len(units), TO_A_LINE):
        named = comma.join(book.reader.key(BY, key) for key in units[start : start + TO_A_LINE])
        n = Shown(str(len(units)), len(units)) if start == 0 else Shown("")
        yield Row(tier.label(book.reader.language), (n, Shown(named)), tier.value)
