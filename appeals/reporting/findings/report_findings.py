"""Findings from the citizens' words, contacts and devices, stored apart from a report's figures.

They are computed when a person compiles a draft, not each time that it follows the rows.
"""

from collections.abc import Iterable
from typing import Any

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.domain.messages import Labelled, context_message, message
from appeals.domain.vocabulary import Kind
from appeals.models.report import Report
from appeals.reporting.counting.case_lists import CasePart
from appeals.reporting.findings.hot_topics import find_hot_topics
from appeals.reporting.findings.repeat_filings import count_repeat_filings
from appeals.reporting.findings.shared_devices import find_shared_devices
from appeals.reporting.measures.measure_names import MeasureName
from appeals.reporting.measures.measure_shapes import NO_CASES, WITHHELD, Shape, divide
from appeals.reporting.snapshot.count_window import CountWindow
from appeals.reporting.tables.report_tables import (
    CellLink,
    Reading,
    ReportTable,
    TableCell,
    TableRow,
    cell_of,
    link_to_cases,
)

REPEATED = message("Repeated")
RATE = message("Repeated, of the valid")
SATISFIED = message("Satisfaction of repeats")
OTHERS = message("Satisfaction of the rest")
HEADER = (
    message("Measure"),
    context_message("report", "Figure"),
    context_message("report", "Cases"),
)
NOTE = message(
    "Repeated: the same telephone and category within 30 days. Found when the report was compiled."
)
CATEGORY = message("Categories repeated most")
CATEGORY_HEADER = (message("Category"), message("Repeated"))
TOPICS = message("What citizens write about more than before")
TOPIC_HEADER = (
    message("Word"),
    message("Kind"),
    context_message("report", "Appeals"),
    message("Share"),
    message("Share in the three months before"),
)
TOPIC_NOTE = message(
    "Words of subjects whose share rose most surely against the three months before, at most three"
    " of a kind; no names of people or places, none with fewer than five appeals."
)

DEVICES = message("Many ratings from one device")
DEVICE_HEADER = (
    message("Device"),
    message("Ratings"),
    context_message("how many of a number", "Satisfied"),
    message("Share"),
    context_message("report", "Departments"),
)
DEVICE_NOTE = message(
    "The same connection and browser, five ratings or more within a month. A family, a village or a"
    " service hall may share one: something to look into, and no proof."
)


def record_findings(act: Act, draft: Report) -> None:
    """Compute the findings and store them with the draft."""
    window = CountWindow(Period(draft.start, draft.end), draft.cut_off)
    draft.findings = {
        "topics": find_hot_topics(act, window),
        "repeated": count_repeat_filings(act, window),
        "devices": find_shared_devices(act, window),
    }
    act.session.flush()  # pages read it again


def topic_table(reading: Reading) -> Iterable[ReportTable]:
    """Yield the table of hot topics, if there are any."""
    found = reading.findings.get("topics", [])
    if found:
        header = tuple(map(reading.text, TOPIC_HEADER))
        rows = tuple(_topic_row(reading, each) for each in found)
        yield ReportTable("topics", reading.text(TOPICS), header, rows, reading.text(TOPIC_NOTE))


def repeat_tables(reading: Reading) -> Iterable[ReportTable]:
    """Yield the tables of repeat filings and their satisfaction, if there are any."""
    found = reading.findings.get("repeated")
    if not found or not found["repeated"]:
        return
    rows = (
        TableRow(
            reading.text(REPEATED),
            (_count_cell(found["repeated"], _link_to_repeats()), TableCell("")),
        ),
        _rate_row(reading, RATE, [found["repeated"], found["valid"]]),
        _rate_row(reading, SATISFIED, found["satisfied"]),
        _rate_row(reading, OTHERS, found["others"]),
    )
    header = tuple(map(reading.text, HEADER))
    yield ReportTable("repeated", reading.text(REPEATED), header, rows, reading.text(NOTE))
    lines = tuple(
        TableRow(
            reading.reader.key("category", key),
            (_count_cell(n, _link_to_repeats(only_category=key)),),
            key,
        )
        for key, n in found["categories"]
    )
    yield ReportTable(
        "repeated_by", reading.text(CATEGORY), tuple(map(reading.text, CATEGORY_HEADER)), lines
    )


def device_table(reading: Reading) -> Iterable[ReportTable]:
    """Yield the table of devices with many ratings, if there are any."""
    if found := reading.findings.get("devices"):
        header = tuple(map(reading.text, DEVICE_HEADER))
        rows = tuple(_device_row(reading, n, each) for n, each in enumerate(found, start=1))
        yield ReportTable("devices", reading.text(DEVICES), header, rows, reading.text(DEVICE_NOTE))


def _device_row(reading: Reading, n: int, each: dict[str, Any]) -> TableRow:
    cases = {
        part: CellLink(
            "cases",
            {**link_to_cases(cell_of(MeasureName.SATISFACTION), part).parameters, "device": str(n)},
        )
        for part in CasePart
    }
    cells = (
        _count_cell(each["rated"], cases[CasePart.DENOMINATOR]),
        _count_cell(each["satisfied"], cases[CasePart.NUMERATOR]),
        _share_cell(each["satisfied"], each["rated"]),
        TableCell(str(each["departments"]), each["departments"], Shape.COUNT.value),
    )
    return TableRow(reading.text(message("Device %(n)s", n=n)), cells, str(n))


def _topic_row(reading: Reading, each: dict[str, Any]) -> TableRow:
    to = link_to_cases(cell_of(MeasureName.FILED), CasePart.DENOMINATOR).parameters
    to = {**to, "word": each["word"], "only_kind": each["kind"]}
    cells = (
        TableCell(Kind(each["kind"]).label(reading.reader.language)),
        _count_cell(each["count"], CellLink("cases", to)),
        _share_cell(each["count"], each["of"]),
        _share_cell(each["count_before"], each["of_before"]),
    )
    return TableRow(each["word"], cells, each["word"])


def _link_to_repeats(**narrowed: str) -> CellLink:
    to = link_to_cases(cell_of(MeasureName.VALID), CasePart.DENOMINATOR).parameters
    return CellLink("cases", {**to, **narrowed, "repeated": "yes"})


def _count_cell(n: int, to: CellLink) -> TableCell:
    return TableCell(str(n), n, Shape.COUNT.value, to if n else None)


def _rate_row(reading: Reading, label: Labelled, numbers: list[int] | None) -> TableRow:
    """Return the row of a rate; without numbers it is withheld."""
    if numbers is None:
        return TableRow(reading.text(label), (TableCell(WITHHELD), TableCell(WITHHELD)))
    met, of = numbers
    return TableRow(reading.text(label), (_share_cell(met, of), TableCell(f"{met} / {of}")))


def _share_cell(met: int, of: int) -> TableCell:
    share = divide(met, of)
    if share is None:
        return TableCell(NO_CASES)
    return TableCell(Shape.SHARE.show(share), share, Shape.SHARE.value)
