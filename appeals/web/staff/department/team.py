"""The leader's page of the department's work by officer, and of what nobody has."""

from flask import Blueprint, render_template

from appeals.domain.people import Role
from appeals.queries import team
from appeals.web.shared.request import act, require_roles

blueprint = Blueprint("team", __name__, url_prefix="/desk/team")
blueprint.before_request(require_roles(Role.LEADER))


@blueprint.get("")
def index() -> str:
    """Show the running work of each officer, each number with its list."""
    return render_template("staff/desk/team.html", team=team.load_team(act()))
