"""The administrators' reports: compile a period, read, review and publish it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from appeals.domain.calendar import SHANGHAI, Period, month_of
from appeals.domain.messages import message
from appeals.domain.people import Role
from appeals.domain.refusals import Refused, not_valid
from appeals.domain.vocabulary import Tier
from appeals.reporting.chapters.chapters import list_chapters
from appeals.reporting.chapters.score_tables import (
    DEPARTMENT,
    describe_weights,
    rank_group,
    score_cell,
    score_tables,
)
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.editions import (
    draft_review,
    editions,
    period_states,
    recounts,
    report_document,
)
from appeals.reporting.formats import edition_files
from appeals.reporting.measures.cells import NO_NUMBERS, Cell, Numbers
from appeals.reporting.tables.ranking import SETTINGS, ScoreSetting, UnitScore, score_share
from appeals.reporting.tables.report_tables import Reading, cell_of, measure_name, read_report
from appeals.web.shared import noted_accesses, report_requests
from appeals.web.shared.request import act, require_roles
from appeals.web.shared.texts import gettext

ALL_CHAPTERS = "all"
"""The value of the argument `chapter` that shows the whole report on one page."""

blueprint = Blueprint("reports", __name__, url_prefix="/admin/reports")
blueprint.before_request(require_roles(Role.ADMINISTRATOR))


@blueprint.get("/")
def index() -> str | Response:
    """List the months with what waits for whom, and redirect to the period that was typed."""
    asked = request.args.get("period", "").strip()
    if asked:
        return redirect(url_for("reports.report", period=report_requests.parse_period(asked).label))
    last = request.args.get("last", "")
    months = period_states.list_months(
        act(), month_of(report_requests.parse_period(last).start) if last else None
    )
    return render_template(
        "reports/index.html",
        months=months.states,
        earlier=f"{months.earlier:%Y-%m}" if months.earlier else None,
        others=[] if last else period_states.list_other_periods(act()),
        is_first=not last,
        this_month=f"{month_of(act().now):%Y-%m}",
    )


@blueprint.get("/<period>", endpoint="report")
def show_report(period: str) -> str:
    """Show the draft of the period, or where there is none its newest edition."""
    return _report_page(report_requests.parse_period(period))


@blueprint.post("/<period>/compile")
def compile_period(period: str) -> ResponseReturnValue:
    """Ask the worker to count the period again, as of the cut-off that was typed or the moment."""
    span = report_requests.parse_period(period)
    try:
        recounts.ask_recount(act(), span, _typed_cut_off())
    except Refused as refused:
        return _report_page(span, refused), refused.kind.value
    return redirect(url_for("reports.report", period=span.label), 303)


@blueprint.get("/<period>/state", endpoint="state")
def show_state(period: str) -> str:
    """Show how far the period's report is, and nothing else: quick to ask for again and again."""
    span = report_requests.parse_period(period)
    return render_template(
        "reports/state.html", state=period_states.describe_states(act(), [span])[0]
    )


@blueprint.post("/<period>/comment", endpoint="comment")
def add_comment(period: str) -> ResponseReturnValue:
    """Add a comment to the draft."""
    span = report_requests.parse_period(period)
    try:
        draft_review.comment_on_draft(act(), span, request.form.get("words", ""))
    except Refused as refused:
        return _report_page(span, refused), refused.kind.value
    flash(gettext("The comment is kept."), "done")
    return redirect(url_for("reports.report", period=span.label, _anchor="review"), 303)


@blueprint.post("/<period>/review", endpoint="review")
def review_draft(period: str) -> ResponseReturnValue:
    """Mark the draft that was read as reviewed; it is frozen from then on."""
    span = report_requests.parse_period(period)
    try:
        draft_review.review_draft(act(), span, request.form.get("draft", 0, type=int))
    except Refused as refused:
        return _report_page(span, refused), refused.kind.value
    flash(gettext("The draft is reviewed. It can be published."))
    return redirect(url_for("reports.report", period=span.label), 303)


@blueprint.get("/<period>/publish", endpoint="confirm")
def confirm_publication(period: str) -> str:
    """Ask for confirmation, with what publishing means."""
    return _publication_page(report_requests.parse_period(period))


@blueprint.post("/<period>/publish", endpoint="publish")
def publish_draft(period: str) -> ResponseReturnValue:
    """Publish the draft that was read and reviewed."""
    span = report_requests.parse_period(period)
    read = request.form.get("draft", 0, type=int)
    try:
        editions.publish_edition(act(), span, request.form.get("reason"), draft_id=read)
    except Refused as refused:
        return _publication_page(span, refused), refused.kind.value
    return redirect(url_for("reports.report", period=span.label), 303)


@blueprint.get("/<period>/all-figures.<any(csv, json):form>", endpoint="all_figures")
def download_all_figures(period: str, form: str) -> Response:
    """Send every figure as a file, also those that are withheld from the public."""
    shown = report_requests.find_report(report_requests.parse_period(period))
    if shown is None:
        raise report_requests.NO_REPORT
    which = f"edition-{shown.edition}" if shown.edition else "draft"
    name = f"{Period(shown.start, shown.end).label}-{which}-not-for-publication.{form}"
    cells = monthly_drafts.load_figures(act(), shown).items()
    stored = dict(noted_accesses.note_export(cells, "reports.all_figures", file=name))
    text = (
        report_document.as_csv(stored)
        if form == "csv"
        else report_document.as_json(report_document.build_document(shown, stored))
    )
    attachment = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, mimetype=edition_files.FORMATS[form].mimetype, headers=attachment)


