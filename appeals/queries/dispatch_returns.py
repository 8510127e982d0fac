"""How often dispatches came back: by routing rule, and whether the centre decided on them in time.

Every figure has its list here, selected by the same conditions, so that a list is as long as its
figure. All look back `RECENT_DAYS` days.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import not_restricted_for, visible_to
from appeals.domain.calendar import city_day, day_start
from appeals.domain.clocks import has_passed
from appeals.domain.deadlines import describe_delay
from appeals.domain.messages import Message
from appeals.domain.routing import Rule
from appeals.domain.states import Action
from appeals.domain.vocabulary import DispatchEnd, Duty, ReturnReason, Term
from appeals.models.appeal import Appeal, Move, RoutingReason, Statement
from appeals.models.handling import Deadline, Dispatch
from appeals.queries.work_list import PAGE_ROWS, read_page_key
from appeals.reference.reference_data import load_reference

RECENT_DAYS = 90
"""How many days figures of returns look back."""
Where = sa.ColumnElement[bool]
ReturnQuery = sa.Select[Appeal, str, Dispatch, Any, Any, Any, Any]
ReturnRow = sa.Row[Appeal, str, Dispatch, Any, Any, Any, Any, Any]


class ReturnFigure(Term):
    """A figure about returns that opens the list of its cases."""

    SENT = "sent", "Dispatched by the rule"
    RETURNED = "returned", "Dispatched by the rule and returned"
    DECIDED = "decided", "Returns decided"
    LATE = "late", "Returns decided late"

    @property
    def is_of_rule(self) -> bool:
        """Whether the figure is that of one routing rule."""
        return self in {ReturnFigure.SENT, ReturnFigure.RETURNED}


@dataclass(frozen=True)
class RuleRecord:
    """How many dispatches followed a routing rule lately, and how many of them were returned."""

    sent: int = 0
    returned: int = 0


@dataclass(frozen=True)
class DecisionCounts:
    """How many returns the centre decided lately, and how many of them late."""

    decided: int = 0
    late: int = 0


@dataclass(frozen=True)
class ReturnLine:
    """One line of a list: a dispatch, and the return that was decided, if one was.

    Times are aware UTC; those of a return are empty where the dispatch was not returned. `delay`
    says by how much the decision was late.
    """

    appeal: Appeal
    subject: str
    department: str
    sent_at: datetime
    is_returned: bool
    asked_at: datetime | None = None
    reason: ReturnReason | None = None
    decided_at: datetime | None = None
    delay: Message | None = None


@dataclass(frozen=True)
class ReturnListPage:
    """One page of lines, the newest first; `after` is the key of the next page, if there is one."""

    lines: tuple[ReturnLine, ...]
    after: str | None


def read_return_figure(name: str) -> ReturnFigure:
    """Return the figure of that name; the late decisions for an unknown one."""
    known = {figure.value: figure for figure in ReturnFigure}
    return known.get(name, ReturnFigure.LATE)


def find_rule(act: Act, text: str) -> Rule | None:
    """Return the routing rule with that id, whether or not it is still in force."""
    rules = load_reference(act).rules
    return next((rule for rule in rules if str(rule.id) == text), None)


def count_rule_records(
    act: Act, reasons: Iterable[RoutingReason | None]
) -> Mapping[int | None, RuleRecord]:
    """Count the recent dispatches by the rules of some suggestions, by the id of the rule.

    A rule that was changed counts with its earlier versions, as far as they named the same
    department.
    """
    rules: dict[int | None, Rule] = {rule.id: rule for rule in load_reference(act).rules}
    wanted = {each.rule_id for each in reasons if each is not None}
    asked = [rule for rule in rules.values() if rule.id in wanted]
    if not asked:
        return {}
    lines = {rule.line for rule in asked}
    departments = {rule.department for rule in asked}
    rows = act.session.execute(
        sa.select(
            RoutingReason.rule_id,
            Dispatch.department,
            sa.func.count(),
            sa.func.count().filter(Dispatch.how_ended == DispatchEnd.RETURNED),
        )
        .join_from(Dispatch, RoutingReason, RoutingReason.appeal_id == Dispatch.appeal_id)
        .where(
            *_is_recent_dispatch(act),
            Dispatch.department.in_(departments),
            RoutingReason.rule_id.in_([r.id for r in rules.values() if r.line in lines]),
            not_restricted_for(act.actor, Dispatch.appeal_id),
        )
        .group_by(RoutingReason.rule_id, Dispatch.department)
    )
    found: dict[tuple[int | None, str], RuleRecord] = {}
    for rule_id, department, sent, returned in rows:
        key = (rules[rule_id].line, department)
        before = found.get(key, RuleRecord())
        found[key] = RuleRecord(before.sent + sent, before.returned + returned)
    return {rule.id: found.get((rule.line, rule.department), RuleRecord()) for rule in asked}


def count_decisions(act: Act) -> DecisionCounts:
    """Count the decisions on returns that were asked lately."""
    counted = (
        sa.select(sa.func.count(), sa.func.count().filter(_is_decided_late()))
        .select_from(sa.join(Dispatch, Deadline, _is_decision_of_dispatch()))
        .where(*_is_recent_decision(act), not_restricted_for(act.actor, Dispatch.appeal_id))
    )
    return DecisionCounts(*act.session.execute(counted).one())


def count_return_cases(act: Act, figure: ReturnFigure, rule: Rule | None = None) -> int:
    """Count the lines of a figure's list."""
    rows = _select_lines(act, figure, rule).with_only_columns(Appeal.id).subquery()
    return act.session.scalars(sa.select(sa.func.count()).select_from(rows)).one()


