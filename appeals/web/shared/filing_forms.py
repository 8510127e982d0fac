"""The form of a filing, the citizen's and the centre's, and that of a contact.

A field's name is its term.
"""

from datetime import date
from functools import cache, lru_cache

from flask_babel import lazy_gettext as _
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
from appeals.casework.handling.filing import Filing, check_street
from appeals.casework.handling.statement_texts import MAX_DETAIL_CHARACTERS, MAX_SUBJECT_CHARACTERS
from appeals.domain.calendar import city_day
from appeals.domain.contact import ContactDetails
from appeals.domain.refusals import Refused
from appeals.domain.vocabulary import Kind, Tier
from appeals.reference.reference_data import Reference
from appeals.web.shared.forms import LINE_MOST, Choices, Grouped, grouped, rows
from appeals.web.shared.open_forms import KEY_LONGEST, KEY_SHORTEST, new_key
from appeals.web.shared.request import act, language
from appeals.web.shared.text_fields import AtMost, PageForm, Required

NOT_KNOWN = "unknown"
"""Chosen by who does not know which department a restricted appeal is about."""


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
    under = city.by_parent(city.offered(city.areas))
    streets = {
        district.label(reader): rows(under.get(district.code, [])) for district in under[None]
    }
    return (
        {"": [("", nothing)], **grouped(city, city.offered(city.categories_on(day)))},
        [("", nothing), *rows(under[None])],
        {"": [("", unknown)], **streets},
        {"": [("", nothing), (NOT_KNOWN, unknown)], **_by_tier(city, day, reader)},
    )


def _by_tier(city: Reference, day: date, reader: str) -> Grouped:
    """Give the departments of a day as choices, grouped by what they belong to."""
    known = city.offered(city.departments_on(day)).values()
    tiers = {tier.label(reader): [row for row in known if row.tier == tier] for tier in Tier}
    return {label: rows(found) for label, found in tiers.items() if found}


def is_phone(form: BaseForm, field: Field) -> None:
    """Refuse what cannot be called; a number without a country is one of China."""
    del form
    if field.data and read_telephone(field.data, act().reach.area_code) is None:
        raise ValidationError(_("Enter a telephone number, such as 13800000000."))


def is_email(form: BaseForm, field: Field) -> None:
    """Refuse what cannot be written to, saying why."""
    del form
    try:
        read_email(field.data, smtp_utf8=act().reach.smtp_utf8)
    except Refused as problem:
        raise ValidationError(problem.sentence(language())) from None


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


class FilingForm(PageForm):
    """What a citizen files; `form_key` is the one-time key that makes pressing twice one appeal.

    The department complained about is asked of restricted categories alone (Rules 3). A program
    that posts the whole form may leave the field out: then it is not known.
    """

    city: Reference
    may_leave_out = True
    form_key = HiddenField("", validators=[Length(min=KEY_SHORTEST, max=KEY_LONGEST)])
    kind = RadioField(_("What kind of appeal is it?"))
    category = CitySelect(
        _("What is it about?"), validators=[Required(_("Choose what it is about."))]
    )
    subject = StringField(
        _("In one line"),
        validators=[
            Required(_("Say in one line what it is about.")),
            AtMost(MAX_SUBJECT_CHARACTERS),
        ],
    )
    detail = TextAreaField(
        _("What happened?"),
        validators=[
            Required(_("Describe what happened.")),
            AtMost(MAX_DETAIL_CHARACTERS),
        ],
    )
    complained_department = ComplainedSelect(_("Which department is it about?"))
    district = CitySelect(_("District"), validators=[Required(_("Choose the district."))])
    street = CitySelect(_("Street or town"), validators=[Optional()])
    address = StringField(_("Address or place"), validators=[AtMost(LINE_MOST, counts_down=False)])
    contact_name = StringField(_("Your name"), validators=[AtMost(LINE_MOST, counts_down=False)])
    contact_phone = TelField(
        _("Your telephone"), validators=[Optional(), AtMost(LINE_MOST, counts_down=False), is_phone]
    )
    contact_email = EmailField(
        _("Your e-mail"),
        validators=[Optional(), is_email],
    )
    attachments = MultipleFileField(_("Photos"))
    confidential = BooleanField(_("Keep my name and contact from the department"))
    publish = BooleanField(_("The appeal and its answer may be published, without my name"))

    def offer(self, city: Reference) -> None:
        """Give the lists their choices, and a new form its key."""
        self.city = city
        self.kind.choices = _kinds(language())
        self.kind.validators = [Required(_("Choose the kind of appeal."))]
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


class ContactForm(PageForm):
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
