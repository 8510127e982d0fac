"""The administrators' pages beside the city's rows: the index, the log, notices, the calendar."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from werkzeug.wrappers import Response
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import Length, ValidationError

from appeals.casework.accounts import staff_requests
from appeals.casework.configuration import calendar_changes
from appeals.casework.configuration.calendar_changes import AS_WEEKDAY, SingleDay
from appeals.casework.configuration.notice_document import decode_document
from appeals.casework.handling import notices
from appeals.domain.calendar import city_day
from appeals.domain.configuration import Change
from appeals.domain.people import Role
from appeals.domain.refusals import Refused, not_valid
from appeals.domain.vocabulary import YesNo
from appeals.queries.administration import configuration as asked
from appeals.queries.administration import health, integrity
from appeals.queries.administration import notices as outbox
from appeals.reference.reference_data import reference
from appeals.web.shared.forms import LINE_MOST, refuse, typed
from appeals.web.shared.request import act, audience
from appeals.web.shared.text_fields import PageForm, Required

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
blueprint.before_request(audience(Role.ADMINISTRATOR))
WRONG = 422
DOCUMENT_MOST = 100_000
DIGITS_MOST = 18
KEPT = ("document", "day", "works", "name", "why")
"""The fields of either form that a preview sends on."""
Page = str | tuple[str, int] | Response


class CalendarForm(PageForm):
    """One year's notice, as a file or as text, and why it is taken over."""

    file = FileField(_("File (JSON, as holiday-cn publishes it)"))
    document = TextAreaField(_("Or its text"), validators=[Length(max=DOCUMENT_MOST)])
    why = StringField(_("Why"), validators=[Required(_("Say why.")), Length(max=LINE_MOST)])

    def take_file(self) -> None:
        """Put the text of a file that was sent in the place of what was typed. Raises Refused."""
        if self.file.data:
            content = self.file.data.read(DOCUMENT_MOST + 1)
            if len(content) > DOCUMENT_MOST:
                raise not_valid("document", "文件太大。", "The file is too large.")
            self.document.data = decode_document(content)


class DayForm(PageForm):
    """One day: whether the city works on it, what it is called, and why it is set."""

    day = StringField(_("Day"), render_kw={"type": "date"})
    works = RadioField(_("Work"), validators=[Required(_("Choose what the day is."))])
    name = StringField(_("What the day is called"), validators=[Length(max=LINE_MOST)])
    why = StringField(_("Why"), validators=[Required(_("Say why.")), Length(max=LINE_MOST)])

    def validate_day(self, field: StringField) -> None:
        """Refuse what is no day."""
        try:
            date.fromisoformat(typed(field).strip())
        except ValueError:
            raise ValidationError(gettext("Enter a day, such as 2026-10-01.")) from None

    def wanted(self) -> SingleDay:
        """Return what a valid form asks."""
        day = date.fromisoformat(typed(self.day).strip())
        return SingleDay(day, self.works.data, typed(self.name), typed(self.why))


@blueprint.get("/")
def index() -> str:
    """Show what can be administered, and what waits for an administrator."""
    return render_template(
        "admin/index.html",
        waiting=outbox.list_given_up(act())[1],
        requests=staff_requests.count_to_decide(act()),
        unverified=integrity.count_unverified(act()) + integrity.count_unverified_accesses(act()),
        failed=health.list_failed_items(act()),
    )


@blueprint.get("/verification")
def verification() -> str:
    """List the appeals that the nightly verification found wrong."""
    return render_template(
        "admin/verification.html",
        appeals=integrity.list_unverified(act()),
        count=integrity.count_unverified(act()),
        finished_at=integrity.last_finished_at(act()),
        accesses=integrity.count_unverified_accesses(act()),
    )


@blueprint.get("/changes")
def changes() -> str:
    """List every change by an administrator, the newest first."""
    of, before = request.args.get("of", ""), _number(request.args.get("before", ""))
    logged, after = asked.list_changes(act(), before, of)
    return render_template("admin/changes.html", logged=logged, after=after, of=of)


