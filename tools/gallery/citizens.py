"""The pages of everybody: filing, following, published figures."""

from playwright.sync_api import Page

from tools.gallery import filing
from tools.gallery.city import City
from tools.gallery.steps import SEND, Shot, Step, links, press, typed


def follow(state: str) -> Step:
    """Enter number and code of a demo appeal."""

    def step(page: Page, city: City) -> None:
        number, code = city.appeal(state)
        page.fill("[name=number]", number)
        page.fill("[name=code]", code)
        press("main form button")(page, city)

    return step


TRIES = 11


def guess(page: Page, city: City) -> None:
    """Guess the code of one appeal until that is enough."""
    number, _code = city.appeal("withdrawn")
    for _ in range(TRIES):
        typed(number=number, code="0000-0000-0000-0000")(page, city)
        press(SEND)(page, city)


APPEAL = "/appeals/<number>"
REPORT = "/public/reports/"
SHOTS = (
    Shot("home", None, "/"),
    Shot("new", None, "/appeals/new"),
    Shot("new-found", None, "/appeals/new?find=路灯"),
    Shot("new-elsewhere", None, "/appeals/new?find=法院"),
    Shot("new-nothing-found", None, "/appeals/new?find=qqqq"),
    *(Shot(f"new-{name}", None, "/appeals/new", filing.Filled(name)) for name in filing.PAGES),
    Shot("new-what-refused", None, "/appeals/new", filing.Filled("what", "photos")),
    Shot("new-photos-refused", None, "/appeals/new", filing.wrong_photos),
    Shot("new-who-refused", None, "/appeals/new", filing.wrong_number),
    Shot("new-what-restricted", None, "/appeals/new", filing.about_conduct),
    Shot("receipt", None, "/appeals/new", filing.Filled("check", "send"), at="/appeals/receipt"),
    Shot("appeal-filed", None, "/appeals/new", filing.followed, at=APPEAL),
    Shot("follow", None, "/appeals/follow"),
    Shot("follow-refused", None, "/appeals/follow", press(SEND)),
    *(
        Shot(f"appeal-{state}", None, "/appeals/follow", follow(state), at=APPEAL)
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
    Shot("public", None, "/public/"),
    Shot("public-report", None, "/public/", links(REPORT), at="/public/reports/<period>"),
    Shot(
        "public-departments",
        None,
        "/public/",
        links(REPORT, "by=department"),
        at="/public/reports/<period>",
    ),
    Shot(
        "public-summary", None, "/public/", links("/summary"), at="/public/reports/<period>/summary"
    ),
    Shot("follow-too-often", None, "/appeals/follow", guess),
)
