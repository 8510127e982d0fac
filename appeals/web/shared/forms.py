"""The forms. A field's name is its term; the form of a move is built from what the move needs."""

from collections.abc import Iterable, Mapping, Sequence

from flask_babel import lazy_gettext as _
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
from appeals.domain.vocabulary import ContactReason, Term
from appeals.reference.reference_data import Reference, ReferenceEntry
from appeals.web.shared.request import language
from appeals.web.shared.text_fields import AtMost, PageForm, Required

Choices = list[tuple[str, str]]
Grouped = dict[str, Choices]
WORDS_MOST = 5000
LINE_MOST = 200


def typed(field: StringField) -> str:
    """Give what was typed into a field, exactly; nothing typed is the empty text."""
    return field.data or ""


def terms(of: Iterable[Term]) -> Choices:
    """Give a closed list as choices in the reader's language."""
    reader = language()
    return [(term.value, term.label(reader)) for term in of]


def rows(named: Sequence[ReferenceEntry]) -> Choices:
    """Give the city's rows as choices in the reader's language."""
    reader = language()
    return [(row.code, row.label(reader)) for row in named]


def grouped(city: Reference, all_rows: Mapping[str, ReferenceEntry]) -> Grouped:
    """Give rows of two levels as groups: the upper row's label over the choices under it."""
    under = city.by_parent(all_rows)
    return {top.label(language()): rows(under.get(top.code) or [top]) for top in under[None]}


def refuse(form: FlaskForm, problem: Refused) -> None:
    """Put a refusal beside the field it is about, or above the form."""
    field = form._fields.get(problem.field or "")
    sentence = problem.sentence(language())
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


class MoveForm(PageForm):
    """The base of a move's form: `seen` is the number of moves that the person had seen."""

    seen = IntegerField("", widget=HiddenInput(), validators=[Optional()])

    def given(self, move: MoveRule) -> dict[str, str]:
        """Give what was typed, by need, as `moves.make_move` takes it."""
        return {need.name: self[need.name].data or "" for need in move.fields}


def move_form(
    move: MoveRule,
    offered: Offered | None = None,
    *,
    blank: bool = False,
    held: MultiDict[str, str] | None = None,
) -> MoveForm:
    """Make the form of a move from its needs; `offered` gives the choices of the city's rows.

    A `blank` one takes nothing from the request: what was sent was meant for another form. One
    that was `held` over a sign-in has what was typed then.
    """
    built = {need.name: field_of(need) for need in move.fields}
    made = type("FormOfMove", (MoveForm,), built)
    form: MoveForm = made(formdata=None) if blank else made()
    if held is not None:
        form = made(formdata=held)
    for need in move.fields:
        if need.input not in TYPED:
            form[need.name].choices = choices_of(need, offered or {})
    return form


def field_of(need: Need) -> Field:
    """Make the form field of a need."""
    label = need.label(language())
    required = Required(_("Enter: %(what)s.", what=label))
    checks: Checks = [required if need.required else Optional()]
    if need.input is Input.WORDS:
        return TextAreaField(label, validators=[*checks, AtMost(WORDS_MOST)])
    if need.input in TYPED:
        return StringField(label, validators=checks, render_kw=TYPED[need.input])
    asked_openly = need.choices is not None and need.required
    return (RadioField if asked_openly else SelectField)(label, validators=checks)


TYPED: dict[Input, dict[str, str]] = {
    Input.WORDS: {},
    Input.LINE: {},
    Input.NUMBER: {"inputmode": "numeric"},
    Input.MOMENT: {"type": "datetime-local"},
    Input.DAY: {"type": "date"},
}
"""What is typed rather than chosen, and what its field says to the browser."""


def choices_of(need: Need, offered: Offered) -> Choices | Grouped:
    """Give the choices of a need: its closed list, or what the city's rows offer."""
    if need.choices is not None and need.required:
        return terms(need.choices)
    found = terms(need.choices) if need.choices is not None else offered.get(need.input, [])
    blank = ("", str(_("Please choose") if need.required else _("No entry")))
    return {"": [blank], **found} if isinstance(found, dict) else [blank, *found]


class LookForm(PageForm):
    """Why somebody looks at the citizen's contact."""

    reason = RadioField(_("Why do you need it?"), validators=[Required(_("Choose why."))])
    words = StringField(
        _("In your words (for another reason)"),
        validators=[Length(max=LINE_MOST)],
    )


def look_form(*, blank: bool = False) -> LookForm:
    """Give the form of a look at the contact, with what was sent unless it is `blank`."""
    form = LookForm(formdata=None) if blank else LookForm()
    form.reason.choices = terms(ContactReason)
    return form
