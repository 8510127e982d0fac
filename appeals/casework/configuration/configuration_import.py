"""The import of a configuration file: the changes that lead to its rows, each made as by its form.

A row that is not known is added, another is changed where it differs, and one that the file says
has ended ends. Rules are taken as a whole, so that those which the file lacks end. Every change
passes the checks of its form and its second person. All rows are written, or none.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from appeals.act import Act
from appeals.casework.configuration.configuration_changes import (
    SINCE,
    WHY,
    WantedChange,
    make_change,
    parse_effect_day,
)
from appeals.casework.configuration.configuration_file import (
    END,
    END_FIELDS,
    ENDING_TABLES,
    FILE_TABLES,
    PARENT,
    SUCCESSOR,
    ConfigurationFile,
    key_of_row,
    read_current_rows,
)
from appeals.casework.records import change_log
from appeals.domain import configuration as tables
from appeals.domain.calendar import city_day
from appeals.domain.configuration import Change, ChangeStep, ConfiguredTable, RowFacts
from appeals.domain.messages import Labelled, message
from appeals.domain.refusals import Refused

NAME = tables.ZH.name
ENDED_HERE = message("It has ended here, and what has ended is not opened again.")


@dataclass(frozen=True)
class RowResult:
    """What importing a row does: its change, why it cannot be made, and whether it waits.

    A change that takes two people is only asked for: `awaits_second`.
    """

    change: Change
    problem: Labelled | None = None
    awaits_second: bool = False


@dataclass(frozen=True)
class ImportCounts:
    """How many rows of a file are written, wait for a second person, and cannot be written."""

    written: int
    waiting: int
    refused: int


def import_configuration(act: Act, file: ConfigurationFile, asked: RowFacts) -> list[RowResult]:
    """Make every change that leads to the file's rows, and return what each does.

    The caller rolls back a dry run, and everything where a row has a problem.

    Args:
        act: The administrator's.
        file: The rows.
        asked: From which day (`since`) and why.
    """
    change_log.lock_configuration(act)
    plan = _Plan(act, city_day(act.now), parse_effect_day(act, asked))
    results = list[RowResult]()
    for table in FILE_TABLES:
        if table.name in file.rows:
            planned = [*plan.list_changes(table, file.rows[table.name])]
            results += [_make_row(act, each, asked) for each in planned]
    for table in ENDING_TABLES:
        ends = [*plan.list_ends(table, file.rows.get(table.name, ()))]
        results += [_make_row(act, each, asked) for each in ends]
    return results


def count_results(results: Sequence[RowResult]) -> ImportCounts:
    """Count what an import does."""
    refused = sum(each.problem is not None for each in results)
    waiting = sum(each.awaits_second for each in results)
    return ImportCounts(len(results) - refused - waiting, waiting, refused)


@dataclass(frozen=True)
class _Plan:
    """The changes by which rows become what a file says, from a day on."""

    act: Act
    today: date
    since: date

    def list_changes(
        self, table: ConfiguredTable, wanted: Sequence[RowFacts]
    ) -> Iterator[RowResult]:
        """Yield the rows to add and to change; of rules also those to end.

        A row that is as the file has it today, or will be on the day of effect, stays: what is
        planned is not taken back.
        """
        now, then = (read_current_rows(self.act, table, day) for day in (self.today, self.since))
        if table is tables.RULES:
            yield from self._list_rule_changes(now, then, wanted)
            return
        for facts in _parents_first(table, wanted):
            key, row = key_of_row(table, facts), _without_end(facts)
            before = then.get(key)
            if before is None:
                if not self._has_ended(facts):  # what ended elsewhere is not added
                    yield self._plan(table, "", ChangeStep.ADD, None, row)
            elif self._has_ended(before):
                if not self._has_ended(facts):
                    result = self._plan(table, key, ChangeStep.CHANGE, before, row)
                    yield replace(result, problem=ENDED_HERE)
            elif not any(_is_same(table, row, each.get(key)) for each in (now, then)):
                yield self._plan(table, key, ChangeStep.CHANGE, _without_end(before), row)

    def list_ends(self, table: ConfiguredTable, wanted: Sequence[RowFacts]) -> Iterator[RowResult]:
        """Yield the rows to end because the file names their last day, those under others first."""
        known = read_current_rows(self.act, table, self.since)
        for facts in reversed(_parents_first(table, wanted)):
            key = key_of_row(table, facts)
            before = known.get(key)
            if before is None or END in before or END not in facts:
                continue
            day = max(self.since, date.fromisoformat(facts[END]))
            after = {name: text for name, text in facts.items() if name == SUCCESSOR}
            yield RowResult(Change(table.name, key, ChangeStep.END, day, before, after or None, ""))

    def _list_rule_changes(
        self,
        now: Mapping[str, RowFacts],
        then: Mapping[str, RowFacts],
        wanted: Sequence[RowFacts],
    ) -> Iterator[RowResult]:
        """Yield the rules to change, add and end: rules have no key of their own in a file.

        A rule that differs is changed where it is the only one of its name on both sides.
        """
        left, new = {**now, **then}, list[RowFacts]()
        for facts in wanted:
            same = next((key for key in left if facts in (now.get(key), then.get(key))), None)
            if same is None:
                new.append(facts)
            else:
                del left[same]
        left = {key: facts for key, facts in left.items() if key in now and key in then}
        here = Counter(facts.get(NAME) for facts in left.values())
        there = Counter(facts.get(NAME) for facts in new)
        by_name = {facts.get(NAME): key for key, facts in left.items()}
        for facts in new:
            name = facts.get(NAME)
            if here[name] == there[name] == 1:
                key = by_name[name]
                before = left.pop(key)
                yield self._plan(tables.RULES, key, ChangeStep.CHANGE, before, facts)
            else:
                yield self._plan(tables.RULES, "", ChangeStep.ADD, None, facts)
        for key, facts in left.items():
            yield self._plan(tables.RULES, key, ChangeStep.END, facts, None)

    def _plan(
        self,
        table: ConfiguredTable,
        key: str,
        step: ChangeStep,
        before: RowFacts | None,
        after: RowFacts | None,
    ) -> RowResult:
        form = table.steps.get(step)
        day = self.since if form is None or form.dated else self.today
        change = Change(table.name, key, step, day, before, after, "")
        return RowResult(change, _find_obstacle(table, change))

    def _has_ended(self, facts: RowFacts) -> bool:
        return END in facts and facts[END] <= self.since.isoformat()


def _find_obstacle(table: ConfiguredTable, change: Change) -> Labelled | None:
    """Return why no form makes such a change."""
    form = table.steps.get(change.step)
    if form is None:
        return message("Such an entry cannot be added.")
    fields = {need.name for need in form.fields}
    for name, need in table.needs.items():
        is_fixed = change.step is ChangeStep.CHANGE and name not in fields
        if is_fixed and change.facts_before.get(name) != change.facts_after.get(name):
            return message("“%(field)s” cannot be changed afterwards.", field=need)
    return None


def _make_row(act: Act, planned: RowResult, asked: RowFacts) -> RowResult:
    """Make a planned change by the way of its form, unless it has a problem already."""
    change = planned.change
    if planned.problem is not None:
        return planned
    why = {SINCE: change.since.isoformat(), WHY: asked.get(WHY, "")}
    wish = WantedChange(
        tables.TABLES[change.of], change.step, change.key, {**change.facts_after, **why}
    )
    try:
        with act.session.begin_nested():
            seen = change_log.find_last_change_id(act, change.of, change.key) if change.key else 0
            written = make_change(act, wish, seen)
    except Refused as refused:
        return replace(planned, problem=refused.text)
    return replace(planned, awaits_second=written.request_id is not None)


def _is_same(table: ConfiguredTable, facts: RowFacts, known: RowFacts | None) -> bool:
    if known is None:
        return False
    known = _without_end(known)
    if table is not tables.LIMITS or not facts.get("amount", "").isdecimal():
        return facts == known
    return tables.store_limit(facts) == tables.store_limit(known)


def _without_end(facts: RowFacts) -> dict[str, str]:
    return {name: text for name, text in facts.items() if name not in END_FIELDS}


def _parents_first(table: ConfiguredTable, rows: Sequence[RowFacts]) -> list[RowFacts]:
    """Return the rows so that each comes after the one that it is under, if that is there."""
    by_key = {key_of_row(table, row): row for row in rows}

    def depth(row: RowFacts) -> int:
        above, passed = row.get(PARENT, ""), set[str]()
        while above in by_key and above not in passed:
            passed.add(above)
            above = by_key[above].get(PARENT, "")
        return len(passed)

    return sorted(rows, key=depth)
