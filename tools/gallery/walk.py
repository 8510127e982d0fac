"""Taking and checking screenshots of every page, in both languages and widths."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Error, Page, Response, StorageState

from appeals.web.public.public_addresses import MAIN_LANGUAGE
from tools.gallery.browser import DESKTOP, LOCALES, PHONE, WALL
from tools.gallery.checks import list_axe_violations
from tools.gallery.city import GalleryCity
from tools.gallery.steps import SEND_BUTTON, Shot

WIDTHS = {"phone": PHONE, "desktop": DESKTOP}
ON_WALL = {**WIDTHS, "wall": WALL}
SERVED = "served"
"""The folder, beside the pictures, of the HTML as it was served."""


@dataclass
class GalleryWalk:
    """A browser in a running city, and the folder for the pictures."""

    browser: Browser
    city: GalleryCity
    out: Path

    def take(self, shots: list[Shot]) -> list[str]:
        """Take the pictures; return a line for each fault."""
        signed: dict[str | None, StorageState | None] = {None: None}
        for role in {shot.role for shot in shots if shot.role}:
            signed[role] = self.sign_in(role)
        wrong = []
        for shot in shots:
            for language, locale in LOCALES.items():
                for width, viewport in (ON_WALL if shot.on_wall else WIDTHS).items():
                    context = self.browser.new_context(
                        base_url=self.city.address,
                        locale=locale,
                        viewport=viewport,
                        storage_state=signed[shot.role],
                        color_scheme="dark" if shot.is_dark else "light",
                        service_workers="block",  # each page comes from the city itself
                    )
                    name, own = f"{shot.name}-{language}-{width}", in_language(shot, language)
                    wrong += [f"{name}: {line}" for line in self.picture(context, own, name)]
                    context.close()
        return wrong

    def sign_in(self, role: str) -> StorageState:
        """Sign in as the first of the staff with a role; return the browser's cookies."""
        context = self.browser.new_context(base_url=self.city.address)
        page = context.new_page()
        page.goto("/sign-in")
        username, password = self.city.password(role)
        page.fill("[name=username]", username)
        page.fill("[name=password]", password)
        with page.expect_navigation():
            page.locator(SEND_BUTTON).first.click()
        state = context.storage_state()
        context.close()
        return state

    def picture(self, context: BrowserContext, shot: Shot, name: str) -> list[str]:
        """Take one picture and save the served HTML; return the page's faults."""
        page = context.new_page()
        page.set_default_timeout(8000)
        served: list[Response] = []
        page.on("response", lambda answer: served.append(answer) if is_page(answer) else None)
        try:
            page.goto(shot.path)
            shot.then(page, self.city)
            page.screenshot(path=self.out / f"{name}.png", full_page=True)
            (self.out / SERVED / f"{name}.html").write_bytes(served[-1].body())
            return [
                *list_overflows(page),
                *list_wrong_addresses(page, shot),
                *list_axe_violations(page),
            ]
        except Error as error:
            return [error.message.splitlines()[0]]


def is_page(answer: Response) -> bool:
    """Return whether an answer is a page and no redirect."""
    return answer.request.is_navigation_request() and not 300 <= answer.status < 400  # noqa: PLR2004


def in_language(shot: Shot, language: str) -> Shot:
    """Return the shot of a page in a language; public pages have an address for each."""
    if language == MAIN_LANGUAGE or not shot.path.startswith("/public/"):
        return shot
    return replace(shot, path=f"/{language}{shot.path}", at=shot.at or shot.path)


def list_overflows(page: Page) -> list[str]:
    """Return a line where a page is wider than the screen; on a wall it must not be taller."""
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    tall = page.evaluate("document.documentElement.scrollHeight - window.innerHeight")
    found = [f"{wide} px wider than the screen"] if wide > 0 else []
    if page.viewport_size == WALL and tall > 0:
        found.append(f"{tall} px taller than the screen")
    return found


def list_wrong_addresses(page: Page, shot: Shot) -> list[str]:
    """Return a line where the steps led to another page than the shot names."""
    path = re.sub("^/[a-z]{2}(?=/public/)", "", urlsplit(page.url).path)  # in any language
    named = shot.at or urlsplit(shot.path).path
    return [] if matches_route(path, named) else [f"pictured at {path}, not at {named}"]


def matches_route(path: str, route: str) -> bool:
    """Return whether a path matches a route as Flask writes it."""
    return bool(re.fullmatch(re.sub(r"<[^>]+>", "[^/]+", route), path))
