"""Shots of staff pages: desk, centre, live figures, the own account."""

import pyotp
from playwright.sync_api import FilePayload, Page

from tools.gallery.city import GalleryCity
from tools.gallery.steps import (
    SEND_BUTTON,
    Shot,
    do_in_turn,
    fill_fields,
    follow_links,
    press_button,
    unfold_details,
)


def open_first_case(page: Page, city: GalleryCity) -> None:
    """Open the first case of a list, with its forms unfolded."""
    press_button("main .rows__number a[href*='/appeals/']")(page, city)
    unfold_details(page, city)


def sign_three(page: Page, city: GalleryCity) -> None:
    """Choose three appeals of the list and sign for them; those that are signed are refused."""
    for box in page.locator("[name=number]").all()[:3]:
        box.check()
    press_button(".together button")(page, city)


def assign_to_nobody(page: Page, city: GalleryCity) -> None:
    """Choose two appeals of the list and assign them without an officer."""
    for box in page.locator("[name=number]").all()[:2]:
        box.check()
    press_button("button[formaction$='/several/assign']")(page, city)


def send_empty_answer(page: Page, city: GalleryCity) -> None:
    """Send an answer without its words."""
    press_button("main .rows a[href*='/appeals/']")(page, city)
    unfold_details(page, city)
    press_button("form[action$='/answer'] button:not([name])")(page, city)


def send_stale_answer(page: Page, city: GalleryCity) -> None:
    """Send an answer from a page on which others have moved since."""
    press_button("main .rows a[href*='/appeals/']")(page, city)
    unfold_details(page, city)
    page.check("#answer-result-0")
    page.fill("#answer-words", "已与施工单位核实，夜间施工已停止。")
    page.evaluate("document.querySelectorAll('[name=seen]').forEach(each => { each.value = 4 })")
    press_button("form[action$='/answer'] button:not([name])")(page, city)


def begin_answer(page: Page, city: GalleryCity) -> None:
    """Begin an answer with two photos and a document, and save it as a draft."""
    press_button("main .rows a[href*='/appeals/']")(page, city)
    unfold_details(page, city)
    page.check("#answer-result-0")
    page.fill("#answer-words", "已与施工单位核实，夜间施工已停止。")
    for name, shown in (("before", "header.sheet__head"), ("after", "#answer-words")):
        photo = page.locator(shown).screenshot()
        picture = FilePayload(name=f"{name}.png", mimeType="image/png", buffer=photo)
        page.set_input_files(f"#answer-files_{name}", picture)
    report = b"%PDF-1.7\n%%EOF\n"
    document = FilePayload(name="整改报告.pdf", mimeType="application/pdf", buffer=report)
    page.set_input_files("#answer-files", document)
    press_button("form[action$='/answer'] [name=add_files]")(page, city)
    press_button("form[action$='/answer'] [name=save_draft]")(page, city)


def look_up_caller(page: Page, city: GalleryCity) -> None:
    """Look for the earlier appeals of a caller."""
    page.fill("[name=contact_phone]", "138 0013 8000")
    press_button("[name=look]")(page, city)


def save_search(page: Page, city: GalleryCity) -> None:
    """Save the search of the page under a name."""
    page.locator("details:has(#search-name) summary").click()
    fill_fields(name="路灯求助")(page, city)
    press_button("form:has(#search-name) button")(page, city)


def describe_matter(page: Page, city: GalleryCity) -> None:
    """Type what a caller says, and wait for the similar appeals."""
    fill_fields(subject="路灯不亮", detail="路口的路灯不亮，晚上看不清路。")(page, city)
    page.locator("#similar-appeals li, #similar-appeals .govuk-hint").first.wait_for()


def look_up_writer(page: Page, city: GalleryCity) -> None:
    """Look for the earlier appeals of somebody who wrote."""
    page.fill("[name=contact_email]", "nobody@example.org")
    press_button("[name=look][value=email]")(page, city)


def sign_in_supervisor(page: Page, city: GalleryCity) -> None:
    """Sign in as the supervisor, who has no part in what is pictured otherwise."""
    username, password = city.password("supervisor")
    page.goto("/sign-in")
    fill_fields(username=username, password=password)(page, city)
    press_button(SEND_BUTTON)(page, city)


NEW_SCREEN = "form[action='/wall/passes'] button"


def make_display_pass(page: Page, city: GalleryCity) -> None:
    """Make a display pass."""
    fill_fields(name="二楼值班室", days="90")(page, city)
    press_button(NEW_SCREEN)(page, city)


def open_display_pass(page: Page, city: GalleryCity) -> None:
    """Make a display pass and open the wall with it."""
    make_display_pass(page, city)
    page.goto(f"/wall?pass={page.locator('[data-display-pass]').inner_text()}")


