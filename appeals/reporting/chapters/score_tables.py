"""The tables of scores: the units of each group with band, score, interval, rank and n."""

from collections.abc import Iterable
from fractions import Fraction

from appeals.domain.messages import context_message, message
from appeals.domain.vocabulary import Tier
from appeals.reporting.measures.cells import NO_NUMBERS
from appeals.reporting.measures.measure_names import MeasureName
from appeals.reporting.measures.measure_shapes import NO_CASES, WITHHELD, Shape
from appeals.reporting.snapshot.breakdowns import Breakdown
from appeals.reporting.tables.period_comparisons import Comparison
from appeals.reporting.tables.ranking import (
    SCORE_DECIMALS,
    Ranking,
    ScoreSetting,
    UnitRates,
    UnitScore,
    rank_units,
)
from appeals.reporting.tables.report_tables import (
    CellLink,
    Reading,
    ReportTable,
    TableCell,
    TableRow,
    cases_column,
    cell_of,
    figure_cell,
    measure_name,
)

DEPARTMENT = Breakdown.DEPARTMENT
DUE = MeasureName.COMPLETION_OF_DUE
GROUPS = {
    Tier.DISTRICT: message("Units of the districts"),
    Tier.MUNICIPAL: message("Municipal departments"),
    Tier.COMPANY: message("Companies"),
    Tier.STREET: message("Streets and towns"),
}
HEADER = (
    message("Unit"),
    message("Band"),
    message("Score"),
    message("95% interval"),
    message("Rank"),
    message("Change of rank"),
    message("n"),
    context_message("report", "Due"),
)
AVERAGE = message("The group together")
FEW = message("n < 30")
PUBLISHED_ONLY = message(" Ranks, bands and the group together are of published figures alone.")
NO_UNITS = message("none")


def score_tables(reading: Reading, setting: ScoreSetting | None = None) -> Iterable[ReportTable]:
    """Yield a table for each group that has units with cases."""
    for tier in GROUPS:
        found = rank_group(reading, tier, setting)
        if found.ranked or found.few:
            yield _score_table(reading, tier, found)


def rank_group(
    reading: Reading,
    tier: Tier,
    setting: ScoreSetting | None = None,
    against: Comparison | None = None,
) -> Ranking:
    """Rank a group, of this report or an earlier one, by the basis' weights or by `setting`."""
    setting = setting or reading.basis.setting
    return rank_units(
        setting, [unit_rates(reading, setting, key, against) for key in reading.basis.groups[tier]]
    )


def unit_rates(
    reading: Reading, setting: ScoreSetting, key: str, against: Comparison | None = None
) -> UnitRates:
    """Return a unit with the rates that have a weight in the setting."""
    rates = {
        name: reading.numbers(cell_of(name, DEPARTMENT, key), against) or NO_NUMBERS
        for name in setting.weights
    }
    return UnitRates(key, reading.count(DUE, DEPARTMENT, key, against), rates)


def describe_weights(reading: Reading, setting: ScoreSetting) -> str:
    """Return the weights as text: each measure with its per cent."""
    total = sum(setting.weights.values())
    comma = reading.text(context_message("between parts of a sentence", ", "))
    return comma.join(
        f"{measure_name(reading, name)} {100 * weight / total:g}%"
        for name, weight in setting.weights.items()
    )


def score_cell(score: Fraction | None) -> TableCell:
    """Return the cell of a score, rounded as it is ranked."""
    if score is None:
        return TableCell(NO_CASES)
    rounded = float(round(score, SCORE_DECIMALS))
    return TableCell(f"{rounded:.{SCORE_DECIMALS}f}", rounded, Shape.DAYS.value)


def _score_table(reading: Reading, tier: Tier, found: Ranking) -> ReportTable:
    before = rank_group(reading, tier, found.setting, Comparison.LAST)
    then = {each.unit.key: each.rank for each in before.ranked}
    listed = sorted(found.ranked, key=lambda each: (each.rank or 0, each.unit.key))
    rows = [_score_row(reading, each, found.setting, then) for each in (*listed, *found.few)]
    mean = (TableCell(""), score_cell(found.average), *(TableCell("") for _ in range(6)))
    header = [reading.text(each) for each in HEADER]
    header += [measure_name(reading, name) for name in found.setting.weights]
    blank = tuple(TableCell("") for _ in range(len(header) - 1 - len(mean)))
    rows.append(TableRow(reading.text(AVERAGE), (*mean, *blank)[: len(header) - 1]))
    return ReportTable(
        f"score_{tier}",
        reading.text(GROUPS[tier]),
        tuple(header),
        tuple(rows),
        _ranking_note(reading, found),
    )


def _score_row(
    reading: Reading, each: UnitScore, setting: ScoreSetting, then: dict[str, int | None]
) -> TableRow:
    key, language = each.unit.key, reading.reader.language
    opens = CellLink("unit", {"key": key, "setting": setting.name})
    if any(reading.is_withheld(cell_of(name, DEPARTMENT, key)) for name in setting.weights):
        return TableRow(
            reading.reader.key(DEPARTMENT, key), _withheld_cells(reading, key, setting), key
        )
    reach = f"{each.interval.low:.1f}–{each.interval.high:.1f}" if each.interval else NO_CASES
    rank, before = each.rank, then.get(key)
    return TableRow(
        reading.reader.key(DEPARTMENT, key),
        (
            TableCell(each.band.label(language) if each.band else reading.text(FEW)),
            _linked_cell(score_cell(each.score), opens),
            TableCell(reach),
            TableCell(str(rank), rank, Shape.COUNT.value, opens) if rank else TableCell(NO_CASES),
            _rank_change_cell(before - rank) if rank and before else TableCell(NO_CASES),
            TableCell(str(each.cases), each.cases, Shape.COUNT.value),
            cases_column(DUE).shown(reading, DEPARTMENT, key),
            *(figure_cell(reading, cell_of(name, DEPARTMENT, key)) for name in setting.weights),
        ),
        key,
    )


def _withheld_cells(reading: Reading, key: str, setting: ScoreSetting) -> tuple[TableCell, ...]:
    """Return the cells of a unit with a withheld rate: all that depends on it is withheld too."""
    return (
        *(TableCell(WITHHELD) for _ in range(6)),
        cases_column(DUE).shown(reading, DEPARTMENT, key),
        *(figure_cell(reading, cell_of(name, DEPARTMENT, key)) for name in setting.weights),
    )


def _linked_cell(shown: TableCell, opens: CellLink) -> TableCell:
    return TableCell(shown.text, shown.value, shown.format, opens)


def _rank_change_cell(places: int) -> TableCell:
    """Return the cell of how many ranks a unit rose or fell."""
    sign = {True: "↑", False: "↓"}[places > 0] if places else "="
    return TableCell(f"{sign}{abs(places)}" if places else sign, places, "+0;-0;0")


def _ranking_note(reading: Reading, found: Ranking) -> str:
    comma = reading.text(context_message("report", ", "))
    apart = comma.join(reading.reader.key(DEPARTMENT, each.key) for each in found.apart)
    note = message(
        "%(name)s, version %(version)s: %(weights)s. n is the fewest cases that the score rests on;"
        " under 30 nobody is ranked; what prints alike shares its rank. With nothing due:"
        " %(apart)s.",
        name=found.setting.label,
        version=found.setting.version,
        weights=describe_weights(reading, found.setting),
        apart=apart or NO_UNITS,
    )
    text = reading.text(note)
    return text + reading.text(PUBLISHED_ONLY) if reading.seal else text
