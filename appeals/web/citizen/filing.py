"""Filing: a few pages one after another, what was typed saved with each, and the receipt.

Each page posts to the one address and is answered by a redirect, so that going back asks nothing
and loses nothing. A program that posts every field at once, without the `go` of a page's button,
files at once.
"""

import io
from dataclasses import dataclass

import segno
from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from appeals.casework.accounts import rate_limits
from appeals.casework.handling import citizen_sessions, drafts, filing
from appeals.casework.handling.form_keys import already_sent
from appeals.casework.photos import attachments
from appeals.casework.photos.photo_decoding import FIELD
from appeals.domain.calendar import city_day
from appeals.domain.contact import ContactDetails
from appeals.domain.other_authorities import ELSEWHERE
from appeals.domain.refusals import Refused
from appeals.domain.text.cleaning import clean_line, clean_text
from appeals.models.appeal import Appeal
from appeals.models.attachment import Draft
from appeals.queries import case_file
from appeals.reference.reference_data import reference
from appeals.settings import Settings
from appeals.web.citizen import photos, receipts, timeline, topics
from appeals.web.shared import citizen_session, known_browser, open_forms, robots
from appeals.web.shared import request as edge
from appeals.web.shared.filing_forms import FilingForm
from appeals.web.shared.forms import refuse, typed

blueprint = Blueprint("filing", __name__)
WRONG = 422
Page = AnyResponse | str | tuple[str, int]


@dataclass(frozen=True)
class Step:
    """One page of the form: its name in addresses, its title, and the fields it asks."""

    name: str
    title: LazyString
    fields: tuple[str, ...] = ()


STEPS = (
    Step("about", _("What is it about?"), ("category",)),
    Step(
        "what",
        _("Describe the matter"),
        ("kind", "subject", "detail", "complained_department"),
    ),
    Step("photos", _("Photos"), (FIELD,)),
    Step("where", _("Where is it?"), ("district", "street", "address")),
    Step(
        "who",
        _("How can you be reached?"),
        ("contact_name", "contact_phone", "contact_email", "confidential", "publish"),
    ),
    Step("check", _("Check your answers")),
)
BY_NAME = {step.name: step for step in STEPS}
FIRST, LAST = STEPS[0], STEPS[-1]


@blueprint.route("/appeals/new", methods=["GET", "POST"])
def new() -> Page:
    """Show a page of the form, take one, or take the whole form at once."""
    if request.method == "GET":
        return _show()
    return _take(request.form["go"]) if "go" in request.form else _take_whole()


@blueprint.get("/appeals/new/photos/<int:photo_id>/<size>")
def photo(photo_id: int, size: str) -> Response:
    """Show a photo of a form that this browser has begun."""
    return photos.serve(attachments.of_forms(edge.act(), open_forms.known(), photo_id), size)


@blueprint.get("/appeals/receipt")
def receipt() -> Page:
    """Show number and query code again, for one hour and to the same browser only."""
    found = receipts.opened()
    if found is None:
        return redirect(url_for("citizen.follow"))
    file = case_file.load_case_file(edge.act(), found.appeal)
    standing = timeline.standing(file, edge.act().now)
    return render_template(
        "citizen/filing/receipt.html", receipt=found, file=file, standing=standing
    )


@blueprint.get("/appeals/receipt/qr.svg")
def receipt_qr() -> Response:
    """Show the way to the appeal as a picture for telephones.

    Number and code stand behind the `#`, which no browser sends to a server (Reliability 3).
    """
    found = receipts.opened()
    if found is None or not found.code:
        raise NotFound
    base = current_app.config["SETTINGS"].base_url
    address = f"{base}{url_for('citizen.follow')}#{found.number}.{found.code}"
    picture = io.BytesIO()
    segno.make(address, micro=False).save(picture, "svg", scale=4, border=2, light="#fff")
    answer = Response(picture.getvalue(), mimetype="image/svg+xml")
    answer.headers.update(photos.HEADERS)
    return answer


def _show() -> Page:
    """Show the page that was asked for, or the first one before it that is not right yet."""
    act, key = edge.act(), open_forms.key_of(request.args.get("form"))
    if key is None:
        blank = _form({}, open_forms.new_key())
        _forgive(blank)
        citizen_session.renew_session(act)
        return _page(FIRST, blank)
    draft = drafts.read(act, key)
    if draft is None:
        sent = filing.sent_with(act, key)
        return redirect(url_for("filing.receipt" if sent else "filing.new"))
    step = BY_NAME.get(request.args.get("step", ""), FIRST)
    form = _form(draft.answers, key)
    wrong = _first_wrong(form, STEPS[: STEPS.index(step)])
    if wrong is not None:
        return _to(wrong, key, wrong=True)
    _forgive(form, but=step.fields if "wrong" in request.args else (FIELD,))
    return _page(step, form)


def _take(go: str) -> Page:
    """Save what a page brought, then go where its button says."""
    act, key = edge.act(), open_forms.sent_key()
    step = BY_NAME.get(request.form.get("step", ""), FIRST)
    what, _blank, which = go.partition(" ")
    answers = _answers(step, which if what == "pick" else "")
    sent = filing.sent_with(act, key)
    if sent is not None:
        return _sent_before(sent, answers, key)
    if step.fields == (FIELD,):
        answers = {FIELD: "\n".join(photos.store_sent(key))}
    drafts.save(act, key, answers)
    open_forms.remember(key)
    if what == "send":
        return _send(key)
    if what == "remove" and which.isdecimal():
        attachments.remove(act, key, int(which))
    after = request.form.get("then") or STEPS[STEPS.index(step) + 1].name
    target = {"pick": after, "remove": step.name}.get(what, what)
    return _to(BY_NAME.get(target, FIRST), key)


