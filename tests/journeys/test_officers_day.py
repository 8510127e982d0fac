"""An officer works through a day of twenty cases by keys alone; the day also without scripts."""

import re
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from appeals.act import Act
from appeals.casework.handling import filters_and_templates
from appeals.domain.people import Actor, Role
from appeals.models.staff import StaffMember
from tests.journeys.conftest import JourneyDesk, Room
from tests.journeys.keyboard import Keyboard
from tests.journeys.prepared import PreparedAppeal, open_department

PASSWORD = "four quiet words here"
WORDS = {
    "zh": {
        "template": "已修复",
        "wording": "您反映的问题已于今天上午修复，请您验收。",
        "answer": "已派人到现场处理完毕，并电话告知您结果。",
        "back": "请写明更换了几盏灯，何时复查。",
        "question": "请问是哪一栋楼的哪个单元？",
        "reply": "三号楼二单元门口。",
        "return": "该路段由公路部门养护。",
    },
    "en": {
        "template": "Repaired",
        "wording": "What you told us of was repaired this morning. Please have a look.",
        "answer": "Our people have put it right on the spot, and told you by telephone.",
        "back": "Say how many lamps were changed, and when somebody looks again.",
        "question": "Which house is it, and which entrance?",
        "reply": "The second entrance of house three.",
        "return": "The highway authority keeps up this road.",
    },
}
SUBJECTS = {
    "zh": ("路灯不亮", "井盖松动", "垃圾没人清", "油烟太大", "路面有坑"),
    "en": ("Dark street lamps", "Loose cover", "Rubbish", "Cooking fumes", "Pothole"),
}
A_WEEK = timedelta(days=7)
NEW, IN_HAND, SENT_BACK, REPLIED = 10, 5, 3, 2


@dataclass
class OfficersDay:
    """The officer at her desk, and the numbers of what lies there."""

    desk: JourneyDesk
    keys: Keyboard
    code: str
    new: list[str] = field(default_factory=list)
    going_on: list[str] = field(default_factory=list)
    looked_at: set[str] = field(default_factory=set)

    @property
    def page(self) -> Page:
        """Return the page."""
        return self.desk.page

    @property
    def words(self) -> dict[str, str]:
        """Return what people write that day."""
        return WORDS[self.desk.language]

    def look(self, name: str) -> None:
        """Look at a page the first time that it is seen."""
        if name not in self.looked_at:
            self.looked_at.add(name)
            self.desk.look(name)


@pytest.fixture
def day(room: Room) -> OfficersDay:
    """Provide twenty cases of a department: new, in hand, sent back, and replied to."""
    desk = room.desk()
    day = OfficersDay(desk, Keyboard(desk.page), f"lamps-{room.name}")
    with room.city.act() as act:
        open_department(act.at(act.now - A_WEEK), day.code, "市政养护中心", "Street maintenance")
    leader, _ = room.employ("Zhou", Role.LEADER, day.code)
    with room.city.act() as act:
        keep_the_wording(act, leader, day)
        for n in range(NEW):
            day.new.append(a_case(act.at(act.now - timedelta(hours=1)), day, n).number)
        for n in range(IN_HAND + SENT_BACK + REPLIED):
            case = a_case(act.at(act.now - timedelta(days=4)), day, NEW + n).in_hand()
            if n < SENT_BACK:
                case.sent_back(day.words["answer"], day.words["back"])
            elif n < SENT_BACK + REPLIED:
                case.asked(day.words["question"], day.words["reply"])
            day.going_on.append(case.number)
    return day


def a_case(act: Act, day: OfficersDay, n: int) -> PreparedAppeal:
    subjects = SUBJECTS[day.desk.language]
    subject = f"{subjects[n % len(subjects)]} {n + 1}"
    return PreparedAppeal(act, day.code, {"subject": subject, "detail": f"{subject}。"}).sent()


def keep_the_wording(act: Act, leader: str, day: OfficersDay) -> None:
    person = act.session.scalars(sa.select(StaffMember).filter_by(username=leader)).one()
    who = Actor(Role.LEADER, person.id, person.name, day.code)
    filters_and_templates.save_template(act.by(who), day.words["template"], day.words["wording"])


def test_an_officer_works_through_a_day_by_keyboard(day: OfficersDay, room: Room) -> None:
    signs_in(day, room)
    looks_at_the_day(day)
    signs_for_the_new(day)
    plan = [
        *[(calls, answers_by_the_wording)] * 2,
        *[(calls, answers)] * 4,
        *[(asks_to_return,)] * 2,
        *[(asks_the_citizen,)] * 2,
    ]
    for number, steps in zip(day.new, plan, strict=True):
        opens(day, number)
        for step in steps:
            step(day)
    for number in day.going_on:
        opens(day, number)
        answers(day)
    finds_the_day_done(day)


def signs_in(day: OfficersDay, room: Room) -> None:
    """Come with a one-time password, and choose an own one."""
    username, one_time = room.employ("Zhao", Role.OFFICER, day.code)
    page, keys = day.page, day.keys
    page.goto("/sign-in")
    keys.fill(page.locator("[name=username]"), username)
    keys.fill(page.locator("[name=password]"), one_time)
    enter(keys)
    keys.fill(page.locator("[name=old]"), one_time)
    keys.fill(page.locator("[name=new]"), PASSWORD)
    enter(keys)