@blueprint.get("/<period>/ranking", endpoint="ranking")
def show_ranking(period: str) -> str:
    """Show the scores and ranks of each group by one of the settings."""
    book, setting = _open_report(period), _chosen_setting()
    return render_template(
        "reports/ranking.html",
        report=book.report,
        period=Period(book.report.start, book.report.end).label,
        settings=SETTINGS,
        setting=setting or book.basis.setting,
        tables=list(score_tables(book, setting)),
    )


@blueprint.get("/<period>/unit", endpoint="unit")
def explain_unit(period: str) -> str:
    """Explain a unit's score and rank: each rate, its weight, the cases behind it."""
    book, key = _open_report(period), request.args.get("key", "")
    setting = _chosen_setting() or book.basis.setting
    tier = next((tier for tier, units in book.basis.groups.items() if key in units), None)
    if tier is None:
        raise report_requests.NO_REPORT
    return render_template(
        "reports/unit.html",
        report=book.report,
        period=Period(book.report.start, book.report.end).label,
        key=book.reader.key(DEPARTMENT, key),
        setting=setting,
        rates=tuple(_list_rates(book, setting, key)),
        **vars(_place_in_group(book, setting, tier, key)),
    )


def _report_page(span: Period, refused: Refused | None = None) -> str:
    shown = report_requests.find_report(span)
    by, chosen = report_requests.chosen_breakdown()
    reader = report_requests.report_reader()
    plain = "by" in request.args
    published = editions.list_editions(act(), span)
    return render_template(
        "reports/report.html",
        report=shown,
        state=period_states.describe_states(act(), [span])[0],
        period=span.label,
        by=by,
        chosen=chosen,
        plain=plain,
        dimensions=report_requests.list_dimensions(),
        sections=reader.sections(shown, monthly_drafts.load_figures(act(), shown), by)
        if shown and plain
        else [],
        **_chosen_chapters(read_report(act(), shown, reader) if shown and not plain else None),
        comments=draft_review.list_comments(act(), span),
        reviewer=draft_review.reviewer_name(act(), shown) if shown else None,
        changes=report_requests.describe_changes(shown, editions.list_changes(act(), shown))
        if shown and shown.edition
        else [],
        all_editions=published,
        problems=edition_files.list_failed_files(act(), published),
        refused=refused,
    )


def _chosen_chapters(reading: Reading | None) -> dict[str, object]:
    """Return the chapters of a report and those to show: one, by default the first, or all."""
    chapters = list(enumerate(list_chapters(reading), 1)) if reading else []
    asked = request.args.get("chapter", "")
    named = [each for each in chapters if each[1][0].name == asked]
    is_whole = asked == ALL_CHAPTERS
    return {
        "chapters": chapters,
        "open_chapters": chapters if is_whole else named or chapters[:1],
        "is_whole": is_whole,
    }


def _publication_page(span: Period, refused: Refused | None = None) -> str:
    draft = monthly_drafts.find_draft(act(), span)
    if draft is None:
        raise report_requests.NO_REPORT
    before = editions.latest_edition(act(), span)
    return render_template(
        "reports/publish.html",
        draft=draft,
        period=span.label,
        before=before,
        reviewer=draft_review.reviewer_name(act(), draft),
        changes=report_requests.describe_changes(
            draft, editions.compare_reports(act(), before, draft)
        )
        if before
        else [],
        refused=refused,
    )


def _open_report(period: str) -> Reading:
    shown = report_requests.find_report(report_requests.parse_period(period))
    if shown is None:
        raise report_requests.NO_REPORT
    return read_report(act(), shown, report_requests.report_reader())


def _chosen_setting() -> ScoreSetting | None:
    """Return the newest version of the ranking setting that the request names, if any."""
    named = [each for each in SETTINGS if each.name == request.args.get("setting")]
    return max(named, key=lambda each: each.version, default=None)


@dataclass(frozen=True)
class WeighedRate:
    """One rate of a unit's score: its weight in per cent, and its points (None without cases)."""

    label: str
    cell: Cell
    numbers: Numbers
    weight: float
    points: float | None


def _list_rates(book: Reading, setting: ScoreSetting, key: str) -> Iterator[WeighedRate]:
    for name in setting.weights:
        cell = cell_of(name, DEPARTMENT, key)
        numbers = book.numbers(cell) or NO_NUMBERS
        yield WeighedRate(
            measure_name(book, name), cell, numbers, *score_share(setting, name, numbers)
        )


@dataclass(frozen=True)
class PlaceInGroup:
    """A unit's rank and score within its group, and the group's score, as texts."""

    tier: Tier
    standing: UnitScore | None
    score: str | None
    average: str
    ranked: int
    weights: str


def _place_in_group(book: Reading, setting: ScoreSetting, tier: Tier, key: str) -> PlaceInGroup:
    group = rank_group(book, tier, setting)
    found = next((e for e in (*group.ranked, *group.few) if e.unit.key == key), None)
    return PlaceInGroup(
        tier=tier,
        standing=found,
        score=score_cell(found.score).text if found else None,
        average=score_cell(group.average).text,
        ranked=len(group.ranked),
        weights=describe_weights(book, setting),
    )


def _typed_cut_off() -> datetime | None:
    typed = request.form.get("cut_off", "").strip()
    if not typed:
        return None
    try:
        read = datetime.fromisoformat(typed)
    except ValueError:
        raise not_valid("cut_off", message("Enter a date and a time.")) from None
    return (read if read.tzinfo else read.replace(tzinfo=SHANGHAI)).astimezone(UTC)