def list_return_cases(
    act: Act, figure: ReturnFigure, rule: Rule | None = None, after: str | None = None
) -> ReturnListPage:
    """List one page of the dispatches behind a figure, the newest first.

    `rule` is the one that a figure of a rule is about.
    """
    rows = _select_lines(act, figure, rule)
    moment = Dispatch.sent_at if figure.is_of_rule else Deadline.met_at
    at = sa.type_coerce(moment, sa.DateTime(timezone=True))
    key = read_page_key(after)
    if key is not None:
        rows = rows.where(sa.tuple_(at, Appeal.id) < sa.tuple_(*map(sa.literal, key)))
    found = act.session.execute(
        rows.add_columns(at.label("listed_at"))
        .order_by(at.desc(), Appeal.id.desc())
        .limit(PAGE_ROWS + 1)
    ).all()
    lines = tuple(_make_line(act, row) for row in found[:PAGE_ROWS])
    if len(found) <= PAGE_ROWS:
        return ReturnListPage(lines, None)
    last = found[PAGE_ROWS - 1]
    return ReturnListPage(lines, f"{last[-1].isoformat()}~{last[0].id}")


def _select_lines(act: Act, figure: ReturnFigure, rule: Rule | None) -> ReturnQuery:
    rows = (
        sa.select(
            Appeal,
            Statement.subject,
            Dispatch,
            _find_return_reason(),
            _asked_at(),
            Deadline.due_at,
            Deadline.met_at,
        )
        .select_from(Dispatch)
        .join(Appeal, Appeal.id == Dispatch.appeal_id)
        .join(Statement, Statement.appeal_id == Appeal.id)
        .where(visible_to(act.actor))
    )
    if not figure.is_of_rule:
        rows = rows.join(Deadline, _is_decision_of_dispatch()).where(*_is_recent_decision(act))
        return rows if figure is ReturnFigure.DECIDED else rows.where(_is_decided_late())
    rows = (
        rows.join(RoutingReason, RoutingReason.appeal_id == Dispatch.appeal_id)
        .outerjoin(
            Deadline, sa.and_(_is_decision_of_dispatch(), Deadline.met_at == Dispatch.ended_at)
        )
        .where(*_is_recent_dispatch(act), *_is_by_rule(act, rule))
    )
    if figure is ReturnFigure.RETURNED:
        rows = rows.where(Dispatch.how_ended == DispatchEnd.RETURNED)
    return rows


def _is_by_rule(act: Act, rule: Rule | None) -> tuple[Where, ...]:
    if rule is None:
        return (sa.false(),)
    versions = [each.id for each in load_reference(act).rules if each.line == rule.line]
    return RoutingReason.rule_id.in_(versions), Dispatch.department == rule.department


def _is_recent_dispatch(act: Act) -> tuple[Where, ...]:
    """Return the conditions of recent dispatches, without those that the centre took back."""
    kept = Dispatch.how_ended.is_distinct_from(DispatchEnd.RECALLED)
    return Dispatch.sent_at >= _find_start(act), kept


def _is_recent_decision(act: Act) -> tuple[Where, ...]:
    return Dispatch.return_asked_at >= _find_start(act), Deadline.met_at.is_not(None)


def _is_decision_of_dispatch() -> Where:
    return sa.and_(
        Deadline.appeal_id == Dispatch.appeal_id,
        Deadline.dispatch_n == Dispatch.n,
        Deadline.duty == Duty.RETURN_DECISION,
    )


def _is_decided_late() -> Where:
    return Deadline.due_at < sa.func.date_trunc("second", Deadline.met_at)


def _find_start(act: Act) -> datetime:
    return day_start(city_day(act.now) - timedelta(days=RECENT_DAYS))


def _asked_at() -> sa.ColumnElement[datetime | None]:
    """Return when the decided return was asked, as SQL; without a decision, the newest one."""
    return sa.func.coalesce(Deadline.started_at, Dispatch.return_asked_at)


def _find_return_reason() -> sa.ScalarSelect[str | None]:
    """Return why that return was asked, as SQL."""
    return (
        sa.select(Move.facts["reason"].astext)
        .where(
            Move.appeal_id == Dispatch.appeal_id,
            Move.action == Action.ASK_RETURN,
            Move.at == _asked_at(),
        )
        .limit(1)
        .correlate(Dispatch, Deadline)
        .scalar_subquery()
    )


def _make_line(act: Act, row: ReturnRow) -> ReturnLine:
    appeal, subject, dispatch, reason, asked_at, due_at, met_at, _ = row
    decided_at = met_at or dispatch.ended_at
    is_returned = dispatch.how_ended is DispatchEnd.RETURNED and dispatch.ended_at == decided_at
    line = ReturnLine(appeal, subject, dispatch.department, dispatch.sent_at, is_returned)
    if met_at is None and not is_returned:
        return line
    return replace(
        line,
        asked_at=asked_at,
        reason=ReturnReason(reason) if reason else None,
        decided_at=decided_at,
        delay=_describe_late_decision(act, due_at, met_at),
    )


def _describe_late_decision(
    act: Act, due_at: datetime | None, met_at: datetime | None
) -> Message | None:
    if due_at is None or met_at is None or not has_passed(due_at, met_at):
        return None
    calendar = load_reference(act).book.calendar
    return describe_delay(Duty.RETURN_DECISION, due_at, met_at, calendar)
