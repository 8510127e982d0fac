"""The centre: its queues, the filing for a caller, and the case page."""

from flask import Blueprint, render_template, request

from appeals.casework import filing, moves
from appeals.domain.people import CENTRE, Role
from appeals.domain.refusals import Refused, not_allowed
from appeals.domain.states import Action
from appeals.queries import queues
from appeals.reference import reference
from appeals.web import casepage, intake
from appeals.web.forms import refuse, typed
from appeals.web.request import act, audience

WRONG = 422

blueprint = Blueprint("centre", __name__, url_prefix="/centre")
blueprint.before_request(audience(*CENTRE))


@blueprint.get("/")
def index() -> str:
    """Show the queues with their counts, and one of them."""
    queue = queues.QUEUES.get(request.args.get("queue", "")) or queues.first_for(act().actor.role)
    listed = queues.lines(act(), queue, request.args.get("after"))
    return render_template(
        "centre/index.html",
        queue=queue,
        queues=queues.QUEUES,
        sizes=queues.sizes(act()),
        listed=listed,
        suggestions=queues.suggestions(act(), listed),
    )


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> str | tuple[str, int]:
    """Take an appeal by telephone or another channel: file and accept it, show what to read out."""
    if act().actor.role is not Role.OPERATOR:
        raise not_allowed()
    form = intake.IntakeForm()
    form.offer(reference(act()))
    if not form.is_submitted():
        return render_template("centre/new.html", form=form)
    if not form.validate():
        return render_template("centre/new.html", form=form), WRONG
    try:
        receipt = filing.file(act(), form.filing(), typed(form.form_key))
        if receipt.appeal.moves_made == 1:  # pressed twice, the first press has accepted it
            moves.make(act(), receipt.appeal, Action.ACCEPT)
    except Refused as problem:
        refuse(form, problem)
        return render_template("centre/new.html", form=form), problem.kind.value
    return render_template("centre/code.html", number=receipt.number, code=receipt.code)


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
