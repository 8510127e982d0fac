"""The forms. A field's name is its term; the form of a move is built from what the move needs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    HiddenField,
    IntegerField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.form import BaseForm
from wtforms.validators import (
    Email,
    InputRequired,
    Length,
    Optional,
    StopValidation,
    ValidationError,
)
from wtforms.widgets import HiddenInput

from appeals.casework.filing import DETAIL_MOST, SUBJECT_MOST, Filing, check_street
from appeals.domain.calendar import city_day
from appeals.domain.contact import ContactDetails
from appeals.domain.lifecycle import Move
from appeals.domain.needs import Input, Need
from appeals.domain.refusals import Refused
from appeals.domain.vocabulary import Kind, Term, Tier
from appeals.reference import Named, Reference
from appeals.web.open_forms import KEY_LONGEST, KEY_SHORTEST, new_key
from appeals.web.request import act, language
from appeals.web.telephones import dialled, is_phone

Choices = list[tuple[str, str]]
Grouped = dict[str, Choices]
WORDS_MOST = 5000
LINE_MOST = 200
EMAIL_MOST = 254
NOT_KNOWN = "unknown"
"""Chosen by who does not know which department a restricted appeal is about."""
NO_EMAIL = _("Enter an e-mail address, such as name@example.org.")


def stripped(text: str | None) -> str:
    """Take the blanks around what was typed away."""
    return (text or "").strip()


def typed(field: StringField) -> str:
    """Give what was typed into a field, exactly; nothing typed is the empty text."""
    return field.data or ""


def terms(of: Iterable[Term]) -> Choices:
    """Give a closed list as choices in the reader's language."""
    reader = language()
    return [(term.value, term.label(reader)) for term in of]


def rows(named: Sequence[Named]) -> Choices:
    """Give the city's rows as choices in the reader's language."""
    reader = language()
    return [(row.code, row.label(reader)) for row in named]


def grouped(city: Reference, all_rows: Mapping[str, Named]) -> Grouped:
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


@cache
def _kinds(reader: str) -> Choices:
    """Give the kinds of appeals in a language."""
    return [(kind.value, kind.label(reader)) for kind in Kind]


@lru_cache(maxsize=8)
def _places(city: Reference, day: date, reader: str) -> tuple[Grouped, Choices, Grouped, Grouped]:
    """Give the choices of the city's rows in a language, made once a day and city.

    They are those of category, district, street and the department complained about.
    """
    nothing, unknown = str(_("Please choose")), str(_("I do not know"))
    under = city.by_parent(city.areas)
    streets = {
        district.label(reader): rows(under.get(district.code, [])) for district in under[None]
    }
    return (
        {"": [("", nothing)], **grouped(city, city.categories_on(day))},
        [("", nothing), *rows(under[None])],
        {"": [("", unknown)], **streets},
        {"": [("", nothing), (NOT_KNOWN, unknown)], **_by_tier(city, day, reader)},
    )


def _by_tier(city: Reference, day: date, reader: str) -> Grouped:
    """Give the departments of a day as choices, grouped by what they belong to."""
    known = city.departments_on(day).values()
    tiers = {tier.label(reader): [row for row in known if row.tier == tier] for tier in Tier}
    return {label: rows(found) for label, found in tiers.items() if found}


def short_enough(form: BaseForm, field: Field) -> None:
    """Refuse what is too long for an e-mail address before anybody spends time on reading it."""
    del form
    if len(field.data) > EMAIL_MOST:
        raise StopValidation(NO_EMAIL)


