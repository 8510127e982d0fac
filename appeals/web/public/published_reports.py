"""The published editions for everybody: pages, charts, JSON, CSV, XLSX and PDF."""

from collections.abc import Callable
from typing import NamedTuple

from flask import Blueprint, Response, current_app, render_template, request, send_file
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from appeals.domain.calendar import Period, city_day
from appeals.domain.messages import message
from appeals.domain.refusals import Refused, RefusedKind
from appeals.domain.vocabulary import Kind
from appeals.models.report import Report
from appeals.reference.reference_data import load_reference
from appeals.reporting.editions import editions, public_lists
from appeals.reporting.editions.public_editions import (
    PublicEdition,
    list_public_changes,
    read_public_edition,
)
from appeals.reporting.formats import edition_files
from appeals.reporting.snapshot.breakdowns import CITY, Breakdown
from appeals.settings import Settings
from appeals.web.page_frame import is_elder
from appeals.web.public import public_addresses
from appeals.web.public.public_addresses import list_languages, publish
from appeals.web.shared import report_charts, report_requests
from appeals.web.shared.display import listing, period_name
from appeals.web.shared.page_cache import PageCache
from appeals.web.shared.report_charts import ReportCharts
from appeals.web.shared.request import STAFF_COOKIE, act
from appeals.web.shared.texts import gettext, language

blueprint = Blueprint("public", __name__)
public_addresses.init_blueprint(blueprint)


class RenderedPage(NamedTuple):
    """A page's title, what a search engine shows below it, and the body without the layout.

    `period` is that of the report whose share picture the page has, if there is one.
    """

    title: str
    description: str
    body: Markup
    period: str | None


PAGE_ARGUMENTS = frozenset({"edition", "by", "measure"})
"""What an address may ask of a page. A page repeats its address, so one with more is not cached."""
PAGE_CACHE, MAX_CACHED_PAGES = "published_pages", 64
"""The cache of bodies, which hold until more is published."""
ANSWER_CACHE, ANSWER_SECONDS = "published_answers", 5.0
"""The cache of whole pages for readers without a session: so long may an edition, an announcement
or a planned downtime be missing on them."""
REVALIDATE = "private, no-cache"
"""Cached by one person's browser, which revalidates it each time (ETag)."""
NO_DEPARTMENT = Refused(
    RefusedKind.NOT_FOUND, message("The newest report has no figures of this department.")
)
SHOWN_FORMS = frozenset({"json", "png"})
"""The files that a browser may open."""
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


@publish(blueprint, "/departments/", "departments")
def departments() -> AnyResponse:
    """List the departments in the newest report."""
    return _answer_cached(_render_departments)


@publish(blueprint, "/departments/<code>", "department")
def department(code: str) -> AnyResponse:
    """Show a department's figures of the newest report beside the city's."""
    return _answer_cached(_render_department, code)


@publish(blueprint, "/times", "answer_times")
def answer_times() -> AnyResponse:
    """Show how long answers take, by category: promised and usual."""
    return _answer_cached(_render_answer_times)


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
    if _has_session() or not PAGE_ARGUMENTS.issuperset(request.args):
        page = _render_page(make, *asked)
    else:
        cache: PageCache[str] = current_app.extensions[ANSWER_CACHE]
        page = cache.get((request.full_path, is_elder()), lambda: _render_page(make, *asked))
    answer = Response(page)
    answer.add_etag()
    answer.headers["Cache-Control"] = REVALIDATE
    return answer.make_conditional(request)


def _has_session() -> bool:
    """Return whether the page may hold something of this reader: a name, or a message."""
    own = {STAFF_COOKIE.name, current_app.config["SESSION_COOKIE_NAME"]}
    return not own.isdisjoint(request.cookies)


def _render_page(make: Callable[..., RenderedPage], *asked: object) -> str:
    """Return a page whose body is cached: it is made of editions alone, which never change.

    The cache key holds the language, the version of the city's rows, the newest edition, and the
    day, on which a limit can begin.
    """
    cache: PageCache[RenderedPage] = current_app.extensions[PAGE_CACHE]
    city, today = load_reference(act()).version, city_day(act().now)
    made_of = (language(), city, editions.count_editions(act()), today)
    page = cache.get((make, *asked, *made_of), lambda: make(*asked))
    base_url = str(current_app.config["SETTINGS"].base_url).rstrip("/")
    return render_template(
        "public/page.html", page=page, languages=list_languages(), base_url=base_url
    )