@blueprint.get("/notices")
def given_up() -> str:
    """List the notices that could not be delivered."""
    found, count = outbox.list_given_up(act())
    return render_template("admin/notices.html", notices=found, count=count)


@blueprint.post("/notices")
def retry() -> Response:
    """Let the notices that were chosen be sent again, or all of them."""
    chosen = [_number(text) for text in request.form.getlist("notice")]
    whole = "all" in request.form
    notices.retry(act(), None if whole else [number for number in chosen if number])
    if chosen or whole:
        flash(gettext("They are sent again within a minute."))
    return redirect(url_for("admin.given_up"), 303)


@blueprint.route("/calendar", methods=["GET", "POST"])
def calendar() -> Page:
    """Show a year's days; take a notice over, after showing what it changes."""
    form = CalendarForm()
    if request.method == "GET":
        return _calendar(form, _day_form(blank=True))
    try:
        form.take_file()
        if "again" in request.form:
            return _calendar(form, _day_form(blank=True))
        if not form.validate():
            return _calendar(form, _day_form(blank=True)), WRONG
        text, why = typed(form.document), typed(form.why)
        if "confirmed" not in request.form:
            return _preview(form, calendar_changes.plan_notice(act(), text, why))
        calendar_changes.import_notice(act(), text, why)
    except Refused as problem:
        act().session.rollback()
        refuse(form, problem)
        return _calendar(form, _day_form(blank=True)), problem.kind.value
    flash(gettext("The change is made and recorded."))
    return redirect(url_for("admin.calendar"), 303)


@blueprint.post("/calendar/day")
def calendar_day() -> Page:
    """Set one day, after showing which running promises were counted across it."""
    form = _day_form(blank=False)
    blank = CalendarForm(formdata=None)
    if "again" in request.form:
        return _calendar(blank, form)
    if not form.validate():
        return _calendar(blank, form), WRONG
    wanted = form.wanted()
    try:
        if "confirmed" not in request.form:
            return _preview(form, calendar_changes.plan_day(act(), wanted))
        calendar_changes.set_day(act(), wanted)
    except Refused as problem:
        act().session.rollback()
        refuse(form, problem)
        return _calendar(blank, form), problem.kind.value
    flash(gettext("The change is made and recorded."))
    return redirect(url_for("admin.calendar", year=wanted.day.year), 303)


def _number(text: str) -> int | None:
    """Read the number of a row; None for what is none."""
    return int(text) if text.isdecimal() and len(text) <= DIGITS_MOST else None


def _day_form(*, blank: bool) -> DayForm:
    form = DayForm(formdata=None) if blank else DayForm()
    form.works.choices = [
        (YesNo.NO.value, gettext("The city is off on this day")),
        (YesNo.YES.value, gettext("The city works on this day")),
        (AS_WEEKDAY, gettext("As its weekday: nothing stands in the calendar")),
    ]
    return form


def _preview(form: CalendarForm | DayForm, planned: Change) -> str:
    return render_template(
        "admin/calendar_preview.html",
        kept={name: field.data for name, field in form._fields.items() if name in KEPT},
        change=planned,
        across=calendar_changes.count_affected_promises(act(), planned),
    )


def _calendar(form: CalendarForm, day_form: DayForm) -> str:
    known, this = reference(act()).book.calendar, city_day(act().now).year
    chosen = request.args.get("year", this, type=int)
    days = {day: working for day, working in sorted(known.days.items()) if day.year == chosen}
    return render_template(
        "admin/calendar.html",
        form=form,
        day_form=day_form,
        year=chosen,
        years=sorted({*known.noticed, this, this + 1}, reverse=True),
        provisional=[year for year in (this, this + 1) if year not in known.noticed],
        days=days,
        names=known.names,
        by_law=known.list_legal_holidays(chosen),
        history=asked.list_row_changes(act(), "calendar", str(chosen)),
    )
