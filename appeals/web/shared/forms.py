"""Forms shared by audiences; the form of a move is built from what the move needs."""

from collections.abc import Iterable, Mapping, Sequence

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    Field,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import (
    Length,
    Optional,
)
from wtforms.widgets import HiddenInput

from appeals.domain.lifecycle import MoveRule
from appeals.domain.moves.needs import Input, Need
from appeals.domain.refusals import Refused
from appeals.domain.states import Action
from appeals.domain.vocabulary import ContactReason, Term
from appeals.reference.reference_data import Reference, ReferenceEntry
from appeals.web.shared.text_fields import MaxCharacters, PageForm, Required
from appeals.web.shared.texts import language
from appeals.web.shared.texts import lazy_gettext as _

Choices = list[tuple[str, str]]
Grouped = dict[str, Choices]
MAX_TEXT_CHARACTERS = 5000
MAX_LINE_CHARACTERS = 200


def typed_text(field: StringField) -> str:
    """Return a field's text as it was typed; the empty text for None."""
    return field.data or ""


def term_choices(of: Iterable[Term]) -> Choices:
    """Return a closed list as choices in the reader's language."""
    reader = language()
    return [(term.value, term.label(reader)) for term in of]


def row_choices(named: Sequence[ReferenceEntry]) -> Choices:
    """Return rows of the city as choices in the reader's language."""
    reader = language()
    return [(row.code, row.label(reader)) for row in named]


def grouped_choices(city: Reference, all_rows: Mapping[str, ReferenceEntry]) -> Grouped:
    """Return rows of two levels as groups of choices, by the upper row's label."""
    under = city.by_parent(all_rows)
    return {top.label(language()): row_choices(under.get(top.code) or [top]) for top in under[None]}


def add_refusal(form: FlaskForm, problem: Refused) -> None:
    """Add a refusal to the errors of its field, or of the form."""
    field = form._fields.get(problem.field or "")
    sentence = problem.label(language())
    if field is None:
        form.form_errors.append(sentence)
    else:
        field.errors = [*field.errors, sentence]


class FollowForm(PageForm):
    """The number and the query code of an appeal."""

    number = StringField(
        _("Appeal number"),
        validators=[Required(_("Enter the appeal number.")), Length(max=50)],
    )
    code = StringField(
        _("Query code"), validators=[Required(_("Enter the query code.")), Length(max=50)]
    )


Offered = Mapping[Input, Choices | Grouped]
Checks = list[Required | Optional]


class CaseForm(PageForm):
    """The base of a form about a case: `seen` is the number of moves that the person had seen."""

    seen = IntegerField("", widget=HiddenInput(), validators=[Optional()])

    @property
    def moves_seen(self) -> int:
        """The number of moves that the person had seen; that of no case where it was not sent."""
        return self.seen.data if self.seen.data is not None else -1


class MoveForm(CaseForm):
    """The base of a move's form."""

    def typed_values(self, move: MoveRule) -> dict[str, str]:
        """Return what was typed by the name of the need, as the writer of moves takes it."""
        asked = (*move.fields, *move.hidden_fields)
        return {need.name: self[need.name].data or "" for need in asked}


def build_move_form(
    move: MoveRule,
    offered: Offered | None = None,
    *,
    blank: bool = False,
    held: MultiDict[str, str] | None = None,
) -> MoveForm:
    """Build the form of a move from its needs; `offered` holds the choices of the city's rows.

    With `blank` nothing is taken from the request, which was for another form. `held` are the
    fields of a form that was held over a sign-in.
    """
    built = {need.name: build_field(need) for need in move.fields}
    built |= {need.name: StringField(widget=HiddenInput()) for need in move.hidden_fields}
    made = type("FormOfMove", (MoveForm,), built)
    form: MoveForm = made(formdata=None) if blank else made()
    if held is not None:
        form = made(formdata=held)
    for need in move.fields:
        if need.input not in INPUT_ATTRIBUTES:
            blank_choice = None if move.action is not Action.AMEND else str(_("Leave as it is"))
            form[need.name].choices = find_choices(need, offered or {}, blank_choice)
    return form


def build_field(need: Need) -> Field:
    """Build the form field of a need."""
    label = need.label(language())
    required = Required(_("Enter: %(what)s.", what=label))
    checks: Checks = [required if need.required else Optional()]
    if need.input is Input.WORDS:
        return TextAreaField(label, validators=[*checks, MaxCharacters(MAX_TEXT_CHARACTERS)])
    if need.input in INPUT_ATTRIBUTES:
        return StringField(label, validators=checks, render_kw=INPUT_ATTRIBUTES[need.input])
    asked_openly = need.choices is not None and need.required
    return (RadioField if asked_openly else SelectField)(label, validators=checks)


INPUT_ATTRIBUTES: dict[Input, dict[str, str]] = {
    Input.WORDS: {},
    Input.LINE: {},
    Input.NUMBER: {"inputmode": "numeric"},
    Input.MOMENT: {"type": "datetime-local"},
    Input.DAY: {"type": "date"},
}
"""The HTML attributes of typed inputs; other inputs are chosen from lists."""


def find_choices(
    need: Need, offered: Offered, blank_choice: str | None = None
) -> Choices | Grouped:
    """Return the choices of a need: its closed list, or rows of the city.

    `blank_choice` says what it means to choose nothing, where that is not the usual.
    """
    if need.choices is not None and need.required:
        return term_choices(need.choices)
    found = term_choices(need.choices) if need.choices is not None else offered.get(need.input, [])
    usual = _("Please choose") if need.required else _("No entry")
    blank = ("", blank_choice or str(usual))
    return {"": [blank], **found} if isinstance(found, dict) else [blank, *found]


class RevealContactForm(PageForm):
    """The reason for revealing a citizen's contact."""

    reason = RadioField(_("Why do you need it?"), validators=[Required(_("Choose why."))])
    words = StringField(
        _("In your words (for another reason)"),
        validators=[Length(max=MAX_LINE_CHARACTERS)],
    )


def build_reveal_form(*, blank: bool = False) -> RevealContactForm:
    """Build the form that reveals the contact, with what was sent unless it is `blank`."""
    form = RevealContactForm(formdata=None) if blank else RevealContactForm()
    form.reason.choices = term_choices(ContactReason)
    return form
