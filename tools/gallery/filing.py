"""The pages of the filing form, each with what was filled in on the way to it."""

import io

from PIL import Image
from playwright.sync_api import FilePayload, Page

from tools.gallery.city import City

GO = "main form[action='/appeals/new'] button[name=go]"
WORDS = {
    "zh": (
        "小区门口路灯不亮",
        "连续一周，每天晚上小区北门外的三盏路灯都不亮。",
        "香港中路8号北门",
        "王",
    ),
    "en": (
        "Street lamps are dark",
        "For a week now the three lamps outside the north gate have been dark every evening.",
        "8 Xianggang Middle Road, north gate",
        "Wang",
    ),
}


def photo(colour: str) -> FilePayload:
    """Give a photo to choose."""
    out = io.BytesIO()
    Image.new("RGB", (800, 600), colour).save(out, "JPEG")
    return {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def go(page: Page, where: str) -> None:
    """Press the button that leads there."""
    with page.expect_navigation():
        page.locator(f"button[name=go][value='{where}']").first.click()


def about(page: Page) -> None:
    """Choose the topic by searching for it."""
    page.goto("/appeals/new?find=路灯")
    go(page, "pick urban.lighting")


def about_conduct(page: Page, _city: City) -> None:
    """Choose the topic that is restricted: the form asks which department it is about."""
    page.goto("/appeals/new?find=态度")
    go(page, "pick conduct")


def what(page: Page) -> None:
    """Say what happened."""
    subject, detail, _address, _name = words(page)
    page.check("[name=kind][value=complaint]")
    page.fill("[name=subject]", subject)
    page.fill("[name=detail]", detail)
    go(page, "photos")


def photos(page: Page) -> None:
    """Add two photos."""
    page.set_input_files("[name=attachments]", [photo("teal"), photo("orange")])
    go(page, "photos")
    go(page, "where")


def where(page: Page) -> None:
    """Say where it is."""
    page.select_option("[name=district]", "370202")
    page.fill("[name=address]", words(page)[2])
    go(page, "who")


def who(page: Page) -> None:
    """Say how one can be reached."""
    page.fill("[name=contact_name]", words(page)[3])
    page.fill("[name=contact_phone]", "+86 138 0013 8000")
    go(page, "check")


PAGES = {"what": about, "photos": what, "where": photos, "who": where, "check": who}
"""Each page of the form, and what is done on the one before it."""


def words(page: Page) -> tuple[str, str, str, str]:
    """Give what is typed, in the page's language."""
    return WORDS["zh" if page.locator("html").get_attribute("lang") == "zh-CN" else "en"]


class Filled:
    """Fill in the form up to a page, then do what is given."""

    def __init__(self, name: str, *then: str) -> None:
        """Take the page's name, and the buttons pressed on it."""
        self.name = name
        self.then = then

    def __call__(self, page: Page, _city: City) -> None:
        """Fill in page after page."""
        for name, step in PAGES.items():
            step(page)
            if name == self.name:
                break
        for button in self.then:
            go(page, button)


def wrong_photos(page: Page, city: City) -> None:
    """Choose a file that is no photo beside one that is."""
    Filled("photos")(page, city)
    no_photo: FilePayload = {"name": "合同.pdf", "mimeType": "image/jpeg", "buffer": b"%PDF-1.7"}
    page.set_input_files("[name=attachments]", [photo("teal"), no_photo])
    go(page, "where")


def wrong_number(page: Page, city: City) -> None:
    """Type a telephone number that lacks digits."""
    Filled("who")(page, city)
    page.fill("[name=contact_phone]", "138 0013")
    go(page, "check")


def followed(page: Page, city: City) -> None:
    """Send the form and look at the appeal."""
    Filled("check", "send")(page, city)
    with page.expect_navigation():
        page.locator("main a[href*='/appeals/2'], main p a[href^='/appeals/']").last.click()
