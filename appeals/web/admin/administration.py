"""The administrators' index, change log, undelivered notices and calendar."""

from datetime import date
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
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
from appeals.domain.messages import message
from appeals.domain.people import Role
from appeals.domain.refusals import Refused, not_valid
from appeals.domain.text.dates import describe_day
from appeals.domain.vocabulary import YesNo
from appeals.queries.administration import configuration as asked
from appeals.queries.administration import health, integrity
from appeals.queries.administration import notices as outbox
from appeals.reference.reference_data import load_reference
from appeals.web.shared.forms import MAX_LINE_CHARACTERS, add_refusal, typed_text
from appeals.web.shared.request import act, require_roles
from appeals.web.shared.text_fields import PageForm, Required
from appeals.web.shared.texts import gettext, language
from appeals.web.shared.texts import lazy_gettext as _

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
blueprint.before_request(require_roles(Role.ADMINISTRATOR))
MAX_DOCUMENT_LENGTH = 100_000
MAX_ROW_NUMBER_DIGITS = 18
PREVIEWED_FIELDS = ("document", "day", "works", "name", "why")
"""The fields of both forms that a preview carries as hidden fields."""


class CalendarForm(PageForm):
    """A State Council notice for one year, as a file or as text, and why it is imported."""

    file = FileField(_("File (JSON, as holiday-cn publishes it)"))
    document = TextAreaField(_("Or its text"), validators=[Length(max=MAX_DOCUMENT_LENGTH)])
    why = StringField(
        _("Why"), validators=[Required(_("Say why.")), Length(max=MAX_LINE_CHARACTERS)]
    )

    def take_file(self) -> None:
        """Replace the typed text by that of the uploaded file. Raises Refused."""
        if self.file.data:
            content = self.file.data.read(MAX_DOCUMENT_LENGTH + 1)
            if len(content) > MAX_DOCUMENT_LENGTH:
                raise not_valid("document", message("The file is too large."))
            self.document.data = decode_document(content)


class DayForm(PageForm):
    """One day: whether the city works on it, what it is called, and why it is set."""

    day = StringField(_("Day"), render_kw={"type": "date"})
    works = RadioField(_("Work"), validators=[Required(_("Choose what the day is."))])
    name = StringField(_("What the day is called"), validators=[Length(max=MAX_LINE_CHARACTERS)])
    why = StringField(
        _("Why"), validators=[Required(_("Say why.")), Length(max=MAX_LINE_CHARACTERS)]
    )

    def validate_day(self, field: StringField) -> None:
        """Refuse a text that is not a date."""
        try:
            date.fromisoformat(typed_text(field).strip())
        except ValueError:
            raise ValidationError(gettext("Enter a day, such as 2026-10-01.")) from None

    def to_single_day(self) -> SingleDay:
        """Return a valid form's contents."""
        day = date.fromisoformat(typed_text(self.day).strip())
        return SingleDay(day, self.works.data, typed_text(self.name), typed_text(self.why))


@blueprint.get("/")
def index() -> str:
    """Show what can be administered, and how much waits for an administrator."""
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
    of, before = request.args.get("of", ""), _row_number(request.args.get("before", ""))
    logged, after = asked.list_changes(act(), before, of)
    return render_template("admin/changes.html", logged=logged, after=after, of=of)


@blueprint.get("/notices", endpoint="given_up")
def list_undelivered() -> str:
    """List the notices that could not be delivered."""
    found, count = outbox.list_given_up(act())
    return render_template("admin/notices.html", notices=found, count=count)


@blueprint.post("/notices", endpoint="retry")
def retry_notices() -> Response:
    """Queue the chosen notices, or all of them, to be sent again."""
    chosen = [_row_number(text) for text in request.form.getlist("notice")]
    whole = "all" in request.form
    notices.retry_parked_notices(act(), None if whole else [number for number in chosen if number])
    if chosen or whole:
        flash(gettext("They are sent again within a minute."))
    return redirect(url_for("admin.given_up"), 303)


@blueprint.route("/calendar", methods=["GET", "POST"])
def calendar() -> ResponseReturnValue:
    """Show a year's days; import a State Council notice, after a preview."""
    form = CalendarForm()
    if request.method == "GET":
        return _calendar_page(form, _day_form(blank=True))
    try:
        form.take_file()
        if "again" in request.form:
            return _calendar_page(form, _day_form(blank=True))
        if not form.validate():
            return _calendar_page(form, _day_form(blank=True)), HTTPStatus.UNPROCESSABLE_ENTITY
        text, why = typed_text(form.document), typed_text(form.why)
        if "confirmed" not in request.form:
            return _preview_page(form, calendar_changes.plan_notice(act(), text, why))
        calendar_changes.import_notice(act(), text, why)
    except Refused as problem:
        act().session.rollback()
        add_refusal(form, problem)
        return _calendar_page(form, _day_form(blank=True)), problem.kind.value
    flash(gettext("The holiday notice is imported and recorded."), "done")
    return redirect(url_for("admin.calendar"), 303)


@blueprint.post("/calendar/day")
def calendar_day() -> ResponseReturnValue:
    """Set one day, after a preview with the running deadlines counted across it."""
    form = _day_form(blank=False)
    blank = CalendarForm(formdata=None)
    if "again" in request.form:
        return _calendar_page(blank, form)
    if not form.validate():
        return _calendar_page(blank, form), HTTPStatus.UNPROCESSABLE_ENTITY
    wanted = form.to_single_day()
    try:
        if "confirmed" not in request.form:
            return _preview_page(form, calendar_changes.plan_day(act(), wanted))
        calendar_changes.set_day(act(), wanted)
    except Refused as problem:
        act().session.rollback()
        add_refusal(form, problem)
        return _calendar_page(blank, form), problem.kind.value
    flash(
        gettext("Changed and recorded: %(what)s.", what=describe_day(wanted.day).label(language())),
        "done",
    )
    return redirect(url_for("admin.calendar", year=wanted.day.year), 303)


def _row_number(text: str) -> int | None:
    """Parse a row number; None for anything else."""
    return int(text) if text.isdecimal() and len(text) <= MAX_ROW_NUMBER_DIGITS else None


def _day_form(*, blank: bool) -> DayForm:
    form = DayForm(formdata=None) if blank else DayForm()
    form.works.choices = [
        (YesNo.NO.value, gettext("The city is off on this day")),
        (YesNo.YES.value, gettext("The city works on this day")),
        (AS_WEEKDAY, gettext("As its weekday: nothing stands in the calendar")),
    ]
    return form


def _preview_page(form: CalendarForm | DayForm, planned: Change) -> str:
    return render_template(
        "admin/calendar_preview.html",
        kept={name: field.data for name, field in form._fields.items() if name in PREVIEWED_FIELDS},
        change=planned,
        across=calendar_changes.count_affected_promises(act(), planned),
    )


def _calendar_page(form: CalendarForm, day_form: DayForm) -> str:
    known, this = load_reference(act()).book.calendar, city_day(act().now).year
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
