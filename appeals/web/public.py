"""For everybody: the published editions, as pages, JSON and CSV."""

from flask import Blueprint, Response, render_template, request

from appeals.domain.calendar import Period
from appeals.models.report import Report
from appeals.reporting import editions, exports
from appeals.reporting.monthly import figures_of
from appeals.web import figures
from appeals.web.request import act

blueprint = Blueprint("public", __name__, url_prefix="/public")


@blueprint.get("/")
def index() -> str:
    """List the published periods, each by its newest edition."""
    newest: dict[str, Report] = {}
    for edition in editions.editions(act()):
        newest.setdefault(Period(edition.start, edition.end).label, edition)
    return render_template("public/index.html", newest=newest)


@blueprint.get("/reports/<period>")
def edition(period: str) -> str:
    """Show an edition: the newest, or the one asked for."""
    found = _edition(period)
    by, chosen = figures.asked()
    return render_template(
        "public/report.html",
        report=found,
        period=period,
        by=by,
        chosen=chosen,
        dimensions=figures.dimensions(),
        sections=figures.sections(found, figures_of(act(), found), by),
        changes=editions.changes(act(), found),
        key_label=figures.key_label,
        labels={str(d["name"]): d["label"] for d in found.definitions},
        all_editions=editions.editions(act(), Period(found.start, found.end)),
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
    return Response(
        exports.as_csv(figures_of(act(), found)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _edition(period: str) -> Report:
    published = editions.editions(act(), figures.period_of(period))
    number = request.args.get("edition", type=int)
    for each in published:
        if number in {None, each.edition}:
            return each
    raise figures.NO_REPORT
