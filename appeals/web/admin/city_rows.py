"""The city's rows: lists, change forms with a preview, and the history of each row.

Departments, categories, limits, rules and the campaign are lines of
`domain/configuration.py: TABLES`; these pages walk them.
"""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from appeals.casework.accounts import staff_accounts
from appeals.casework.configuration import configuration_changes, undo
from appeals.casework.configuration.configuration_changes import WantedChange, no_such_row
from appeals.casework.records import change_log
from appeals.domain import routing
from appeals.domain.calendar import city_day
from appeals.domain.configuration import (
    ACCOUNTS,
    CATEGORIES,
    DEPARTMENTS,
    RULES,
    TABLES,
    ChangeStep,
    ConfiguredTable,
)
from appeals.domain.people import Role
from appeals.domain.refusals import Refused
from appeals.domain.staff_requests import two_person_kind
from appeals.domain.vocabulary import AccessKind
from appeals.logs import SecurityEvent, log_security_event
from appeals.queries.administration import accounts, consequences
from appeals.queries.administration import configuration as asked
from appeals.reference.configured_rows import ConfiguredRow
from appeals.reference.reference_data import load_reference
from appeals.web.admin import row_form
from appeals.web.admin.row_form import RowForm, TrialForm
from appeals.web.shared import noted_accesses
from appeals.web.shared.forms import add_refusal
from appeals.web.shared.request import act, require_roles
from appeals.web.shared.texts import gettext

blueprint = Blueprint("admin_city", __name__, url_prefix="/admin")
blueprint.before_request(require_roles(Role.ADMINISTRATOR))


@blueprint.app_context_processor
def _add_row_wording() -> dict[str, object]:
    return {
        "row_title": row_form.row_title,
        "request_title": row_form.request_title,
        "list_facts": row_form.list_facts,
        "list_differences": row_form.list_differences,
        "table_label": row_form.table_label,
        "value_in_words": row_form.value_in_words,
        "column_in_words": row_form.column_in_words,
        "is_imported": _is_imported,
        "TABLES": TABLES,
    }


def _is_imported(table: ConfiguredTable, key: str) -> bool:
    """Return whether a category was made by an import; departments show it by their tier."""
    found = load_reference(act()).categories.get(key) if table is CATEGORIES else None
    return found is not None and found.is_imported


@blueprint.get("/<name>", endpoint="table")
def list_rows(name: str) -> str:
    """List the rows of a table, all or those that match a search; rules also in groups."""
    found = _find_table(name)
    words = request.args.get("q", "")
    listed = asked.list_rows(act(), found, words)
    today = city_day(act().now).isoformat()
    by = request.args.get("by", "") if found is RULES else ""
    return render_template(
        "admin/city/table.html",
        table=found,
        listed=listed,
        groups=asked.group_rows(listed, by) if by in asked.GROUPINGS else {"": listed},
        groupings=asked.GROUPINGS if found is RULES else {},
        by=by,
        words=words,
        today=today,
    )


@blueprint.route("/rules/try", methods=["GET", "POST"], endpoint="trial")
def try_rules() -> ResponseReturnValue:
    """Dry-run the routing rules of a day on one text; nothing is written."""
    form = TrialForm()
    form.set_choices(load_reference(act()), city_day(act().now).isoformat())
    found = None
    if form.is_submitted():
        if not form.validate():
            return render_template(
                "admin/city/trial.html", form=form, found=None
            ), HTTPStatus.UNPROCESSABLE_ENTITY
        city = load_reference(act())
        found = routing.suggest_department(
            city.rules_on(form.rules_day), form.facts(), city.labels, city.place_labels
        )
    return render_template("admin/city/trial.html", form=form, found=found)


@blueprint.get("/<name>/<key>", endpoint="row")
def show_row(name: str, key: str) -> str:
    """Show one row, its planned changes and its history."""
    found = _find_table(name)
    history = asked.list_row_changes(act(), name, key)
    return render_template(
        "admin/city/row.html",
        table=found,
        row=_find_row(found, key),
        history=history,
        may_undo=bool(history) and undo.may_be_undone(history[0].change),
        sessions=accounts.list_open_sessions(act(), key) if found is ACCOUNTS else (),
        predecessors=asked.list_predecessors(act(), key) if found is DEPARTMENTS else (),
        today=city_day(act().now).isoformat(),
    )


