"""The department's desk: its work by what is due, and the case page."""

from flask import Blueprint, render_template, request

from appeals.domain.needs import Input, Need
from appeals.domain.people import DEPARTMENT
from appeals.queries import search
from appeals.reference import reference
from appeals.web import casepage
from appeals.web.forms import Choices, rows, terms
from appeals.web.request import act, audience

blueprint = Blueprint("desk", __name__, url_prefix="/desk")
blueprint.before_request(audience(*DEPARTMENT))


@blueprint.get("/")
def index() -> str:
    """Show the department's work, the first due on top."""
    asked = request.args
    return render_template(
        "desk/index.html",
        listed=search.desk(act(), asked),
        counts=search.counts(act()),
        filters=[(each.need, _choices(each.need)) for each in search.FILTERS.values()],
        kept={name: value for name, value in asked.items() if name in search.FILTERS and value},
    )


@blueprint.get("/appeals/<number>")
def case(number: str) -> str:
    """Show one appeal."""
    return casepage.shown(number)


@blueprint.post("/appeals/<number>/show-contact")
def contact(number: str) -> casepage.Shown:
    """Show the citizen's contact in this answer, for a reason that is recorded."""
    return casepage.looked(number)


@blueprint.post("/appeals/<number>/<action>")
def move(number: str, action: str) -> casepage.Shown:
    """Make any move that the rules allow this person now."""
    return casepage.moved(number, action)


def _choices(need: Need) -> Choices:
    """Give what the list can be narrowed to; of rows the upper level, none where it is typed."""
    if need.choices is not None:
        return terms(need.choices)
    city = reference(act())
    table = {Input.CATEGORY: city.categories, Input.DISTRICT: city.areas}.get(need.input, {})
    return rows(city.children(table, None))
