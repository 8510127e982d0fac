"""What goes wrong, as it is met; and every error page and component by itself."""

from playwright.sync_api import Page

from tools.gallery.city import City
from tools.gallery.steps import SEND, Shot, Step, press, steps, typed, unfold

TOO_LONG = 600_000
"""Characters: more than the form of a request may have."""
STATUSES = (400, 403, 404, 405, 408, 409, 413, 422, 429, 500, 503)


def altered(field: str, value: str) -> Step:
    """Put another value into a hidden field."""

    def step(page: Page, _city: City) -> None:
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
        steps(
            typed(number="QD26-0000-0000-0", code="0"), altered("csrf_token", "old"), press(SEND)
        ),
    ),
    Shot(
        "too-much",
        "administrator",
        "/admin/calendar",
        steps(unfold, altered("document", "9" * TOO_LONG), press(SEND)),
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
