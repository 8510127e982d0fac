"""A change of the configuration taken back: a change to what was before, while nothing rests on it.

What was written together, such as a department that ended and the rules that named it, is taken
back together. Once a promise, a dispatch or a published figure rests on a change, it stays in the
history, and a change of its own leads back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.configuration.configuration_changes import no_such_row, write_changes
from appeals.casework.configuration.configuration_checks import CHECKS
from appeals.casework.records import change_log
from appeals.domain import configuration as tables
from appeals.domain.calendar import city_day, day_start
from appeals.domain.configuration import Change, ChangeStep
from appeals.domain.messages import Message, message, plural_message
from appeals.domain.refusals import not_now, not_valid
from appeals.domain.rule_book import EXTENSION
from appeals.domain.staff_requests import two_person_kind
from appeals.domain.text.cleaning import clean_line
from appeals.domain.vocabulary import DispatchEnd
from appeals.models.appeal import Appeal, RoutingReason
from appeals.models.configuration import RecordedChange
from appeals.models.handling import Deadline, Dispatch, Round
from appeals.models.organisation import RoutingRule
from appeals.models.report import Report

UNDONE_TABLES = frozenset(
    table.name
    for table in (
        tables.DEPARTMENTS,
        tables.CATEGORIES,
        tables.RULES,
        tables.LIMITS,
        tables.CAMPAIGN,
        tables.DOWNTIME,
    )
)
"""Tables whose changes can be taken back; accounts and what takes two people are changed anew."""
CHECKED_TABLES = frozenset({tables.DEPARTMENTS.name, tables.RULES.name})
"""Tables of which what was before is checked against the rows as they are now."""


def plan_undo(act: Act, change_id: int, why: str = "") -> tuple[Change, ...]:
    """Return the changes that take a recorded one back, with all that was written with it.

    Raises Refused: not found; not now, where a row was changed again since, something rests on the
    change, or what was before fits no longer.
    """
    planned = tuple(_build_undo(act, row, why) for row in find_undone(act, change_id))
    restored = {each.key for each in planned if each.of == tables.DEPARTMENTS.name}
    for each in planned:
        is_with_department = each.facts_after.get(tables.LEAD.name) in restored
        if each.of in CHECKED_TABLES and each.after is not None and not is_with_department:
            CHECKS[each.of](act, each)
    return planned


def may_be_undone(change: Change | RecordedChange) -> bool:
    """Return whether a change is of a kind that can be taken back."""
    return change.of in UNDONE_TABLES and change.step != ChangeStep.UNDO


def find_undone(act: Act, change_id: int) -> Sequence[RecordedChange]:
    """Return the recorded change and those written with it, the first one first.

    Raises Refused as `plan_undo` does.
    """
    asked = act.session.get(RecordedChange, change_id)
    if asked is None:
        raise no_such_row()
    together = act.session.scalars(
        sa.select(RecordedChange)
        .where(RecordedChange.at == asked.at, RecordedChange.staff_id == asked.staff_id)
        .order_by(RecordedChange.id)
    ).all()
    if not may_be_undone(asked):
        raise not_now(message("Such a change is not undone: change the entry anew."))
    together = [row for row in together if may_be_undone(row)]  # an import has others beside it
    for row in together:
        if change_log.find_last_change_id(act, row.of, row.key) != row.id:
            raise not_now(message("It was changed again since. Undo the newest change first."))
        obstacle = OBSTACLES[row.of](act, row)
        if obstacle is not None and obstacle.count:
            raise not_now(obstacle)
    return together


def undo_change(act: Act, change_id: int, why: str) -> int:
    """Take a change back and record it; return how many rows were changed. Raises Refused."""
    why = clean_line(why)
    if not why:
        raise not_valid("why", message("Say why."))
    change_log.lock_configuration(act)
    planned = plan_undo(act, change_id, why)
    write_changes(act, planned, None)
    return len(planned)


def _build_undo(act: Act, row: RecordedChange, why: str) -> Change:
    since = max(row.since, city_day(act.now))
    undone = Change(row.of, row.key, ChangeStep.UNDO, since, row.after, row.before, why)
    if row.before is None and row.of in {tables.DEPARTMENTS.name, tables.CATEGORIES.name}:
        undone = replace(undone, after={**(row.after or {}), tables.ENDS.name: since.isoformat()})
    elif row.before is not None and row.of == tables.RULES.name:
        undone = replace(undone, after={**row.before, tables.BEGINS.name: since.isoformat()})
    if two_person_kind(undone) is not None:
        raise not_now(message("This takes two people: change the entry by its own form."))
    return undone


def _rests_on_department(act: Act, row: RecordedChange) -> Message | None:
    if row.step == ChangeStep.ADD:
        sent = sa.select(Dispatch.appeal_id).where(Dispatch.department == row.key)
        count = _count_rows(act, sent)
        return plural_message(
            "%(count)s appeal was dispatched to it.",
            "%(count)s appeals were dispatched to it.",
            count,
        )
    if row.step == ChangeStep.END:
        handed_over = sa.select(Dispatch.appeal_id).where(
            Dispatch.department == row.key,
            Dispatch.how_ended == DispatchEnd.HANDED_OVER,
            Dispatch.ended_at >= row.at,
        )
        count = _count_rows(act, handed_over)
        return plural_message(
            "%(count)s case was handed over to the successor.",
            "%(count)s cases were handed over to the successor.",
            count,
        )
    return _rests_on_names(act, row)


def _rests_on_category(act: Act, row: RecordedChange) -> Message | None:
    if row.step in {ChangeStep.END, ChangeStep.MOVE}:
        return None  # of a move the new rule says what rests on it
    filed = sa.select(Appeal.id).where(Appeal.category == row.key, Appeal.filed_at >= row.at)
    if count := _count_rows(act, filed):
        return plural_message(
            "%(count)s appeal was filed under it since.",
            "%(count)s appeals were filed under it since.",
            count,
        )
    return None if row.step == ChangeStep.ADD else _rests_on_names(act, row)


def _rests_on_rule(act: Act, row: RecordedChange) -> Message | None:
    """Say how many appeals were dispatched after the changed rule had suggested a department."""
    versions = sa.select(RoutingRule.id).where(
        sa.func.coalesce(RoutingRule.line, RoutingRule.id) == int(row.key),
        RoutingRule.valid_from >= row.since,
    )
    dispatched = (
        sa.select(Appeal.id)
        .join(RoutingReason, RoutingReason.appeal_id == Appeal.id)
        .where(
            Appeal.filed_at >= day_start(row.since),
            RoutingReason.rule_id.in_(versions),
            sa.exists().where(Dispatch.appeal_id == Appeal.id),
        )
    )
    count = _count_rows(act, dispatched)
    return plural_message(
        "%(count)s appeal was dispatched by it.", "%(count)s appeals were dispatched by it.", count
    )


def _rests_on_limit(act: Act, row: RecordedChange) -> Message | None:
    """Say how many promises were made, or extensions granted, since the limit began."""
    duty = (row.after or row.before or {}).get("duty", "")
    begins = max(day_start(row.since), row.at)
    promised = sa.select(Deadline.appeal_id).where(
        Deadline.duty == duty, Deadline.started_at >= begins
    )
    if duty == EXTENSION:
        promised = sa.select(Round.appeal_id).where(Round.extension_granted_at >= begins)
    count = _count_rows(act, promised)
    return plural_message(
        "%(count)s promise was made since it began.",
        "%(count)s promises were made since it began.",
        count,
    )


def _rests_on_names(act: Act, row: RecordedChange) -> Message | None:
    published = sa.select(Report.id).where(Report.published_at >= row.at)
    count = _count_rows(act, published)
    return plural_message(
        "%(count)s report was published since, with the names of that time.",
        "%(count)s reports were published since, with the names of that time.",
        count,
    )


def _rests_on_nothing(act: Act, row: RecordedChange) -> None:
    del act, row


def _count_rows(act: Act, rows: sa.Select[int]) -> int:
    return act.session.scalar(sa.select(sa.func.count()).select_from(rows.subquery())) or 0


OBSTACLES: Mapping[str, Callable[[Act, RecordedChange], Message | None]] = {
    tables.DEPARTMENTS.name: _rests_on_department,
    tables.CATEGORIES.name: _rests_on_category,
    tables.RULES.name: _rests_on_rule,
    tables.LIMITS.name: _rests_on_limit,
    tables.CAMPAIGN.name: _rests_on_nothing,
    tables.DOWNTIME.name: _rests_on_nothing,
}
"""What rests on a change, by its table: the sentence, with the number of what it counts."""
