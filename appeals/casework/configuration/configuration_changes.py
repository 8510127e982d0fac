"""Changes of the city's configuration: planned, previewed, then written and recorded together.

A change takes effect on a day, today at the earliest. Rules and limits are never overwritten: a new
row replaces the former from that day on, so past suggestions and promises can still be explained.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.casework.accounts import account_changes, account_notices, staff_requests
from appeals.casework.accounts.staff_requests import NewRequest
from appeals.casework.configuration.category_effects import move_category_rules, restrict_appeals
from appeals.casework.configuration.configuration_checks import CHECKS, check_given
from appeals.casework.configuration.rule_effects import reassign_rules
from appeals.casework.records import change_log
from appeals.casework.records.change_log import WrittenRow
from appeals.domain import configuration as tables
from appeals.domain.calendar import city_day, day_start
from appeals.domain.configuration import Change, ChangeStep, ConfiguredTable, RowFacts, StepForm
from appeals.domain.messages import message
from appeals.domain.people import Role
from appeals.domain.refusals import Refused, RefusedKind, not_valid
from appeals.domain.routing import Rule
from appeals.domain.staff_requests import TWO_PERSON_TABLES, two_person_kind
from appeals.domain.vocabulary import YesNo
from appeals.models.organisation import LimitOfDuty, RoutingRule
from appeals.models.staff import StaffRequest
from appeals.reference.configured_rows import (
    MODELS,
    SINGLE_ROW_KEY,
    parse_column_values,
    read_rows_on,
)
from appeals.reference.reference_data import load_reference, mark_reference_changed

SINCE, WHY = "since", "why"
OF, STEP, KEY, SEEN = "of", "step", "key", "seen"
"""Keys in a request about a row, besides the facts wanted."""


@dataclass(frozen=True)
class WantedChange:
    """A change that an administrator wants: a step on a row (no key: a new row), and the input.

    `given` holds the step's fields by name, and `since` (a day) and `why`.
    """

    table: ConfiguredTable
    step: ChangeStep
    key: str
    given: RowFacts


def plan_change(act: Act, wish: WantedChange) -> tuple[Change, ...]:
    """Return the changes that a wish leads to, the wanted one first; nothing is written.

    Raises Refused: not found, not valid for a field, not now.
    """
    asked = wish.table.steps.get(wish.step)
    if asked is None:
        raise no_such_row()
    given = check_given(act, asked.fields, wish.given)
    if wish.table is tables.LIMITS:
        given = tables.store_limit(given)
    since = read_effect_day(act, asked, given)
    if WHY not in given:
        raise not_valid(WHY, message("Say why."))
    change = _build_change(act, replace(wish, given=given), asked, since)
    CHECKS[wish.table.name](act, change)
    if wish.step is ChangeStep.MOVE:
        return (change, *move_category_rules(load_reference(act), change))
    successor = change.facts_after.get(tables.SUCCESSOR.name)
    if wish.table is tables.DEPARTMENTS and wish.step is ChangeStep.END and successor:
        named = partial(_names_department, change.key)
        return (change, *reassign_rules(load_reference(act), change, named, successor))
    return (change,)


def _names_department(code: str, rule: Rule) -> bool:
    return rule.department == code


def make_change(act: Act, wish: WantedChange, seen: int) -> WrittenRow:
    """Write and record the wanted change, and return the row.

    A change that takes two people only becomes a request; `write_granted_request` writes it later.
    `seen` is the id of the row's last change when the administrator read it (optimistic lock).
    Raises Refused as `plan_change` does, and not now where the row was changed since.
    """
    change_log.lock_configuration(act)
    if wish.key:
        change_log.check_unchanged_since(act, wish.table.name, wish.key, seen)
    planned = plan_change(act, wish)
    request = _ask_second_person(act, wish, planned[0], seen)
    if request is not None and request.outcome is None:
        return WrittenRow(wish.key, request_id=request.id)
    return write_changes(act, planned, request)


def write_granted_request(act: Act, request: StaffRequest) -> WrittenRow:
    """Write a change that a second person granted. Raises Refused as `make_change` does."""
    change_log.lock_configuration(act)
    wish, seen = read_wanted_change(request)
    if wish.key:
        change_log.check_unchanged_since(act, wish.table.name, wish.key, seen)
    since = max(request.wanted[SINCE], city_day(act.now).isoformat())  # no day until it is granted
    wish = replace(wish, given={**wish.given, SINCE: since})
    return write_changes(act, plan_change(act, wish), request)


def read_wanted_change(request: StaffRequest) -> tuple[WantedChange, int]:
    """Return the change that a request wants, and the id of the row's last change at that time."""
    wanted = request.wanted
    table = tables.TABLES[wanted[OF]]
    given = {name: text for name, text in wanted.items() if name in table.needs}
    wish = WantedChange(
        table, ChangeStep(wanted[STEP]), wanted[KEY], {**given, WHY: request.reason}
    )
    return wish, int(wanted[SEEN])


