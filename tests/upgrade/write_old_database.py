"""Writes `database_0_1_0.sql.gz`, run by the code of that release and never by today's.

    git worktree add FOLDER 7beb8a0
    PYTHONPATH=FOLDER python tests/upgrade/write_old_database.py DATABASE_URL
    pg_dump --inserts --no-owner --no-privileges DATABASE_URL | grep -v restrict | gzip -9n

on a database migrated by that release. Every action of the release is in it, one appeal is in
every state, and one month is published. The people and their words are made up.
"""

import sys
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.database import make_engine
from appeals.domain.calendar import Period
from appeals.domain.people import SYSTEM
from appeals.domain.states import Action, State
from appeals.reporting import editions, monthly
from tests.cast import SECRET, WATER, settle, shanghai
from tests.factories import appeal_in, played

A = Action
LIVES: tuple[tuple[State, tuple[tuple[Action, dict[str, str]], ...]], ...] = (
    (State.DISPATCHED, (
        (A.ASK_RETURN, {}), (A.REFUSE_RETURN, {}), (A.ASK_RETURN, {}),
        (A.GRANT_RETURN, {"department": WATER}), (A.SIGN, {}), (A.ASSIGN, {}), (A.NOTE, {}),
    )),
    (State.SIGNED, (
        (A.ASK_EXTENSION, {"days": "3"}), (A.GRANT_EXTENSION, {}), (A.CONTACT, {}),
        (A.ASK_CITIZEN, {}), (A.ANSWER_QUESTION, {}), (A.ADD, {}), (A.ANSWER, {}),
        (A.SEND_BACK, {}), (A.ANSWER, {}), (A.CLOSE, {}),
        (A.FOLLOW_UP, {"outcome": "reached", "solved": "yes", "satisfaction": "4"}),
        (A.RATE, {"solved": "yes", "satisfaction": "5"}), (A.RATE, {"solved": "no"}),
        (A.SAY_NOT_SOLVED, {}), (A.REHANDLE, {}), (A.SIGN, {}), (A.CONTACT, {}),
        (A.ANSWER, {}), (A.CLOSE, {}),
    )),
    (State.SIGNED, ((A.ASK_EXTENSION, {"days": "2"}), (A.REFUSE_EXTENSION, {}))),
    (State.CLOSED, ((A.SAY_NOT_SOLVED, {}), (A.REFUSE_REHANDLING, {}), (A.NEW_CODE, {}))),
    (State.ACCEPTED, (
        (A.AMEND, {"kind": "report", "category": "water"}), (A.DISPATCH, {"urgent": "yes"}),
        (A.RECALL, {}),
    )),
)  # fmt: skip


def write(session: Session) -> None:
    """Fill the database; every move is two hours after the one before."""
    settle(session)
    began = shanghai("2026-03-02 09:00")
    for day, state in enumerate(State):
        appeal_in(Act(session, SYSTEM, began + timedelta(days=day), SECRET), state)
    for day, (state, moves) in enumerate(LIVES):
        act = Act(session, SYSTEM, began + timedelta(days=day), SECRET)
        appeal = appeal_in(act, state, 2)
        for step, (action, given) in enumerate(moves, start=appeal.moves_made):
            played(act.later(timedelta(hours=2 * step)), appeal, action, **given)
    publish(session, shanghai("2026-04-10 09:00"))


def publish(session: Session, now: datetime) -> None:
    """Publish March as an edition."""
    act, march = Act(session, SYSTEM, now, SECRET), Period.month("2026-03")
    monthly.compile(act, march)
    editions.publish(act, march)


if __name__ == "__main__":
    with Session(make_engine(sys.argv[1])) as writing:
        write(writing)
        writing.commit()
