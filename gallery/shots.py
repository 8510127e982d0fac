"""What is pictured: one line for each page and state. To add a page, add a line."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from gallery import filing
from gallery.city import City

Step = Callable[[Page, City], None]


def as_it_opens(_page: Page, _city: City) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Shot:
    """One picture: whose page, its address, and what is done there before the picture."""

    name: str
    role: str | None
    path: str
    then: Step = as_it_opens


def press(selector: str) -> Step:
    """Press a button or follow a link, and wait for the next page."""

    def step(page: Page, _city: City) -> None:
        with page.expect_navigation():
            page.locator(selector).first.click()

    return step


def measure_by(dimension: str) -> Step:
    """Open the newest report, then its figures by a dimension."""

    def step(page: Page, city: City) -> None:
        press("main a[href*='/public/reports/']")(page, city)
        press(f"main a[href*='by={dimension}']")(page, city)

    return step


def unfold(page: Page, _city: City) -> None:
    """Open everything that is folded."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")


def follow(state: str) -> Step:
    """Enter number and code of a demo appeal."""

    def step(page: Page, city: City) -> None:
        number, code = city.appeal(state)
        page.fill("[name=number]", number)
        page.fill("[name=code]", code)
        press("main form button")(page, city)

    return step


def first_case(page: Page, city: City) -> None:
    """Open the first case of a list, with its forms unfolded."""
    press("main .rows__number a[href*='/appeals/']")(page, city)
    unfold(page, city)


def sign_three(page: Page, city: City) -> None:
    """Choose three appeals of the list and sign for them; those that are signed are refused."""
    for box in page.locator("[name=number]").all()[:3]:
        box.check()
    press(".together button")(page, city)


def refused_answer(page: Page, city: City) -> None:
    """Send an answer without its words."""
    press("main .rows a[href*='/appeals/']")(page, city)
    unfold(page, city)
    press("form[action$='/answer'] button:not([name])")(page, city)


def stale_answer(page: Page, city: City) -> None:
    """Send an answer from a page on which others have moved since."""
    press("main .rows a[href*='/appeals/']")(page, city)
    unfold(page, city)
    page.check("#answer-result-0")
    page.fill("#answer-words", "已与施工单位核实，夜间施工已停止。")
    page.evaluate("document.querySelectorAll('[name=seen]').forEach(each => { each.value = 4 })")
    press("form[action$='/answer'] button:not([name])")(page, city)


def then(first: Step, *parts: str) -> Step:
    """Do the first step, then follow the first link to each address that has the part in it."""

    def step(page: Page, city: City) -> None:
        first(page, city)
        for part in parts:
            press(f"main a[href*='{part}']")(page, city)

    return step


def reviewed(*parts: str) -> Step:
    """Compile last month's report anew, comment on it and review it; then follow the parts."""

    def step(page: Page, city: City) -> None:
        A_REPORT(page, city)
        period = page.url.split("/")[-1].split("?")[0]
        page.goto(f"/admin/reports/{period}")
        unfold(page, city)
        press("form[action$='/compile'] button")(page, city)
        page.fill("[name=words]", "请核对崂山区的退单。")
        press("form[action$='/comment'] button")(page, city)
        press("form[action$='/review'] button")(page, city)
        for part in parts:
            press(f"main a[href*='{part}']")(page, city)

    return step


A_REPORT = press("main a[href*='/admin/reports/2']")


def who_called(page: Page, city: City) -> None:
    """Look for the earlier appeals of a caller."""
    page.fill("[name=contact_phone]", "138 0000 0000")
    press("[name=look]")(page, city)


