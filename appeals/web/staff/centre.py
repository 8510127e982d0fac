"""The centre: its queues, the filing for a caller, the wall, and the case page."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from appeals.addresses.email_addresses import mailbox_of
from appeals.addresses.telephones import read_telephone
from appeals.cases.citizen_contact import current_contact
from appeals.casework.handling import filing, moves
from appeals.domain.moves.needs import WORDS
from appeals.domain.people import CENTRE
from appeals.domain.refusals import Refused, not_found
from appeals.domain.states import Action
from appeals.domain.text.cleaning import clean_line
from appeals.domain.vocabulary import AccessKind
from appeals.models.staff import HeldForm
from appeals.queries import (
    callers,
    case_file,
    dispatch_returns,
    late_cases,
    queue_facts,
    queues,
    similar_appeals,
)
from appeals.queries.callers import EarlierAppeal
from appeals.queries.queue_facts import QueueFacts
from appeals.queries.queues import Queue
from appeals.queries.similar_appeals import SimilarAppeal
from appeals.queries.staff_pages import SHOWN_PHONE_DIGITS
from appeals.queries.work_list import WorkListPage
from appeals.reference.reference_data import load_reference
from appeals.reference.topic_search import propose_topics
from appeals.web.shared import noted_accesses
from appeals.web.shared.forms import add_refusal, row_choices, typed_text
from appeals.web.shared.request import REFRESH_ARGUMENT, act, require_roles
from appeals.web.shared.return_page import find_held_form, held_fields
from appeals.web.staff import caller_moves, case_page, case_sheet, intake
from appeals.web.staff.calls import follow_up
from appeals.web.staff.calls.call_page import show_with_contact
from appeals.web.staff.dispatching import bulk_dispatch
from appeals.web.wall import wall_page

ANSWER_FIELD = "answer"
"""The name of the button that answers on the spot; the other submit button accepts."""
SIMILAR_ARGUMENT = "similar"
"""The argument with the number of the appeal of the tray whose similar appeals are shown."""
SIMILAR_IN_TRAY = 3
"""So many similar appeals are shown beside one of the tray."""
LOOK_UP_BY_EMAIL = "email"
"""The value of the button that looks up the e-mail address; the other looks up the telephone."""

blueprint = Blueprint("centre", __name__, url_prefix="/centre")
blueprint.before_request(require_roles(*CENTRE))


@blueprint.get("/")
def index() -> str:
    """Show the queues with their counts, and one of them."""
    named = queues.find_queue(request.args.get("queue", ""))
    queue = named or queues.opening_queue(act().actor.role)
    listed = queues.load_queue_page(act(), queue, request.args.get("after"))
    shown = [line.appeal.id for line in listed.lines]
    noted_accesses.note_each_access(AccessKind.QUEUE_SHOWN, shown, queue=queue.name)
    own = [case_page.MOVE_BY_NAME[each.value] for each in queue.decides]
    facts = queue_facts.load_queue_facts(act(), queue, listed)
    return render_template(
        "staff/centre/index.html",
        queue=queue,
        queues=queues.QUEUES,
        sizes=queues.count_queues(act()),
        late=late_cases.count_late_of_city(act()),
        listed=listed,
        facts=facts,
        **_figures_of_returns(queue, facts.values()),
        **_similar_in_tray(queue, listed, facts),
        moves=case_page.build_blank_forms(move for move in own if act().actor.role in move.by),
        chosen=case_file.chosen_terms,
        ticked=bulk_dispatch.list_held_ticks(),
    )


def _figures_of_returns(queue: Queue, facts: Iterable[QueueFacts]) -> dict[str, object]:
    """Return what a queue shows of returns: by the rule of each suggestion, or the decisions."""
    reasons = [fact.reason for fact in facts] if queue.action is Action.DISPATCH else []
    decides = queue.action is Action.GRANT_RETURN
    return {
        "records": dispatch_returns.count_rule_records(act(), reasons),
        "decisions": dispatch_returns.count_decisions(act()) if decides else None,
        "days": dispatch_returns.RECENT_DAYS,
    }


def _similar_in_tray(
    queue: Queue, listed: WorkListPage, facts: Mapping[int, QueueFacts]
) -> dict[str, object]:
    """Return the appeals similar to one of the tray: the one that was asked for, or the first."""
    if queue.action is not Action.DISPATCH or not listed.lines:
        return {"opened": None, "similar": ()}
    asked = request.args.get(SIMILAR_ARGUMENT)
    line = next((each for each in listed.lines if each.appeal.number == asked), listed.lines[0])
    said = facts[line.appeal.id].statement
    similar = similar_appeals.find_similar_to_appeal(act(), line.appeal, said, SIMILAR_IN_TRAY)
    return {"opened": line.appeal.id, "similar": similar}


@blueprint.get("/returns", endpoint="returns")
def list_returns() -> str:
    """List the cases behind a figure about returns."""
    figure = dispatch_returns.read_return_figure(request.args.get("figure", ""))
    rule = dispatch_returns.find_rule(act(), request.args.get("rule", ""))
    if figure.is_of_rule and rule is None:
        raise not_found()
    return render_template(
        "staff/centre/returns.html",
        figure=figure,
        rule=rule,
        days=dispatch_returns.RECENT_DAYS,
        total=dispatch_returns.count_return_cases(act(), figure, rule),
        listed=dispatch_returns.list_return_cases(act(), figure, rule, request.args.get("after")),
    )


@blueprint.get("/wall", endpoint="wall")
def show_wall() -> str:
    """Show the wall, anew each minute unless `?still` is asked.

    Refreshing does not renew the session: a screen that nobody touches is signed out. A screen that
    stays on has a display pass.
    """
    again = "" if "still" in request.args else f"{url_for('centre.wall')}?{REFRESH_ARGUMENT}=1"
    return wall_page.render_wall(act(), again)


@blueprint.route("/new", methods=["GET", "POST"], endpoint="new")
def file_for_caller() -> ResponseReturnValue:
    """File an appeal for a caller, and accept it or answer it on the spot.

    A telephone system opens the page with the calling number (`?caller=`), of which the earlier
    appeals are shown.
    """
    held = find_held_form(act(), request.path)
    form = intake.IntakeForm(held_fields(held)) if held else intake.IntakeForm()
    form.set_choices(load_reference(act()))
    if not form.is_submitted():
        number = "" if held else clean_line(request.args.get("caller", ""))
        form.contact_phone.data = form.contact_phone.data or number
        return _show_intake(form, earlier=_earlier_by_phone(form) if number else None, held=held)
    if "look" in request.form:
        by_email = request.form["look"] == LOOK_UP_BY_EMAIL
        found = _earlier_by_email(form) if by_email else _earlier_by_phone(form)
        return _show_intake(form, earlier=found, by_email=by_email)
    if "topics" in request.form or "similar" in request.form:
        return _show_intake(form)
    if not form.is_complete(answers=ANSWER_FIELD in request.form):
        return _show_intake(form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        receipt = _file_and_decide(form)
    except Refused as problem:
        add_refusal(form, problem)
        return _show_intake(form), problem.kind.value
    telephone = read_telephone(typed_text(form.contact_phone))
    is_texted = telephone and telephone.takes_messages and not typed_text(form.contact_email)
    phone = telephone.dialled if telephone and is_texted else ""
    return render_template(
        "staff/centre/code.html",
        number=receipt.number,
        code=receipt.code,
        sms=phone[-SHOWN_PHONE_DIGITS:],
    )


def _show_intake(
    form: intake.IntakeForm,
    *,
    earlier: Sequence[EarlierAppeal] | None = None,
    by_email: bool = False,
    held: HeldForm | None = None,
) -> str:
    """Show the intake page; the name of the newest `earlier` appeal is filled in."""
    if earlier and not typed_text(form.contact_name):
        form.contact_name.data = current_contact(act(), earlier[0].Appeal).name
    return render_template(
        "staff/centre/new.html",
        form=form,
        earlier=earlier,
        by_email=by_email,
        held=held,
        quick_actions=callers.list_quick_actions,
        similar=_find_similar(form) if form.is_submitted() else None,
    )


def _find_similar(form: intake.IntakeForm) -> Sequence[SimilarAppeal] | None:
    """Return the appeals similar to what was typed.

    None without words, and where the category is restricted.
    """
    category = load_reference(act()).categories.get(form.category.data or "")
    matter = form.describe_matter(act().now)
    if (category and category.restricted) or not (matter.subject or matter.detail):
        return None
    return similar_appeals.find_similar_appeals(act(), matter)


def _file_and_decide(form: intake.IntakeForm) -> filing.Receipt:
    """File the appeal, and accept it or answer it on the spot, as the pressed button says.

    Sent twice, the first request has decided it already. Raises Refused as the moves do.
    """
    urgent, key = bool(form.urgent.data), typed_text(form.form_key)
    receipt = filing.file_appeal(act(), form.to_filing(), key, urgent=urgent)
    if receipt.appeal.moves_made == 1:
        if ANSWER_FIELD in request.form:
            given = {WORDS: typed_text(form.reply)}
            moves.make_move(act(), receipt.appeal, Action.ANSWER_ON_SPOT, given)
        else:
            moves.make_move(act(), receipt.appeal, Action.ACCEPT)
    return receipt


@blueprint.get("/topics")
def find_topics() -> Response:
    """Return the categories that fit the typed words, for the intake page's script."""
    found = propose_topics(act(), request.args.get("find", ""))
    return jsonify(topics=row_choices(found.topics))


