"""The administrators' pages: the index and the staff accounts."""

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from appeals.casework import staff
from appeals.domain.people import STAFF, Role
from appeals.domain.refusals import Refused
from appeals.queries import work
from appeals.reference import reference
from appeals.web.forms import LINE_MOST, refuse, rows, typed
from appeals.web.request import act, audience, language

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
blueprint.before_request(audience(Role.ADMINISTRATOR))
WRONG = 422


class AccountForm(FlaskForm):  # type: ignore[misc]  # the package carries no types
    """A new account; the department only for officers and leaders."""

    username = StringField(
        _("Username"), validators=[InputRequired(_("Enter a username.")), Length(max=LINE_MOST)]
    )
    name = StringField(
        _("Name"), validators=[InputRequired(_("Enter a name.")), Length(max=LINE_MOST)]
    )
    role = SelectField(_("Role"))
    department = SelectField(_("Department"))

    def offer(self) -> None:
        """Give the lists their choices."""
        self.role.choices = [(role.value, role.label(language())) for role in STAFF]
        departments = list(reference(act()).departments.values())
        self.department.choices = [("", str(_("No entry"))), *rows(departments)]


@blueprint.get("/")
def index() -> str:
    """Show what can be administered."""
    return render_template("admin/index.html")


@blueprint.get("/staff")
def staff_list() -> str:
    """Show every account and the form for a new one."""
    return _page(_form())


@blueprint.post("/staff")
def add() -> str | tuple[str, int]:
    """Add an account and show its one-time password once."""
    form = _form()
    if not form.validate():
        return _page(form), WRONG
    name, role, department = typed(form.name), Role(form.role.data), form.department.data or None
    try:
        password = staff.add_staff(act(), typed(form.username), name, role, department)
    except Refused as problem:
        refuse(form, problem)
        return _page(form), problem.kind.value
    return render_template("admin/password.html", name=name, password=password)


@blueprint.post("/staff/<int:staff_id>/reset")
def reset(staff_id: int) -> str:
    """Give a new one-time password and show it once."""
    password = staff.reset_password(act(), staff_id)
    names = {person.id: person.name for person in work.staff_list(act())}
    return render_template("admin/password.html", name=names[staff_id], password=password)


@blueprint.post("/staff/<int:staff_id>/disable")
def disable(staff_id: int) -> Response:
    """Close an account."""
    staff.disable(act(), staff_id)
    return redirect(url_for("admin.staff_list"), 303)


def _form() -> AccountForm:
    form = AccountForm()
    form.offer()
    return form


def _page(form: AccountForm) -> str:
    return render_template("admin/staff.html", people=work.staff_list(act()), form=form)
