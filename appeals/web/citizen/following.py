"""For citizens: the home page, following an appeal, and the moves on one's own appeal."""

from http import HTTPStatus

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from appeals.act import Act
from appeals.cases.access import knows_code, open_case
from appeals.casework.accounts import rate_limits
from appeals.casework.answers import staff_files
from appeals.casework.following import device_list
from appeals.casework.handling import citizen_sessions, contacts, drafts, moves, rating_devices
from appeals.casework.photos import attachments
from appeals.domain.contact import ContactDetails
from appeals.domain.lifecycle import MOVES, MoveRule
from appeals.domain.messages import message
from appeals.domain.numbers import normalise_number
from appeals.domain.people import Role
from appeals.domain.refusals import Refused, RefusedKind
from appeals.domain.states import Action
from appeals.domain.vocabulary import AccessKind
from appeals.logs import SecurityEvent, log_security_event
from appeals.queries import case_file, home_page
from appeals.reference.reference_data import load_reference
from appeals.settings import Settings
from appeals.web.citizen import confirmations, photos, receipts, telephone, timeline
from appeals.web.shared import citizen_session, known_browser, noted_accesses, open_forms
from appeals.web.shared import request as edge
from appeals.web.shared.bot_detection import find_doubt
from appeals.web.shared.filing_forms import ContactForm
from appeals.web.shared.forms import FollowForm, MoveForm, add_refusal, build_move_form, typed_text
from appeals.web.shared.texts import language
from appeals.web.shared.texts import lazy_gettext as _

blueprint = Blueprint("citizen", __name__)
CHANGE_CONTACT = next(m for m in MOVES if m.action is Action.CHANGE_CONTACT)
CITIZEN_MOVES = {
    m.action.value: m for m in MOVES if Role.CITIZEN in m.by and m.start and m is not CHANGE_CONTACT
}
"""The citizen's moves by the last part of their address; the contact has a form of its own."""
WITH_PHOTOS = frozenset({Action.ADD, Action.ANSWER_QUESTION})
"""The moves that can bring photos."""
PAGE_ORDER = (
    Action.ANSWER_QUESTION,
    Action.ADD,
    Action.URGE,
    Action.RATE,
    Action.SAY_NOT_SOLVED,
    Action.WITHDRAW,
    Action.CHANGE_CONTACT,
)
"""The citizen's moves in the order in which the page offers them."""


@blueprint.get("/")
def home() -> str:
    """Show the home page."""
    return render_template(
        "citizen/home.html",
        newest=home_page.find_newest_edition(edge.act()),
        so_far=home_page.count_month(edge.act()),
        has_list=_has_list(),
    )


def _has_list() -> bool:
    """Return whether this device keeps appeals."""
    return bool(citizen_session.current_citizen(edge.act().now).device)


@blueprint.get("/privacy")
def privacy() -> str:
    """Show what is stored, who sees it and for how long."""
    return render_template("citizen/privacy.html")


@blueprint.route("/appeals/follow", methods=["GET", "POST"], endpoint="follow")
def enter_code() -> ResponseReturnValue:
    """Ask for number and query code; an unknown number and a wrong code get the same answer.

    The link in a notice brings the number with it, never the code.
    """
    form = FollowForm()
    if not form.is_submitted():
        form.number.data = request.args.get("number", "")
        return _follow_page(form)
    if not form.validate():
        return _follow_page(form), HTTPStatus.UNPROCESSABLE_ENTITY
    if (doubt := find_doubt(timed=False)) is not None:
        add_refusal(form, doubt)
        return _follow_page(form), HTTPStatus.UNPROCESSABLE_ENTITY
    act, number = edge.act(), normalise_number(typed_text(form.number))
    edge.commit_even_if_refused()
    try:
        _check_code(act, number, typed_text(form.code))
    except Refused as problem:
        add_refusal(form, problem)
        return _follow_page(form), problem.kind.value
    citizen_sessions.open_appeal_by_code(act.by(citizen_session.renew_session(act)), number)
    known_browser.remember_subject(number)
    return redirect(url_for("citizen.show", number=number), 303)


@blueprint.get("/n/<number>")
def open_short_link(number: str) -> ResponseReturnValue:
    """Lead from a text message, where a longer address would take room, to the query code."""
    return redirect(url_for("citizen.follow", number=number))