def _answers(step: Step, picked: str) -> dict[str, str]:
    """Give what the page brought, by field."""
    if step is FIRST:
        return {"category": picked} if picked else {}
    return {name: clean_text(request.form.get(name)) for name in step.fields if name != FIELD}


def _sent_before(sent: Appeal, answers: dict[str, str], key: str) -> Page:
    """Say that the form was sent, with what was typed since; where nothing was, lead on."""
    if not any(answers.values()):
        return receipts.lead_again(key)
    act = edge.act()
    act = act.by(citizen_session.citizen(act.now))
    form = _form(answers, key)
    _forgive(form)
    problem = already_sent(sent.number if citizen_sessions.find_opened_appeal(act, sent) else None)
    refuse(form, problem)
    return _whole(form, problem.kind.value)


def _send(key: str) -> Page:
    """File what was typed page by page; the draft goes with it, or stays if it is refused."""
    act = edge.act()
    if robots.say_doubt(open_forms.begun(key)):
        return _to(LAST, key)
    draft = drafts.read(act, key)
    form = _form(draft.answers if draft else {}, key)
    wrong = _first_wrong(form, STEPS)
    if wrong is not None:
        return _to(wrong, key, wrong=True)
    drafts.drop(act, key)
    return _file(form)


def _take_whole() -> Page:
    """File a form whose every field came at once; what is wrong is shown on one page."""
    form = FilingForm()
    form.offer(reference(edge.act()))
    right = form.validate()
    key = typed(form.form_key)
    try:
        form.attachments.errors = [] if form.form_key.errors else photos.store_sent(key)
    except Refused as problem:
        refuse(form, problem)
        return _whole(form, problem.kind.value)
    if right and not form.attachments.errors and (doubt := robots.doubt_form()) is not None:
        refuse(form, doubt)
    return _file(form) if not form.errors else _whole(form)


def _file(form: FilingForm) -> Page:
    """File and show the receipt; a refusal shows all that was typed."""
    act, key = edge.act(), typed(form.form_key)
    try:
        rate_limits.count_volume(act, _volume(form))
        receipt = filing.file(act.by(citizen_session.begin_session(act.now)), form.filing(), key)
    except Refused as problem:
        refuse(form, problem)
        return _whole(form, problem.kind.value)
    citizen_session.renew_after_filing(act, receipt)
    if receipt.code:
        known_browser.remember_subject(receipt.number)
    return receipts.lead_to(key)


def _volume(form: FilingForm) -> rate_limits.Buckets:
    """Give what is counted of a filing: the address it comes from, and whom it will be told to."""
    settings: Settings = current_app.config["SETTINGS"]
    contact = ContactDetails(phone=typed(form.contact_phone), email=typed(form.contact_email))
    return (
        (rate_limits.filings_per_address(settings.filings_per_address), edge.address()),
        *rate_limits.contact_limits(settings.filings_per_contact, contact, edge.act().reach),
    )


def _form(answers: dict[str, str], key: str) -> FilingForm:
    """Make the form as it was typed so far, and say beside each field what is not right yet."""
    form = FilingForm(MultiDict({**answers, "form_key": key}), meta={"csrf": False})
    form.may_leave_out = False
    form.offer(reference(edge.act()))
    form.validate()
    form.attachments.errors = answers.get(FIELD, "").splitlines()
    return form


def _forgive(form: FilingForm, but: tuple[str, ...] = ()) -> None:
    """Say nothing yet about what is not right, `but` of what the person has left behind."""
    for field in form:
        if field.name not in but:
            field.errors = []


def _first_wrong(form: FilingForm, among: tuple[Step, ...]) -> Step | None:
    return next((s for s in among if any(form[name].errors for name in s.fields)), None)


def _to(step: Step, key: str, *, wrong: bool = False) -> AnyResponse:
    """Go to a page of the form; `then` is where a correction leads back to."""
    then = request.values.get("then")
    address = url_for(
        "filing.new",
        form=open_forms.name_of(key),
        step=step.name,
        wrong="1" if wrong else None,
        then=then if step is not LAST else None,
    )
    return redirect(address, 303)


def _page(step: Step, form: FilingForm) -> Page:
    """Give a page of the form, to a browser with a session: what it files is then its own."""
    act, key = edge.act(), typed(form.form_key)
    citizen_session.begin_session(act.now)
    asked = clean_line(request.args.get("find"))
    shown = render_template(
        f"citizen/filing/{step.name}.html",
        step=step,
        steps=STEPS,
        at=STEPS.index(step),
        form=form,
        name=open_forms.name_of(key),
        then=request.args.get("then") if request.args.get("then") in BY_NAME else None,
        kept=attachments.of_form(act, key),
        asked=asked,
        found=topics.find(reference(act), city_day(act.now), asked) if asked else None,
        groups=topics.groups(reference(act), city_day(act.now)) if step is FIRST else (),
        elsewhere=ELSEWHERE,
        begun=_begun() if step is FIRST else None,
    )
    return (shown, WRONG) if any(form[field].errors for field in step.fields) else shown


def _begun() -> tuple[str, Draft] | None:
    """Give the form that this browser began last and has not sent, with its name."""
    keys = open_forms.known()
    draft = drafts.read(edge.act(), keys[-1]) if keys and "form" not in request.args else None
    return (open_forms.name_of(keys[-1]), draft) if draft else None


def _whole(form: FilingForm, status: int = WRONG) -> Page:
    citizen_session.begin_session(edge.act().now)
    kept = attachments.of_form(edge.act(), typed(form.form_key))
    return render_template("citizen/filing/whole.html", form=form, kept=kept), status
