"""Departments and staff accounts by file: an export, and an upload with a preview of each line."""

from collections.abc import Sequence
from http import HTTPStatus
from io import BytesIO

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from wtforms import StringField, TextAreaField
from wtforms.validators import Length, Optional

from appeals.casework.configuration import file_reading, table_file
from appeals.casework.configuration.table_file import FILE_TABLES, LineResult
from appeals.domain.calendar import ONE_DAY, city_day
from appeals.domain.configuration import ConfiguredTable
from appeals.domain.people import Role
from appeals.domain.refusals import Refused
from appeals.reporting.editions.report_document import format_csv_row
from appeals.reporting.formats.xlsx_writer import Sheet, write_workbook
from appeals.web.shared.forms import MAX_LINE_CHARACTERS, add_refusal, typed_text
from appeals.web.shared.request import act, require_roles
from appeals.web.shared.text_fields import PageForm, Required
from appeals.web.shared.texts import gettext, language
from appeals.web.shared.texts import lazy_gettext as _

blueprint = Blueprint("table_files", __name__, url_prefix="/admin")
blueprint.before_request(require_roles(Role.ADMINISTRATOR))
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DEPARTMENTS, ACCOUNTS = ({"name": name} for name in FILE_TABLES)
"""The tables as the defaults of their addresses: those of `admin_city` take any name."""


class FileForm(PageForm):
    """A file of rows, from which day it holds, and why."""

    file = FileField(_("File (CSV or XLSX, in the shape of the export)"))
    document = TextAreaField("", validators=[Length(max=file_reading.MAX_FILE_BYTES)])
    since = StringField(_("From which day"), render_kw={"type": "date"}, validators=[Optional()])
    why = StringField(
        _("Why"), validators=[Required(_("Say why.")), Length(max=MAX_LINE_CHARACTERS)]
    )

    def take_file(self) -> None:
        """Keep the text of an uploaded file, as CSV. Raises Refused (not valid)."""
        sent, self.document.data = typed_text(self.document), ""
        self.document.data = file_reading.unpack_text(sent)
        self.document.data = file_reading.read_upload(self.file.data or None, self.document.data)

    @property
    def packed_document(self) -> str:
        """Return the text of the file as a page carries it along."""
        return file_reading.pack_text(typed_text(self.document))


@blueprint.get("/departments/file.csv", defaults=DEPARTMENTS)
@blueprint.get("/staff/file.csv", defaults=ACCOUNTS)
def download_csv(name: str) -> Response:
    """Send the rows in force as CSV."""
    table = FILE_TABLES[name]
    lines = [_header(table), *table_file.export_rows(act(), table)]
    text = "\ufeff" + "".join(map(format_csv_row, lines))
    attachment = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text, mimetype="text/csv", headers=attachment)


@blueprint.get("/departments/file.xlsx", defaults=DEPARTMENTS)
@blueprint.get("/staff/file.xlsx", defaults=ACCOUNTS)
def download_workbook(name: str) -> Response:
    """Send the rows in force as a workbook."""
    table, to = FILE_TABLES[name], BytesIO()
    rows = (tuple(row) for row in table_file.export_rows(act(), table))
    write_workbook(to, [Sheet(table.label(language()), tuple(_header(table)), rows)])
    attachment = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(to.getvalue(), mimetype=WORKBOOK, headers=attachment)


@blueprint.route("/departments/file", methods=["GET", "POST"], defaults=DEPARTMENTS)
@blueprint.route("/staff/file", methods=["GET", "POST"], defaults=ACCOUNTS)
def upload(name: str) -> ResponseReturnValue:
    """Take a file: show what each line would do, then do all of it or nothing."""
    table = FILE_TABLES[name]
    form = FileForm()
    if request.method == "GET":
        form.since.data = (city_day(act().now) + ONE_DAY).isoformat()
        return _file_page(table, form)
    try:
        form.take_file()
        if "again" in request.form:
            return _file_page(table, form)
        if not form.validate():
            return _file_page(table, form), HTTPStatus.UNPROCESSABLE_ENTITY
        dry = "confirmed" not in request.form
        results = _import_document(table, form, dry=dry)
    except Refused as problem:
        act().session.rollback()
        add_refusal(form, problem)
        return _file_page(table, form), problem.kind.value
    if dry or any(each.problem for each in results):
        act().session.rollback()
        return render_template(
            "admin/city/file_preview.html", table=table, form=form, results=results
        )
    return _answer_done(table, results)


def _answer_done(table: ConfiguredTable, results: Sequence[LineResult]) -> ResponseReturnValue:
    done = [each for each in results if each.step and not each.request_id]
    waiting = [each for each in results if each.request_id]
    flash(gettext("Changed and recorded: %(count)s lines.", count=len(done)))
    if waiting:
        flash(gettext("A second person has to agree to %(count)s lines.", count=len(waiting)))
    if any(each.once for each in done):
        return render_template("admin/city/file_passwords.html", table=table, results=done)
    return redirect(url_for("admin_city.table", name=table.name), 303)


def _import_document(table: ConfiguredTable, form: FileForm, *, dry: bool) -> list[LineResult]:
    lines = table_file.read_lines(table, file_reading.read_rows(typed_text(form.document)))
    asked = {"since": typed_text(form.since), "why": typed_text(form.why)}
    return table_file.import_lines(act(), table, lines, asked, dry=dry)


def _header(table: ConfiguredTable) -> list[str]:
    return [need.label(language()) for need in table_file.file_columns(table)]


def _file_page(table: ConfiguredTable, form: FileForm) -> str:
    return render_template(
        "admin/city/file.html",
        table=table,
        form=form,
        columns=table_file.file_columns(table),
        most=table_file.MAX_LINES[table.name],
    )