@blueprint.get("/appeals/<number>", endpoint="show")
def show_appeal(number: str) -> ResponseReturnValue:
    """Show the appeal's history, and what the citizen can do now."""
    act = edge.act()
    try:
        return _appeal_page(case_file.open_case_file(act, number))
    except Refused:
        if act.actor.staff_id is not None:
            raise
        return redirect(url_for("citizen.follow"))


@blueprint.post("/appeals/<number>/change_contact")
def change_contact(number: str) -> ResponseReturnValue:
    """Change how the citizen is reached, and whether departments know it."""
    act = edge.act()
    appeal = case_file.open_case_file(act, number).appeal
    form = ContactForm()
    if form.validate() and (doubt := find_doubt()) is not None:
        add_refusal(form, doubt)
    if form.errors:
        return _appeal_page(
            case_file.open_case_file(act, number), CHANGE_CONTACT, form
        ), HTTPStatus.UNPROCESSABLE_ENTITY
    contact, confidential = form.to_contact(), bool(form["confidential"].data)
    try:
        rate_limits.count_volume(act, _limited_subjects(appeal.number, contact))
        changed = contacts.change_contact(act, appeal, contact, confidential=confidential)
    except Refused as problem:
        add_refusal(form, problem)
        return _appeal_page(
            case_file.open_case_file(act, number), CHANGE_CONTACT, form
        ), problem.kind.value
    flash(
        _("Your contact was changed. The old and the new one are told.")
        if changed
        else _("This is your contact already. Nothing was changed.")
    )
    return redirect(url_for("citizen.show", number=appeal.number), 303)


@blueprint.post("/appeals/<number>/<action>", endpoint="take")
def make_move(number: str, action: str) -> ResponseReturnValue:
    """Make one of the citizen's moves, once however often its form is sent.

    A refused move shows its form with the text that was typed.
    """
    move = CITIZEN_MOVES.get(action)
    if move is None:
        raise NotFound
    act = edge.act()
    appeal = case_file.open_case_file(act, number).appeal
    form, key = build_move_form(move), open_forms.read_sent_key()
    form.validate()
    form.form_errors += photos.store_sent_photos(key) if move.action in WITH_PHOTOS else []
    if not form.errors and (doubt := find_doubt()) is not None:
        add_refusal(form, doubt)
    if form.errors:
        return _appeal_page(
            case_file.open_case_file(act, number), move, form
        ), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        if move.action in WITH_PHOTOS:
            rate_limits.count_volume(act, ((rate_limits.ADDITIONS_PER_APPEAL, appeal.number),))
        with act.session.begin_nested():  # a refused move leaves the photos stored
            given, seen = form.typed_values(move), form.seen.data
            before = None
            if seen is not None:
                before = moves.find_repeated_move(act, appeal, move.action, given, seen=seen)
            made = before or moves.make_move(act, appeal, move.action, given)
            if not before and move.action in rating_devices.RATING_ACTIONS:
                rating_devices.record_rating_device(
                    act, appeal, edge.client_address(), request.user_agent.string
                )
            attachments.file_photos(act, key, made)
    except Refused as problem:
        add_refusal(form, problem)
        file = case_file.open_case_file(act, number)
        return _appeal_page(file, move, form, problem), problem.kind.value
    confirmations.remember_move(appeal.number, move.action)
    return redirect(url_for("citizen.show", number=appeal.number), 303)


@blueprint.post("/appeals/forget", endpoint="forget")
def forget_browser() -> Response:
    """Clear this browser's drafts and opened appeals, for a computer that others use too.

    What was sent stays, and opens with number and query code.
    """
    act = edge.act()
    for key in open_forms.list_keys():
        drafts.delete_draft(act, key)
        for kept in attachments.list_form_photos(act, key):
            attachments.remove_photo(act, key, kept.id)
    citizen_session.end_session(act)
    flash(_("This computer knows nothing of you any more."))
    answer = redirect(url_for("citizen.home"), 303)
    known_browser.COOKIE.delete_in(answer)
    receipts.COOKIE.delete_in(answer)
    open_forms.COOKIE.delete_in(answer)
    answer.headers["Clear-Site-Data"] = '"storage"'  # what the pages' script stored of the typing
    return answer


