"""Shots, and the steps that lead to them."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tools.gallery.city import GalleryCity

GalleryStep = Callable[[Page, GalleryCity], None]
SEND_BUTTON = "main form button[type=submit], main form button:not([type])"


def as_it_opens(_page: Page, _city: GalleryCity) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Shot:
    """One screenshot: whose page, its address, and the steps before it is taken.

    `at` is the address of the page in the picture, as the routes write it, where the steps lead
    away from `path`. A page `on_wall` is pictured on a screen on a wall too, which it must fit.
    `is_dark` is whether the reader's system asks for dark pages.
    """

    name: str
    role: str | None
    path: str
    then: GalleryStep = as_it_opens
    at: str = ""
    on_wall: bool = False
    is_dark: bool = False


def do_in_turn(*those: GalleryStep) -> GalleryStep:
    """Do one after another."""

    def step(page: Page, city: GalleryCity) -> None:
        for each in those:
            each(page, city)

    return step


def fill_fields(**given: str) -> GalleryStep:
    """Type into the fields of a form, or choose, by their names."""

    def step(page: Page, _city: GalleryCity) -> None:
        for name, value in given.items():
            field = page.locator(f"main [name={name}]").first
            kind = field.evaluate("each => each.type")
            if kind == "radio":
                page.locator(f"main [name={name}][value='{value}']").check()
            elif kind == "select-one":
                field.select_option(value)
            else:
                field.fill(value)

    return step


def follow_links(*parts: str) -> GalleryStep:
    """Follow the first link to each address that has the part in it."""
    return do_in_turn(*(press_button(f"main a[href*='{part}']") for part in parts))


def press_button(selector: str) -> GalleryStep:
    """Press a button or follow a link, and wait for the next page."""

    def step(page: Page, _city: GalleryCity) -> None:
        with page.expect_navigation():
            page.locator(selector).first.click()

    return step


def unfold_details(page: Page, _city: GalleryCity) -> None:
    """Open everything that is folded."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
