"""The administrators' reports: compile a period, review it case by case, publish it."""

from datetime import UTC, datetime

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from appeals.domain.calendar import SHANGHAI, Period, month_of
from appeals.domain.people import Role
from appeals.domain.refusals import Refused, not_valid
from appeals.reporting import editions, monthly
from appeals.web import figures
from appeals.web.request import act, audience

blueprint = Blueprint("reports", __name__, url_prefix="/admin/reports")
blueprint.before_request(audience(Role.ADMINISTRATOR))
Page = str | tuple[str, int]


@blueprint.get("/")
def index() -> str | Response:
    """List what is published, and lead to the period that is typed."""
    asked = request.args.get("period", "").strip()
    if asked:
        return redirect(url_for("reports.report", period=figures.period_of(asked).label))
    return render_template(
        "reports/index.html",
        published=[(Period(e.start, e.end).label, e) for e in editions.editions(act())],
        this_month=f"{month_of(act().now):%Y-%m}",
    )


@blueprint.get("/<period>")
def report(period: str) -> str:
    """Show the draft of the period, or where there is none its newest edition."""
    return _page(figures.period_of(period))


@blueprint.post("/<period>/compile")
def compile_period(period: str) -> Page | Response:
    """Count the period anew, as of the cut-off that was typed or now."""
    span = figures.period_of(period)
    try:
        monthly.compile(act(), span, _cut_off())
    except Refused as refused:
        return _page(span, refused), refused.kind.value
    return redirect(url_for("reports.report", period=span.label), 303)


@blueprint.get("/<period>/publish")
def confirm(period: str) -> str:
    """Say what publishing means, and ask."""
    return _confirm(figures.period_of(period))


@blueprint.post("/<period>/publish")
def publish(period: str) -> Page | Response:
    """Publish the draft that was reviewed; if it was recounted since, ask again."""
    span = figures.period_of(period)
    draft = monthly.draft_of(act(), span)
    if draft is not None and str(draft.id) != request.form.get("draft"):
        return _confirm(span), 409
    try:
        editions.publish(act(), span, request.form.get("reason"))
    except Refused as refused:
        return _confirm(span, refused), refused.kind.value
    return redirect(url_for("reports.report", period=span.label), 303)


def _page(span: Period, refused: Refused | None = None) -> str:
    found = figures.shown(span)
    by, chosen = figures.asked()
    return render_template(
        "reports/report.html",
        report=found,
        period=span.label,
        by=by,
        chosen=chosen,
        dimensions=figures.dimensions(),
        sections=figures.reader().sections(found, monthly.figures_of(act(), found), by)
        if found
        else [],
        all_editions=editions.editions(act(), span),
        refused=refused,
    )


def _confirm(span: Period, refused: Refused | None = None) -> str:
    draft = monthly.draft_of(act(), span)
    if draft is None:
        raise figures.NO_REPORT
    return render_template(
        "reports/publish.html",
        draft=draft,
        period=span.label,
        before=editions.latest(act(), span),
        refused=refused,
    )


def _cut_off() -> datetime | None:
    typed = request.form.get("cut_off", "").strip()
    if not typed:
        return None
    try:
        read = datetime.fromisoformat(typed)
    except ValueError:
        raise not_valid("cut_off", "请填写日期和时间。", "Enter a date and a time.") from None
    return (read if read.tzinfo else read.replace(tzinfo=SHANGHAI)).astimezone(UTC)
