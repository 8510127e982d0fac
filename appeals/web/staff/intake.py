"""The centre's filing form: the citizen's form as an operator fills it in, with the channel."""

from dataclasses import replace

from wtforms import SelectField
from wtforms.validators import Optional

from appeals.domain.filing import Filing
from appeals.domain.messages import offered_languages
from appeals.domain.vocabulary import Channel
from appeals.reference.reference_data import Reference
from appeals.web.shared.display import own_language_name
from appeals.web.shared.filing_forms import CitySelect, FilingForm
from appeals.web.shared.forms import term_choices
from appeals.web.shared.texts import lazy_gettext as _

FIELD_LABELS = {
    "kind": _("Kind"),
    "category": _("Category"),
    "subject": _("Subject"),
    "detail": _("What the citizen says"),
    "complained_department": _("Department complained about"),
    "address": _("Address"),
    "contact_name": _("Name"),
    "contact_phone": _("Telephone"),
    "contact_email": _("E-mail"),
    "confidential": _("Confidential"),
    "publish": _("May be published"),
}
"""What the operator reads where the citizen's form says "you"."""


class IntakeForm(FilingForm):
    """What an operator files for a caller; the place may be unknown.

    `language` is the caller's, who need not read what the operator does.
    """

    channel = SelectField(_("Channel"))
    language = SelectField(_("Language of the notices"))
    district = CitySelect(_("District"), validators=[Optional()])

    def set_choices(self, city: Reference) -> None:
        """Fill the lists with their choices, and give a new form its key."""
        super().set_choices(city)
        self.channel.choices = term_choices(Channel)
        self.language.choices = [(code, own_language_name(code)) for code in offered_languages()]
        for name, label in FIELD_LABELS.items():
            self[name].label.text = label
        if not self.channel.data:
            self.channel.data = Channel.PHONE.value
        if not self.language.data:
            self.language.data = "zh"

    def to_filing(self) -> Filing:
        """Return the form's contents as a plain value."""
        channel = Channel(self.channel.data)
        return replace(super().to_filing(), channel=channel, language=self.language.data)
