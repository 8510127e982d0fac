"""The appeals that a citizen keeps on her device (`/appeals/mine`)."""

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from appeals.act import Act
from appeals.cases.access import open_case
from appeals.casework.following import device_list
from appeals.web.citizen import telephone
from appeals.web.shared import citizen_session
from appeals.web.shared import request as edge
from appeals.web.shared.texts import lazy_gettext

blueprint = Blueprint("device_list", __name__)
APPEAL_ADDED = lazy_gettext("This device keeps %(number)s. It opens from here in one step.")
NUMBER_ADDED = lazy_gettext(
    "This device keeps the number %(number)s. It opens with its query code."
)


@blueprint.get("/appeals/mine")
def index() -> str:
    """Show the list of this device, also where a member of staff is signed in at it."""
    return render_template(
        "citizen/mine.html",
        listed=device_list.list_appeals(_citizens_act()),
        by_telephone=telephone.is_offered(),
    )


@blueprint.post("/appeals/<number>/keep", endpoint="add")
def keep_appeal(number: str) -> Response:
    """Add an appeal that this browser may open to the list of the device."""
    act = _citizens_act()
    appeal = open_case(act, number)
    device = citizen_session.renew_device(act.actor, act.now, appeal.number)
    device_list.add_appeals(act, device, [appeal])
    told = NUMBER_ADDED if appeal.confidential or appeal.restricted else APPEAL_ADDED
    flash(str(told) % {"number": appeal.number})
    return redirect(url_for("device_list.index"), 303)


def _citizens_act() -> Act:
    act = edge.act()
    return act.by(citizen_session.current_citizen(act.now))
