"""What the forms of answers and notes show besides their fields: templates, drafts, files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request

from appeals.casework.answers import staff_files
from appeals.casework.handling import answer_drafts
from appeals.domain.lifecycle import MOVE_RULES, MoveRule
from appeals.domain.moves.needs import TEMPLATE, WORDS
from appeals.domain.states import Action
from appeals.models.answer import AnswerDraft
from appeals.queries import staff_pages
from appeals.queries.case_file import CaseFile
from appeals.web.shared.forms import MoveForm
from appeals.web.shared.request import act
from appeals.web.staff.writing import note_forms

TEMPLATED_ACTIONS = frozenset({Action.ANSWER, Action.ASK_CITIZEN})
"""The moves whose words can begin with one of the department's wordings."""
ANSWER = MOVE_RULES[Action.ANSWER]
STAMP_FIELD = "draft"
"""The form field with the stamp of the draft that the form shows."""


@dataclass(frozen=True)
class AnswerPanel:
    """The drafts of an answer: the one in the form, its stamp, and the officer's other ones."""

    stamp: str = ""
    shown: AnswerDraft | None = None
    others: Sequence[AnswerDraft] = ()


def build_writing_panels(
    file: CaseFile, forms: Mapping[MoveRule, MoveForm], sent: MoveForm | None
) -> dict[str, object]:
    """Return what helps to write an answer or a note: templates, drafts, files, colleagues."""
    is_worded = act().actor.department and any(move.action in TEMPLATED_ACTIONS for move in forms)
    return {
        "templates": staff_pages.list_reply_templates(act()) if is_worded else [],
        "worded": TEMPLATED_ACTIONS,
        "with_files": staff_files.WITH_FILES,
        "answer": build_answer_panel(file, forms, sent),
        "mentionable": note_forms.list_mention_choices(file, forms),
    }


def build_answer_panel(
    file: CaseFile, forms: Mapping[MoveRule, MoveForm], sent: MoveForm | None
) -> AnswerPanel | None:
    """Load the drafts and put one into the blank form of an answer; None where none is offered.

    The newest is shown, or the one that the address names. A form that was `sent` stays as it is.
    """
    form = forms.get(ANSWER)
    if form is None:
        return None
    drafts = answer_drafts.list_answer_drafts(act(), file.appeal)
    if form is sent:
        stamp = request.form.get(STAMP_FIELD, "")
        shown = next((each for each in drafts if each.stamp == stamp), None)
    else:
        asked = request.args.get(STAMP_FIELD, "")
        named = [each for each in drafts if str(each.id) == asked]
        shown = next(iter([*named, *drafts]), None)
        stamp = shown.stamp if shown else ""
        if shown is not None:
            fill_in_draft(form, shown)
    own_id = stamp.partition(".")[0]
    others = [each for each in drafts if str(each.id) != own_id]
    return AnswerPanel(stamp, shown, others)


def fill_in_draft(form: MoveForm, draft: AnswerDraft) -> None:
    """Put a draft into the form of an answer."""
    for need in (*ANSWER.fields, *ANSWER.hidden_fields):
        form[need.name].data = draft.fields.get(need.name)


def typed_draft(form: MoveForm) -> dict[str, str]:
    """Return what a draft keeps of the form."""
    return form.typed_values(ANSWER)


def insert_template(form: MoveForm) -> None:
    """Append the chosen reply template to what is typed, and note in an answer which it was."""
    chosen = request.form.get("template")
    found = [each for each in staff_pages.list_reply_templates(act()) if each.name == chosen]
    words = (each.words for each in found)
    form[WORDS].data = "\n".join([*filter(None, [form[WORDS].data]), *words])
    if found and TEMPLATE in form:
        form[TEMPLATE].data = found[0].name


def drop_unknown_template(form: MoveForm) -> None:
    """Empty the template's name where the department has none such (any more)."""
    if TEMPLATE not in form or not form[TEMPLATE].data:
        return
    if form[TEMPLATE].data not in {each.name for each in staff_pages.list_reply_templates(act())}:
        form[TEMPLATE].data = ""
