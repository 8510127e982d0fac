"""The published editions for everybody: pages, charts, JSON, CSV, XLSX and PDF."""

from collections.abc import Callable

from flask import Blueprint, Response, current_app, render_template, request, send_file
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from appeals.domain.calendar import Period
from appeals.models.report import Report
from appeals.reference.reference_data import load_reference
from appeals.reporting.editions import editions
from appeals.reporting.editions.public_editions import list_public_changes, read_public_edition
from appeals.reporting.formats import edition_files
from appeals.reporting.snapshot.breakdowns import CITY
from appeals.settings import Settings
from appeals.web.public import public_addresses
from appeals.web.public.public_addresses import publish
from appeals.web.shared import report_charts, report_requests
from appeals.web.shared.display import period_name
from appeals.web.shared.page_cache import PageCache
from appeals.web.shared.request import act, session_cookie_name
from appeals.web.shared.texts import gettext, language

blueprint = Blueprint("public", __name__)
public_addresses.init_blueprint(blueprint)
RenderedPage = tuple[str, Markup]
"""A page's title and its body, without the layout."""
PAGE_CACHE, MAX_CACHED_PAGES = "published_pages", 64
"""The cache of bodies, which hold until more is published."""
ANSWER_CACHE, ANSWER_SECONDS = "published_answers", 5.0
"""The cache of whole pages for readers without a session: so long may an edition, an announcement
or a planned downtime be missing on them."""
REVALIDATE = "private, no-cache"
"""Cached by one person's browser, which revalidates it each time (ETag)."""
RETRY_AFTER_SECONDS = 20
"""The Retry-After of a file that is being made."""
blueprint.record(
    lambda setup: setup.app.extensions.update(
        {
            PAGE_CACHE: PageCache[RenderedPage](MAX_CACHED_PAGES),
            ANSWER_CACHE: PageCache[str](MAX_CACHED_PAGES, ANSWER_SECONDS),
        }
    )
)


@publish(blueprint, "/", "index")
def index() -> AnyResponse:
    """Show the newest report at a glance, and list the published periods by newest edition."""
    return _answer_cached(_render_index)


@publish(blueprint, "/reports/<period>", "edition")
def edition(period: str) -> AnyResponse:
    """Show an edition: the newest, or the one asked for."""
    return _answer_cached(
        _render_report,
        report_requests.parse_period(period).label,
        _edition_number(),
        *report_requests.chosen_breakdown(),
    )


@publish(blueprint, "/reports/<period>/summary", "summary")
def summary(period: str) -> AnyResponse:
    """Show an edition's summary on one sheet, as an office passes it on."""
    return _answer_cached(
        _render_summary, report_requests.parse_period(period).label, _edition_number()
    )


def _answer_cached(make: Callable[..., RenderedPage], *asked: object) -> AnyResponse:
    """Answer with a cached page; without a statement to those who have no session here.

    A browser that has the page gets 304.
    """
    if _has_session():
        page = _render_page(make, *asked)
    else:
        cache: PageCache[str] = current_app.extensions[ANSWER_CACHE]
        page = cache.get((make, *asked, language()), lambda: _render_page(make, *asked))
    answer = Response(page)
    answer.add_etag()
    answer.headers["Cache-Control"] = REVALIDATE
    return answer.make_conditional(request)


def _has_session() -> bool:
    """Return whether the page may hold something of this reader: a name, or a message."""
    own = {session_cookie_name(), current_app.config["SESSION_COOKIE_NAME"]}
    return not own.isdisjoint(request.cookies)


def _render_page(make: Callable[..., RenderedPage], *asked: object) -> str:
    """Return a page whose body is cached: it is made of editions alone, which never change.

    The cache key holds the language, the version of the city's rows and the newest edition.
    """
    cache: PageCache[RenderedPage] = current_app.extensions[PAGE_CACHE]
    made_of = (language(), load_reference(act()).version, editions.count_editions(act()))
    title, body = cache.get((make, *asked, *made_of), lambda: make(*asked))
    return render_template("public/page.html", title=title, body=body)