def find_row_facts(act: Act, wish: WantedChange) -> RowFacts | None:
    """Return the current facts of a wish's row, None where there is none."""
    row = read_rows_on(act, wish.table, city_day(act.now)).get(wish.key)
    return row.facts if row else None


def would_be_alone(act: Act, change: Change) -> bool:
    """Return whether a two-person change would take effect without a second person."""
    kind = two_person_kind(change)
    return kind is not None and staff_requests.would_be_alone(act, kind)


def _ask_second_person(
    act: Act, wish: WantedChange, change: Change, seen: int
) -> StaffRequest | None:
    """Make a request for a change that takes two people, except on the command line."""
    kind = two_person_kind(change)
    if kind is None or act.actor.role is Role.SYSTEM:
        return None
    subject = change.key or change.facts_after.get(tables.USERNAME.name, "").lower()
    wanted = {OF: change.of, STEP: change.step.value, KEY: wish.key, SEEN: str(seen)}
    wanted[SINCE] = change.since.isoformat()
    of_account = change.of == tables.ACCOUNTS.name
    staff_id = account_changes.find_staff_id(act, change) if of_account else None
    asked = NewRequest(kind, subject, {**change.facts_after, **wanted}, change.why, staff_id)
    request = staff_requests.ask_request(act, asked)
    if request.outcome is None:
        deciders = staff_requests.find_deciders(act, kind, request.asked_by, staff_id)
        account_notices.notify_of_open_request(act, replace(change, key=subject), request, deciders)
    return request


def write_changes(act: Act, planned: Sequence[Change], request: StaffRequest | None) -> WrittenRow:
    """Write and record changes that were planned under the lock; return the first one's row."""
    written = []
    for change in planned:
        row = WRITERS[change.of](act, change)
        made = replace(change, key=row.key)
        change_log.record_change(act, made, request)
        if change.of in ALWAYS_NOTIFIED or two_person_kind(made):
            account_notices.notify_of_change(act, made, request)
        written.append(row)
    mark_reference_changed(act.session, load_reference(act).book.calendar.version)
    act.session.expire_all()  # rows were written past what the session had read
    return written[0]


def no_such_row() -> Refused:
    """Return the refusal for a row or step that does not exist."""
    return Refused(RefusedKind.NOT_FOUND, message("There is no such entry."))


def read_effect_day(act: Act, asked: StepForm, given: RowFacts) -> date:
    """Return the day of effect that was typed; today where the step has none. Raises Refused."""
    return parse_effect_day(act, given) if asked.dated else city_day(act.now)


def parse_effect_day(act: Act, given: RowFacts) -> date:
    """Return the day of effect that was typed. Raises Refused if it is none, or has passed."""
    try:
        since = date.fromisoformat(given.get(SINCE, ""))
    except ValueError:
        raise not_valid(SINCE, message("Enter the day of effect.")) from None
    if since < city_day(act.now):
        raise not_valid(
            SINCE,
            message("The day of effect is today at the earliest: given promises do not move."),
        )
    return since


def _build_change(act: Act, wish: WantedChange, asked: StepForm, since: date) -> Change:
    table, step, given = wish.table, wish.step, wish.given
    before: RowFacts | None = None
    if step is not ChangeStep.ADD:
        row = read_rows_on(act, table, since).get(wish.key)
        if row is None:
            raise no_such_row()
        before = row.facts
    if step is ChangeStep.MOVE:  # its rules hold this, not the category's own row
        lead = tables.LEAD.name
        before, after = {lead: (before or {}).get(lead, "")}, {lead: given[lead]}
    else:
        after = _merge_facts(asked, before or {}, given)
    if step in {ChangeStep.END, ChangeStep.DISABLE}:
        mark = table.end_mark
        after = {**after, mark.name: since.isoformat()} if mark else {}
    elif step is ChangeStep.FACTOR:
        after.pop(tables.FACTOR.name, None)
    elif asked.dated and step is not ChangeStep.MOVE:
        after = {**after, tables.BEGINS.name: since.isoformat()}
        after.pop(tables.ENDS.name, None)  # the change replaces any that was planned for later
    return Change(table.name, wish.key, step, since, before, after or None, given[WHY])