def _earlier_by_phone(form: intake.IntakeForm) -> Sequence[EarlierAppeal]:
    """Return earlier appeals from the telephone that was typed; the look-up is logged.

    All spellings of a number are one subject of the rate limit.
    """
    phone = typed_text(form.contact_phone)
    found = callers.find_earlier_by_phone(act(), phone)
    if phone:
        telephone = read_telephone(phone, act().reach.area_code)
        subject = telephone.number if telephone else phone
        noted_accesses.note_look_up(act(), AccessKind.PHONE_LOOKED_UP, subject, len(found))
    return found


def _earlier_by_email(form: intake.IntakeForm) -> Sequence[EarlierAppeal]:
    """Return earlier appeals from the e-mail address that was typed; the look-up is logged.

    All spellings of an address are one subject of the rate limit.
    """
    email = typed_text(form.contact_email)
    found = callers.find_earlier_by_email(act(), email)
    if email:
        subject = mailbox_of(email)
        noted_accesses.note_look_up(act(), AccessKind.PERSON_LOOKED_UP, subject, len(found))
    return found


@blueprint.get("/follow-up", endpoint="next_follow_up")
def open_first_follow_up() -> ResponseReturnValue:
    """Open the follow-up that is due first."""
    return follow_up.open_first()


@blueprint.get("/follow-up/<number>", endpoint="follow_up")
def show_follow_up(number: str) -> str:
    """Show one follow-up call: whom to call, what to ask."""
    return follow_up.show_follow_up(number)


