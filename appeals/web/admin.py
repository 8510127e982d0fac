"""The administrators' pages beside the city's rows: the index, the log, notices, the calendar."""

from flask import Blueprint, render_template

from appeals.domain.people import Role
from appeals.web.request import audience

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
blueprint.before_request(audience(Role.ADMINISTRATOR))


@blueprint.get("/")
def index() -> str:
    """Show what can be administered."""
    return render_template("admin/index.html")
