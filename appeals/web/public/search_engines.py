"""`robots.txt` and `sitemap.xml`: what a search engine may read of the website, and where it is."""

from collections.abc import Iterator

from flask import Blueprint, Response, current_app, render_template, url_for

from appeals.domain.calendar import Period
from appeals.domain.messages import offered_languages
from appeals.reporting.editions import editions, public_lists
from appeals.reporting.editions.public_editions import read_public_edition
from appeals.web.public.public_addresses import MAIN_LANGUAGE, addresses_by_language
from appeals.web.shared import report_requests
from appeals.web.shared.page_cache import PageCache
from appeals.web.shared.request import act

blueprint = Blueprint("search_engines", __name__)
SITEMAP_CACHE, SITEMAP_SECONDS = "sitemap", 600.0
MAX_PERIODS = 1000
"""The periods of the sitemap, the newest first; a sitemap may have 50,000 addresses."""
READABLE = ("/$", "/appeals/new$", "/privacy$", "/public/", "/static/")
"""What may be read, as `robots.txt` writes it; everything else may not."""
blueprint.record(
    lambda setup: setup.app.extensions.update({SITEMAP_CACHE: PageCache[str](1, SITEMAP_SECONDS)})
)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Say what may be read; what is of a person, and staff's pages, may not."""
    others = [f"/{each}/public/" for each in offered_languages() if each != MAIN_LANGUAGE]
    base = str(current_app.config["SETTINGS"].base_url).rstrip("/")
    lines = [
        "User-agent: *",
        *(f"Allow: {path}" for path in (*READABLE, *others)),
        "Disallow: /",
        f"Sitemap: {base}{url_for('.sitemap')}",
    ]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """List the public pages in every language."""
    cache: PageCache[str] = current_app.extensions[SITEMAP_CACHE]
    listed = cache.get(
        SITEMAP_CACHE,
        lambda: render_template("public/sitemap.xml", pages=list(_list_pages())),
    )
    return Response(listed, mimetype="application/xml")


def _list_pages() -> Iterator[dict[str, str]]:
    """Yield each public page's addresses by language."""
    yield addresses_by_language("public.index", {})
    published = editions.list_editions(act())
    if not published:
        return
    yield addresses_by_language("public.departments", {})
    yield addresses_by_language("public.answer_times", {})
    periods = dict.fromkeys(Period(each.start, each.end).label for each in published)
    for period in [*periods][:MAX_PERIODS]:
        yield addresses_by_language("public.edition", {"period": period})
    newest = read_public_edition(act(), published[0])
    for department in public_lists.list_departments(report_requests.report_reader(), newest):
        yield addresses_by_language("public.department", {"code": department.code})