SEND = "main form button[type=submit], main form button:not([type])"
SHOTS = (
    Shot("home", None, "/"),
    Shot("new", None, "/appeals/new"),
    Shot("new-found", None, "/appeals/new?find=路灯"),
    Shot("new-elsewhere", None, "/appeals/new?find=法院"),
    *(Shot(f"new-{name}", None, "/appeals/new", filing.Filled(name)) for name in filing.PAGES),
    Shot("new-what-refused", None, "/appeals/new", filing.Filled("what", "photos")),
    Shot("new-photos-refused", None, "/appeals/new", filing.wrong_photos),
    Shot("new-who-refused", None, "/appeals/new", filing.wrong_number),
    Shot("receipt", None, "/appeals/new", filing.Filled("check", "send")),
    Shot("appeal-filed", None, "/appeals/new", filing.followed),
    Shot("follow", None, "/appeals/follow"),
    Shot("follow-refused", None, "/appeals/follow", press(SEND)),
    *(
        Shot(f"appeal-{state}", None, "/appeals/follow", follow(state))
        for state in ("dispatched", "in_hand", "answered", "closed", "withdrawn")
    ),
    Shot("privacy", None, "/privacy"),
    Shot("public", None, "/public/"),
    Shot("public-report", None, "/public/", press("main a[href*='/public/reports/']")),
    Shot("public-departments", None, "/public/", measure_by("department")),
    Shot("public-summary", None, "/public/", press("main a[href*='/summary']")),
    Shot("not-found", None, "/nowhere"),
    Shot("sign-in", None, "/sign-in"),
    Shot("sign-in-refused", None, "/sign-in", press(SEND)),
    Shot("day", "officer", "/desk/day"),
    Shot("day-leader", "leader", "/desk/day"),
    Shot("desk", "officer", "/desk/"),
    Shot("desk-narrowed", "officer", "/desk/?card=green&sort=-filed"),
    Shot("desk-nothing", "officer", "/desk/?q=nowhere"),
    Shot("desk-case", "officer", "/desk/", first_case),
    Shot("desk-leader", "leader", "/desk/"),
    Shot("desk-several", "leader", "/desk/", sign_three),
    Shot("desk-several-none", "officer", "/desk/", press(".together button")),
    Shot("desk-leader-case", "leader", "/desk/", first_case),
    Shot("desk-case-refused", "officer", "/desk/?state=in_hand", refused_answer),
    Shot("desk-case-stale", "officer", "/desk/?state=in_hand", stale_answer),
    Shot("templates", "officer", "/desk/templates"),
    Shot("templates-leader", "leader", "/desk/templates"),
    Shot("templates-refused", "leader", "/desk/templates", press(SEND)),
    Shot("account", "officer", "/account"),
    Shot("centre-operator", "operator", "/centre/"),
    Shot("centre-new", "operator", "/centre/new"),
    Shot("centre-new-refused", "operator", "/centre/new", press(SEND)),
    Shot("centre-operator-case", "operator", "/centre/", first_case),
    Shot("centre-dispatcher", "dispatcher", "/centre/"),
    Shot("centre-dispatcher-case", "dispatcher", "/centre/", first_case),
    Shot("centre-supervisor", "supervisor", "/centre/"),
    Shot("centre-new-earlier", "operator", "/centre/new", who_called),
    Shot("centre-returns", "dispatcher", "/centre/?queue=returns"),
    Shot("centre-extensions", "supervisor", "/centre/?queue=extensions"),
    Shot("centre-rehandling", "supervisor", "/centre/?queue=rehandling"),
    Shot("centre-review", "dispatcher", "/centre/?queue=review"),
    Shot("centre-follow-up", "operator", "/centre/?queue=follow-up"),
    Shot("wall", "supervisor", "/centre/wall?still=1"),
    Shot("live-centre", "supervisor", "/live/"),
    Shot("live-department", "leader", "/live/"),
    Shot("admin", "administrator", "/admin/"),
    Shot("admin-staff", "administrator", "/admin/staff"),
    Shot("reports", "administrator", "/admin/reports/"),
    Shot("report", "administrator", "/admin/reports/", A_REPORT),
    Shot("report-figures", "administrator", "/admin/reports/", then(A_REPORT, "by=city")),
    Shot("report-ranking", "administrator", "/admin/reports/", then(A_REPORT, "/ranking")),
    Shot("report-unit", "administrator", "/admin/reports/", then(A_REPORT, "/ranking", "/unit")),
    Shot("report-cases", "administrator", "/admin/reports/", then(A_REPORT, "/cases")),
    Shot("report-difference", "administrator", "/admin/reports/", then(A_REPORT, "/difference")),
    Shot("report-case", "administrator", "/admin/reports/", then(A_REPORT, "/cases", "/appeals/")),
    Shot("report-draft", "administrator", "/admin/reports/", reviewed()),
    Shot("report-publish", "administrator", "/admin/reports/", reviewed("/publish")),
)
