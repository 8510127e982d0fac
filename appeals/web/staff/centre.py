"""The centre: its queues, the filing for a caller, the wall, and the case page."""

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, render_template, request, url_for

from appeals.addresses.email_addresses import mailbox_of
from appeals.addresses.telephones import read_telephone
from appeals.casework.handling import filing, moves
from appeals.domain.people import CENTRE
from appeals.domain.refusals import Refused
from appeals.domain.states import Action
from appeals.domain.vocabulary import AccessKind
from appeals.queries import callers, case_file, queue_facts, queues
from appeals.queries import wall as walls
from appeals.queries.callers import EarlierAppeal
from appeals.queries.staff_pages import SHOWN_PHONE_DIGITS
from appeals.reference.reference_data import reference
from appeals.web.shared import noted_accesses
from appeals.web.shared.forms import refuse, typed
from appeals.web.shared.request import ANEW, act, audience
from appeals.web.shared.way_back import fields_of, find_held_form
from appeals.web.staff import case_page, intake

WRONG = 422
WALL_SECONDS = "60"
BY_EMAIL = "email"
"""The value of the button that looks up the caller's mailbox; the other one's is the telephone."""

blueprint = Blueprint("centre", __name__, url_prefix="/centre")
blueprint.before_request(audience(*CENTRE))


@blueprint.get("/")
def index() -> str:
    """Show the queues with their counts, and one of them."""
    queue = queues.QUEUES.get(request.args.get("queue", "")) or queues.opening_queue(
        act().actor.role
    )
    listed = queues.load_queue_page(act(), queue, request.args.get("after"))
    shown = [line.appeal.id for line in listed.lines]
    noted_accesses.note_each_access(AccessKind.QUEUE_SHOWN, shown, queue=queue.name)
    own = [case_page.BY_NAME[each.value] for each in queue.decides]
    return render_template(
        "staff/centre/index.html",
        queue=queue,
        queues=queues.QUEUES,
        sizes=queues.count_queues(act()),
        listed=listed,
        facts=queue_facts.load_queue_facts(act(), queue, listed),
        moves=case_page.blank_forms(move for move in own if act().actor.role in move.by),
        chosen=case_file.chosen_terms,
    )


@blueprint.get("/wall")
def wall() -> Response:
    """Show the room how the city stands, anew each minute unless it is asked to stand still.

    It goes on as long as the session would by itself: a screen that nobody touches signs out.
    """
    still = "still" in request.args
    shown = make_response(
        render_template("staff/centre/wall.html", wall=walls.load_wall(act()), still=still)
    )
    if not still:
        again = f"{url_for('centre.wall')}?{ANEW}=1"
        shown.headers["Refresh"] = f"{WALL_SECONDS}; url={again}"
    return shown


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> str | tuple[str, int]:
    """Take an appeal by telephone or another channel: file and accept it, show what to read out."""
    held = find_held_form(act(), request.path)
    form = intake.IntakeForm(fields_of(held)) if held else intake.IntakeForm()
    form.offer(reference(act()))
    if not form.is_submitted():
        return render_template("staff/centre/new.html", form=form, held=held)
    if "look" in request.form:
        by_email = request.form["look"] == BY_EMAIL
        found = _earlier_by_email(form) if by_email else _earlier_by_phone(form)
        return render_template("staff/centre/new.html", form=form, earlier=found, by_email=by_email)
    if not form.validate():
        return render_template("staff/centre/new.html", form=form), WRONG
    try:
        receipt = filing.file(act(), form.filing(), typed(form.form_key))
        if receipt.appeal.moves_made == 1:  # pressed twice, the first press has accepted it
            moves.make(act(), receipt.appeal, Action.ACCEPT)
    except Refused as problem:
        refuse(form, problem)
        return render_template("staff/centre/new.html", form=form), problem.kind.value
    telephone = read_telephone(typed(form.contact_phone))
    is_texted = telephone and telephone.takes_messages and not typed(form.contact_email)
    phone = telephone.dialled if telephone and is_texted else ""
    return render_template(
        "staff/centre/code.html",
        number=receipt.number,
        code=receipt.code,
        sms=phone[-SHOWN_PHONE_DIGITS:],
    )


def _earlier_by_phone(form: intake.IntakeForm) -> Sequence[EarlierAppeal]:
    """Give the earlier appeals from the telephone that was typed; the look-up is recorded.

    All spellings of a number are one subject.
    """
    phone = typed(form.contact_phone)
    found = callers.find_earlier_by_phone(act(), phone)
    if phone:
        telephone = read_telephone(phone, act().reach.area_code)
        subject = telephone.number if telephone else phone
        noted_accesses.note_look_up(act(), AccessKind.PHONE_LOOKED_UP, subject, len(found))
    return found


def _earlier_by_email(form: intake.IntakeForm) -> Sequence[EarlierAppeal]:
    """Give the earlier appeals from the mailbox that was typed; the look-up is recorded.

    All spellings of a mailbox are one subject: whoever tries many is told once for each person.
    """
    email = typed(form.contact_email)
    found = callers.find_earlier_by_email(act(), email)
    if email:
        subject = mailbox_of(email)
        noted_accesses.note_look_up(act(), AccessKind.PERSON_LOOKED_UP, subject, len(found))
    return found


@blueprint.get("/appeals/<number>")
def case(number: str) -> str:
    """Show one appeal."""
    return case_page.shown_with_held_form(number)


@blueprint.get("/appeals/<number>/print")
def case_sheet(number: str) -> str:
    """Show one appeal as a sheet to print."""
    return case_page.sheet_to_print(number)


@blueprint.post("/appeals/<number>/show-contact")
def contact(number: str) -> case_page.Shown:
    """Show the citizen's contact in this answer, for a reason that is recorded."""
    return case_page.looked(number)


@blueprint.post("/appeals/<number>/<action>")
def move(number: str, action: str) -> case_page.Shown:
    """Make any move that the rules allow this person now."""
    return case_page.moved(number, action)
