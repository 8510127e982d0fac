"""Write `docs/measures.md`: which rows each measure counts. Run `python -m tools.measures_page`.

A test compares the page with the catalogue.
"""

from collections.abc import Iterator
from pathlib import Path

from appeals.reporting.measures.catalogue import COLUMNS
from appeals.reporting.measures.measure_shapes import Count, Mean, Measure
from appeals.reporting.snapshot.snapshot_rows import ROW_NAMES

PAGE = Path(__file__).parents[1] / "docs" / "measures.md"
HEAD = """# Measures

Which rows of the snapshot each measure counts. `python -m tools.measures_page` writes this page
from `reporting/measures/catalogue.py: COLUMNS`. A stamp later than the cut-off counts as not set
(`reporting/snapshot/snapshot_rows.py`). What a measure means to readers is in the catalogue and in
each edition.

| measure | version | over | base | cases (denominator) | counted (numerator) |
|---|---|---|---|---|---|
"""


def write_page() -> str:
    """Return the page: a line for each measure, and one more for each narrower variant."""
    return HEAD + "".join(f"{line}\n" for measure in COLUMNS for line in _lines(measure))


def _lines(measure: Measure) -> Iterator[str]:
    for variant, _ in measure.variants:
        name = measure.name if len(measure.variants) == 1 else f"{measure.name}, {variant}"
        cells = (
            f"`{name}`",
            str(measure.version),
            ROW_NAMES[measure.over],
            measure.base.value,
            str(measure.case_condition(variant)),
            _numerator(measure),
        )
        yield f"| {' | '.join(cells)} |"


def _numerator(measure: Measure) -> str:
    if isinstance(measure, Count):
        return "the same"
    if isinstance(measure, Mean):
        return f"{type(measure).__name__.lower()} of `{measure.duration.name}`"
    return str(measure.met)


if __name__ == "__main__":
    PAGE.write_text(write_page(), "utf-8")