def _merge_facts(asked: StepForm, before: RowFacts, given: RowFacts) -> dict[str, str]:
    names = {need.name for need in asked.fields}
    kept = {name: text for name, text in before.items() if name not in names}
    return {**kept, **{name: text for name, text in given.items() if name in names}}


def _write_row(act: Act, change: Change) -> WrittenRow:
    """Write a row without versions; a moved category's own row stays unchanged."""
    model, fields = MODELS[change.of], tables.TABLES[change.of].fields
    is_move = set(change.facts_after) == {tables.LEAD.name}
    if change.of == tables.CATEGORIES.name and is_move:
        return WrittenRow(change.key)
    after = change.facts_after
    row = parse_column_values(model, after, [need.name for need in fields])
    if tables.CODE not in fields:
        row["id"] = int(SINGLE_ROW_KEY)
    keys = [column.name for column in model.__table__.primary_key]
    told = {name: value for name, value in row.items() if name not in keys}
    act.session.execute(
        insert(model).values(**row).on_conflict_do_update(index_elements=keys, set_=told)
    )
    key = change.key or after[tables.CODE.name]
    if change.of == tables.CATEGORIES.name and after.get("restricted") == YesNo.YES:
        restrict_appeals(act, key)  # with their category (Rules 3), and they stay so
    return WrittenRow(key)


def _write_rule(act: Act, change: Change) -> WrittenRow:
    """End every version of the rule by the day, and begin the new one on it."""
    if change.key:
        of_line = sa.func.coalesce(RoutingRule.line, RoutingRule.id) == int(change.key)
        lasts = sa.or_(RoutingRule.valid_to.is_(None), RoutingRule.valid_to > change.since)
        ends = sa.func.greatest(RoutingRule.valid_from, change.since)
        act.session.execute(sa.update(RoutingRule).where(of_line, lasts).values(valid_to=ends))
    if change.after is None:
        return WrittenRow(change.key)
    names = [need.name for need in tables.RULES.fields]
    row = RoutingRule(**parse_column_values(RoutingRule, change.after, names))
    row.line = int(change.key) if change.key else None
    act.session.add(row)
    act.session.flush()  # the change log names the new rule's id
    return WrittenRow(change.key or str(row.id))


def _write_limit(act: Act, change: Change) -> WrittenRow:
    """Begin the limit on the day, now at the earliest, replacing any later one.

    One that is undone before anything was promised under it is deleted.
    """
    facts = change.facts_after or change.facts_before
    begins = max(day_start(change.since), act.now)
    names = [need.name for need in tables.LIMITS.fields if need is not tables.BEGINS]
    row = LimitOfDuty(**parse_column_values(LimitOfDuty, facts, names), valid_from=begins)
    replaced = sa.delete(LimitOfDuty).where(
        LimitOfDuty.duty == row.duty,
        LimitOfDuty.kind.is_not_distinct_from(row.kind),
        LimitOfDuty.urgent.is_(row.urgent),
        LimitOfDuty.investigation.is_(row.investigation),
    )
    if change.after is None:
        act.session.execute(replaced)
    else:
        act.session.execute(replaced.where(LimitOfDuty.valid_from >= begins))
        act.session.add(row)
    return WrittenRow(tables.limit_key(facts))


def _write_dated_row(act: Act, change: Change) -> WrittenRow:
    """Begin a row on the day, replacing any later one; its first field is its key."""
    model, fields = MODELS[change.of], tables.TABLES[change.of].fields
    row = parse_column_values(model, change.facts_after, [need.name for need in fields])
    columns, key = model.__table__.columns, fields[0].name
    comes = sa.and_(columns[key] == row[key], columns[tables.BEGINS.name] >= change.since)
    act.session.execute(sa.delete(model).where(comes))
    act.session.execute(sa.insert(model).values(**row))
    return WrittenRow(change.key)


ALWAYS_NOTIFIED = frozenset(TWO_PERSON_TABLES) - {tables.CATEGORIES.name}
"""Tables of which every change is notified; of categories only two-person changes are."""
WRITERS: dict[str, Callable[[Act, Change], WrittenRow]] = {
    tables.DEPARTMENTS.name: _write_row,
    tables.CATEGORIES.name: _write_row,
    tables.CAMPAIGN.name: _write_row,
    tables.DOWNTIME.name: _write_row,
    tables.RULES.name: _write_rule,
    tables.LIMITS.name: _write_limit,
    tables.ACCOUNTS.name: account_changes.write_account_change,
    tables.FACTOR_DEMANDS.name: _write_dated_row,
    tables.RETENTION.name: _write_dated_row,
    tables.MESSAGES.name: _write_dated_row,
}
