"""The filing form: four pages, words first, a draft saved with each, and the receipt.

Every page posts to one address and is answered by a redirect, so that the browser's “back” neither
asks to send again nor loses anything. A request with every field and without the `go` of a page's
button files at once.
"""

import io
from dataclasses import dataclass
from http import HTTPStatus

import segno
from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from appeals.casework.accounts import rate_limits
from appeals.casework.handling import citizen_sessions, drafts, filing
from appeals.casework.handling.form_keys import form_already_sent
from appeals.casework.photos import attachments
from appeals.casework.photos.photo_decoding import FIELD
from appeals.domain.contact import ContactDetails
from appeals.domain.other_authorities import OTHER_AUTHORITIES
from appeals.domain.refusals import Refused
from appeals.domain.text.cleaning import clean_line, clean_text
from appeals.domain.text.first_line import make_title
from appeals.domain.text.personal_numbers import find_personal_numbers
from appeals.models.appeal import Appeal
from appeals.models.attachment import Draft
from appeals.queries import case_file
from appeals.reference.reference_data import load_reference
from appeals.settings import Settings
from appeals.web.citizen import photos, receipts, timeline
from appeals.web.citizen.proposals import LISTED, propose_answers
from appeals.web.shared import bot_detection, citizen_session, known_browser, open_forms
from appeals.web.shared import request as edge
from appeals.web.shared.filing_forms import FilingForm
from appeals.web.shared.forms import add_refusal, typed_text
from appeals.web.shared.texts import LazyText
from appeals.web.shared.texts import lazy_gettext as _

blueprint = Blueprint("filing", __name__)


@dataclass(frozen=True)
class FormPage:
    """One page of the form: its name in addresses, its title, its fields."""

    name: str
    title: LazyText
    fields: tuple[str, ...] = ()


FORM_PAGES = (
    FormPage("what", _("What happened?"), ("detail", FIELD)),
    FormPage(
        "about",
        _("What is it about, and where?"),
        (
            *("category", "complained_department", "kind", "subject"),
            *("district", "street", "address"),
        ),
    ),
    FormPage(
        "who",
        _("How can you be reached?"),
        ("contact_name", "contact_phone", "contact_email", "confidential", "publish"),
    ),
    FormPage("check", _("Check your answers")),
)
FIRST_PAGE, LAST_PAGE = FORM_PAGES[0], FORM_PAGES[-1]
PAGE_BY_NAME = {step.name: step for step in FORM_PAGES}
ABOUT_PAGE = PAGE_BY_NAME["about"]
PAGES_OF_RELEASE_BEFORE = {"photos": FIRST_PAGE, "where": ABOUT_PAGE}
"""Pages that a browser may still show after an upgrade, and where their fields stand now."""
CHECK_BOXES = ("confidential", "publish")
"""What a browser does not send is not chosen; other fields that are not sent stay as they are."""


@blueprint.route("/appeals/new", methods=["GET", "POST"], endpoint="new")
def file_appeal() -> ResponseReturnValue:
    """Show a page of the form, save one, or file the whole form at once."""
    if request.method == "GET":
        return _show_page()
    return _save_page(request.form["go"]) if "go" in request.form else _file_whole_form()


@blueprint.get("/appeals/new/photos/<int:photo_id>/<size>", endpoint="photo")
def show_draft_photo(photo_id: int, size: str) -> Response:
    """Show a photo of a form that this browser has begun."""
    return photos.send_photo(
        attachments.find_form_photo(edge.act(), open_forms.list_keys(), photo_id), size
    )


@blueprint.get("/appeals/receipt", endpoint="receipt")
def show_receipt() -> ResponseReturnValue:
    """Show number and query code again, for one hour and to the same browser only."""
    found = receipts.find_receipt()
    if found is None:
        return redirect(url_for("citizen.follow"))
    file = case_file.load_case_file(edge.act(), found.appeal)
    standing = timeline.describe_state(file, edge.act().now)
    return render_template(
        "citizen/filing/receipt.html",
        receipt=found,
        file=file,
        standing=standing,
        follow_address=_follow_address(),
    )


@blueprint.get("/appeals/receipt/qr.svg", endpoint="receipt_qr")
def show_receipt_qr() -> Response:
    """Send the appeal's address as a QR code.

    Number and code stand in the URL's fragment, which browsers do not send (Reliability 3).
    """
    found = receipts.find_receipt()
    if found is None or not found.code:
        raise NotFound
    address = f"{_follow_address()}#{found.number}.{found.code}"
    picture = io.BytesIO()
    segno.make(address, micro=False).save(picture, "svg", scale=4, border=2, light="#fff")
    answer = Response(picture.getvalue(), mimetype="image/svg+xml")
    answer.headers.update(photos.PHOTO_HEADERS)
    return answer


