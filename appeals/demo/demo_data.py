"""The demo city: its staff, and thirteen months of appeals played through the real moves.

Appeals are filed and moved by the real functions with a moving clock, the deadline sweep runs twice
a day, and full months are published, so that all data is consistent.
"""

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from appeals.act import Act
from appeals.casework.accounts.passwords import hash_password
from appeals.casework.handling import rating_devices
from appeals.database import make_engine, make_session_factory
from appeals.demo.citizens import invent_name
from appeals.demo.demo_play import DemoPlay, DemoStaff, first_moment
from appeals.demo.desks import fill_desks, give_permissions, set_campaign_name
from appeals.demo.seeded_random import make_random
from appeals.domain.calendar import ONE_DAY, Period, city_day, month_of, next_month
from appeals.domain.people import SYSTEM, Actor, Role
from appeals.domain.vocabulary import RegularMail
from appeals.models.handling import RatedFrom, Rating, Round
from appeals.models.notice import Notice
from appeals.models.organisation import RoutingRule
from appeals.models.report import DirtyMonth
from appeals.models.staff import StaffMember
from appeals.operations.city_preparation import (
    DEMO_ACCOUNTS_FILE,
    DEMO_APPEALS_FILE,
    PREPARATION_TIMEOUT_SECONDS,
    UNFINISHED_DEMO_FILE,
    prepare_city,
)
from appeals.reference.reference_data import load_reference
from appeals.reporting.briefs.briefs import compile_brief
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.editions import draft_review, editions
from appeals.settings import Settings

DEMO_FILINGS = 1500
BRIEFS_OF_A_KIND = 3
RATINGS_FROM_ONE_DEVICE = 12
"""Number of cases that one device rates in the demo city."""
SENDABLE_AGE = timedelta(hours=12)
DESK_DEPARTMENTS = (
    "370202-cg",
    "370203-cg",
    "370213-cg",
    "370202-zj",
    "co-heat",
    "co-water",
    "gaj",
    "scj",
)
"""Departments whose demo officers and leaders have known passwords."""
CONDUCT_LEAD = "zfb"
"""Department for appeals about officials' conduct; its accounts have known passwords too."""
CENTRE_STAFF = (
    ("operator", "何静", Role.OPERATOR),
    ("operator2", "范晓", Role.OPERATOR),
    ("dispatcher", "林越", Role.DISPATCHER),
    ("supervisor", "吴桐", Role.SUPERVISOR),
    ("supervisor2", "高岚", Role.SUPERVISOR),
    ("admin", "孙朗", Role.ADMINISTRATOR),
)
Row = Mapping[str, str | None]
Progress = Callable[[str], None]


def _ignore_progress(_words: str) -> None:
    """Ignore a progress text."""


def create_demo_city(read: Settings, progress: Progress = _ignore_progress) -> bool:
    """Fill an empty database with reference rows, staff and appeals.

    Passwords and query codes are written to files of the data folder with mode 0600. `progress` is
    called with a text on each stage. Returns whether the city was created: one that has staff or
    appeals is left alone. Raises Refused (not now) on an unfinished one.
    """
    if not prepare_city(read):
        return False
    unfinished = read.data_dir / UNFINISHED_DEMO_FILE
    engine = make_engine(read.database_url, statement_seconds=PREPARATION_TIMEOUT_SECONDS)
    try:
        _write_private(unfinished, [])
        _play_city(make_session_factory(engine), datetime.now(UTC), read, progress)
        unfinished.unlink()
    finally:
        engine.dispose()
    return True


def _play_city(
    sessions: sessionmaker[Session], now: datetime, read: Settings, progress: Progress
) -> None:
    with sessions.begin() as session:
        act = Act(session, SYSTEM, now, read.secret_key, read.base_url)
        city, accounts = add_staff(act, first_moment(now))
        give_permissions(act.at(first_moment(now)), city)
        set_campaign_name(act)
        _write_private(read.data_dir / DEMO_ACCOUNTS_FILE, accounts)
    with sessions() as session:
        act = Act(session, SYSTEM, now, read.secret_key, read.base_url)

        def pause(words: str) -> None:
            session.commit()
            progress(f"  City: {words}")

        receipts = DemoPlay(act, city).play_filings(DEMO_FILINGS, pause)
        fill_desks(act, city)
        _write_private(
            read.data_dir / DEMO_APPEALS_FILE,
            [
                {"number": each.number, "code": each.code, "state": each.appeal.state.value}
                for each in receipts
            ],
        )
        _assign_rating_devices(act)
        progress("  City: publishing a year of monthly reports")
        publish_months(act.by(city.actors[Role.ADMINISTRATOR, None]))
        count_briefs(act)
        _send_old_notices(act)
        session.commit()


