"""A first run's city: whole, believable, and safe to run again."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.cases.access import has_restricted_permission, knows_code
from appeals.casework.accounts.staff_accounts import load_session, sign_in
from appeals.casework.configuration import calendar_changes
from appeals.database import make_engine
from appeals.demo import demo_data, demo_play, desks
from appeals.domain.calendar import city_day
from appeals.domain.people import STAFF, SYSTEM, Actor, Role
from appeals.domain.refusals import Refused
from appeals.domain.states import OPEN, Action, State
from appeals.models.appeal import Appeal, Move
from appeals.models.configuration import Campaign
from appeals.models.desk import ReplyTemplate
from appeals.models.notice import Notice
from appeals.models.organisation import CalendarDay, LimitOfDuty, RoutingRule
from appeals.models.report import Report
from appeals.models.staff import StaffMember
from appeals.operations import city_loading
from appeals.operations.city_preparation import DEMO_ACCOUNTS_FILE, DEMO_APPEALS_FILE
from appeals.queries.queues import count_queues
from appeals.reference.reference_data import load_reference
from appeals.settings import Settings
from tests.conftest import copy_of

pytestmark = pytest.mark.xdist_group("demo")


@dataclass(frozen=True)
class Prepared:
    act: Act
    settings: Settings

    def read(self, name: str) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = json.loads((self.settings.data_dir / name).read_text("utf-8"))
        return rows


@pytest.fixture(scope="module")
def prepared(demo_city: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """Provide a small demo city in a database of its own."""
    with copy_of(demo_city, "demo", tmp_path_factory.mktemp("demo") / "data") as own:
        engine = make_engine(own.database_url)
        with Session(engine) as session:
            yield Prepared(Act(session, SYSTEM, datetime.now(UTC), own.secret_key), own)
        engine.dispose()


def test_every_open_state_has_recent_appeals(prepared: Prepared) -> None:
    states = set(prepared.act.session.scalars(sa.select(Appeal.state)))
    assert states > OPEN


def test_every_desk_has_work(prepared: Prepared) -> None:
    held = sa.select(Appeal.holder).where(Appeal.state.in_(OPEN))
    assert set(prepared.act.session.scalars(held)) >= set(demo_data.DESK_DEPARTMENTS)


def test_every_queue_of_the_centre_has_something_to_decide(prepared: Prepared) -> None:
    supervisor = Actor(Role.SUPERVISOR, None, "")
    assert {name for name, n in count_queues(prepared.act.by(supervisor)).items() if not n} == set()


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 30, 1, 5, tzinfo=UTC),  # Monday, five past nine
        datetime(2025, 10, 9, 1, 5, tzinfo=UTC),  # the first morning after eight days off
    ],
)
def test_a_halted_appeal_had_a_whole_working_day(prepared: Prepared, now: datetime) -> None:
    act = prepared.act.at(now)
    calendar = load_reference(act).book.calendar
    play = demo_play.DemoPlay(act, demo_play.DemoStaff({}, {}, ["zfb"]))
    eve = calendar.previous_working(city_day(now))
    assert {city_day(at) < eve for at, _ in play.list_stopped_filings()} == {True}


def test_restricted_appeals_wait_for_who_may_see_them(prepared: Prepared) -> None:
    found = sa.select(Appeal.state, Appeal.complained_department).where(Appeal.restricted)
    shown = dict(prepared.act.session.execute(found.where(Appeal.state.in_(OPEN))).all())
    assert shown[State.ACCEPTED] is None
    assert shown[State.IN_HAND] is not None
    permitted = prepared.act.session.scalars(
        sa.select(StaffMember.username).where(has_restricted_permission(StaffMember.id))
    )
    assert set(permitted) == set(desks.PERMITTED_USERNAMES)
    known = {each["username"] for each in prepared.read(DEMO_ACCOUNTS_FILE)}
    assert known > set(desks.PERMITTED_USERNAMES)


def test_a_confidential_appeal_is_in_hand_somewhere(prepared: Prepared) -> None:
    confidential = sa.select(Appeal.id).where(Appeal.confidential, Appeal.state.in_(OPEN))
    assert prepared.act.session.scalars(confidential).all()


def test_desks_have_templates_and_notes_and_the_campaign_its_name(prepared: Prepared) -> None:
    templated = set(prepared.act.session.scalars(sa.select(ReplyTemplate.department_code)))
    assert templated == set(demo_data.DESK_DEPARTMENTS)
    notes = sa.select(sa.func.count()).where(Move.action == Action.NOTE)
    assert prepared.act.session.scalar(notes) == 2 * desks.MOVES_PER_QUEUE
    assert prepared.act.session.scalars(sa.select(Campaign.name_zh)).all() == [
        "我爱青岛·我有不满·我要说话"
    ]


def test_mails_of_the_demo_city_name_the_websites_address(prepared: Prepared) -> None:
    letters = prepared.act.session.scalars(sa.select(Notice.body)).all()
    linked = [body for body in letters if "/appeals/follow" in body]
    assert linked
    assert all(f"{prepared.settings.base_url}/appeals/follow" in body for body in linked)


def test_the_city_has_appeals_of_the_year_before(prepared: Prepared) -> None:
    filed = prepared.act.session.scalars(sa.select(Appeal.filed_at)).all()
    assert min(filed) < prepared.act.now - timedelta(days=300)
    codes = {each["number"] for each in prepared.read(DEMO_APPEALS_FILE)}
    assert len(codes) < len(filed)


def test_the_accounts_can_sign_in_and_are_private(prepared: Prepared) -> None:
    accounts = prepared.read(DEMO_ACCOUNTS_FILE)
    assert (prepared.settings.data_dir / DEMO_ACCOUNTS_FILE).stat().st_mode & 0o777 == 0o600
    assert {account["role"] for account in accounts} == {role.value for role in STAFF}
    officers = {one["department"] for one in accounts if one["role"] == "officer"}
    assert len(officers) > 1
    for account in accounts[:6]:
        token = sign_in(prepared.act, account["username"], account["password"])
        assert token is not None
        prepared.act.session.flush()
        signed_in = load_session(prepared.act, token)
        assert signed_in is not None
        assert not signed_in.must_change_password


def test_the_codes_open_their_appeals(prepared: Prepared) -> None:
    appeals = prepared.read(DEMO_APPEALS_FILE)
    assert len(appeals) > 40
    for each in appeals[:5]:
        assert knows_code(prepared.act, each["number"], each["code"])


def test_the_twelve_full_months_are_published(prepared: Prepared) -> None:
    reports = prepared.act.session.scalars(sa.select(Report)).all()
    assert len(reports) == 13
    assert sorted(report.edition or 0 for report in reports) == [0, *[1] * 12]


def test_a_second_run_changes_nothing(prepared: Prepared) -> None:
    before = counts(prepared.act)
    assert not demo_data.create_demo_city(prepared.settings)
    assert counts(prepared.act) == before


def test_loading_the_city_twice_is_loading_it_once(prepared: Prepared) -> None:
    before, version = counts(prepared.act), load_reference(prepared.act).version
    city_loading.load_city(prepared.act)
    prepared.act.session.flush()
    assert counts(prepared.act) == before
    assert load_reference(prepared.act).version != version
    prepared.act.session.rollback()


def test_a_year_of_holidays_is_taken_over_whole(prepared: Prepared) -> None:
    document = {"year": 2030, "days": [{"name": "元旦", "date": "2030-01-01", "isOffDay": True}]}
    for _ in range(2):
        assert calendar_changes.import_notice(prepared.act, json.dumps(document)) == 1
    prepared.act.session.flush()
    calendar = load_reference(prepared.act).book.calendar
    assert not calendar.is_working(datetime(2030, 1, 1, tzinfo=UTC).date())
    with pytest.raises(Refused):
        calendar_changes.import_notice(prepared.act, '{"year": 2030}')
    prepared.act.session.rollback()


def counts(act: Act) -> list[int | None]:
    tables = (Appeal, StaffMember, CalendarDay, LimitOfDuty, RoutingRule)
    return [act.session.scalar(sa.select(sa.func.count()).select_from(table)) for table in tables]
