"""Shots of public pages: filing, following, published figures."""

from playwright.sync_api import Page

from tools.gallery import filing
from tools.gallery.city import GalleryCity
from tools.gallery.steps import (
    SEND_BUTTON,
    GalleryStep,
    Shot,
    do_in_turn,
    fill_fields,
    follow_links,
    press_button,
)


def follow_appeal(state: str) -> GalleryStep:
    """Enter number and code of a demo appeal."""

    def step(page: Page, city: GalleryCity) -> None:
        number, code = city.appeal(state)
        page.fill("[name=number]", number)
        page.fill("[name=code]", code)
        press_button("main form button")(page, city)

    return step


CODE_TRIES = 11


def guess_code(page: Page, city: GalleryCity) -> None:
    """Guess the code of one appeal until the rate limit answers."""
    number, _code = city.appeal("withdrawn")
    for _ in range(CODE_TRIES):
        fill_fields(number=number, code="0000-0000-0000-0000")(page, city)
        press_button(SEND_BUTTON)(page, city)


def rate_low(page: Page, _city: GalleryCity) -> None:
    """Rate the handling as low as one can."""
    form = page.locator("form[action$='/rate']")
    if not form.is_visible():
        page.locator("#do-rate summary").click()
    form.locator("[name=solved][value=no]").check()
    form.locator("[name=satisfaction][value='1']").check()
    with page.expect_navigation():
        form.locator("button").click()


APPEAL = "/appeals/<number>"
REPORT = "/public/reports/"
SHOTS = (
    Shot("home", None, "/"),
    Shot("new", None, "/appeals/new"),
    Shot("new-elsewhere", None, "/appeals/new", filing.say_words("法院判了，对方不执行。")),
    Shot("new-nothing-found", None, "/appeals/new", filing.say_words("qqqq")),
    *(
        Shot(f"new-{name}", None, "/appeals/new", filing.FilledForm(name))
        for name in filing.STEP_BEFORE_PAGE
    ),
    Shot("new-about-refused", None, "/appeals/new", filing.FilledForm("about", "who")),
    Shot("new-photos-refused", None, "/appeals/new", filing.choose_wrong_photos),
    Shot("new-who-refused", None, "/appeals/new", filing.enter_wrong_number),
    Shot("new-about-restricted", None, "/appeals/new", filing.choose_restricted_topic),
    Shot(
        "receipt", None, "/appeals/new", filing.FilledForm("check", "send"), at="/appeals/receipt"
    ),
    Shot("mine-empty", None, "/appeals/mine"),
    Shot(
        "mine",
        None,
        "/appeals/follow",
        do_in_turn(follow_appeal("in_hand"), press_button("form[action$='/keep'] button")),
        at="/appeals/mine",
    ),
    Shot(
        "appeal-rated-low",
        None,
        "/appeals/follow",
        do_in_turn(follow_appeal("closed"), rate_low),
        at=APPEAL,
    ),
    Shot("appeal-filed", None, "/appeals/new", filing.follow_filed, at=APPEAL),
    Shot("follow", None, "/appeals/follow"),
    Shot("follow-refused", None, "/appeals/follow", press_button(SEND_BUTTON)),
    *(
        Shot(f"appeal-{state}", None, "/appeals/follow", follow_appeal(state), at=APPEAL)
        for state in (
            "accepted",
            "dispatched",
            "in_hand",
            "answered",
            "closed",
            "withdrawn",
            "not_accepted",
            "answered_on_spot",
        )
    ),
    Shot("privacy", None, "/privacy"),
    Shot("accessibility", None, "/accessibility"),
    Shot("offline", None, "/offline"),
    *(
        Shot(f"elder-{name}", None, f"{path}?view=elder")
        for name, path in (
            ("home", "/"),
            ("new", "/appeals/new"),
            ("follow", "/appeals/follow"),
            ("public", "/public/"),
        )
    ),
    Shot("elder-new-what", None, "/appeals/new?view=elder", filing.FilledForm("what")),
    Shot("elder-appeal", None, "/appeals/follow?view=elder", follow_appeal("closed"), at=APPEAL),
    Shot("public", None, "/public/"),
    Shot("public-report", None, "/public/", follow_links(REPORT), at="/public/reports/<period>"),
    Shot(
        "public-departments",
        None,
        "/public/",
        follow_links(REPORT, "by=department"),
        at="/public/reports/<period>",
    ),
    Shot(
        "public-summary",
        None,
        "/public/",
        follow_links("/summary"),
        at="/public/reports/<period>/summary",
    ),
    Shot("public-each-department", None, "/public/departments/"),
    Shot(
        "public-department",
        None,
        "/public/departments/",
        follow_links("/public/departments/"),
        at="/public/departments/<code>",
    ),
    Shot("public-times", None, "/public/times"),
    Shot("follow-too-often", None, "/appeals/follow", guess_code),
)
