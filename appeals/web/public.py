"""For everybody: the published editions, as pages and pictures, JSON, CSV, XLSX and PDF."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from flask import Blueprint, Response, current_app, render_template, request

from appeals.domain.calendar import Period
from appeals.models.report import Report
from appeals.reporting import editions, exports, spreadsheet
from appeals.reporting.monthly import figures_of
from appeals.reporting.rates import CITY
from appeals.reporting.tables import Reading, reading
from appeals.web import figures, pictured
from appeals.web.request import act

blueprint = Blueprint("public", __name__, url_prefix="/public")
FORMS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
Write = Callable[[IO[bytes], Reading], None]


@blueprint.get("/")
def index() -> str:
    """Show the newest report at a glance, and list the published periods by newest edition."""
    listed: dict[str, Report] = {}
    for edition in editions.editions(act()):
        listed.setdefault(Period(edition.start, edition.end).label, edition)
    newest_period, newest = next(iter(listed.items()), (None, None))
    return render_template(
        "public/index.html",
        editions=listed,
        newest=newest,
        newest_period=newest_period,
        seen=pictured.pictured(newest) if newest else None,
    )


@blueprint.get("/reports/<period>")
def edition(period: str) -> str:
    """Show an edition: the newest, or the one asked for."""
    found = _edition(period)
    by, chosen = figures.asked()
    sections = figures.reader().sections(found, figures_of(act(), found, by), by)
    shown = next((each for each in sections if each.name == chosen), next(iter(sections), None))
    return render_template(
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


@blueprint.get("/reports/<period>/summary")
def summary(period: str) -> str:
    """Show an edition on one sheet, as an office sends it upstairs."""
    found = _edition(period)
    return render_template(
        "public/summary.html",
        report=found,
        period=period,
        seen=pictured.pictured(found),
        facts=figures.reader().facts(found),
        title=figures.reader().title(found),
    )


@blueprint.get("/reports/<period>.json")
def as_json(period: str) -> Response:
    """Give an edition as its sealed document."""
    found = _edition(period)
    document = exports.document(found, figures_of(act(), found))
    return Response(exports.as_json(document), mimetype="application/json")


@blueprint.get("/reports/<period>.csv")
def as_csv(period: str) -> Response:
    """Give the figures of an edition as CSV."""
    found = _edition(period)
    name = f"{period}-edition-{found.edition}.csv"
    return _attached(exports.as_csv(figures_of(act(), found)), name, "text/csv")


@blueprint.get("/reports/<period>.xlsx")
def as_xlsx(period: str) -> Response:
    """Give the figures of an edition as a workbook."""
    return _file(period, "xlsx", spreadsheet.as_xlsx)


@blueprint.get("/reports/<period>.pdf")
def as_pdf(period: str) -> Response:
    """Give an edition as a document to print."""
    from appeals.reporting import pdf  # noqa: PLC0415 - 20 MB that few workers ever need

    return _file(period, "pdf", pdf.as_pdf)


def _file(period: str, ending: str, write: Write) -> Response:
    """Give a file of an edition, which is written once: an edition never changes.

    The labels in it are the city's present ones, so the file is another when those change.
    """
    found, reader = _edition(period), figures.reader()
    folder: Path = current_app.config["SETTINGS"].data_dir / "exports"
    made_of = f"{str(found.digest).removeprefix('sha256:')}-{reader.city.version}-{reader.language}"
    path = folder / f"{made_of}.{ending}"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder) as place:
            made = Path(place, "made")
            with made.open("wb") as out:
                write(out, reading(act(), found, reader))
            made.replace(path)
    return _attached(path.read_bytes(), f"{period}-edition-{found.edition}.{ending}", FORMS[ending])


def _attached(content: str | bytes, name: str, mimetype: str) -> Response:
    """Give a file to keep under a name of ours, never to open in the browser (Reliability 3)."""
    attachment = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=mimetype, headers=attachment)


def _edition(period: str) -> Report:
    published = editions.editions(act(), figures.period_of(period))
    number = request.args.get("edition", type=int)
    for each in published:
        if number in {None, each.edition}:
            return each
    raise figures.NO_REPORT
