"""Members of staff of a city under measurement, signed in."""

import secrets
from dataclasses import dataclass, replace

import sqlalchemy as sa

from appeals.casework.accounts import own_account, staff_accounts
from appeals.cli.acts import open_act
from appeals.domain.people import Actor, Role
from appeals.domain.vocabulary import Duty
from appeals.models.appeal import Appeal
from appeals.models.handling import Deadline
from appeals.models.staff import StaffMember
from appeals.settings import Settings
from tools.bench.city import Bench


@dataclass(frozen=True)
class StaffAccount:
    """An account with its password and a session's token."""

    username: str
    password: str
    token: str


def add_staff_account(
    settings: Settings, role: Role, department: str | None = None
) -> StaffAccount:
    """Add a member of staff, who changes the one-time password and is signed in."""
    username, password = f"bench-{secrets.token_hex(4)}", secrets.token_urlsafe(15)
    with open_act(settings) as act:
        first = staff_accounts.add_staff(act, username, username, role, department)
        id_ = act.session.scalar(sa.select(StaffMember.id).where(StaffMember.username == username))
        theirs = replace(act, actor=Actor(role, id_, username, department))
        token = own_account.change_password(theirs, first, password)
        act.session.commit()
    return StaffAccount(username, password, token)


def publish_month(bench: Bench, settings: Settings, month: str) -> None:
    """Compile a month, review it and publish it, as an administrator of the city."""
    sun = add_staff_account(settings, Role.ADMINISTRATOR).username
    bench.run(settings, "report", "compile", month)
    bench.run(settings, "report", "review", month, "--as", sun)
    bench.run(settings, "report", "publish", month, "--as", sun)


def add_busiest_officer(settings: Settings) -> tuple[StaffAccount, list[str]]:
    """Add an officer where most work is open; return them and what they see, first due on top."""
    work = sa.select(Deadline).where(
        Deadline.duty == Duty.FINISH, Deadline.met_at.is_(None), Deadline.ended_at.is_(None)
    )
    with open_act(settings) as act:
        department = act.session.scalar(
            work.with_only_columns(Deadline.department)
            .group_by(Deadline.department)
            .order_by(sa.func.count().desc())
            .limit(1)
        )
        numbers = act.session.scalars(
            work.join(Appeal, Appeal.id == Deadline.appeal_id)
            .where(Deadline.department == department, ~Appeal.restricted)
            .with_only_columns(Appeal.number)
            .order_by(Deadline.due_at, Appeal.id)
        ).all()
    return add_staff_account(settings, Role.OFFICER, department), list(numbers)