def _show_page() -> ResponseReturnValue:
    """Show the requested page, or the first page before it that has errors."""
    act, key = edge.act(), open_forms.find_key(request.args.get("form"))
    if key is None:
        citizen_session.renew_session(act)
        return _render_page(FIRST_PAGE, _make_form({}, open_forms.make_key()))
    draft = drafts.find_draft(act, key)
    if draft is None:
        if filing.find_sent_appeal(act, key) is None:
            return redirect(url_for("filing.new"))
        return receipts.redirect_to_earlier_receipt(key)
    step = _find_page(request.args.get("step", ""))
    form = _build_form(draft.answers, key)
    wrong = _first_invalid_page(form, FORM_PAGES[: FORM_PAGES.index(step)])
    if wrong is not None:
        return _redirect_to_page(wrong, key, wrong=True)
    _hide_errors(form, but=step.fields if "wrong" in request.args else (FIELD,))
    return _render_page(step, form)


def _save_page(go: str) -> ResponseReturnValue:
    """Save what a page sent, then redirect where its button says."""
    act, key = edge.act(), open_forms.read_sent_key()
    step = _find_page(request.form.get("step", ""))
    what, _blank, which = go.partition(" ")
    answers = _page_answers(step, which if what == "pick" else "")
    sent = filing.find_sent_appeal(act, key)
    if sent is not None:
        return _answer_sent_before(sent, answers, key)
    if FIELD in step.fields:
        answers[FIELD] = "\n".join(photos.store_sent_photos(key))
    drafts.save_draft(act, key, answers)
    open_forms.remember_form(key)
    if what == "send":
        return _file_draft(key)
    if what == "remove" and which.isdecimal():
        attachments.remove_photo(act, key, int(which))
    if step is ABOUT_PAGE and _asks_other_words(what, answers):
        return _redirect_to_page(step, key, find=clean_line(request.form.get("find")))
    target = {"pick": ABOUT_PAGE.name, "remove": step.name}.get(what, what)
    return _redirect_to_page(_find_page(target), key)


def _find_page(name: str) -> FormPage:
    """Return the page of a name, also of one of the release before; the first for any other."""
    return PAGE_BY_NAME.get(name) or PAGES_OF_RELEASE_BEFORE.get(name, FIRST_PAGE)


def _page_answers(step: FormPage, picked: str) -> dict[str, str]:
    """Return what the page sent, by field."""
    answers = {
        name: clean_text(request.form.get(name))
        for name in step.fields
        if name != FIELD and (name in request.form or name in CHECK_BOXES)
    }
    if step is ABOUT_PAGE:
        listed = clean_line(request.form.get("category_list"))
        if answers.get("category", LISTED) == LISTED and listed:
            answers["category"] = listed
        elif answers.get("category") == LISTED:
            answers["category"] = ""
    return {**answers, "category": picked} if picked else answers


def _asks_other_words(what: str, answers: dict[str, str]) -> bool:
    """Return whether other words were typed to find the category by, and none is chosen yet."""
    typed = clean_line(request.form.get("find"))
    return what == "find" or bool(typed and what != "what" and not answers.get("category"))


def _answer_sent_before(sent: Appeal, answers: dict[str, str], key: str) -> ResponseReturnValue:
    """Answer a form that was sent before: show what was typed since, or redirect to the receipt."""
    if not any(answers.values()):
        return receipts.redirect_to_earlier_receipt(key)
    act = edge.act()
    act = act.by(citizen_session.current_citizen(act.now))
    form = _build_form(answers, key)
    _hide_errors(form)
    problem = form_already_sent(
        sent.number if citizen_sessions.find_opened_appeal(act, sent) else None
    )
    add_refusal(form, problem)
    return _render_whole_form(form, problem.kind.value)


def _file_draft(key: str) -> ResponseReturnValue:
    """File the draft; it is deleted, or stays where the filing is refused."""
    act = edge.act()
    if bot_detection.flash_doubt(open_forms.begun_at(key)):
        return _redirect_to_page(LAST_PAGE, key)
    draft = drafts.find_draft(act, key)
    form = _build_form(draft.answers if draft else {}, key)
    wrong = _first_invalid_page(form, FORM_PAGES)
    if wrong is not None:
        return _redirect_to_page(wrong, key, wrong=True)
    drafts.delete_draft(act, key)
    return _file_form(form)


def _file_whole_form() -> ResponseReturnValue:
    """File a form whose fields all came at once; errors are shown on one page."""
    form = FilingForm()
    form.set_choices(load_reference(edge.act()))
    right = form.validate()
    key = typed_text(form.form_key)
    try:
        form.attachments.errors = [] if form.form_key.errors else photos.store_sent_photos(key)
    except Refused as problem:
        add_refusal(form, problem)
        return _render_whole_form(form, problem.kind.value)
    if right and not form.attachments.errors and (doubt := bot_detection.find_doubt()) is not None:
        add_refusal(form, doubt)
    return _file_form(form) if not form.errors else _render_whole_form(form)


