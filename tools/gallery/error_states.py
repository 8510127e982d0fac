"""Shots of error states, of every error page, and of the components."""

from playwright.sync_api import Page

from tools.gallery.city import GalleryCity
from tools.gallery.steps import (
    SEND_BUTTON,
    GalleryStep,
    Shot,
    do_in_turn,
    fill_fields,
    press_button,
    unfold_details,
)

TOO_LONG_CHARACTERS = 600_000
"""Characters: more than the form of a request may have."""
STATUSES = (400, 403, 404, 405, 408, 409, 413, 422, 429, 500, 503)


def alter_field(field: str, value: str) -> GalleryStep:
    """Put another value into a hidden field."""

    def step(page: Page, _city: GalleryCity) -> None:
        page.evaluate(
            "([name, value]) => document.querySelectorAll(`main [name=${name}]`)"
            ".forEach(each => { each.value = value })",
            [field, value],
        )

    return step


SHOTS = (
    Shot("not-found", None, "/nowhere"),
    Shot("signed-out", None, "/desk/", at="/sign-in"),
    Shot("not-for-you", "officer", "/admin/"),
    Shot("not-this-way", None, "/sign-out"),
    Shot(
        "open-too-long",
        None,
        "/appeals/follow",
        do_in_turn(
            fill_fields(number="QD26-0000-0000-0", code="0"),
            alter_field("csrf_token", "old"),
            press_button(SEND_BUTTON),
        ),
    ),
    Shot(
        "too-much",
        "administrator",
        "/admin/calendar",
        do_in_turn(
            unfold_details,
            alter_field("document", "9" * TOO_LONG_CHARACTERS),
            press_button(SEND_BUTTON),
        ),
    ),
    Shot("components", "administrator", "/admin/components"),
    *(
        Shot(
            f"error-{status}",
            "administrator",
            f"/admin/components/{status}",
            at="/admin/components/<int:page>",
        )
        for status in STATUSES
    ),
)
