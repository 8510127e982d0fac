"""For citizens: what this is, file, the receipt, follow, and the moves of one's own appeal."""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from appeals.access import code_generation, knows_code
from appeals.act import Act
from appeals.casework import attempts, filing, moves
from appeals.domain.lifecycle import MOVES, Move
from appeals.domain.numbers import normalise_number
from appeals.domain.people import STRANGER, Role
from appeals.domain.refusals import Refused, RefusedKind
from appeals.queries import casefile, front
from appeals.reference import reference
from appeals.web import request as edge
from appeals.web import timeline
from appeals.web.forms import FilingForm, FollowForm, MoveForm, move_form, refuse, typed

blueprint = Blueprint("citizen", __name__)
RECEIPT = "receipt"
AN_HOUR = 3600
WRONG = 422
Page = Response | str | tuple[str, int]
OWN = {m.action.value: m for m in MOVES if Role.CITIZEN in m.by and m.start}
"""The citizen's moves by the last part of their address."""


@blueprint.get("/")
def home() -> str:
    """Say what this is."""
    return render_template("citizen/home.html", newest=front.newest_edition(edge.act()))


@blueprint.get("/privacy")
def privacy() -> str:
    """Say what is kept, who sees it and for how long."""
    return render_template("citizen/privacy.html")


@blueprint.route("/appeals/new", methods=["GET", "POST"])
def new() -> Page:
    """Show the form; file it once, however often it is sent."""
    form = FilingForm()
    act = edge.act()
    form.offer(reference(act))
    if not form.is_submitted():
        return render_template("citizen/new.html", form=form)
    if not form.validate():
        return render_template("citizen/new.html", form=form), WRONG
    try:
        receipt = filing.file(act.by(STRANGER), form.filing(), typed(form.form_key))
    except Refused as problem:
        refuse(form, problem)
        return render_template("citizen/new.html", form=form), problem.kind.value
    if receipt.code:
        edge.open_number(receipt.number, receipt.appeal.code_generation)
    answer = redirect(url_for("citizen.receipt"), 303)
    answer.set_cookie(
        RECEIPT,
        _signer().dumps(form.form_key.data),
        max_age=AN_HOUR,
        path=url_for("citizen.receipt"),
        secure=edge.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return answer


@blueprint.get("/appeals/receipt")
def receipt() -> Page:
    """Show number and query code again, for one hour and to the same browser only."""
    try:
        key: str = _signer().loads(request.cookies.get(RECEIPT, ""), max_age=AN_HOUR)
    except BadSignature:
        return redirect(url_for("citizen.follow"))
    found = filing.receipt_again(edge.act(), key)
    if found is None:
        return redirect(url_for("citizen.follow"))
    return render_template("citizen/receipt.html", receipt=found)


@blueprint.route("/appeals/follow", methods=["GET", "POST"])
def follow() -> Page:
    """Ask for number and code; an unknown number and a wrong code get the same answer.

    The link in a notice brings the number with it, never the code.
    """
    form = FollowForm()
    if not form.is_submitted():
        form.number.data = request.args.get("number", "")
        return render_template("citizen/follow.html", form=form)
    if not form.validate():
        return render_template("citizen/follow.html", form=form), WRONG
    act, number = edge.act(), normalise_number(typed(form.number))
    edge.keep_anyway()
    try:
        _check_code(act, number, typed(form.code))
    except Refused as problem:
        refuse(form, problem)
        return render_template("citizen/follow.html", form=form), problem.kind.value
    edge.open_number(number, code_generation(act, number))
    return redirect(url_for("citizen.show", number=number), 303)


@blueprint.get("/appeals/<number>")
def show(number: str) -> Page:
    """Show the appeal's way so far, and what the citizen can do now."""
    act = edge.act()
    try:
        return _page(casefile.read(act, number))
    except Refused:
        if act.actor.staff_id is not None:
            raise
        return redirect(url_for("citizen.follow"))


@blueprint.post("/appeals/<number>/<action>")
def take(number: str, action: str) -> Page:
    """Make one of the citizen's moves; what is refused comes back with the text kept."""
    move = OWN.get(action)
    if move is None:
        raise NotFound
    act = edge.act()
    appeal = casefile.read(act, number).appeal
    form = move_form(move)
    if not form.validate_on_submit():
        return _page(casefile.read(act, number), move, form), WRONG
    try:
        moves.make(act, appeal, move.action, form.given(move))
    except Refused as problem:
        refuse(form, problem)
        act.session.rollback()
        file = casefile.read(act, number)
        return _page(file, move, form, problem), problem.kind.value
    return redirect(url_for("citizen.show", number=appeal.number), 303)


def _page(
    file: casefile.CaseFile,
    tried: Move | None = None,
    sent: MoveForm | None = None,
    problem: Refused | None = None,
) -> str:
    """Give the page of an appeal: its forms, and the one that was refused with its text."""
    act, language = edge.act(), edge.language()
    forms = {move: sent if move is tried else _blank(move) for move in file.open}
    late = problem is not None and problem.kind is RefusedKind.NOT_NOW
    return render_template(
        "citizen/conflict.html" if late else "citizen/appeal.html",
        file=file,
        steps=timeline.steps(file, reference(act).labels, language),
        promises=timeline.promises(file),
        forms=forms,
        tried=tried,
        typed=sent,
    )


def _blank(move: Move) -> MoveForm:
    """Give an empty form, whatever was sent for another."""
    return move_form(move, blank=True)


def _check_code(act: Act, number: str, code: str) -> None:
    counted = (
        (attempts.CODE_FROM_ADDRESS, edge.address()),
        (attempts.CODE_OF_NUMBER, number),
    )
    attempts.begin(act, counted)
    if not knows_code(act, number, code):
        raise Refused(
            RefusedKind.NOT_VALID,
            "编号或查询码不正确，请对照回执核对。",
            "The number or the code is not right. Compare them with your receipt.",
        )
    attempts.succeed(act, counted)


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or b"", salt="receipt")
