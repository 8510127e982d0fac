"""Requests to count a period again: asked for on its page, carried out by the worker.

A request is a row (`models/report.py: RecountRequest`), at most one running for a period. The
worker takes one after another (`worker/recounts.py`) and writes down each step, so that the page
shows how far it is. A worker that dies leaves the request to the next one; after `MAX_TRIES` it has
failed. A request that failed leaves the draft as it was.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on, insert

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.domain.messages import message
from appeals.domain.people import Role
from appeals.domain.refusals import not_allowed, not_now
from appeals.domain.text.dates import describe_moment
from appeals.models.report import RecountRequest
from appeals.models.staff import StaffMember
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.counting.monthly_drafts import COUNTED_SOURCES, NoteStep
from appeals.reporting.findings import report_findings

RECOUNT_STEPS = len(COUNTED_SOURCES) + 2
"""The steps of a recount: each kind of row, the stored figures, the words of the appeals."""
MAX_TRIES = 3
"""How often a worker begins a recount before it counts as failed."""
WORKER_STOPPED = "WorkerStopped"
"""The problem of a recount that no worker finished."""


def ask_recount(act: Act, period: Period, cut_off: datetime | None = None) -> None:
    """Store an administrator's request to count a period again, as of a cut-off or the moment.

    Raises:
        Refused: Not allowed to anybody but an administrator. Not valid for a cut-off in the future.
            Not now for a period that begins after it, or that is being counted already.
    """
    if act.actor.role is not Role.ADMINISTRATOR or act.actor.staff_id is None:
        raise not_allowed()
    monthly_drafts.check_cut_off(act, period, cut_off)
    lock_review(act, period)
    asked = insert(RecountRequest).values(
        start=period.start,
        end=period.end,
        cut_off=cut_off,
        asked_by=act.actor.staff_id,
        asked_at=act.now,
        step=0,
        tries=0,
    )
    unless_running = asked.on_conflict_do_nothing(
        index_elements=["start", "end"], index_where=RecountRequest.finished_at.is_(None)
    ).returning(RecountRequest.id)
    while act.session.execute(unless_running).first() is None:
        check_not_running(act, period)  # what has just finished leaves room: it is written then


def lock_review(act: Act, period: Period) -> None:
    """Let a period's review, publication and request of a recount go one after another."""
    key = sa.func.hashtextextended(f"review {period.label}", 0)
    act.session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def check_not_running(act: Act, period: Period) -> None:
    """Refuse (not now) where a recount of the period was asked for and is not finished."""
    running = act.session.execute(
        sa.select(RecountRequest.asked_at, StaffMember.name)
        .join(StaffMember, StaffMember.id == RecountRequest.asked_by)
        .where(
            RecountRequest.start == period.start,
            RecountRequest.end == period.end,
            RecountRequest.finished_at.is_(None),
        )
    ).first()
    if running is not None:
        raise not_now(
            message(
                "This period is being counted already: %(name)s asked for it on %(time)s. Wait "
                "until it is counted.",
                name=running.name,
                time=describe_moment(running.asked_at),
            )
        )


def list_newest_requests(act: Act, periods: Sequence[Period]) -> dict[Period, RecountRequest]:
    """Return the newest request of each period that has one."""
    spans = [(period.start, period.end) for period in periods]
    newest = (
        sa.select(RecountRequest)
        .where(sa.tuple_(RecountRequest.start, RecountRequest.end).in_(spans))
        .ext(distinct_on(RecountRequest.start, RecountRequest.end))
        .order_by(RecountRequest.start, RecountRequest.end, RecountRequest.id.desc())
    )
    return {Period(row.start, row.end): row for row in act.session.scalars(newest)}


def has_waiting_recount(act: Act) -> bool:
    """Return whether a request is not finished."""
    waiting = sa.select(RecountRequest.id).where(RecountRequest.finished_at.is_(None)).limit(1)
    return act.session.scalar(waiting) is not None


def begin_next_recount(act: Act) -> RecountRequest | None:
    """Begin the oldest request that is not finished, and count the try; None where there is none.

    One that was begun too often is finished as failed, and the next one is begun.
    """
    waiting = (
        sa.select(RecountRequest)
        .where(RecountRequest.finished_at.is_(None))
        .order_by(RecountRequest.id)
        .with_for_update(skip_locked=True)
    )
    for request in act.session.scalars(waiting):
        if request.tries >= MAX_TRIES:
            request.finished_at, request.problem = act.now, WORKER_STOPPED
            continue
        request.tries, request.begun_at, request.step = request.tries + 1, act.now, 0
        return request
    return None


def carry_out_recount(act: Act, request: RecountRequest, note_step: NoteStep) -> None:
    """Count the request's period, store its draft and findings, and finish the request.

    Raises Refused as `compile_draft` does.
    """
    period = Period(request.start, request.end)
    draft = monthly_drafts.compile_draft(act, period, request.cut_off, note_step=note_step)
    note_step(RECOUNT_STEPS - 1)
    report_findings.record_findings(act, draft)
    _finish(act, request.id, None)


def note_recount_step(act: Act, request: RecountRequest, done: int) -> None:
    """Record how many steps are done; in a transaction of its own, so that pages see it."""
    row = sa.update(RecountRequest).where(RecountRequest.id == request.id)
    act.session.execute(row.values(step=done))


def note_failed_recount(act: Act, request: RecountRequest, problem: str) -> None:
    """Finish a request as failed, with the kind of error and its place in the code."""
    _finish(act, request.id, problem)


def _finish(act: Act, request_id: int, problem: str | None) -> None:
    row = sa.update(RecountRequest).where(RecountRequest.id == request_id)
    act.session.execute(row.values(finished_at=act.now, problem=problem))