def _file_form(form: FilingForm) -> ResponseReturnValue:
    """File and redirect to the receipt; a refusal shows all that was typed."""
    act, key = edge.act(), typed_text(form.form_key)
    try:
        rate_limits.count_volume(act, _limited_subjects(form))
        receipt = filing.file_appeal(
            act.by(citizen_session.begin_session(act.now)), form.to_filing(), key
        )
    except Refused as problem:
        add_refusal(form, problem)
        return _render_whole_form(form, problem.kind.value)
    citizen_session.renew_after_filing(act, receipt)
    open_forms.forget_sent_form(key)
    if receipt.code:
        known_browser.remember_subject(receipt.number)
    return receipts.redirect_to_receipt(key)


def _limited_subjects(form: FilingForm) -> rate_limits.Buckets:
    """Return what a filing counts against: its client's address, and the contact it notifies."""
    settings: Settings = current_app.config["SETTINGS"]
    contact = ContactDetails(
        phone=typed_text(form.contact_phone), email=typed_text(form.contact_email)
    )
    return (
        (rate_limits.filings_per_address(settings.filings_per_address), edge.client_address()),
        *rate_limits.contact_limits(settings.filings_per_contact, contact, edge.act().reach),
    )


def _build_form(answers: dict[str, str], key: str) -> FilingForm:
    """Build the form from the draft and validate it."""
    form = _make_form(answers, key)
    form.validate()
    form.attachments.errors = answers.get(FIELD, "").splitlines()
    return form


def _make_form(answers: dict[str, str], key: str) -> FilingForm:
    """Build the form with what was typed so far, without looking for errors.

    Who gave no title gets the first sentence of her words.
    """
    if not answers.get("subject"):
        answers = {**answers, "subject": make_title(answers.get("detail", ""))}
    form = FilingForm(MultiDict({**answers, "form_key": key}), meta={"csrf": False})
    form.may_leave_out = False
    form.set_choices(load_reference(edge.act()))
    return form


def _follow_address() -> str:
    """Return the address, as people type it elsewhere, at which number and code are entered."""
    return f"{current_app.config['SETTINGS'].base_url}{url_for('citizen.follow')}"


def _hide_errors(form: FilingForm, but: tuple[str, ...] = ()) -> None:
    """Drop the errors of all fields `but` those of pages that the person has left."""
    for field in form:
        if field.name not in but:
            field.errors = []


def _first_invalid_page(form: FilingForm, among: tuple[FormPage, ...]) -> FormPage | None:
    return next((s for s in among if any(form[name].errors for name in s.fields)), None)


def _redirect_to_page(
    step: FormPage, key: str, *, wrong: bool = False, find: str | None = None
) -> AnyResponse:
    """Redirect to a page of the form; `then` is where a correction leads back to."""
    then = request.values.get("then")
    address = url_for(
        "filing.new",
        form=open_forms.public_name_of(key),
        step=step.name,
        wrong="1" if wrong else None,
        find=find or None,
        then=then if step is not LAST_PAGE else None,
    )
    return redirect(address, 303)


def _render_page(step: FormPage, form: FilingForm) -> ResponseReturnValue:
    """Render a page of the form and begin a session, so that the filing is this browser's."""
    act, key = edge.act(), typed_text(form.form_key)
    citizen_session.begin_session(act.now)
    asked = clean_line(request.args.get("find"))
    if step is FIRST_PAGE and not form.detail.data:
        form.detail.data = asked
    shown = render_template(
        f"citizen/filing/{step.name}.html",
        step=step,
        steps=FORM_PAGES,
        at=FORM_PAGES.index(step),
        form=form,
        name=open_forms.public_name_of(key),
        has_draft=open_forms.find_key(request.args.get("form")) is not None,
        then=request.args.get("then") if request.args.get("then") in PAGE_BY_NAME else None,
        kept=attachments.list_form_photos(act, key)
        if step is LAST_PAGE or FIELD in step.fields
        else (),
        proposals=propose_answers(form, asked) if step is ABOUT_PAGE else None,
        numbers=_list_personal_numbers(form) if step is LAST_PAGE else (),
        elsewhere=OTHER_AUTHORITIES,
        begun=_find_draft() if step is FIRST_PAGE else None,
    )
    return (
        (shown, HTTPStatus.UNPROCESSABLE_ENTITY)
        if any(form[field].errors for field in step.fields)
        else shown
    )


def _list_personal_numbers(form: FilingForm) -> list[str]:
    """Return the telephone and identity numbers in the words that could be published."""
    return find_personal_numbers(f"{typed_text(form.subject)}\n{typed_text(form.detail)}")


def _find_draft() -> tuple[str, Draft] | None:
    """Return the draft that this browser began last and has not sent, with its public name."""
    keys = open_forms.list_keys()
    draft = drafts.find_draft(edge.act(), keys[-1]) if keys and "form" not in request.args else None
    return (open_forms.public_name_of(keys[-1]), draft) if draft else None


def _render_whole_form(
    form: FilingForm, status: int = HTTPStatus.UNPROCESSABLE_ENTITY
) -> ResponseReturnValue:
    citizen_session.begin_session(edge.act().now)
    kept = attachments.list_form_photos(edge.act(), typed_text(form.form_key))
    return render_template("citizen/filing/whole.html", form=form, kept=kept), status
