"""For everybody: the published editions, as pages and pictures, JSON, CSV, XLSX and PDF."""

from collections.abc import Callable

from flask import Blueprint, Response, current_app, render_template, request, send_file
from flask_babel import gettext
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from appeals.domain.calendar import Period
from appeals.models.report import Report
from appeals.reference.reference_data import reference
from appeals.reporting.editions import editions
from appeals.reporting.editions.public_editions import list_public_changes, read_public_edition
from appeals.reporting.formats import edition_files
from appeals.reporting.measures.measure_shapes import CITY
from appeals.settings import Settings
from appeals.web.shared import chart_captions, report_requests
from appeals.web.shared.page_cache import Kept
from appeals.web.shared.request import act, language

blueprint = Blueprint("public", __name__, url_prefix="/public")
Page = tuple[str, Markup]
"""A page's title and what it says, without what stands around every page."""
PAGES, PAGES_MOST = "published_pages", 64
ASK_AGAIN = "private, no-cache"
"""Kept by the browser of one person, who asks each time whether it is still the same."""
ASK_AGAIN_SECONDS = 20
"""After which a file that is being made may be there."""
blueprint.record(lambda setup: setup.app.extensions.update({PAGES: Kept[Page](PAGES_MOST)}))


@blueprint.get("/")
def index() -> AnyResponse:
    """Show the newest report at a glance, and list the published periods by newest edition."""
    return _page(_index)


@blueprint.get("/reports/<period>")
def edition(period: str) -> AnyResponse:
    """Show an edition: the newest, or the one asked for."""
    return _page(
        _report, report_requests.period_of(period).label, _number(), *report_requests.asked()
    )


@blueprint.get("/reports/<period>/summary")
def summary(period: str) -> AnyResponse:
    """Show an edition on one sheet, as an office sends it upstairs."""
    return _page(_summary, report_requests.period_of(period).label, _number())


def _page(make: Callable[..., Page], *asked: object) -> AnyResponse:
    """Answer with a page made of editions alone, which is made once.

    It is another in another language, with other names of the city's rows, and when anything more
    is published. A browser that has it is told so.
    """
    kept: Kept[Page] = current_app.extensions[PAGES]
    made_of = (language(), reference(act()).version, editions.count_editions(act()))
    title, body = kept.get((make, *asked, *made_of), lambda: make(*asked))
    answer = Response(render_template("public/page.html", title=title, body=body))
    answer.add_etag()
    answer.headers["Cache-Control"] = ASK_AGAIN
    return answer.make_conditional(request)


def _index() -> Page:
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
        seen=chart_captions.pictured(public) if public else None,
        seal=public.seal if public else None,
    )
    return gettext("Published figures"), Markup(body)  # noqa: S704 - a rendered template


def _report(period: str, number: int | None, by: str, chosen: str) -> Page:
    found = _edition(period, number)
    public = read_public_edition(act(), found)
    published = public.published
    sections = report_requests.reader().sections(found, published.figures, by, published.withheld)
    shown = next((each for each in sections if each.name == chosen), next(iter(sections), None))
    body = render_template(
        "public/report.html",
        report=found,
        period=period,
        by=by,
        chosen=shown.name if shown else chosen,
        dimensions=report_requests.dimensions(),
        sections=sections,
        seen=chart_captions.pictured(public) if by == CITY else None,
        drawn=chart_captions.of_section(shown, by) if shown else None,
        changes=report_requests.changed(found, list_public_changes(act(), public)),
        seal=public.seal,
        all_editions=editions.list_editions(act(), Period(found.start, found.end)),
    )
    return gettext("Report %(period)s", period=period), Markup(body)  # noqa: S704 - as above


def _summary(period: str, number: int | None) -> Page:
    found = _edition(period, number)
    public, title = read_public_edition(act(), found), report_requests.reader().title(found)
    body = render_template(
        "public/summary.html",
        report=found,
        period=period,
        seen=chart_captions.pictured(public),
        facts=report_requests.reader().facts(found),
        seal=public.seal,
        title=title,
    )
    return title, Markup(body)  # noqa: S704 - as above


@blueprint.get("/reports/<period>.<any(json, csv, xlsx, pdf):form>")
def file(period: str, form: str) -> AnyResponse:
    """Send a file of an edition, which the worker has made; say so where it has not yet."""
    found = _edition(period, _number())
    settings: Settings = current_app.config["SETTINGS"]
    made_as = edition_files.FORMATS[form]
    own = made_as.language(language())
    path = edition_files.file_path(settings.data_dir, found, form, own)
    if not path.is_file():
        return _being_made(found, form, own)
    answer = send_file(
        path.absolute(),
        mimetype=made_as.mimetype,
        as_attachment=form != "json",  # never opened in the browser (Reliability 3)
        download_name=f"{Period(found.start, found.end).label}-edition-{found.edition}.{form}",
        etag=path.name,
    )
    answer.headers["Cache-Control"] = ASK_AGAIN
    return answer


def _being_made(edition: Report, form: str, own: str) -> AnyResponse:
    """Say that a file is being made, or that making it failed, and when to ask again."""
    failed = edition_files.next_try(act(), edition, form, own)
    shown = render_template(
        "public/being_made.html",
        period=Period(edition.start, edition.end).label,
        report=edition,
        form=form,
        failed=failed is not None,
    )
    seconds = max(ASK_AGAIN_SECONDS, int((failed - act().now).total_seconds()) if failed else 0)
    return Response(shown, 503, {"Retry-After": str(seconds), "Cache-Control": "no-store"})


def _number() -> int | None:
    return request.args.get("edition", type=int)


def _edition(period: str, number: int | None) -> Report:
    published = editions.list_editions(act(), report_requests.period_of(period))
    for each in published:
        if number in {None, each.edition}:
            return each
    raise report_requests.NO_REPORT
