"""The permission to see restricted appeals: requested, confirmed and ended here."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import Length

from appeals.casework.accounts import restricted_permissions, staff_requests
from appeals.casework.configuration import request_effects
from appeals.domain.people import Role
from appeals.domain.refusals import Refused, not_found
from appeals.domain.staff_requests import RequestKind
from appeals.domain.text.cleaning import clean_line
from appeals.queries.administration import permissions
from appeals.queries.administration import staff_requests as asked
from appeals.web.shared.display import row_label
from appeals.web.shared.filing_forms import CitySelect
from appeals.web.shared.forms import MAX_LINE_CHARACTERS, Grouped, add_refusal, typed_text
from appeals.web.shared.request import act, require_roles
from appeals.web.shared.text_fields import PageForm, Required
from appeals.web.shared.texts import gettext, language
from appeals.web.shared.texts import lazy_gettext as _

blueprint = Blueprint("permissions", __name__, url_prefix="/centre/permissions")
blueprint.before_request(require_roles(Role.SUPERVISOR))
KINDS = (RequestKind.RESTRICTED,)
STEPS = ("grant", "refuse", "withdraw")


class PermissionForm(PageForm):
    """Who is to have the permission, and why."""

    staff = CitySelect(_("Who"), validators=[Required(_("Choose who."))])
    why = StringField(
        _("Why"),
        validators=[Required(_("Say why.")), Length(max=MAX_LINE_CHARACTERS)],
    )

    def set_choices(self) -> None:
        """Offer the people without the permission, grouped by department."""
        people: Grouped = {"": [("", str(_("Please choose")))]}
        with_actor = staff_requests.may_ask_for_oneself(act(), RequestKind.RESTRICTED)
        for each in permissions.list_staff_without_permission(act(), with_actor=with_actor):
            group = row_label(each.department_code) if each.department_code else gettext("Centre")
            label = f"{each.name} · {each.role.label(language())} · {each.username}"
            people.setdefault(group, []).append((str(each.id), label))
        self.staff.choices = people


@blueprint.get("")
def index() -> str:
    """Show who has the permission, which requests wait, and the form."""
    return _permissions_page(_build_form())


@blueprint.post("", endpoint="ask")
def ask_permission() -> ResponseReturnValue:
    """Request the permission for somebody; another person confirms it."""
    form = _build_form()
    if not form.validate():
        return _permissions_page(form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        restricted_permissions.ask_permission(act(), int(form.staff.data), typed_text(form.why))
    except Refused as problem:
        act().session.rollback()
        add_refusal(form, problem)
        return _permissions_page(form), problem.kind.value
    flash(gettext("Request sent. It takes effect when a second person agrees."))
    return redirect(url_for("permissions.index"), 303)


@blueprint.post("/requests/<int:request_id>/<step>", endpoint="decide")
def decide_request(request_id: int, step: str) -> ResponseReturnValue:
    """Grant, refuse or withdraw a request."""
    if step not in STEPS:
        raise not_found()
    listed = asked.get_request(act(), request_id, KINDS)  # none of another kind
    answer = clean_line(request.form.get("answer"))[:MAX_LINE_CHARACTERS]
    try:
        if step == "withdraw":
            staff_requests.withdraw_request(act(), request_id)
        else:
            request_effects.decide_and_apply(
                act(), request_id, is_granted=step == "grant", answer=answer
            )
    except Refused as problem:
        return _page_with_refusal(problem, f"answer-{request_id}", answer)
    said = {
        "grant": gettext(
            "You agreed. %(person)s sees restricted appeals from now on, and was told.",
            person=listed.person,
        ),
        "refuse": gettext(
            "You did not agree that %(person)s sees restricted appeals. %(person)s and %(asker)s "
            "were told.",
            person=listed.person,
            asker=listed.asker,
        ),
        "withdraw": gettext("You took back the request for %(person)s.", person=listed.person),
    }
    flash(said[step])
    return redirect(url_for("permissions.index"), 303)


@blueprint.post("/<int:permission_id>/end", endpoint="end")
def end_permission(permission_id: int) -> ResponseReturnValue:
    """End a permission at once."""
    why = clean_line(request.form.get("why"))[:MAX_LINE_CHARACTERS]
    try:
        restricted_permissions.end_permission(act(), permission_id, why)
    except Refused as problem:
        return _page_with_refusal(problem, f"why-{permission_id}", why)
    flash(gettext("The permission has ended. The person is told."))
    return redirect(url_for("permissions.index"), 303)


def _page_with_refusal(problem: Refused, field: str, words: str) -> tuple[str, int]:
    """Show the page again with the sentence and with what was typed into the field."""
    act().session.rollback()
    form = _build_form(blank=True)
    form.form_errors.append(problem.label(language()))
    return _permissions_page(form, {field: words}), problem.kind.value


def _build_form(*, blank: bool = False) -> PermissionForm:
    form = PermissionForm(formdata=None) if blank else PermissionForm()
    form.set_choices()
    return form


def _permissions_page(form: PermissionForm, kept: dict[str, str] | None = None) -> str:
    listed = permissions.list_permissions(act())
    waiting = asked.list_waiting(act(), KINDS)
    requests, _older = asked.list_requests(act(), KINDS)
    return render_template(
        "staff/centre/permissions.html",
        form=form,
        kept=kept or {},
        holders=[each for each in listed if each.row.ended_at is None],
        ended=[each for each in listed if each.row.ended_at is not None],
        waiting=waiting,
        refused=[each for each in requests if each.outcome and each.outcome.value != "granted"],
        may_decide={each.row.id: staff_requests.may_decide(act(), each.row) for each in waiting},
        roles=permissions.find_roles_with_permission(act()),
    )