@blueprint.get("/appeals/<number>/photos/<int:photo_id>/<size>", endpoint="photo")
def show_photo(number: str, photo_id: int, size: str) -> Response:
    """Show a photo of an appeal to whoever may see the appeal: the citizen, or staff."""
    act = edge.act()
    appeal = open_case(act, number)
    noted_accesses.note_access(AccessKind.PHOTO_VIEWED, appeal.id, photo=str(photo_id), size=size)
    return photos.send_photo(attachments.find_appeal_photo(act, appeal, photo_id), size)


@blueprint.get("/appeals/<number>/files/<int:file_id>/<size>", endpoint="file")
def show_file(number: str, file_id: int, size: str) -> Response:
    """Send a photo or document of staff to whoever may open it."""
    act = edge.act()
    appeal = open_case(act, number)
    noted_accesses.note_access(AccessKind.FILE_OPENED, appeal.id, file=str(file_id), size=size)
    return photos.send_staff_file(staff_files.find_readable_file(act, appeal, file_id), size)


def _follow_page(form: FollowForm) -> str:
    has_list = _has_list()
    return render_template(
        "citizen/follow.html", form=form, has_list=has_list, by_telephone=telephone.is_offered()
    )


def _appeal_page(
    file: case_file.CaseFile,
    tried: MoveRule | None = None,
    sent: MoveForm | ContactForm | None = None,
    problem: Refused | None = None,
) -> str:
    """Render the page of an appeal, with a refused form as it was sent."""
    act, key = edge.act(), open_forms.read_sent_key()
    noted_accesses.note_access(AccessKind.CASE_VIEWED, file.appeal.id)
    offered = sorted(file.open_to_citizen, key=lambda move: PAGE_ORDER.index(move.action))
    forms = {move: sent if move is tried else _blank_form(move, file) for move in offered}
    late = problem is not None and problem.kind is RefusedKind.NOT_NOW
    steps = timeline.list_steps(file, load_reference(act).labels, language())
    return render_template(
        "citizen/conflict.html" if late else "citizen/appeal.html",
        file=file,
        standing=timeline.describe_state(file, act.now),
        steps=steps,
        top_steps=timeline.list_top_steps(file, steps),
        confirmation=None if tried else confirmations.take_confirmation(file),
        not_solved=None if tried else confirmations.find_not_solved_offer(file),
        promises=timeline.list_promised_dates(file),
        forms=forms,
        tried=tried,
        typed=sent,
        is_listed=device_list.is_listed(act, file.appeal),
        with_photos=WITH_PHOTOS,
        new_key=open_forms.make_key,
        key=key,
        kept=attachments.list_form_photos(act, key) if sent else (),
    )


def _limited_subjects(number: str, contact: ContactDetails) -> rate_limits.Buckets:
    """Return what a change counts against: the appeal, and the contacts it notifies."""
    settings: Settings = current_app.config["SETTINGS"]
    told = rate_limits.contact_limits(settings.filings_per_contact, contact, edge.act().reach)
    return ((rate_limits.ADDITIONS_PER_APPEAL, number), *told)


def _contact_form(file: case_file.CaseFile) -> ContactForm:
    """Build the contact form with the stored contact; what was sent was for another form."""
    contact = file.contact
    return ContactForm(
        formdata=None,
        data={
            "contact_name": contact.name,
            "contact_phone": contact.phone,
            "contact_email": contact.email,
            "confidential": file.appeal.confidential,
        },
    )


def _blank_form(move: MoveRule, file: case_file.CaseFile) -> MoveForm | ContactForm:
    """Build an empty form with the number of moves so far; what was sent was for another."""
    if move is CHANGE_CONTACT:
        return _contact_form(file)
    form = build_move_form(move, blank=True)
    form.seen.data = file.appeal.moves_made
    return form


def _check_code(act: Act, number: str, code: str) -> None:
    counted = rate_limits.code_limits(edge.attempt_source(number), number)
    rate_limits.count_try(act, counted)
    if not knows_code(act, number, code):
        log_security_event(SecurityEvent.QUERY_CODE_FAIL, address=edge.client_address())
        raise Refused(
            RefusedKind.NOT_VALID,
            message("The number or the code is not right. Compare them with your receipt."),
        )
    rate_limits.forget_try(act, counted)
