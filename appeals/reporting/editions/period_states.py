"""How far the report of each month is: what waits for whom.

Told from its draft, its editions and the recounts that were asked for. Figures are compared for the
whole city only: those are few, and a change of an appeal moves some of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import load_only

from appeals.act import Act
from appeals.domain.calendar import ONE_DAY, Period, city_day, month_of, next_month
from appeals.domain.messages import Labelled, message, plural_message
from appeals.domain.text.dates import describe_day, describe_moment
from appeals.domain.vocabulary import Term
from appeals.models.appeal import Appeal
from appeals.models.report import Figure, RecountRequest, Report, ReportComment
from appeals.models.staff import StaffMember
from appeals.reporting.editions import recounts
from appeals.reporting.editions.editions import CELL_COLUMNS, NUMBER_COLUMNS
from appeals.reporting.editions.recounts import MAX_TRIES, RECOUNT_STEPS, WORKER_STOPPED
from appeals.reporting.snapshot.breakdowns import CITY

MONTHS_SHOWN = 12
OTHER_PERIODS_SHOWN = 50
SLIM_COLUMNS = (
    Report.start,
    Report.end,
    Report.cut_off,
    Report.compiled_at,
    Report.held,
    Report.reviewed_at,
    Report.reviewed_by,
    Report.edition,
    Report.published_at,
    Report.publisher_name,
)
"""What a list needs of a report: not its definitions, findings and names."""


class ReportStage(Term):
    """The stage of a period's report."""

    OPEN = "open", "Not over"
    NOT_COUNTED = "not_counted", "Not counted"
    QUEUED = "queued", "Waits to be counted"
    COUNTING = "counting", "Being counted"
    TO_RECOUNT = "to_recount", "To be counted again"
    TO_REVIEW = "to_review", "Waits for review"
    TO_PUBLISH = "to_publish", "Waits to be published"
    CHANGED = "changed", "Changed since"
    PUBLISHED = "published", "Published"


@dataclass(frozen=True)
class PeriodState:
    """The state of one period's report.

    Attributes:
        waits: What waits for whom, in words.
        failure: That the newest recount failed, in words; None if it did not.
        running: The recount that is not finished.
        draft: The draft, `edition` the newest edition; None where there is none.
        comments: How many comments there are on its drafts.
    """

    period: Period
    stage: ReportStage
    waits: Labelled
    failure: Labelled | None
    running: RecountRequest | None
    draft: Report | None
    edition: Report | None
    comments: int

    @property
    def is_whole(self) -> bool:
        """Return whether the draft was counted after the period was over."""
        return self.draft is not None and self.draft.cut_off >= self.period.end

    @property
    def steps(self) -> int:
        """Return how many steps a recount has."""
        return RECOUNT_STEPS


@dataclass(frozen=True)
class MonthPage:
    """Some months, the newest first, and the month before them (its first day) if there is one."""

    states: Sequence[PeriodState]
    earlier: date | None


@dataclass(frozen=True)
class _Facts:
    """What is known of the periods shown, each by period."""

    drafts: dict[Period, Report]
    editions: dict[Period, Report]
    requests: dict[Period, RecountRequest]
    changed: dict[Period, int]
    comments: dict[Period, int]
    names: dict[int, str]


def list_months(act: Act, last: date | None = None) -> MonthPage:
    """Return the states of a page of months, from `last` (default: this month) backwards."""
    first = _find_first_month(act)
    month = min(last or month_of(act.now), month_of(act.now))
    months = list[date]()
    while month >= first and len(months) < MONTHS_SHOWN:
        months.append(month)
        month = (month - ONE_DAY).replace(day=1)
    periods = [Period.days(each, next_month(each)) for each in months]
    return MonthPage(describe_states(act, periods), month if month >= first else None)


