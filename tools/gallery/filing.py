"""Steps through the filing form, which fill in the pages before the one to show."""

import io

from PIL import Image
from playwright.sync_api import FilePayload, Page

from tools.gallery.city import GalleryCity
from tools.gallery.steps import GalleryStep

GO_BUTTON = "main form[action='/appeals/new'] button[name=go]"
TYPED_WORDS = {
    "zh": (
        "连续一周，香港中路小区北门外的三盏路灯晚上都不亮，老人出门看不见路。有事可打13800138000找我。",
        "香港中路8号北门",
        "王",
    ),
    "en": (
        "The three street lamps at the north gate are dark since last week. Call 13800138000.",
        "8 Xianggang Middle Road, north gate",
        "Wang",
    ),
}


def photo_file(colour: str) -> FilePayload:
    """Make a photo to upload."""
    out = io.BytesIO()
    Image.new("RGB", (800, 600), colour).save(out, "JPEG")
    return {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def press_go(page: Page, where: str) -> None:
    """Press the button that leads to a page."""
    with page.expect_navigation():
        page.locator(f"button[name=go][value='{where}']:not([aria-hidden])").first.click()


def say_words(words: str) -> GalleryStep:
    """Say what happened, and go on to what is proposed from it."""

    def step(page: Page, _city: GalleryCity) -> None:
        page.goto("/appeals/new")
        page.fill("[name=detail]", words)
        press_go(page, "about")

    return step


def choose_restricted_topic(page: Page, city: GalleryCity) -> None:
    """Choose a restricted topic, for which the form asks the department complained about."""
    say_words("窗口工作人员态度恶劣，不给办事。")(page, city)
    page.check("[name=category][value=conduct]")
    press_go(page, "who")


def add_photos(page: Page) -> None:
    """Say what happened, and add two photos."""
    page.goto("/appeals/new")
    page.fill("[name=detail]", typed_words(page)[0])
    page.set_input_files("[name=attachments]", [photo_file("teal"), photo_file("orange")])
    press_go(page, "what")


def go_on(page: Page) -> None:
    """Go on to the proposals."""
    press_go(page, "about")


def choose_proposals(page: Page) -> None:
    """Choose the first category, and enter the place."""
    page.check("[name=category][value='urban.lighting']")
    page.select_option("[name=district]", "370202")
    page.fill("[name=address]", typed_words(page)[1])
    press_go(page, "who")


def enter_contact(page: Page) -> None:
    """Enter the contact."""
    page.fill("[name=contact_name]", typed_words(page)[2])
    page.fill("[name=contact_phone]", "+86 138 0013 8000")
    press_go(page, "check")


STEP_BEFORE_PAGE = {
    "what": add_photos,
    "about": go_on,
    "who": choose_proposals,
    "check": enter_contact,
}
"""The step that leads to each page of the form."""


def typed_words(page: Page) -> tuple[str, str, str]:
    """Return what is typed, in the page's language."""
    return TYPED_WORDS["zh" if page.locator("html").get_attribute("lang") == "zh-CN" else "en"]


class FilledForm:
    """A step that fills in the form up to a page, then presses buttons."""

    def __init__(self, name: str, *then: str) -> None:
        """Take the page's name, and the buttons pressed on it."""
        self.name = name
        self.then = then

    def __call__(self, page: Page, _city: GalleryCity) -> None:
        """Fill in page after page."""
        for name, step in STEP_BEFORE_PAGE.items():
            step(page)
            if name == self.name:
                break
        for button in self.then:
            press_go(page, button)


def choose_wrong_photos(page: Page, city: GalleryCity) -> None:
    """Choose a file that is no photo beside one that is."""
    FilledForm("what")(page, city)
    no_photo: FilePayload = {"name": "合同.pdf", "mimeType": "image/jpeg", "buffer": b"%PDF-1.7"}
    page.set_input_files("[name=attachments]", [photo_file("teal"), no_photo])
    press_go(page, "about")


def enter_wrong_number(page: Page, city: GalleryCity) -> None:
    """Type a telephone number that lacks digits."""
    FilledForm("who")(page, city)
    page.fill("[name=contact_phone]", "138 0013")
    press_go(page, "check")


def follow_filed(page: Page, city: GalleryCity) -> None:
    """Send the form and look at the appeal."""
    FilledForm("check", "send")(page, city)
    with page.expect_navigation():
        page.locator("main a[href*='/appeals/2'], main p a[href^='/appeals/']").last.click()
