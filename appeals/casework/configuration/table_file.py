"""Departments and staff accounts by file: every line is checked, and all are written or none.

A line whose key is not known adds a row, another changes the row where it differs. What the file
does not name stays. A line that takes two people becomes a request, as by its form.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from appeals.act import Act
from appeals.casework.configuration.configuration_changes import (
    SINCE,
    WHY,
    WantedChange,
    make_change,
    plan_change,
)
from appeals.casework.records import change_log
from appeals.domain import configuration as tables
from appeals.domain.calendar import city_day
from appeals.domain.configuration import ChangeStep, ConfiguredTable, RowFacts
from appeals.domain.messages import Labelled, message, offered_languages
from appeals.domain.moves.needs import Need
from appeals.domain.people import STAFF, normalise_username
from appeals.domain.refusals import Refused, not_valid
from appeals.domain.text.cleaning import clean_line
from appeals.domain.vocabulary import Term
from appeals.reference.configured_rows import ConfiguredRow, read_rows_on
from appeals.reference.reference_data import IMPORTED_TIER

FILE_TABLES = {table.name: table for table in (tables.DEPARTMENTS, tables.ACCOUNTS)}
MAX_LINES = {tables.DEPARTMENTS.name: 2000, tables.ACCOUNTS.name: 200}
"""The most lines of a file; a new account takes a fifth of a second for its password."""
PARENT = "parent_code"
Cells = Mapping[str, str]


@dataclass(frozen=True)
class FileLine:
    """One line of a file: its number, and its cells by the names of the fields."""

    number: int
    cells: Cells


@dataclass(frozen=True)
class LineResult:
    """What a line does: the step it takes (None: the row is so already), or why it cannot.

    `once` is the one-time password of a new account, `request_id` the request that awaits a second
    person.
    """

    number: int
    key: str
    name: str
    step: ChangeStep | None = None
    problem: Labelled | None = None
    once: str = ""
    request_id: int | None = None


def file_columns(table: ConfiguredTable) -> Sequence[Need]:
    """Return the fields of a line, the key first."""
    return table.steps[ChangeStep.ADD].fields


def read_lines(table: ConfiguredTable, rows: Iterable[tuple[int, Sequence[str]]]) -> list[FileLine]:
    """Return the lines below the header, whose cells are field names or their labels.

    Raises Refused (not valid) for a file without lines, with too many, or with a column that is
    missing, unknown or doubled.
    """
    read = [(number, cells) for number, cells in rows if any(map(str.strip, cells))]
    if not read:
        raise not_valid("file", message("The file is empty."))
    header = [_find_column(table, name) for name in read[0][1]]
    missing = [need for need in file_columns(table) if need.name not in header]
    if missing:
        raise not_valid(
            "file", message("The file lacks the column “%(column)s”.", column=missing[0])
        )
    if len(set(header)) != len(header):
        raise not_valid("file", message("A column is in the file twice."))
    if len(read) - 1 > MAX_LINES[table.name]:
        most = MAX_LINES[table.name]
        raise not_valid("file", message("A file has at most %(most)s lines.", most=most))
    return [
        FileLine(number, _read_cells(table, dict(zip(header, cells, strict=False))))
        for number, cells in read[1:]
    ]


def export_rows(act: Act, table: ConfiguredTable) -> list[list[str]]:
    """Return the rows in force in the shape of a file, without a header."""
    names = [need.name for need in file_columns(table)]
    today = city_day(act.now)
    found = read_rows_on(act, table, today)
    return [
        [row.facts.get(name, "") for name in names]
        for row in found.values()
        if not _is_over(table, row.facts, today.isoformat())
        and row.facts.get("tier") != IMPORTED_TIER
    ]


def import_lines(
    act: Act, table: ConfiguredTable, lines: Sequence[FileLine], asked: RowFacts, *, dry: bool
) -> list[LineResult]:
    """Take the step of every line; the caller rolls back after a dry run or a problem.

    A dry run writes departments, since lines build on each other, and only plans accounts, whose
    changes are logged as security events.

    Args:
        act: The administrator's.
        table: Departments or staff accounts.
        lines: The lines of the file.
        asked: From which day (`since`) and why.
        dry: Whether it is a dry run.
    """
    change_log.lock_configuration(act)
    today = city_day(act.now).isoformat()
    known = read_rows_on(act, table, city_day(act.now))
    seen, results = set[str](), list[LineResult]()
    for line in _parents_first(table, lines):
        result = _compare_line(table, line, known, today)
        if result.key in seen:
            twice = message("“%(key)s” is in the file twice.", key=result.key)
            result = replace(result, problem=twice)
        elif result.step is not None and result.problem is None:
            given = {**line.cells, **_asked_facts(asked)}
            key = "" if result.step is ChangeStep.ADD else result.key
            wish = WantedChange(table, result.step, key, given)
            result = _take_step(act, wish, result, dry=dry)
        seen.add(result.key)
        results.append(result)
    return sorted(results, key=lambda result: result.number)


def _compare_line(
    table: ConfiguredTable, line: FileLine, known: Mapping[str, ConfiguredRow], today: str
) -> LineResult:
    """Return the step that a line takes, None where the row is so already."""
    key = _key_of(table, line)
    name = line.cells.get("zh") or line.cells.get("name") or ""
    if key not in known:
        return LineResult(line.number, key, name, ChangeStep.ADD)
    facts = known[key].facts
    if _is_over(table, facts, today):
        ended = message("“%(key)s” has ended or is disabled.", key=key)
        return LineResult(line.number, key, name, problem=ended)
    names = [need.name for need in file_columns(table)][1:]
    is_same = all(facts.get(each, "") == line.cells.get(each, "") for each in names)
    return LineResult(line.number, key, name, None if is_same else ChangeStep.CHANGE)


def _take_step(act: Act, wish: WantedChange, result: LineResult, *, dry: bool) -> LineResult:
    try:
        with act.session.begin_nested():
            if dry and wish.table is tables.ACCOUNTS:
                plan_change(act, wish)
                return result
            of, key = wish.table.name, wish.key
            latest = change_log.find_last_change_id(act, of, key) if key else 0
            written = make_change(act, wish, latest)
    except Refused as problem:
        return replace(result, problem=problem.text)
    return replace(result, once=written.once, request_id=written.request_id)


def _asked_facts(asked: RowFacts) -> dict[str, str]:
    return {name: asked.get(name, "") for name in (SINCE, WHY)}


def _key_of(table: ConfiguredTable, line: FileLine) -> str:
    key = line.cells.get(file_columns(table)[0].name, "")
    return normalise_username(key) if table is tables.ACCOUNTS else key


def _is_over(table: ConfiguredTable, facts: RowFacts, today: str) -> bool:
    ends = facts.get(table.end_mark.name, "") if table.end_mark else ""
    return bool(ends) and ends <= today


def _find_column(table: ConfiguredTable, name: str) -> str:
    sought = clean_line(name)
    for need in file_columns(table):
        if sought in {need.name, *(need.label(language) for language in offered_languages())}:
            return need.name
    raise not_valid("file", message("The column “%(column)s” is not known.", column=sought))


def _read_cells(table: ConfiguredTable, cells: Cells) -> dict[str, str]:
    """Return the cells cleaned; a choice may be given by its label, in any language."""
    needs = {need.name: need for need in file_columns(table)}
    return {
        name: _find_term(needs[name], text)
        for name, cell in cells.items()
        if (text := clean_line(cell))
    }


def _find_term(need: Need, text: str) -> str:
    choices: Iterable[Term] = need.choices or (STAFF if need.name == "role" else ())
    for term in choices:
        if text in {term.label(language) for language in offered_languages()}:
            return term.value
    return text


def _parents_first(table: ConfiguredTable, lines: Sequence[FileLine]) -> list[FileLine]:
    """Return the lines so that each comes after the line that it is under, if that is there."""
    by_key = {_key_of(table, line): line for line in lines}

    def depth(line: FileLine) -> int:
        above, passed = line.cells.get(PARENT, ""), set[str]()
        while above in by_key and above not in passed:
            passed.add(above)
            above = by_key[above].cells.get(PARENT, "")
        return len(passed)

    return sorted(lines, key=depth)