def _page(
    template: str, title: str, description: str, period: str | None, **values: object
) -> RenderedPage:
    body = render_template(template, period=period, **values)
    return RenderedPage(title, description, Markup(body), period)  # noqa: S704 - a rendered template


def _describe_headlines(public: PublicEdition, seen: ReportCharts) -> str:
    """Return the headline rates of a report in one line."""
    rates = [f"{each.section.label} {each.line.shown}" for each in seen.overview.headlines]
    period = period_name(public.period)
    return gettext("%(period)s: %(rates)s", period=period, rates=listing(rates))


def _render_index() -> RenderedPage:
    listed: dict[str, Report] = {}
    for edition in editions.list_editions(act()):
        listed.setdefault(Period(edition.start, edition.end).label, edition)
    newest_period, newest = next(iter(listed.items()), (None, None))
    public = read_public_edition(act(), newest) if newest else None
    seen = report_charts.draw_report(public) if public else None
    return _page(
        "public/index.html",
        gettext("Published figures"),
        _describe_headlines(public, seen) if public and seen else "",
        editions=listed,
        newest=newest,
        period=newest_period,
        seen=seen,
        seal=public.seal if public else None,
    )


def _render_departments() -> RenderedPage:
    public = _read_newest_edition()
    return _page(
        "public/departments.html",
        gettext("Departments"),
        gettext("What each department was sent and answered on time."),
        period=public.period,
        departments=public_lists.list_departments(report_requests.report_reader(), public),
    )


def _render_department(code: str) -> RenderedPage:
    public, reader = _read_newest_edition(), report_requests.report_reader()
    figures = public_lists.compare_with_city(reader, public, code)
    if not figures:
        raise NO_DEPARTMENT
    name = reader.for_report(public.report).key(Breakdown.DEPARTMENT, code)
    return _page(
        "public/department.html",
        name,
        gettext("%(name)s beside the whole city: cases, times, opinions.", name=name),
        period=public.period,
        name=name,
        figures=figures,
    )


def _render_answer_times() -> RenderedPage:
    public, reader = _read_newest_edition(), report_requests.report_reader()
    return _page(
        "public/answer_times.html",
        gettext("How long an answer takes"),
        gettext("The promised and the usual time of an answer, by category."),
        period=public.period,
        groups=public_lists.list_answer_times(reader, public, act().now),
        consultation=public_lists.promised_answer(reader, act().now, Kind.CONSULTATION),
    )


def _read_newest_edition() -> PublicEdition:
    """Return the newest edition of the newest period. Raises Refused (not found)."""
    newest = next(iter(editions.list_editions(act())), None)
    if newest is None:
        raise report_requests.NO_REPORT
    return read_public_edition(act(), newest)


def _render_report(period: str, number: int | None, by: str, chosen: str) -> RenderedPage:
    found = _find_edition(period, number)
    public = read_public_edition(act(), found)
    published = public.published
    sections = report_requests.report_reader().sections(
        found, published.figures, by, published.withheld
    )
    shown = next((each for each in sections if each.name == chosen), next(iter(sections), None))
    seen = report_charts.draw_report(public) if by == CITY else None
    return _page(
        "public/report.html",
        gettext("Report %(period)s", period=period_name(period)),
        _describe_headlines(public, seen) if seen else "",
        report=found,
        period=period,
        by=by,
        chosen=shown.name if shown else chosen,
        dimensions=report_requests.list_dimensions(),
        sections=sections,
        seen=seen,
        drawn=report_charts.draw_section(shown, by) if shown else None,
        changes=report_requests.describe_changes(found, list_public_changes(act(), public)),
        seal=public.seal,
        all_editions=editions.list_editions(act(), Period(found.start, found.end)),
    )


def _render_summary(period: str, number: int | None) -> RenderedPage:
    found = _find_edition(period, number)
    public, title = read_public_edition(act(), found), report_requests.report_reader().title(found)
    seen = report_charts.draw_report(public)
    return _page(
        "public/summary.html",
        title,
        _describe_headlines(public, seen),
        report=found,
        period=period,
        seen=seen,
        facts=report_requests.report_reader().facts(found),
        seal=public.seal,
        heading=title,
    )


@publish(blueprint, "/reports/<period>.<any(json, csv, xlsx, pdf, png):form>", "file")
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
        as_attachment=form not in SHOWN_FORMS,  # others are never opened (Reliability 3)
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
