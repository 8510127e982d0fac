"""The pages of those who work on appeals: desk, centre, figures, the own account."""

import pyotp
from playwright.sync_api import Page

from tools.gallery.city import City
from tools.gallery.steps import SEND, Shot, links, press, steps, typed, unfold


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


def who_called(page: Page, city: City) -> None:
    """Look for the earlier appeals of a caller."""
    page.fill("[name=contact_phone]", "138 0013 8000")
    press("[name=look]")(page, city)


def who_wrote(page: Page, city: City) -> None:
    """Look for the earlier appeals of somebody who wrote."""
    page.fill("[name=contact_email]", "nobody@example.org")
    press("[name=look][value=email]")(page, city)


def sign_in(page: Page, city: City) -> None:
    """Sign in as the supervisor, who has no part in what is pictured otherwise."""
    username, password = city.password("supervisor")
    page.goto("/sign-in")
    typed(username=username, password=password)(page, city)
    press(SEND)(page, city)


def set_up(page: Page, city: City) -> None:
    """Begin with the second factor, from nothing."""
    city.forget_factors()
    page.goto("/account/factor")
    press(SEND)(page, city)


def switch_on(page: Page, city: City) -> None:
    """Switch the second factor on, as an app on a telephone would."""
    set_up(page, city)
    secret = page.locator("[data-secret]").inner_text()
    _, password = city.password("supervisor")
    code = pyotp.TOTP(secret.replace(" ", "")).now()
    typed(code=code, password=password)(page, city)
    press(SEND)(page, city)


def asked_for_code(page: Page, city: City) -> None:
    """Sign in where the second factor is on."""
    city.forget_factors()
    sign_in(page, city)
    switch_on(page, city)
    press("header form button")(page, city)
    sign_in(page, city)


CASE = "/desk/appeals/<number>"
CENTRE_CASE = "/centre/appeals/<number>"
SHEET = press("main a[href$='/print']")
DESK = (
    Shot("day", "officer", "/desk/day"),
    Shot("day-leader", "leader", "/desk/day"),
    Shot("desk", "officer", "/desk/"),
    Shot("desk-narrowed", "officer", "/desk/?card=green&sort=-filed"),
    Shot("desk-nothing", "officer", "/desk/?q=nowhere"),
    Shot("desk-case", "officer", "/desk/", first_case, at=CASE),
    Shot("desk-sheet", "officer", "/desk/", steps(first_case, SHEET), at=f"{CASE}/print"),
    Shot("desk-leader", "leader", "/desk/"),
    Shot("desk-several", "leader", "/desk/", sign_three, at="/desk/several/<action>"),
    Shot("desk-several-none", "officer", "/desk/", press(".together button")),
    Shot("desk-leader-case", "leader", "/desk/", first_case, at=CASE),
    Shot(
        "desk-case-refused",
        "officer",
        "/desk/?state=in_hand",
        refused_answer,
        at="/desk/appeals/<number>/<action>",
    ),
    Shot(
        "desk-case-stale",
        "officer",
        "/desk/?state=in_hand",
        stale_answer,
        at="/desk/appeals/<number>/<action>",
    ),
    Shot("templates", "officer", "/desk/templates"),
    Shot("templates-leader", "leader", "/desk/templates"),
    Shot("templates-refused", "leader", "/desk/templates", press(SEND)),
)
CENTRE = (
    Shot("centre-operator", "operator", "/centre/"),
    Shot("permissions", "supervisor", "/centre/permissions"),
    Shot("centre-new", "operator", "/centre/new"),
    Shot("centre-new-refused", "operator", "/centre/new", press("main .govuk-button:not([name])")),
    Shot("centre-new-earlier", "operator", "/centre/new", who_called),
    Shot("centre-operator-case", "operator", "/centre/", first_case, at=CENTRE_CASE),
    Shot("centre-new-wrote", "operator", "/centre/new", who_wrote),
    Shot(
        "centre-sheet",
        "operator",
        "/centre/?queue=follow-up",
        steps(first_case, SHEET),
        at=f"{CENTRE_CASE}/print",
    ),
    Shot("centre-dispatcher", "dispatcher", "/centre/"),
    Shot("centre-dispatcher-case", "dispatcher", "/centre/", first_case, at=CENTRE_CASE),
    Shot("centre-supervisor", "supervisor", "/centre/"),
    Shot("centre-returns", "dispatcher", "/centre/?queue=returns"),
    Shot("centre-extensions", "supervisor", "/centre/?queue=extensions"),
    Shot("centre-rehandling", "supervisor", "/centre/?queue=rehandling"),
    Shot("centre-review", "dispatcher", "/centre/?queue=review"),
    Shot("centre-follow-up", "operator", "/centre/?queue=follow-up"),
    Shot("wall", "supervisor", "/centre/wall?still=1"),
    Shot("live-centre", "supervisor", "/live/"),
    Shot(
        "live-of-one",
        "supervisor",
        "/live/",
        press("main tbody a[href*='/live/']"),
        at="/live/<code>",
    ),
    Shot("live-department", "leader", "/live/"),
)
ACCOUNT = (
    Shot("sign-in", None, "/sign-in"),
    Shot("sign-in-refused", None, "/sign-in", press(SEND)),
    Shot("sign-in-code", None, "/sign-in", asked_for_code, at="/sign-in/code"),
    Shot(
        "sign-in-code-refused",
        None,
        "/sign-in",
        steps(asked_for_code, press(SEND)),
        at="/sign-in/code",
    ),
    Shot("forgot", None, "/sign-in/forgot"),
    Shot("account", "officer", "/account"),
    Shot("account-refused", "officer", "/account", press(SEND)),
    Shot("factor", "officer", "/account/factor"),
    Shot("factor-set-up", "supervisor", "/account/factor", set_up),
    Shot(
        "factor-refused",
        "supervisor",
        "/account/factor",
        steps(set_up, typed(code="12"), press(SEND)),
        at="/account/factor/<step>",
    ),
    Shot("factor-codes", "supervisor", "/account/factor", switch_on, at="/account/factor/<step>"),
    Shot(
        "factor-on",
        "supervisor",
        "/account/factor",
        steps(switch_on, links("/account"), links("/account/factor")),
    ),
)
SHOTS = (*DESK, *CENTRE, *ACCOUNT)