@blueprint.post("/staff/<key>/sessions/<listed>/end")
def end_session(key: str, listed: str) -> Response:
    """End a person's session; its browser is signed out at its next request."""
    person_id = accounts.find_account_id(act(), key)
    staff_accounts.end_session_by_reference(act(), person_id, listed)
    by = act().actor.staff_id
    log_security_event(SecurityEvent.SESSION_ENDED, staff_id=person_id, by=by)
    flash(gettext("The session was ended."))
    return redirect(url_for("admin_city.row", name=ACCOUNTS.name, key=key), 303)


@blueprint.route(
    "/<name>/add", methods=["GET", "POST"], defaults={"key": "", "step": "add"}, endpoint="step"
)
@blueprint.route("/<name>/<key>/<step>", methods=["GET", "POST"], endpoint="step")
def take_step(name: str, key: str, step: str) -> ResponseReturnValue:
    """Show the form of a change, then its preview, then make the change."""
    found, wanted = _find_table(name), _find_step(step)
    if wanted not in found.steps or (wanted is ChangeStep.ADD) != (not key):
        raise no_such_row()
    before = _find_row(found, key) if key else ConfiguredRow("", {})
    seen = change_log.find_last_change_id(act(), name, key) if key else 0
    form = row_form.build_row_form(found.steps[wanted], before.facts, seen)
    wish = WantedChange(found, wanted, key, form.typed_values())
    if request.method == "GET" or "again" in request.form:
        return _step_page(wish, before, form)
    if not form.validate():
        return _step_page(wish, before, form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        return (
            _apply_wish(wish, form)
            if "confirmed" in request.form
            else _preview_page(wish, before, form)
        )
    except Refused as problem:
        act().session.rollback()
        add_refusal(form, problem)
        return _step_page(wish, before, form), problem.kind.value


def _apply_wish(wish: WantedChange, form: RowForm) -> ResponseReturnValue:
    written = configuration_changes.make_change(act(), wish, form.seen_number)
    if written.request_id is not None:
        flash(gettext("Nothing is changed yet: a second person has to agree, and was told."))
        return redirect(url_for("staff_requests.show", request_id=written.request_id), 303)
    if written.once:
        return render_template("admin/password.html", written=written)
    facts = _find_row(wish.table, written.key).facts
    title = row_form.row_title(wish.table.name, written.key, facts)
    flash(gettext("Changed and recorded: %(what)s.", what=title), "done")
    return redirect(url_for("admin_city.row", name=wish.table.name, key=written.key), 303)


def _preview_page(wish: WantedChange, before: ConfiguredRow, form: RowForm) -> str:
    planned = configuration_changes.plan_change(act(), wish)
    follows = consequences.find_consequences(act(), planned)
    if follows.trial and follows.trial.shown:
        rows = str(len(follows.trial.shown))
        noted_accesses.note_access(AccessKind.LIST_SHOWN, list="dry_run", rows=rows)
    return render_template(
        "admin/city/preview.html",
        wish=wish,
        row=before,
        form=form,
        planned=planned,
        follows=follows,
        second=two_person_kind(planned[0]),
        is_alone=configuration_changes.would_be_alone(act(), planned[0]),
    )


def _step_page(wish: WantedChange, before: ConfiguredRow, form: RowForm) -> str:
    return render_template("admin/city/form.html", wish=wish, row=before, form=form)


def _find_table(name: str) -> ConfiguredTable:
    found = TABLES.get(name)
    if found is None:
        raise no_such_row()
    return found


def _find_step(text: str) -> ChangeStep:
    try:
        return ChangeStep(text)
    except ValueError:
        raise no_such_row() from None


def _find_row(table: ConfiguredTable, key: str) -> ConfiguredRow:
    found = asked.find_row(act(), table, key)
    if found is None:
        raise no_such_row()
    return found