class CitySelect(SelectField):
    """A choice among the city's rows: WTForms would make an object of every one to check it."""

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse what is not among the choices."""
        del form
        offered = self.choices or []
        groups = offered.values() if isinstance(offered, dict) else [offered]
        if not any(choice[0] == self.data for group in groups for choice in group):
            raise ValidationError(_("Choose one from the list."))


class ComplainedSelect(CitySelect):
    """The department complained about; it is asked where the form's category is restricted."""

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse an empty choice: who does not know says so."""
        assert isinstance(form, FilingForm)
        if not form.is_restricted or (form.may_leave_out and not self.raw_data):
            return
        if not self.data:
            raise ValidationError(
                _("Choose the department it is about. If you do not know, choose “I do not know”.")
            )
        super().pre_validate(form)


class FilingForm(FlaskForm):  # type: ignore[misc]  # the package carries no types
    """What a citizen files; `form_key` is the one-time key that makes pressing twice one appeal.

    The department complained about is asked of restricted categories alone (Rules 3). A program
    that posts the whole form may leave the field out: then it is not known.
    """

    city: Reference
    may_leave_out = True
    form_key = HiddenField("", validators=[Length(min=KEY_SHORTEST, max=KEY_LONGEST)])
    kind = RadioField(_("What kind of appeal is it?"))
    category = CitySelect(
        _("What is it about?"), validators=[InputRequired(_("Choose what it is about."))]
    )
    subject = StringField(
        _("In one line"),
        filters=[stripped],
        validators=[
            InputRequired(_("Say in one line what it is about.")),
            Length(max=SUBJECT_MOST, message=_("The line may have at most %(max)d characters.")),
        ],
    )
    detail = TextAreaField(
        _("What happened?"),
        filters=[stripped],
        validators=[
            InputRequired(_("Describe what happened.")),
            Length(max=DETAIL_MOST, message=_("The text may have at most %(max)d characters.")),
        ],
    )
    complained_department = ComplainedSelect(_("Which department is it about?"))
    district = CitySelect(_("District"), validators=[InputRequired(_("Choose the district."))])
    street = CitySelect(_("Street or town"), validators=[Optional()])
    address = StringField(
        _("Address or place"), filters=[stripped], validators=[Length(max=LINE_MOST)]
    )
    contact_name = StringField(
        _("Your name"), filters=[stripped], validators=[Length(max=LINE_MOST)]
    )
    contact_phone = TelField(
        _("Your telephone"), filters=[dialled], validators=[Optional(), is_phone]
    )
    contact_email = EmailField(
        _("Your e-mail"),
        filters=[stripped],
        validators=[Optional(), short_enough, Email(NO_EMAIL)],
    )
    attachments = MultipleFileField(_("Photos"))
    confidential = BooleanField(_("Keep my name and contact from the department"))
    publish = BooleanField(_("The appeal and its answer may be published, without my name"))

    def offer(self, city: Reference) -> None:
        """Give the lists their choices, and a new form its key."""
        self.city = city
        self.kind.choices = _kinds(language())
        self.kind.validators = [InputRequired(_("Choose the kind of appeal."))]
        places = _places(city, city_day(act().now), language())
        self.category.choices, self.district.choices, self.street.choices = places[:3]
        self.complained_department.choices = places[3]
        if not self.form_key.data:
            self.form_key.data = new_key()

    @property
    def is_restricted(self) -> bool:
        """Tell whether the chosen category is a restricted one."""
        category = self.city.categories.get(self.category.data or "")
        return category is not None and category.restricted

    @property
    def restricted_categories(self) -> str:
        """Give the codes of the restricted categories, for the script that shows the field."""
        return " ".join(row.code for row in self.city.categories.values() if row.restricted)

    def _complained(self) -> str | None:
        known = self.complained_department.data not in {None, "", NOT_KNOWN}
        return self.complained_department.data if known and self.is_restricted else None

    def validate_street(self, field: Field) -> None:
        """Refuse a street of another district."""
        try:
            check_street(self.city, self.district.data, field.data)
        except Refused as problem:
            raise ValidationError(problem.sentence(language())) from None

    def filing(self) -> Filing:
        """Give what was typed as a plain value."""
        return Filing(
            kind=Kind(self.kind.data),
            category=self.category.data,
            subject=self.subject.data or "",
            detail=self.detail.data or "",
            district=self.district.data or None,
            street=self.street.data or None,
            address=self.address.data or "",
            contact_name=self.contact_name.data or "",
            contact_phone=self.contact_phone.data or "",
            contact_email=self.contact_email.data or "",
            confidential=self.confidential.data,
            complained_department=self._complained(),
            publish=self.publish.data,
            language=language(),
        )


class ContactForm(FlaskForm):  # type: ignore[misc]  # the package carries no types
    """How the citizen is reached, as the filing form asks for it."""

    contact_name = FilingForm.contact_name
    contact_phone = FilingForm.contact_phone
    contact_email = FilingForm.contact_email
    confidential = FilingForm.confidential

    def contact(self) -> ContactDetails:
        """Give what was typed as a plain value."""
        return ContactDetails(
            name=self["contact_name"].data or "",
            phone=self["contact_phone"].data or "",
            email=self["contact_email"].data or "",
        )


class FollowForm(FlaskForm):  # type: ignore[misc]  # the package carries no types
    """The number and the query code of an appeal."""

    number = StringField(
        _("Appeal number"),
        validators=[InputRequired(_("Enter the appeal number.")), Length(max=50)],
    )
    code = StringField(
        _("Query code"), validators=[InputRequired(_("Enter the query code.")), Length(max=50)]
    )


Offered = Mapping[Input, Choices | Grouped]
Checks = list[InputRequired | Optional]


class MoveForm(FlaskForm):  # type: ignore[misc]  # the package carries no types
    """The base of a move's form: `seen` is the number of moves that the person had seen."""

    seen = IntegerField("", widget=HiddenInput(), validators=[Optional()])

    def given(self, move: Move) -> dict[str, str]:
        """Give what was typed, by need, as `casework.moves.make` takes it."""
        return {need.name: stripped(self[need.name].data) for need in move.fields}


def move_form(move: Move, offered: Offered | None = None, *, blank: bool = False) -> MoveForm:
    """Make the form of a move from its needs; `offered` gives the choices of the city's rows.

    A `blank` one takes nothing from the request: what was sent was meant for another form.
    """
    built = {need.name: field_of(need) for need in move.fields}
    made = type("FormOfMove", (MoveForm,), built)
    form: MoveForm = made(formdata=None) if blank else made()
    for need in move.fields:
        if need.input not in TYPED:
            form[need.name].choices = choices_of(need, offered or {})
    return form


def field_of(need: Need) -> Field:
    """Make the form field of a need."""
    label = need.label(language())
    required = InputRequired(_("Enter: %(what)s.", what=label))
    checks: Checks = [required if need.required else Optional()]
    if need.input is Input.WORDS:
        most = Length(max=WORDS_MOST, message=_("The text may have at most %(max)d characters."))
        return TextAreaField(label, validators=[*checks, most])
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