def _render_index() -> RenderedPage:
    listed: dict[str, Report] = {}
    for edition in editions.list_editions(act()):
        listed.setdefault(Period(edition.start, edition.end).label, edition)
    newest_period, newest = next(iter(listed.items()), (None, None))
    public = read_public_edition(act(), newest) if newest else None
    body = render_template(
        "public/index.html",
        editions=listed,
        newest=newest,
        newest_period=newest_period,
        seen=report_charts.draw_report(public) if public else None,
        seal=public.seal if public else None,
    )
    return gettext("Published figures"), Markup(body)  # noqa: S704 - a rendered template


def _render_report(period: str, number: int | None, by: str, chosen: str) -> RenderedPage:
    found = _find_edition(period, number)
    public = read_public_edition(act(), found)
    published = public.published
    sections = report_requests.report_reader().sections(
        found, published.figures, by, published.withheld
    )
    shown = next((each for each in sections if each.name == chosen), next(iter(sections), None))
    body = render_template(
        "public/report.html",
        report=found,
        period=period,
        by=by,
        chosen=shown.name if shown else chosen,
        dimensions=report_requests.list_dimensions(),
        sections=sections,
        seen=report_charts.draw_report(public) if by == CITY else None,
        drawn=report_charts.draw_section(shown, by) if shown else None,
        changes=report_requests.describe_changes(found, list_public_changes(act(), public)),
        seal=public.seal,
        all_editions=editions.list_editions(act(), Period(found.start, found.end)),
    )
    return gettext("Report %(period)s", period=period_name(period)), Markup(body)  # noqa: S704 - as above


def _render_summary(period: str, number: int | None) -> RenderedPage:
    found = _find_edition(period, number)
    public, title = read_public_edition(act(), found), report_requests.report_reader().title(found)
    body = render_template(
        "public/summary.html",
        report=found,
        period=period,
        seen=report_charts.draw_report(public),
        facts=report_requests.report_reader().facts(found),
        seal=public.seal,
        title=title,
    )
    return title, Markup(body)  # noqa: S704 - as above


@publish(blueprint, "/reports/<period>.<any(json, csv, xlsx, pdf):form>", "file")
def download_file(period: str, form: str) -> AnyResponse:
    """Send a file of an edition that the worker has made; 503 where it has not yet."""
    found = _find_edition(period, _edition_number())
    settings: Settings = current_app.config["SETTINGS"]
    made_as = edition_files.FORMATS[form]
    own = made_as.language(language())
    path = edition_files.file_path(settings.data_dir, found, form, own)
    if not path.is_file():
        return _answer_without_file(found, form, own)
    answer = send_file(
        path.absolute(),
        mimetype=made_as.mimetype,
        as_attachment=form != "json",  # never opened in the browser (Reliability 3)
        download_name=f"{Period(found.start, found.end).label}-edition-{found.edition}.{form}",
        etag=path.name,
    )
    answer.headers["Cache-Control"] = REVALIDATE
    return answer


def _answer_without_file(edition: Report, form: str, own: str) -> AnyResponse:
    """Answer 503 with Retry-After while a file is being made, or say that making it failed."""
    failed = edition_files.next_try(act(), edition, form, own)
    shown = render_template(
        "public/being_made.html",
        period=Period(edition.start, edition.end).label,
        report=edition,
        form=form,
        failed=failed is not None,
    )
    seconds = max(RETRY_AFTER_SECONDS, int((failed - act().now).total_seconds()) if failed else 0)
    return Response(shown, 503, {"Retry-After": str(seconds), "Cache-Control": "no-store"})


def _edition_number() -> int | None:
    return request.args.get("edition", type=int)


def _find_edition(period: str, number: int | None) -> Report:
    published = editions.list_editions(act(), report_requests.parse_period(period))
    for each in published:
        if number in {None, each.edition}:
            return each
    raise report_requests.NO_REPORT