def add_staff(act: Act, since: datetime) -> tuple[DemoStaff, list[Row]]:
    """Add the staff; return them, and the accounts with known passwords.

    Every department that a rule names has an officer and a leader; those without a known password
    share one that nobody knows.
    """
    nobodys = hash_password(secrets.token_urlsafe(32))
    accounts: list[Row] = []
    rows = []
    for username, name, role, code in _list_people(act):
        known = code in (None, CONDUCT_LEAD, *DESK_DEPARTMENTS)
        password = secrets.token_urlsafe(12) if known else None
        if password:
            accounts.append(
                {"username": username, "password": password, "role": role, "department": code}
            )
        rows.append(
            StaffMember(
                username=username,
                name=name,
                role=role,
                department_code=code,
                password_hash=hash_password(password) if password else nobodys,
                created_at=since,
            )
        )
    act.session.add_all(rows)
    act.session.flush()  # the actors need the rows' ids
    return _demo_staff(rows), accounts


def _list_people(act: Act) -> Iterator[tuple[str, str, Role, str | None]]:
    for username, name, role in CENTRE_STAFF:
        yield username, name, role, None
    rng = make_random("staff")
    for department in act.session.scalars(
        sa.select(RoutingRule.department_code).distinct().order_by(RoutingRule.department_code)
    ):
        yield f"officer-{department}", invent_name(rng), Role.OFFICER, department
        yield f"leader-{department}", invent_name(rng), Role.LEADER, department


def _demo_staff(rows: list[StaffMember]) -> DemoStaff:
    actors = {
        (row.role, row.department_code): Actor(row.role, row.id, row.name, row.department_code)
        for row in reversed(rows)
    }
    officers = {row.department_code: row.id for row in rows if row.role is Role.OFFICER}
    return DemoStaff(
        actors, {code: key for code, key in officers.items() if code}, DESK_DEPARTMENTS
    )


def _assign_rating_devices(act: Act) -> None:
    """Assign each rating its own device, except many of the last full month, which share one.

    The month's report shows it (`reporting/findings/shared_devices.py`). All ratings of this city,
    those by telephone too, are taken for ones of a browser.
    """
    device = sa.func.left(
        sa.func.md5(sa.cast(Rating.appeal_id, sa.Text)), 2 * rating_devices.DEVICE_BYTES
    )
    each = sa.select(Rating.appeal_id, Rating.n, device)
    act.session.execute(sa.insert(RatedFrom).from_select(["appeal_id", "n", "device"], each))
    month = Period.month(f"{month_of(act.now):%Y-%m}").before()
    many = (
        sa.select(RatedFrom.appeal_id)
        .join(Round, Round.appeal_id == RatedFrom.appeal_id)
        .where(Round.closed_at >= month.start, Round.closed_at < month.end)
        .order_by(RatedFrom.appeal_id)
        .limit(RATINGS_FROM_ONE_DEVICE)
    )
    act.session.execute(
        sa.update(RatedFrom)
        .where(RatedFrom.appeal_id.in_(many))
        .values(device="0" * 2 * rating_devices.DEVICE_BYTES)
    )


def publish_months(act: Act) -> None:
    """Compile every month up to now; review and publish full ones on the fifth day after."""
    month = month_of(first_moment(act.now))
    while month <= month_of(act.now):
        after = next_month(month)
        period = Period.month(f"{month:%Y-%m}")
        draft = monthly_drafts.compile_draft(act.at(min(act.now, period.end + 4 * ONE_DAY)), period)
        if after <= month_of(act.now):
            then = act.at(min(act.now, period.end + 4 * ONE_DAY))
            draft_review.review_draft(then, period, draft.id)
            editions.publish_edition(then, period)
        month = after
    act.session.execute(sa.delete(DirtyMonth))


def count_briefs(act: Act) -> None:
    """Count the daily and weekly briefs of the last days, as the worker would have."""
    calendar, today = load_reference(act).book.calendar, city_day(act.now)
    monday = today - timedelta(days=today.weekday())
    for weeks in range(BRIEFS_OF_A_KIND):
        compile_brief(act, RegularMail.WEEKLY_BRIEF, monday - timedelta(weeks=weeks))
    day = today if calendar.is_working(today) else calendar.previous_working(today)
    for _ in range(BRIEFS_OF_A_KIND):
        compile_brief(act, RegularMail.DAILY_BRIEF, day)
        day = calendar.previous_working(day)


def _send_old_notices(act: Act) -> None:
    """Mark old notices as sent; only the newest are left for the worker."""
    act.session.execute(
        sa.update(Notice)
        .where(Notice.sent_at.is_(None), Notice.created_at < act.now - SENDABLE_AGE)
        .values(sent_at=Notice.created_at, tries=1)
    )


def _write_private(path: Path, rows: Sequence[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(rows, out, ensure_ascii=False, indent=1)