def list_other_periods(act: Act) -> Sequence[PeriodState]:
    """Return the states of the newest periods that are no months."""
    spans = act.session.execute(
        sa.select(Report.start, Report.end)
        .distinct()
        .order_by(Report.start.desc(), Report.end.desc())
        .where(~_is_month_long())
        .limit(OTHER_PERIODS_SHOWN)
    )
    return describe_states(act, [Period(*span) for span in spans])


def describe_states(act: Act, periods: Sequence[Period]) -> Sequence[PeriodState]:
    """Return the state of each period's report, in a fixed number of statements."""
    facts = _load_facts(act, periods)
    return [_describe_state(act, period, facts) for period in periods]


def _is_month_long() -> sa.ColumnElement[bool]:
    first = sa.func.timezone("Asia/Shanghai", Report.start)
    end = sa.func.timezone("Asia/Shanghai", Report.end)
    is_first = sa.func.date_trunc("month", first) == first
    return sa.and_(is_first, first + sa.text("interval '1 month'") == end)


def _find_first_month(act: Act) -> date:
    """Return the month of the first appeal or report, this month where there is none."""
    starts = (
        act.session.scalar(sa.select(sa.func.min(Appeal.filed_at))),
        act.session.scalar(sa.select(sa.func.min(Report.start))),
    )
    return min(month_of(each) for each in (*starts, act.now) if each is not None)


def _load_facts(act: Act, periods: Sequence[Period]) -> _Facts:
    spans = [(period.start, period.end) for period in periods]
    of_periods = sa.tuple_(Report.start, Report.end).in_(spans)
    reports = act.session.scalars(
        sa.select(Report)
        .options(load_only(*SLIM_COLUMNS))
        .where(of_periods)
        .order_by(Report.edition.asc().nulls_first())
    ).all()
    drafts = {Period(each.start, each.end): each for each in reports if each.edition is None}
    editions = {Period(each.start, each.end): each for each in reports if each.edition}
    requests = recounts.list_newest_requests(act, periods)
    people = {each.reviewed_by for each in drafts.values()}
    people |= {each.asked_by for each in requests.values()}
    named = sa.select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(people))
    counted = (
        sa.select(ReportComment.start, ReportComment.end, sa.func.count())
        .where(sa.tuple_(ReportComment.start, ReportComment.end).in_(spans))
        .group_by(ReportComment.start, ReportComment.end)
    )
    return _Facts(
        drafts,
        editions,
        requests,
        _count_changed(act, drafts, editions),
        {Period(start, end): count for start, end, count in act.session.execute(counted)},
        {row.id: row.name for row in act.session.execute(named)},
    )


def _count_changed(
    act: Act, drafts: dict[Period, Report], editions: dict[Period, Report]
) -> dict[Period, int]:
    """Count the whole city's figures in which drafts differ from the newest editions.

    Measures that only one of both has are left out.
    """
    both = [period for period in drafts if period in editions]
    one, other = (
        sa.select(Report.start, Report.end, Figure)
        .join(Report, Report.id == Figure.report_id)
        .where(Report.id.in_([side[period].id for period in both]), Figure.by == CITY)
        .subquery()
        for side in (drafts, editions)
    )
    same = sa.and_(*(one.c[name] == other.c[name] for name in ("start", "end", *CELL_COLUMNS)))
    differs = sa.or_(*(one.c[name] != other.c[name] for name in NUMBER_COLUMNS))
    rows = act.session.execute(
        sa.select(one.c.start, one.c.end, sa.func.count())
        .join(other, same)
        .where(differs)
        .group_by(one.c.start, one.c.end)
    )
    return {Period(start, end): count for start, end, count in rows}


def _describe_state(act: Act, period: Period, facts: _Facts) -> PeriodState:
    request = facts.requests.get(period)
    running = request if request is not None and request.finished_at is None else None
    draft, edition = facts.drafts.get(period), facts.editions.get(period)
    stage = _find_stage(act, period, facts)
    return PeriodState(
        period,
        stage,
        _describe_wait(stage, period, facts),
        _describe_failure(request, draft, facts),
        running,
        draft,
        edition,
        facts.comments.get(period, 0),
    )


