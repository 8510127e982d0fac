"""The inbox of a member of staff: notices of the desk, grouped by case."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from appeals.casework.handling import notice_reading
from appeals.domain.people import DEPARTMENT, STAFF, Role
from appeals.queries import inbox
from appeals.queries.work_list import BIGINT_END
from appeals.web.shared.request import act, require_roles
from appeals.web.shared.texts import gettext as _

CASE_PAGES = {
    **dict.fromkeys(DEPARTMENT, "desk.case"),
    Role.ADMINISTRATOR: "report_cases.case",
}
"""The page of a case for those who do not work in the centre."""

blueprint = Blueprint("inbox", __name__, url_prefix="/inbox")
blueprint.before_request(require_roles(*STAFF))


@blueprint.get("/")
def index() -> str:
    """Show the notices by case, the newest first."""
    after = request.args.get("after", type=int)
    return render_template(
        "staff/inbox.html",
        page=inbox.load_inbox(act(), after if after and 0 < after < BIGINT_END else None),
        case_page=CASE_PAGES.get(act().actor.role, "centre.case"),
    )


@blueprint.post("/read", endpoint="mark_read")
def mark_all_read() -> Response:
    """Mark all notices up to the newest one shown as read."""
    newest = request.form.get("newest", 0, int)
    notice_reading.mark_all_read(act(), min(max(newest, 0), BIGINT_END - 1))
    flash(_("All notices are marked as read."), "done")
    return redirect(url_for("inbox.index"), 303)
