"""Red and overdue in the demo city at one moment: every page counts and lists the same.

What is expected is worked out from the cases themselves, without the definitions in SQL.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.cases.access import has_restricted_permission
from appeals.cases.case_rows import load_case
from appeals.casework.accounts.staff_accounts import begin_session
from appeals.database import make_engine
from appeals.demo import demo_data
from appeals.domain.calendar import Period, city_day, month_of
from appeals.domain.case import Case
from appeals.domain.people import SYSTEM, Role
from appeals.domain.vocabulary import Duty
from appeals.models.appeal import Appeal
from appeals.models.staff import StaffMember
from appeals.reference.reference_data import load_reference
from appeals.reporting.counting import monthly_drafts
from appeals.settings import Settings
from appeals.web.app import create_app
from tests.conftest import copy_of

pytestmark = pytest.mark.xdist_group("demo")
NOW = datetime.now(UTC).replace(microsecond=0)
OWED_BY_DEPARTMENT = {Duty.SIGN, Duty.CONTACT, Duty.FINISH}
OWED = OWED_BY_DEPARTMENT | {
    Duty.DISPATCH, Duty.RETURN_DECISION, Duty.REVIEW, Duty.FOLLOW_UP,
}  # fmt: skip


class StoppedClock:
    """A clock that stands still, for every request of the test."""

    @staticmethod
    def now(tz: tzinfo) -> datetime:
        """Return the one moment."""
        return NOW.astimezone(tz)


@dataclass(frozen=True)
class LateCase:
    """A case with a promise past due: those of its department, and whether its finish is."""

    department: str | None
    district: str | None
    restricted: bool
    by_department: bool
    overdue: bool


@dataclass(frozen=True)
class LateCity:
    """The demo city, its website, and which of its cases are late."""

    act: Act
    app: Flask
    late: list[LateCase]

    def browser(self, person: StaffMember) -> FlaskClient:
        browser = self.app.test_client()
        browser.set_cookie("sid", begin_session(self.act, person))
        self.act.session.commit()
        return browser

    def person(self, role: Role, *, permitted: bool = False) -> StaffMember:
        wanted = sa.select(StaffMember).where(StaffMember.role == role)
        if permitted:
            wanted = wanted.where(has_restricted_permission(StaffMember.id))
        return self.act.session.scalars(wanted.order_by(StaffMember.id).limit(1)).one()


def find_late(act: Act, appeal: Appeal) -> LateCase | None:
    case = load_case(act, appeal.id)
    duties = {each for each in OWED if is_late(act, case, each)}
    if not duties:
        return None
    overdue, mine = Duty.FINISH in duties, bool(duties & OWED_BY_DEPARTMENT)
    return LateCase(appeal.holder, appeal.district, appeal.restricted, mine, overdue)


def is_late(act: Act, case: Case, duty: Duty) -> bool:
    for each in case.deadlines:
        if each.duty is not duty or each.met_at or each.ended_at or each.due_at >= NOW:
            continue
        answered = case.rounds[each.round_n - 1].answer_given_at
        if duty is Duty.FINISH and answered and answered.replace(microsecond=0) <= each.due_at:
            continue
        calendar = load_reference(act).book.calendar
        days = calendar.working_days_between(city_day(each.started_at), city_day(NOW))
        if duty is Duty.FOLLOW_UP and days > 10:
            continue
        return True
    return False


@pytest.fixture(scope="module")
def city(demo_city: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LateCity]:
    """Provide the demo city at one moment, with the month's draft of that moment."""
    with (
        copy_of(demo_city, "late", tmp_path_factory.mktemp("late") / "data") as own,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr("appeals.web.shared.request.datetime", StoppedClock)
        engine = make_engine(own.database_url)
        with Session(engine, expire_on_commit=False) as session:
            app = create_app(own, lambda: Session(engine, expire_on_commit=False))
            app.config.update(TESTING=True)
            act = Act(session, SYSTEM, NOW, own.secret_key)
            monthly_drafts.compile_draft(act, Period.month(f"{month_of(NOW):%Y-%m}"))
            session.commit()
            found = (find_late(act, appeal) for appeal in session.scalars(sa.select(Appeal)))
            yield LateCity(act, app, [each for each in found if each])
        engine.dispose()


def linked_numbers(browser: FlaskClient, page: str, to: str) -> dict[str, int]:
    """Return the numbers on a page that link to lists, by their addresses."""
    answer = browser.get(page)
    assert answer.status_code == 200, page
    found = {}
    for address, text in re.findall(
        r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', answer.text, re.DOTALL
    ):
        numbers = re.findall(r"[\d,]+", re.sub(r"<[^>]+>", " ", text))
        if html.unescape(address).startswith(to) and numbers:
            found[html.unescape(address)] = int(numbers[-1].replace(",", ""))
    return found


def length_of(browser: FlaskClient, address: str) -> int:
    """Count the lines of a list over all its pages."""
    count = 0
    following = [address]
    while following:
        shown = browser.get(html.unescape(following[0])).text
        count += len(re.findall(r'<t[dh] [^>]*rows__number"|data-hidden', shown))
        following = re.findall(r'rel="next" href="([^"]+)"', shown)
    return count


def assert_lists_are_as_long(browser: FlaskClient, numbers: dict[str, int]) -> None:
    assert {address: length_of(browser, address) for address in numbers} == numbers


def red_of(late: list[LateCase], department: str) -> int:
    return sum(each.by_department and each.department == department for each in late)


def overdue_of(late: list[LateCase], department: str) -> int:
    return sum(each.overdue and each.department == department for each in late)


def test_the_demo_city_has_red_cases_that_are_not_overdue_and_overdue_ones(city: LateCity) -> None:
    assert any(each.overdue for each in city.late)
    assert any(each.by_department and not each.overdue for each in city.late)
    assert any(not each.by_department for each in city.late)


@pytest.mark.parametrize("page", ["/live/", "/centre/", "/centre/wall?still=1"])
def test_the_centre_counts_the_city_the_same_everywhere(city: LateCity, page: str) -> None:
    browser = city.browser(city.person(Role.SUPERVISOR, permitted=True))
    numbers = linked_numbers(browser, page, "/live/cases")
    assert numbers["/live/cases?figure=red"] == len(city.late)
    assert numbers["/live/cases?figure=overdue"] == sum(each.overdue for each in city.late)
    assert_lists_are_as_long(browser, numbers)


def test_whoever_may_not_see_restricted_cases_has_them_in_no_number(city: LateCity) -> None:
    browser = city.browser(city.person(Role.OPERATOR))
    open_cases = [each for each in city.late if not each.restricted]
    numbers = linked_numbers(browser, "/centre/wall?still=1", "/live/cases")
    assert numbers["/live/cases?figure=red"] == len(open_cases)
    assert numbers["/live/cases?figure=overdue"] == sum(each.overdue for each in open_cases)
    assert_lists_are_as_long(browser, numbers)


def test_the_live_page_counts_every_department_by_its_own_promises(city: LateCity) -> None:
    browser = city.browser(city.person(Role.SUPERVISOR, permitted=True))
    numbers = linked_numbers(browser, "/live/", "/live/cases")
    for department in {each.department for each in city.late} - {None}:
        address = f"/live/cases?figure={{}}&department={department}"
        assert numbers.get(address.format("red"), 0) == red_of(city.late, str(department))
        assert numbers.get(address.format("overdue"), 0) == overdue_of(city.late, str(department))


@pytest.mark.parametrize("code", demo_data.DESK_DEPARTMENTS)
def test_a_department_counts_the_same_in_list_and_day_and_live(city: LateCity, code: str) -> None:
    leaders = sa.select(StaffMember).where(
        StaffMember.role == Role.LEADER, StaffMember.department_code == code
    )
    leader = city.act.session.scalars(leaders).one()
    permitted = city.act.session.scalar(
        sa.select(has_restricted_permission(StaffMember.id)).where(StaffMember.id == leader.id)
    )
    seen = [each for each in city.late if permitted or not each.restricted]
    browser = city.browser(leader)
    expected = {
        "/desk/?card=red": red_of(seen, code),
        "/desk/?overdue=yes": overdue_of(seen, code),
    }
    for page in ("/desk/", "/desk/day"):
        numbers = linked_numbers(browser, page, "/desk/?")
        assert {address: numbers[address] for address in expected} == expected, page
        assert_lists_are_as_long(browser, expected)
    live = linked_numbers(browser, "/live/", "/live/cases")
    assert live[f"/live/cases?figure=red&department={code}"] == expected["/desk/?card=red"]
    assert live[f"/live/cases?figure=overdue&department={code}"] == expected["/desk/?overdue=yes"]
    assert_lists_are_as_long(browser, live)


def test_an_officers_day_is_as_long_as_its_list(city: LateCity) -> None:
    browser = city.browser(city.person(Role.OFFICER))
    numbers = linked_numbers(browser, "/desk/day", "/desk/?")
    assert_lists_are_as_long(browser, {a: n for a, n in numbers.items() if "whose=" in a})


def test_the_draft_of_the_month_counts_the_same_overdue_cases(city: LateCity) -> None:
    browser = city.browser(city.person(Role.ADMINISTRATOR))
    month = f"{month_of(NOW):%Y-%m}"
    departments = {each.department or "centre" for each in city.late if each.overdue}
    cells = {("department", code): overdue_of(city.late, code) for code in departments - {"centre"}}
    cells["city", "city"] = sum(each.overdue for each in city.late)
    for (by, key), expected in cells.items():
        cell = f"by={by}&key={key}&base=open&variant=all&measure=overdue"
        address = f"/admin/reports/{month}/cases?{cell}"
        assert set(linked_numbers(browser, address, f"/admin/reports/{month}/cases?").values()) == {
            expected
        }
        assert length_of(browser, address) == expected