def _find_stage(act: Act, period: Period, facts: _Facts) -> ReportStage:
    draft, request = facts.drafts.get(period), facts.requests.get(period)
    if request is not None and request.finished_at is None:
        return ReportStage.COUNTING if request.begun_at else ReportStage.QUEUED
    if period.end > act.now:
        return ReportStage.OPEN
    if draft is None:
        return ReportStage.PUBLISHED if period in facts.editions else ReportStage.NOT_COUNTED
    if draft.reviewed_at is not None and draft.cut_off >= period.end:
        return ReportStage.TO_PUBLISH
    if period in facts.editions:
        return ReportStage.CHANGED if facts.changed.get(period) else ReportStage.PUBLISHED
    return ReportStage.TO_REVIEW if draft.cut_off >= period.end else ReportStage.TO_RECOUNT


def _describe_wait(stage: ReportStage, period: Period, facts: _Facts) -> Labelled:
    """Return what waits for whom, in one sentence or two."""
    draft, edition = facts.drafts.get(period), facts.editions.get(period)
    if stage in {ReportStage.QUEUED, ReportStage.COUNTING}:
        return _describe_progress(facts.requests[period], facts)
    if stage is ReportStage.TO_PUBLISH and draft is not None and draft.reviewed_at is not None:
        return message(
            "%(name)s reviewed it on %(day)s; an administrator has to publish it.",
            name=facts.names.get(draft.reviewed_by or 0, ""),
            day=describe_day(city_day(draft.reviewed_at)),
        )
    if stage is ReportStage.CHANGED and edition is not None:
        return plural_message(
            "%(count)s of the city's figures has changed since edition %(n)s; an administrator "
            "has to review the correction.",
            "%(count)s of the city's figures have changed since edition %(n)s; an administrator "
            "has to review the correction.",
            facts.changed[period],
            n=edition.edition,
        )
    return WAITS[stage]


WAITS = {
    ReportStage.OPEN: message(
        "The figures follow the appeals; they can be published once the period is over."
    ),
    ReportStage.NOT_COUNTED: message("An administrator has to have it counted."),
    ReportStage.TO_RECOUNT: message(
        "The draft was counted before the period was over; an administrator has to have it "
        "counted again."
    ),
    ReportStage.TO_REVIEW: message("An administrator has to review it."),
    ReportStage.PUBLISHED: message("Nothing waits."),
}
"""What waits for whom in the stages that say the same of every period."""


def _describe_progress(request: RecountRequest, facts: _Facts) -> Labelled:
    name, time = facts.names.get(request.asked_by, ""), describe_moment(request.asked_at)
    if request.begun_at is None:
        return message(
            "%(name)s asked for it on %(time)s; the system counts it as soon as its turn comes.",
            name=name,
            time=time,
        )
    return message(
        "The system is counting: step %(n)s of %(of)s. %(name)s asked for it on %(time)s.",
        n=min(request.step + 1, RECOUNT_STEPS),
        of=RECOUNT_STEPS,
        name=name,
        time=time,
    )


def _describe_failure(
    request: RecountRequest | None, draft: Report | None, facts: _Facts
) -> Labelled | None:
    """Return that the recount failed, unless a draft was counted since."""
    if request is None or request.finished_at is None or request.problem is None:
        return None
    if draft is not None and draft.compiled_at > request.finished_at:
        return None
    name, time = facts.names.get(request.asked_by, ""), describe_moment(request.asked_at)
    if request.problem == WORKER_STOPPED:
        return message(
            "The recount that %(name)s asked for on %(time)s was interrupted %(tries)s times and "
            "given up. The figures before it stand. Ask for it again.",
            name=name,
            time=time,
            tries=MAX_TRIES,
        )
    return message(
        "The recount that %(name)s asked for on %(time)s failed. The figures before it stand. Ask "
        "for it again; if it fails again, tell whoever runs the system: %(problem)s.",
        name=name,
        time=time,
        problem=request.problem,
    )
