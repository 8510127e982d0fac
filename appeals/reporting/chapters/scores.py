"""Scores as tables: the units of each group with band, rank and n, and those that stand apart."""

from collections.abc import Iterable
from fractions import Fraction

from appeals.domain.vocabulary import Tier
from appeals.reporting.measures.measure_shapes import NOTHING, WITHHELD, Shape, Words
from appeals.reporting.tables.period_comparisons import Comparison
from appeals.reporting.tables.ranking import PLACES, Ranking, Setting, Standing, Unit, ranking
from appeals.reporting.tables.report_tables import (
    Opens,
    Reading,
    Row,
    Shown,
    Table,
    cases_of,
    cell_of,
    name_of,
    value,
)

DEPARTMENT = "department"
DUE = "completion_of_due"
GROUPS = {
    Tier.DISTRICT: Words("区市单位", "Units of the districts"),
    Tier.MUNICIPAL: Words("市直部门", "Municipal departments"),
    Tier.COMPANY: Words("企业", "Companies"),
    Tier.STREET: Words("街道（镇）", "Streets and towns"),
}
HEADER = (
    Words("单位", "Unit"),
    Words("分档", "Band"),
    Words("得分", "Score"),
    Words("95%区间", "95% interval"),
    Words("名次", "Rank"),
    Words("名次变化", "Change of rank"),
    Words("件数 n", "n"),
    Words("应办结", "Due"),
)
AVERAGE = Words("本组合计", "The group together")
FEW = Words("n＜30", "n < 30")
NOTE = Words(
    "{name}（第{version}版）：{weights}。n 为得分所依据的最少件数，不足30件不排名；"
    "同分同名次。无到期件的单位：{apart}。",
    "{name}, version {version}: {weights}. n is the fewest cases that the score rests on;"
    " under 30 nobody is ranked; what prints alike shares its rank. With nothing due: {apart}.",
)
PUBLISHED_ONLY = Words(
    "名次、分档和本组合计只按已公布的数据计算。",
    " Ranks, bands and the group together are of published figures alone.",
)
NOBODY = Words("无", "none")


def scores(book: Reading, setting: Setting | None = None) -> Iterable[Table]:
    """Give a table for each group that has units with cases."""
    for tier in GROUPS:
        found = ranked(book, tier, setting)
        if found.ranked or found.few:
            yield _table(book, tier, found)


def ranked(
    book: Reading, tier: Tier, setting: Setting | None = None, against: Comparison | None = None
) -> Ranking:
    """Rank a group by the report's own setting or another, here or in an earlier report."""
    setting = setting or book.beside.setting
    return ranking(setting, [unit(book, setting, key, against) for key in book.beside.groups[tier]])


def unit(book: Reading, setting: Setting, key: str, against: Comparison | None = None) -> Unit:
    """Give a department with the rates that the setting weighs."""
    rates = {
        name: book.numbers(cell_of(name, DEPARTMENT, key), against) or (0, 0)
        for name in setting.weights
    }
    return Unit(key, book.count(DUE, DEPARTMENT, key, against), rates)


def weights(book: Reading, setting: Setting) -> str:
    """Give the weights of a setting in words."""
    total = sum(setting.weights.values())
    comma = book.said(Words("，", ", "))
    return comma.join(
        f"{name_of(book, name)} {100 * weight / total:g}%"
        for name, weight in setting.weights.items()
    )


def scored(score: Fraction | None) -> Shown:
    """Show a score as it is ranked, to two decimals."""
    if score is None:
        return Shown(NOTHING)
    rounded = float(round(score, PLACES))
    return Shown(f"{rounded:.{PLACES}f}", rounded, Shape.DAYS.value)


def _table(book: Reading, tier: Tier, found: Ranking) -> Table:
    before = ranked(book, tier, found.setting, Comparison.LAST)
    then = {each.unit.key: each.rank for each in before.ranked}
    listed = sorted(found.ranked, key=lambda each: (each.rank or 0, each.unit.key))
    rows = [_row(book, each, found.setting, then) for each in (*listed, *found.few)]
    mean = (Shown(""), scored(found.average), *(Shown("") for _ in range(6)))
    header = [book.said(each) for each in HEADER]
    header += [name_of(book, name) for name in found.setting.weights]
    blank = tuple(Shown("") for _ in range(len(header) - 1 - len(mean)))
    rows.append(Row(book.said(AVERAGE), (*mean, *blank)[: len(header) - 1]))
    return Table(
        f"score_{tier}", book.said(GROUPS[tier]), tuple(header), tuple(rows), _note(book, found)
    )


def _row(book: Reading, each: Standing, setting: Setting, then: dict[str, int | None]) -> Row:
    key, language = each.unit.key, book.reader.language
    opens = Opens("unit", {"key": key, "setting": setting.name})
    if any(book.is_withheld(cell_of(name, DEPARTMENT, key)) for name in setting.weights):
        return Row(book.reader.key(DEPARTMENT, key), _withheld(book, key, setting), key)
    reach = f"{each.interval[0]:.1f}–{each.interval[1]:.1f}" if each.interval else NOTHING
    rank, before = each.rank, then.get(key)
    return Row(
        book.reader.key(DEPARTMENT, key),
        (
            Shown(each.band.label(language) if each.band else book.said(FEW)),
            _opening(scored(each.score), opens),
            Shown(reach),
            Shown(str(rank), rank, Shape.COUNT.value, opens) if rank else Shown(NOTHING),
            _step(before - rank) if rank and before else Shown(NOTHING),
            Shown(str(each.cases), each.cases, Shape.COUNT.value),
            cases_of(DUE).shown(book, DEPARTMENT, key),
            *(value(book, cell_of(name, DEPARTMENT, key)) for name in setting.weights),
        ),
        key,
    )


def _withheld(book: Reading, key: str, setting: Setting) -> tuple[Shown, ...]:
    """Show what is published of a unit one of whose rates is not: nothing that rests on it."""
    return (
        *(Shown(WITHHELD) for _ in range(6)),
        cases_of(DUE).shown(book, DEPARTMENT, key),
        *(value(book, cell_of(name, DEPARTMENT, key)) for name in setting.weights),
    )


def _opening(shown: Shown, opens: Opens) -> Shown:
    return Shown(shown.text, shown.value, shown.format, opens)


def _step(places: int) -> Shown:
    """Show by how many places a unit rose or fell."""
    sign = {True: "↑", False: "↓"}[places > 0] if places else "="
    return Shown(f"{sign}{abs(places)}" if places else sign, places, "+0;-0;0")


def _note(book: Reading, found: Ranking) -> str:
    comma = book.said(Words("、", ", "))
    apart = comma.join(book.reader.key(DEPARTMENT, each.key) for each in found.apart)
    note = book.said(NOTE).format(
        name=book.said(found.setting.label),
        version=found.setting.version,
        weights=weights(book, found.setting),
        apart=apart or book.said(NOBODY),
    )
    return note + book.said(PUBLISHED_ONLY) if book.seal else note
