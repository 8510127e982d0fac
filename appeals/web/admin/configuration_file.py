"""The city's configuration as one file: a download, and an upload with a preview of each row."""

from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField

from appeals.casework.configuration import (
    configuration_file,
    configuration_import,
)
from appeals.casework.configuration.configuration_file import FILE_TABLES, ConfigurationFile
from appeals.casework.configuration.configuration_import import RowResult
from appeals.domain.calendar import ONE_DAY, city_day
from appeals.domain.people import Role
from appeals.domain.refusals import Refused
from appeals.web.admin.table_files import FileForm
from appeals.web.shared.forms import add_refusal, typed_text
from appeals.web.shared.request import act, require_roles
from appeals.web.shared.texts import gettext
from appeals.web.shared.texts import lazy_gettext as _

blueprint = Blueprint("configuration_file", __name__, url_prefix="/admin/configuration")
blueprint.before_request(require_roles(Role.ADMINISTRATOR))


class ConfigurationForm(FileForm):
    """A file of the whole configuration, from which day it holds, and why."""

    file = FileField(_("Configuration file (JSON)"))


@blueprint.get("/file.json")
def download() -> Response:
    """Send the configuration in force."""
    name = f"configuration-{city_day(act().now)}.json"
    attachment = {"Content-Disposition": f'attachment; filename="{name}"'}
    text = configuration_file.export_configuration(act())
    return Response(text, mimetype="application/json", headers=attachment)


@blueprint.route("", methods=["GET", "POST"])
def upload() -> ResponseReturnValue:
    """Take a file: show what each row would do, then do all of it or nothing."""
    form = ConfigurationForm()
    if request.method == "GET":
        form.since.data = (city_day(act().now) + ONE_DAY).isoformat()
        return _file_page(form)
    try:
        form.take_file()
        if "again" in request.form:
            return _file_page(form)
        if not form.validate():
            return _file_page(form), HTTPStatus.UNPROCESSABLE_ENTITY
        file = configuration_file.read_configuration(act(), typed_text(form.document))
        asked = {"since": typed_text(form.since), "why": typed_text(form.why)}
        results = configuration_import.import_configuration(act(), file, asked)
    except Refused as problem:
        act().session.rollback()
        add_refusal(form, problem)
        return _file_page(form), problem.kind.value
    counts = configuration_import.count_results(results)
    if "confirmed" not in request.form or counts.refused:
        act().session.rollback()
        return _preview_page(form, file, results)
    flash(gettext("Changed and recorded: %(count)s entries.", count=counts.written))
    if counts.waiting:
        flash(gettext("A second person has to agree to %(count)s entries.", count=counts.waiting))
    return redirect(url_for("admin.changes"), 303)


def _file_page(form: ConfigurationForm) -> str:
    return render_template("admin/city/configuration.html", form=form, tables=FILE_TABLES)


def _preview_page(
    form: ConfigurationForm, file: ConfigurationFile, results: Sequence[RowResult]
) -> str:
    by_table = [
        (table, [each for each in results if each.change.of == table.name]) for table in FILE_TABLES
    ]
    return render_template(
        "admin/city/configuration_preview.html",
        form=form,
        results=results,
        by_table=[(table, rows) for table, rows in by_table if rows],
        steps=Counter(each.change.step.value for each in results if not each.problem),
        problems=[each for each in results if each.problem],
        counts=configuration_import.count_results(results),
        unknown_places=configuration_file.list_unknown_places(act(), file),
    )