def end_display_pass(page: Page, city: GalleryCity) -> None:
    """Open the wall with a display pass and end the pass."""
    open_display_pass(page, city)
    page.goto("/wall/passes")
    press_button("main td form button")(page, city)
    page.goto("/wall")


def begin_second_factor(page: Page, city: GalleryCity) -> None:
    """Begin with the second factor, from nothing."""
    city.forget_factors()
    page.goto("/account/factor")
    press_button(SEND_BUTTON)(page, city)


def switch_on_second_factor(page: Page, city: GalleryCity) -> None:
    """Switch the second factor on, as an app on a telephone would."""
    begin_second_factor(page, city)
    secret = page.locator("[data-secret]").inner_text()
    _, password = city.password("supervisor")
    code = pyotp.TOTP(secret.replace(" ", "")).now()
    fill_fields(code=code, password=password)(page, city)
    press_button(SEND_BUTTON)(page, city)


def sign_in_with_factor(page: Page, city: GalleryCity) -> None:
    """Sign in where the second factor is on."""
    city.forget_factors()
    sign_in_supervisor(page, city)
    switch_on_second_factor(page, city)
    press_button("header form button")(page, city)
    sign_in_supervisor(page, city)


CASE = "/desk/appeals/<number>"
FIRST_CONTACT = f"{CASE}/first-contact"
OPEN_FIRST = press_button("main .rows__number a")
CENTRE_CASE = "/centre/appeals/<number>"
OPEN_WEEK = press_button("main a[href*='/weekly_brief/']")
SHEET = press_button("main a[href$='/print']")
DESK = (
    Shot("day", "officer", "/desk/day"),
    Shot("day-leader", "leader", "/desk/day"),
    Shot("desk", "officer", "/desk/"),
    Shot("desk-narrowed", "officer", "/desk/?card=green&sort=-filed"),
    Shot("desk-nothing", "officer", "/desk/?q=nowhere"),
    Shot("desk-case", "officer", "/desk/", open_first_case, at=CASE),
    Shot("desk-sheet", "officer", "/desk/", do_in_turn(open_first_case, SHEET), at=f"{CASE}/print"),
    Shot("desk-leader", "leader", "/desk/"),
    Shot("desk-several", "leader", "/desk/", sign_three, at="/desk/several/<action>"),
    Shot(
        "desk-several-none",
        "officer",
        "/desk/",
        press_button(".together button"),
        at="/desk/several/<action>",
    ),
    Shot("desk-several-nobody", "leader", "/desk/", assign_to_nobody, at="/desk/several/<action>"),
    Shot("desk-leader-case", "leader", "/desk/", open_first_case, at=CASE),
    Shot(
        "desk-case-refused",
        "officer",
        "/desk/?state=in_hand",
        send_empty_answer,
        at="/desk/appeals/<number>/<action>",
    ),
    Shot(
        "desk-case-stale",
        "officer",
        "/desk/?state=in_hand",
        send_stale_answer,
        at="/desk/appeals/<number>/<action>",
    ),
    Shot("desk-case-draft", "officer", "/desk/?state=in_hand", begin_answer, at=CASE),
    Shot("desk-case-in-list", "officer", "/desk/?state=signed", OPEN_FIRST, at=CASE),
    Shot(
        "first-contact",
        "officer",
        "/desk/?state=dispatched",
        press_button(".rows__call"),
        at=FIRST_CONTACT,
    ),
    Shot(
        "first-contact-number",
        "officer",
        "/desk/?state=signed",
        do_in_turn(press_button(".rows__call"), press_button("button[name=show]")),
        at=FIRST_CONTACT,
    ),
    Shot("team", "leader", "/desk/team"),
    Shot("absences", "officer", "/desk/absences"),
    Shot("absences-refused", "leader", "/desk/absences", press_button(SEND_BUTTON)),
    Shot(
        "absences-leader",
        "leader",
        "/desk/absences",
        do_in_turn(fill_fields(first="2098-12-01", last="2098-12-05"), press_button(SEND_BUTTON)),
    ),
    Shot("templates", "officer", "/desk/templates"),
    Shot("templates-leader", "leader", "/desk/templates"),
    Shot("templates-refused", "leader", "/desk/templates", press_button(SEND_BUTTON)),
)
CENTRE = (
    Shot("centre-operator", "operator", "/centre/"),
    Shot("search", "dispatcher", "/search?q=路灯&state=closed"),
    Shot("search-saved", "dispatcher", "/search?q=路灯&kind=help", save_search),
    Shot("permissions", "supervisor", "/centre/permissions"),
    Shot("inbox", "officer", "/inbox/"),
    Shot("watch-list", "supervisor", "/centre/watched"),
    Shot("briefs", "supervisor", "/briefs/"),
    Shot("briefs-week", "supervisor", "/briefs/", OPEN_WEEK, at="/briefs/<kind>/<day>"),
    Shot("briefs-leader", "leader", "/briefs/", OPEN_WEEK, at="/briefs/<kind>/<day>"),
    Shot(
        "brief-cases",
        "supervisor",
        "/briefs/",
        do_in_turn(OPEN_WEEK, press_button("main td a[href*='/cases']")),
        at="/briefs/<kind>/<day>/cases",
    ),
    Shot("mail-choices", "leader", "/account/mails"),
    Shot("centre-new", "operator", "/centre/new"),
    Shot(
        "centre-new-refused",
        "operator",
        "/centre/new",
        press_button("main .govuk-button:not([name])"),
    ),
    Shot("centre-new-earlier", "operator", "/centre/new", look_up_caller),
    Shot("centre-operator-case", "operator", "/centre/", open_first_case, at=CENTRE_CASE),
    Shot("centre-new-similar", "operator", "/centre/new", describe_matter),
    Shot("centre-new-wrote", "operator", "/centre/new", look_up_writer),
    Shot("follow-up", "operator", "/centre/follow-up", at="/centre/follow-up/<number>"),
    Shot(
        "follow-up-number",
        "operator",
        "/centre/follow-up",
        press_button("button[name=show]"),
        at="/centre/follow-up/<number>",
    ),
    Shot(
        "centre-sheet",
        "operator",
        "/centre/?queue=follow-up",
        do_in_turn(open_first_case, SHEET),
        at=f"{CENTRE_CASE}/print",
    ),
    Shot("centre-dispatcher", "dispatcher", "/centre/"),
    Shot("centre-dispatcher-case", "dispatcher", "/centre/", open_first_case, at=CENTRE_CASE),
    Shot("centre-supervisor", "supervisor", "/centre/"),
    Shot("centre-returns", "dispatcher", "/centre/?queue=returns"),
    Shot("centre-returns-decided", "supervisor", "/centre/returns?figure=decided"),
    Shot("centre-extensions", "supervisor", "/centre/?queue=extensions"),
    Shot("centre-rehandling", "supervisor", "/centre/?queue=rehandling"),
    Shot("centre-review", "dispatcher", "/centre/?queue=review"),
    Shot("centre-follow-up", "operator", "/centre/?queue=follow-up"),
    Shot("wall", "supervisor", "/centre/wall?still=1", on_wall=True),
    Shot("wall-screen", "supervisor", "/wall/passes", open_display_pass, at="/wall", on_wall=True),
    Shot("wall-ended", "supervisor", "/wall/passes", end_display_pass, at="/wall", on_wall=True),
    Shot("wall-no-pass", None, "/wall?pass=0000-0000", on_wall=True),
    Shot("display-passes", "supervisor", "/wall/passes"),
    Shot("display-pass", "supervisor", "/wall/passes", make_display_pass),
    Shot("display-pass-refused", "supervisor", "/wall/passes", press_button(NEW_SCREEN)),
    Shot("live-centre", "supervisor", "/live/"),
    Shot(
        "live-of-one",
        "supervisor",
        "/live/",
        press_button("main tbody a[href*='/live/']"),
        at="/live/<code>",
    ),
    Shot("live-department", "leader", "/live/"),
    Shot("live-red", "supervisor", "/live/cases?figure=red"),
    Shot("live-overdue", "leader", "/live/cases?figure=overdue"),
    Shot("desk-red", "leader", "/desk/?card=red"),
)
ACCOUNT = (
    Shot("sign-in", None, "/sign-in"),
    Shot("sign-in-refused", None, "/sign-in", press_button(SEND_BUTTON)),
    Shot("sign-in-code", None, "/sign-in", sign_in_with_factor, at="/sign-in/code"),
    Shot(
        "sign-in-code-refused",
        None,
        "/sign-in",
        do_in_turn(sign_in_with_factor, press_button(SEND_BUTTON)),
        at="/sign-in/code",
    ),
    Shot("forgot", None, "/sign-in/forgot"),
    Shot("account", "officer", "/account"),
    Shot("account-refused", "officer", "/account", press_button(SEND_BUTTON)),
    Shot("factor", "officer", "/account/factor"),
    Shot("factor-set-up", "supervisor", "/account/factor", begin_second_factor),
    Shot(
        "factor-refused",
        "supervisor",
        "/account/factor",
        do_in_turn(begin_second_factor, fill_fields(code="12"), press_button(SEND_BUTTON)),
        at="/account/factor/<step>",
    ),
    Shot(
        "factor-codes",
        "supervisor",
        "/account/factor",
        switch_on_second_factor,
        at="/account/factor/<step>",
    ),
    Shot(
        "factor-on",
        "supervisor",
        "/account/factor",
        do_in_turn(
            switch_on_second_factor, follow_links("/account"), follow_links("/account/factor")
        ),
    ),
)
SHOTS = (*DESK, *CENTRE, *ACCOUNT)
