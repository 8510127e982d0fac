"""Saves the draft of an answer: by its button, or by the page's script while one types."""

from flask import Response, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from appeals.cases.access import open_case
from appeals.casework.handling import answer_drafts
from appeals.domain.refusals import Refused
from appeals.models.answer import AnswerDraft
from appeals.models.appeal import Appeal
from appeals.web.shared.display import moment
from appeals.web.shared.forms import MoveForm, add_refusal, build_move_form
from appeals.web.shared.request import act
from appeals.web.shared.return_page import PLACE_FIELD
from appeals.web.shared.texts import gettext, language
from appeals.web.staff.case_page import show_case
from appeals.web.staff.gone_page import answer_gone
from appeals.web.staff.writing.answer_forms import ANSWER, STAMP_FIELD, typed_draft

OPEN_FIELD, DROP_FIELD = "open_draft", "drop_draft"
"""The buttons that show another draft, and that delete it."""
FORM_ANCHOR = f"do-{ANSWER.action.value}"


def save_draft(number: str) -> ResponseReturnValue:
    """Save the draft; answer the script in JSON, everybody else with the case page."""
    try:
        appeal = open_case(act(), number)
    except Refused as problem:
        return _refuse_script(problem) if _is_script() else answer_gone(number, problem)
    form = build_move_form(ANSWER)
    if DROP_FIELD in request.form:
        answer_drafts.delete_answer_draft(act(), appeal, request.form.get(DROP_FIELD, 0, int))
        return show_case(number, ANSWER, form)
    stamp = request.form.get(STAMP_FIELD, "")
    try:
        draft = answer_drafts.save_answer_draft(act(), appeal, typed_draft(form), stamp)
    except Refused as problem:
        return _show_refusal(number, form, problem)
    if _is_script():
        return _tell_script(appeal, draft)
    return _show_draft(appeal, draft)


def _show_refusal(number: str, form: MoveForm, problem: Refused) -> ResponseReturnValue:
    """Show the refusal with what was typed."""
    if _is_script():
        return _refuse_script(problem)
    add_refusal(form, problem)
    act().session.rollback()
    return show_case(number, ANSWER, form), problem.kind.value


def _show_draft(appeal: Appeal, draft: AnswerDraft | None) -> ResponseReturnValue:
    """Lead back to the case, with the draft that was saved or the one that was asked for."""
    asked = request.form.get(OPEN_FIELD, 0, int) or (draft.id if draft else None)
    if OPEN_FIELD not in request.form:
        saved = gettext("Your draft for %(number)s is saved.", number=appeal.number)
        flash(saved if draft else gettext("The draft was empty: it is deleted."), "done")
    place = request.form.get(PLACE_FIELD) or None
    case = url_for("desk.case", number=appeal.number, draft=asked, list=place, _anchor=FORM_ANCHOR)
    return redirect(case, 303)


def _tell_script(appeal: Appeal, draft: AnswerDraft | None) -> Response:
    """Return the stamp to save over next time, and what to tell the officer."""
    drafts = answer_drafts.list_answer_drafts(act(), appeal)
    others = [each for each in drafts if draft is None or each.id != draft.id]
    said = gettext("Draft saved: %(time)s.", time=moment(act().now)) if draft else ""
    other = (
        gettext(
            "Another draft of yours for this case was saved on %(time)s, in another window or on "
            "another computer. It is not lost: open the case again to see both.",
            time=moment(others[0].saved_at),
        )
        if others
        else ""
    )
    return jsonify(stamp=draft.stamp if draft else "", said=said, other=other)


def _refuse_script(problem: Refused) -> tuple[Response, int]:
    return jsonify(said=problem.label(language())), problem.kind.value


def _is_script() -> bool:
    return request.accept_mimetypes.best == "application/json"
