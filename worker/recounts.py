"""Recounts of periods that administrators asked for, one after another.

No recount begins after a tick's time is over: the next tick takes it, with the whole of Celery's
time limit before it.

Only one of all workers counts at a time. It writes down each step in a transaction of its own, and
the draft and the end of the request in another, so that a worker that dies leaves the former draft
and a request that the next one takes.
"""

import time
from functools import partial

import structlog
from sqlalchemy.orm import Session, sessionmaker

from appeals.database import try_advisory_lock
from appeals.models.report import RecountRequest
from appeals.operations import database_clock
from appeals.reporting.editions import recounts
from appeals.settings import Settings
from worker.acts import make_act
from worker.set_aside import describe_error

log = structlog.get_logger()

RECOUNTS_LOCK = "recounts of periods"
TICK_SECONDS = 20


def carry_out_recounts(sessions: sessionmaker[Session], read: Settings) -> int:
    """Carry out requests for one tick; return how many, none where another worker does.

    Raises ClockJumped while the clock is in doubt: the requests wait.
    """
    done, ends = 0, time.monotonic() + TICK_SECONDS
    with try_advisory_lock(sessions.kw["bind"], RECOUNTS_LOCK) as alone:
        while alone and (not done or time.monotonic() < ends):
            request = _begin_next(sessions, read)
            if request is None:
                break
            _try_recount(request, sessions, read)
            done += 1
    return done


def _begin_next(sessions: sessionmaker[Session], read: Settings) -> RecountRequest | None:
    with sessions.begin() as session:
        act = make_act(session, read)
        if not recounts.has_waiting_recount(act):
            return None
        sighting = database_clock.compare_clocks(act)
    with sessions.begin() as session:
        act = make_act(session, read)
        sighting.check(act)
        return recounts.begin_next_recount(act)


def _try_recount(request: RecountRequest, sessions: sessionmaker[Session], read: Settings) -> None:
    note_step = partial(_note_step, request, sessions, read)
    try:
        with sessions.begin() as session:
            recounts.carry_out_recount(make_act(session, read), request, note_step)
    except Exception as error:  # the request says so, and the next one has its turn
        problem = describe_error(error)
        log.exception("recount_failed", request=request.id, tries=request.tries, problem=problem)
        with sessions.begin() as session:
            recounts.note_failed_recount(make_act(session, read), request, problem)


def _note_step(
    request: RecountRequest, sessions: sessionmaker[Session], read: Settings, done: int
) -> None:
    with sessions.begin() as session:
        recounts.note_recount_step(make_act(session, read), request, done)
