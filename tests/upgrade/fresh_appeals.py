"""Files appeals of this day and hires an officer, run by the code of the release before.

Prints JSON: the numbers and query codes of appeals that are closed, those of appeals that are
dispatched, and the officer's name and password.
"""

import json
import secrets
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module

import sqlalchemy as sa
from appeals.casework.filing import file
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.casework import staff
from appeals.database import make_engine
from appeals.domain.people import STRANGER, SYSTEM, Actor, Role
from appeals.domain.states import State
from appeals.models.staff import StaffMember
from tests.cast import ROADS, SECRET
from tests.factories import a_filing, path_to, played

AFTER_THE_DUMP = sa.text("SELECT setval(pg_get_serial_sequence('staff_member', 'id'), 100)")
HOURS_AGO = 6


def file_in(act: Act, state: State) -> tuple[str, str]:
    """File an appeal, bring it into the state in half-hour steps, and return number and code."""
    receipt = file(act.by(STRANGER), a_filing(), secrets.token_hex())
    for step, move in enumerate(path_to(state), start=1):
        played(act.later(timedelta(minutes=30 * step)), receipt.appeal, move.action)
    return receipt.number, receipt.code


def hire_officer(act: Act) -> tuple[str, str]:
    """Add an officer of the department, and return username and password."""
    username, password = "officer-of-the-upgrade", secrets.token_urlsafe(15)
    first = staff.add_staff(act, username, "Officer Sun", Role.OFFICER, ROADS)
    query = sa.select(StaffMember.id).where(StaffMember.username == username)
    actor = Actor(Role.OFFICER, act.session.scalar(query), username, ROADS)
    change_password = import_module("appeals.casework.staff").change_password  # not of today
    change_password(replace(act, actor=actor), first, password)
    return username, password


if __name__ == "__main__":
    url, count = sys.argv[1], int(sys.argv[2])
    with Session(make_engine(url)) as session:
        session.execute(AFTER_THE_DUMP)
        now = datetime.now(UTC)
        then = Act(session, SYSTEM, now - timedelta(hours=HOURS_AGO), SECRET)
        made = {
            "closed": [file_in(then, State.CLOSED) for _ in range(count)],
            "dispatched": [file_in(then, State.DISPATCHED) for _ in range(count)],
            "officer": hire_officer(then.at(now)),
        }
        session.commit()
    json.dump(made, sys.stdout)
