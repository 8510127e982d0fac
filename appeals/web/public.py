"""For everybody: the published editions, as pages and pictures, JSON, CSV, XLSX and PDF."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from flask import Blueprint, Response, current_app, render_template, request
from flask_babel import gettext
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from appeals.domain.calendar import Period
from appeals.models.report import Report
from appeals.reference import reference
from appeals.reporting import editions, exports, pdf, spreadsheet
from appeals.reporting.monthly import figures_of
from appeals.reporting.rates import CITY
from appeals.reporting.tables import Reading, reading
from appeals.web import figures, pictured
from appeals.web.kept import Kept
from appeals.web.request import act, language

blueprint = Blueprint("public", __name__, url_prefix="/public")
FORMS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
Write = Callable[[IO[bytes], Reading], None]
Page = tuple[str, Markup]
"""A page's title and what it says, without what stands around every page."""
PAGES, PAGES_MOST = "published_pages", 64
ASK_AGAIN = "private, no-cache"
"""Kept by the browser of one person, who asks each time whether it is still the same."""
blueprint.record(lambda setup: setup.app.extensions.update({PAGES: Kept[Page](PAGES_MOST)}))


@blueprint.get("/")
def index() -> AnyResponse:
    """Show the newest report at a glance, and list the published periods by newest edition."""
    return _page(_index)


@blueprint.get("/reports/<period>")
def edition(period: str) -> AnyResponse:
    """Show an edition: the newest, or the one asked for."""
    return _page(_report, figures.period_of(period).label, _number(), *figures.asked())


@blueprint.get("/reports/<period>/summary")
def summary(period: str) -> AnyResponse:
    """Show an edition on one sheet, as an office sends it upstairs."""
    return _page(_summary, figures.period_of(period).label, _number())


def _page(make: Callable[..., Page], *asked: object) -> AnyResponse:
    """Answer with a page made of editions alone, which is made once.

    It is another in another language, with other names of the city's rows, and when anything more
    is published. A browser that has it is told so.
    """
    kept: Kept[Page] = current_app.extensions[PAGES]
    made_of = (language(), reference(act()).version, editions.how_many(act()))
    title, body = kept.get((make, *asked, *made_of), lambda: make(*asked))
    answer = Response(render_template("public/page.html", title=title, body=body))
    answer.add_etag()
    answer.headers["Cache-Control"] = ASK_AGAIN
    return answer.make_conditional(request)


def _index() -> Page:
    listed: dict[str, Report] = {}
    for edition in editions.editions(act()):
        listed.setdefault(Period(edition.start, edition.end).label, edition)
    newest_period, newest = next(iter(listed.items()), (None, None))
    body = render_template(
        "public/index.html",
        editions=listed,
        newest=newest,
        newest_period=newest_period,
        seen=pictured.pictured(newest) if newest else None,
    )
    return gettext("Published figures"), Markup(body)  # noqa: S704 - a rendered template


def _report(period: str, number: int | None, by: str, chosen: str) -> Page:
    found = _edition(period, number)
    sections = figures.reader().sections(found, figures_of(act(), found, by), by)
    shown = next((each for each in sections if each.name == chosen), next(iter(sections), None))
    body = render_template(
        "public/report.html",
        report=found,
        period=period,
        by=by,
        chosen=shown.name if shown else chosen,
        dimensions=figures.dimensions(),
        sections=sections,
        seen=pictured.pictured(found) if by == CITY else None,
        drawn=pictured.of_section(shown, by) if shown else None,
        changes=figures.changed(found, editions.changes(act(), found)),
        all_editions=editions.editions(act(), Period(found.start, found.end)),
    )
    return gettext("Report %(period)s", period=period), Markup(body)  # noqa: S704 - as above


def _summary(period: str, number: int | None) -> Page:
    found = _edition(period, number)
    title = figures.reader().title(found)
    body = render_template(
        "public/summary.html",
        report=found,
        period=period,
        seen=pictured.pictured(found),
        facts=figures.reader().facts(found),
        title=title,
    )
    return title, Markup(body)  # noqa: S704 - as above


@blueprint.get("/reports/<period>.json")
def as_json(period: str) -> Response:
    """Give an edition as its sealed document."""
    found = _edition(period, _number())

    def make() -> Response:
        document = exports.document(found, figures_of(act(), found))
        return Response(exports.as_json(document), mimetype="application/json")

    return _unless_known(f"{found.digest}.json", make)


@blueprint.get("/reports/<period>.csv")
def as_csv(period: str) -> Response:
    """Give the figures of an edition as CSV."""
    found = _edition(period, _number())
    name = f"{period}-edition-{found.edition}.csv"

    def make() -> Response:
        return _attached(exports.as_csv(figures_of(act(), found)), name, "text/csv")

    return _unless_known(f"{found.digest}.csv", make)


@blueprint.get("/reports/<period>.xlsx")
def as_xlsx(period: str) -> Response:
    """Give the figures of an edition as a workbook."""
    return _file(period, "xlsx", spreadsheet.as_xlsx)


@blueprint.get("/reports/<period>.pdf")
def as_pdf(period: str) -> Response:
    """Give an edition as a document to print."""
    return _file(period, "pdf", pdf.as_pdf)


def _file(period: str, ending: str, write: Write) -> Response:
    """Give a file of an edition, which is written once: an edition never changes.

    The labels in it are the city's present ones, so the file is another when those change.
    """
    found, reader = _edition(period, _number()), figures.reader()
    folder: Path = current_app.config["SETTINGS"].data_dir / "exports"
    made_of = f"{str(found.digest).removeprefix('sha256:')}-{reader.city.version}-{reader.language}"
    path = folder / f"{made_of}.{ending}"

    def make() -> Response:
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=folder) as place:
                made = Path(place, "made")
                with made.open("wb") as out:
                    write(out, reading(act(), found, reader))
                made.replace(path)
        name = f"{period}-edition-{found.edition}.{ending}"
        return _attached(path.read_bytes(), name, FORMS[ending])

    return _unless_known(path.name, make)


def _unless_known(name: str, make: Callable[[], Response]) -> Response:
    """Answer with a file of an edition, or that the browser has it; `name` is of these bytes."""
    known = request.if_none_match.contains(name)
    answer = Response(status=304) if known else make()
    answer.set_etag(name)
    answer.headers["Cache-Control"] = ASK_AGAIN
    return answer


def _attached(content: str | bytes, name: str, mimetype: str) -> Response:
    """Give a file to keep under a name of ours, never to open in the browser (Reliability 3)."""
    attachment = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=mimetype, headers=attachment)


def _number() -> int | None:
    return request.args.get("edition", type=int)


def _edition(period: str, number: int | None) -> Report:
    published = editions.editions(act(), figures.period_of(period))
    for each in published:
        if number in {None, each.edition}:
            return each
    raise figures.NO_REPORT