def enter(keys: Keyboard) -> None:
    with keys.page.expect_navigation():
        keys.press("Enter")


def looks_at_the_day(day: OfficersDay) -> None:
    """See what came back, read the department's wordings, go to the list."""
    expect(day.page.locator("section[aria-labelledby=back] tbody tr")).to_have_count(
        SENT_BACK + REPLIED
    )
    day.look("day")
    day.keys.follow(link(day.page, "nav", "/desk/templates"))
    expect(day.page.locator("main")).to_contain_text(day.words["wording"])
    day.look("templates")
    day.keys.follow(link(day.page, "nav", "/desk/"))
    expect(day.page.locator("[name=number]")).to_have_count(20)
    day.look("list")


def link(page: Page, within: str, path: str) -> Locator:
    return page.locator(f"{within} a[href='{path}']").first


def signs_for_the_new(day: OfficersDay) -> None:
    """Narrow the list to what was sent today and sign for all of it at once."""
    page, keys = day.page, day.keys
    keys.skip()
    keys.follow(link(page, "main nav", "/desk/?state=dispatched"))
    expect(page.locator("[name=number]")).to_have_count(NEW)
    keys.skip()
    if day.desk.scripts:
        keys.to(page.locator("#choose-all"))
        keys.press("Space")
    else:
        for box in page.locator("[name=number]").all():
            keys.to(box)
            keys.press("Space")
    expect(page.locator("[name=number]:checked")).to_have_count(NEW)
    day.look("list-chosen")
    sign = page.locator("button[formaction$='/several/sign']")
    keys.follow(sign, back=not day.desk.scripts)  # the boxes of the lines stand below the button
    expect(page.locator(".govuk-notification-banner")).to_contain_text(str(NEW))
    expect(page).to_have_url(re.compile(r"/desk/\?state=dispatched$"))
    expect(page.locator("[name=number]")).to_have_count(0)
    day.look("list-signed")


def opens(day: OfficersDay, number: str) -> None:
    """Go to the list, which holds all twenty, and from its line to the case."""
    day.keys.follow(link(day.page, "nav", "/desk/"))
    day.keys.skip()
    day.keys.follow(day.page.locator(f"tbody .rows__number a[href*='/{number}?']"))
    day.look("case")


def form_of(day: OfficersDay, action: str) -> Locator:
    """Go to a move by the two skip links and open its form, unless it stands open.

    After the first contact the page comes with the answer open and begins there.
    """
    form = day.page.locator(f"#do-{action} form")
    if day.page.url.endswith(f"#do-{action}") and form.is_visible():
        return form
    day.keys.skip(to_moves=True)
    day.keys.to(day.page.locator(f"#do-{action} summary"))
    if not form.is_visible():
        day.keys.press("Enter")
    return form


def sends(day: OfficersDay, form: Locator) -> None:
    day.keys.follow(form.locator("button:not([name])"))
    expect(day.page.locator(".govuk-notification-banner")).to_be_visible()


def calls(day: OfficersDay) -> None:
    """Open the page of the first contact from the case, and record that the citizen was reached."""
    day.keys.skip(to_moves=True)
    day.keys.follow(day.page.locator("#moves a[href*='/first-contact']"))
    day.look("case-contact")
    day.keys.skip()
    day.keys.follow(day.page.locator("[name=outcome][value=reached]"))
    expect(day.page.locator(".govuk-notification-banner")).to_be_visible()
    day.look("case-in-hand")


def answers(day: OfficersDay) -> None:
    form = form_of(day, "answer")
    day.keys.choose("solved", form.locator("[name=result]"))
    day.keys.fill(form.locator("[name=words]"), day.words["answer"])
    sends(day, form)


def answers_by_the_wording(day: OfficersDay) -> None:
    """Put the department's wording into the answer, and go on writing under it."""
    form = form_of(day, "answer")
    day.keys.turn_to(day.words["template"], form.locator("[name=template]"))
    day.keys.follow(form.locator("button[name=insert]"))
    form = form_of(day, "answer")
    day.keys.choose("solved", form.locator("[name=result]"))
    day.keys.to(form.locator("[name=words]"))
    day.keys.press("Control+End")
    day.keys.write(" 12345")
    expect(form.locator("[name=words]")).to_have_value(day.words["wording"] + " 12345")
    day.look("case-answer")
    sends(day, form)


def asks_to_return(day: OfficersDay) -> None:
    form = form_of(day, "ask_return")
    day.keys.choose("not_our_area", form.locator("[name=reason]"))
    day.keys.fill(form.locator("[name=words]"), day.words["return"])
    day.look("case-return")
    sends(day, form)


def asks_the_citizen(day: OfficersDay) -> None:
    form = form_of(day, "ask_citizen")
    day.keys.fill(form.locator("[name=words]"), day.words["question"])
    sends(day, form)
    day.look("case-asked")


def finds_the_day_done(day: OfficersDay) -> None:
    """Sixteen wait for their review, two for the centre's word, two for the citizen's."""
    day.keys.follow(link(day.page, "nav", "/desk/"))
    day.look("list-done")
    for state, count in (("answered", 16), ("return_asked", 2), ("signed", 2)):
        expect(link(day.page, "main nav", f"/desk/?state={state}")).to_contain_text(str(count))
    day.keys.follow(link(day.page, "nav", "/desk/day"))
    expect(day.page.locator("section[aria-labelledby=back] tbody tr")).to_have_count(0)
    day.look("day-done")