@blueprint.post("/follow-up/<number>", endpoint="take_follow_up")
def take_follow_up(number: str) -> ResponseReturnValue:
    """Show the number of a follow-up, or record what came of the call."""
    return follow_up.take_follow_up(number)


@blueprint.post("/several", endpoint="several")
def dispatch_several() -> ResponseReturnValue:
    """Dispatch the ticked appeals of the tray, each to the department proposed for it."""
    return bulk_dispatch.dispatch_chosen()


@blueprint.get("/appeals/<number>", endpoint="case")
def show_case(number: str) -> str:
    """Show one appeal."""
    return case_page.show_case_with_held_form(number)


@blueprint.get("/appeals/<number>/print", endpoint="case_sheet")
def show_case_sheet(number: str) -> str:
    """Show one appeal as a sheet to print."""
    return case_sheet.show_sheet(number)


@blueprint.post("/appeals/<number>/print", endpoint="contact_sheet")
def show_contact_sheet(number: str) -> ResponseReturnValue:
    """Show the sheet with the citizen's contact, for a reason that is recorded."""
    return show_with_contact(number, case_sheet.show_sheet)


@blueprint.post("/appeals/<number>/show-contact", endpoint="contact")
def show_contact(number: str) -> ResponseReturnValue:
    """Show the citizen's contact in this answer, for a reason that is recorded."""
    return show_with_contact(number, case_page.show_case)


@blueprint.post(f"/appeals/<number>/{case_page.CALLER_PATH}", endpoint="for_caller")
def make_caller_move(number: str) -> ResponseReturnValue:
    """Make a move for a citizen who calls and was recognised."""
    return caller_moves.make_move(number)


@blueprint.post("/appeals/<number>/<action>", endpoint="move")
def make_move(number: str, action: str) -> ResponseReturnValue:
    """Make any move that the rules allow this person now."""
    return case_page.make_move(number, action)
