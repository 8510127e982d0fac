"""The filing form of citizens and of the centre, and the contact form.

A field's name is its term.
"""

from datetime import date
from functools import cache, lru_cache

from wtforms import (
    BooleanField,
    EmailField,
    Field,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.form import BaseForm
from wtforms.validators import (
    Length,
    Optional,
    ValidationError,
)

from appeals.addresses.email_addresses import read_email
from appeals.addresses.telephones import read_telephone
from appeals.cases.reference_checks import check_street
from appeals.casework.handling.statement_texts import MAX_DETAIL_CHARACTERS, MAX_SUBJECT_CHARACTERS
from appeals.domain.calendar import city_day
from appeals.domain.contact import ContactDetails
from appeals.domain.filing import Filing
from appeals.domain.refusals import Refused
from appeals.domain.vocabulary import Kind, Tier
from appeals.reference.reference_data import Reference
from appeals.web.shared.forms import (
    MAX_LINE_CHARACTERS,
    Choices,
    Grouped,
    grouped_choices,
    row_choices,
)
from appeals.web.shared.open_forms import MAX_KEY_LENGTH, MIN_KEY_LENGTH, make_key
from appeals.web.shared.request import act
from appeals.web.shared.text_fields import MaxCharacters, PageForm, Required
from appeals.web.shared.texts import language
from appeals.web.shared.texts import lazy_gettext as _

UNKNOWN_CODE = "unknown"
"""The choice “not known” of the department complained about."""


@cache
def _kind_choices(reader: str) -> Choices:
    """Return the kinds of appeal as choices in one language."""
    return [(kind.value, kind.label(reader)) for kind in Kind]


@lru_cache(maxsize=8)
def _place_choices(
    city: Reference, day: date, reader: str
) -> tuple[Grouped, Choices, Grouped, Grouped]:
    """Return the choices of the city's rows in one language, cached by city and day.

    In this order: categories, districts, streets by district, departments complained about.
    """
    nothing, unknown = str(_("Please choose")), str(_("I do not know"))
    under = city.by_parent(city.offered(city.areas))
    streets = {
        district.label(reader): row_choices(under.get(district.code, []))
        for district in under[None]
    }
    return (
        {"": [("", nothing)], **grouped_choices(city, city.offered(city.categories_on(day)))},
        [("", nothing), *row_choices(under[None])],
        {"": [("", unknown)], **streets},
        {"": [("", nothing), (UNKNOWN_CODE, unknown)], **_departments_by_tier(city, day, reader)},
    )


def _departments_by_tier(city: Reference, day: date, reader: str) -> Grouped:
    """Return the departments of a day as choices, grouped by tier."""
    known = city.offered(city.departments_on(day)).values()
    tiers = {tier.label(reader): [row for row in known if row.tier is tier] for tier in Tier}
    return {label: row_choices(found) for label, found in tiers.items() if found}


def check_phone(form: BaseForm, field: Field) -> None:
    """Refuse what is no telephone number; without a country code it is a Chinese one."""
    del form
    if field.data and read_telephone(field.data, act().reach.area_code) is None:
        raise ValidationError(_("Enter a telephone number, such as 13800000000."))


def check_email(form: BaseForm, field: Field) -> None:
    """Refuse what is no e-mail address, saying why."""
    del form
    try:
        read_email(field.data, smtp_utf8=act().reach.smtp_utf8)
    except Refused as problem:
        raise ValidationError(problem.label(language())) from None


class CitySelect(SelectField):
    """A choice among the city's rows, checked without an object for every option."""

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse a value that is not among the choices."""
        del form
        offered = self.choices or []
        groups = offered.values() if isinstance(offered, dict) else [offered]
        if not any(choice[0] == self.data for group in groups for choice in group):
            raise ValidationError(_("Choose one from the list."))


class ComplainedSelect(CitySelect):
    """The department complained about, required where the form's category is restricted."""

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse an empty choice; “not known” is a choice of its own."""
        if not isinstance(form, FilingForm):
            raise TypeError("a field of the filing form only")
        if not form.is_restricted or (form.may_leave_out and not self.raw_data):
            return
        if not self.data:
            raise ValidationError(
                _("Choose the department it is about. If you do not know, choose “I do not know”.")
            )
        super().pre_validate(form)


class FilingForm(PageForm):
    """What a citizen files; `form_key` makes a form that is sent twice one appeal.

    The department complained about is asked of restricted categories alone (Rules 3). A request
    with the whole form may leave the field out: then it is not known.
    """

    city: Reference
    may_leave_out = True
    form_key = HiddenField("", validators=[Length(min=MIN_KEY_LENGTH, max=MAX_KEY_LENGTH)])
    kind = RadioField(_("What kind of appeal is it?"))
    category = CitySelect(
        _("What is it about?"), validators=[Required(_("Choose what it is about."))]
    )
    subject = StringField(
        _("In one line"),
        validators=[
            Required(_("Say in one line what it is about.")),
            MaxCharacters(MAX_SUBJECT_CHARACTERS),
        ],
    )
    detail = TextAreaField(
        _("What happened?"),
        validators=[
            Required(_("Describe what happened.")),
            MaxCharacters(MAX_DETAIL_CHARACTERS),
        ],
    )
    complained_department = ComplainedSelect(_("Which department is it about?"))
    district = CitySelect(_("District"), validators=[Required(_("Choose the district."))])
    street = CitySelect(_("Street or town"), validators=[Optional()])
    address = StringField(
        _("Address or place"), validators=[MaxCharacters(MAX_LINE_CHARACTERS, counts_down=False)]
    )
    contact_name = StringField(
        _("Your name"), validators=[MaxCharacters(MAX_LINE_CHARACTERS, counts_down=False)]
    )
    contact_phone = TelField(
        _("Your telephone"),
        validators=[Optional(), MaxCharacters(MAX_LINE_CHARACTERS, counts_down=False), check_phone],
    )
    contact_email = EmailField(
        _("Your e-mail"),
        validators=[Optional(), check_email],
    )
    attachments = MultipleFileField(_("Photos"))
    confidential = BooleanField(_("Keep my name and contact from the department"))
    publish = BooleanField(_("The appeal and its answer may be published, without my name"))

    def set_choices(self, city: Reference) -> None:
        """Fill the lists with their choices, and give a new form its key."""
        self.city = city
        self.kind.choices = _kind_choices(language())
        self.kind.validators = [Required(_("Choose the kind of appeal."))]
        places = _place_choices(city, city_day(act().now), language())
        self.category.choices, self.district.choices, self.street.choices = places[:3]
        self.complained_department.choices = places[3]
        if not self.form_key.data:
            self.form_key.data = make_key()

    @property
    def is_restricted(self) -> bool:
        """Return whether the chosen category is restricted."""
        category = self.city.categories.get(self.category.data or "")
        return category is not None and category.restricted

    @property
    def restricted_categories(self) -> str:
        """Return the codes of the restricted categories, for the script that shows the field."""
        return " ".join(row.code for row in self.city.categories.values() if row.restricted)

    def _complained_code(self) -> str | None:
        known = self.complained_department.data not in {None, "", UNKNOWN_CODE}
        return self.complained_department.data if known and self.is_restricted else None

    def validate_street(self, field: Field) -> None:
        """Refuse a street of another district."""
        try:
            check_street(self.city, self.district.data, field.data)
        except Refused as problem:
            raise ValidationError(problem.label(language())) from None

    def to_filing(self) -> Filing:
        """Return the form's contents as a plain value."""
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
            complained_department=self._complained_code(),
            publish=self.publish.data,
            language=language(),
        )


class ContactForm(PageForm):
    """How the citizen is reached, as the filing form asks for it."""

    contact_name = FilingForm.contact_name
    contact_phone = FilingForm.contact_phone
    contact_email = FilingForm.contact_email
    confidential = FilingForm.confidential

    def to_contact(self) -> ContactDetails:
        """Return the form's contents as a plain value."""
        return ContactDetails(
            name=self["contact_name"].data or "",
            phone=self["contact_phone"].data or "",
            email=self["contact_email"].data or "",
        )
