"""The centre's filing form: the citizen's form as an operator fills it in, with the channel."""

from dataclasses import replace
from datetime import datetime

from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from appeals.domain.filing import Filing
from appeals.domain.messages import offered_languages
from appeals.domain.vocabulary import Channel
from appeals.queries.similar_appeals import DescribedMatter
from appeals.reference.reference_data import Reference
from appeals.reference.topic_search import TopicMatches, propose_topics
from appeals.web.shared.display import own_language_name
from appeals.web.shared.filing_forms import CitySelect, FilingForm
from appeals.web.shared.forms import (
    MAX_LINE_CHARACTERS,
    MAX_TEXT_CHARACTERS,
    row_choices,
    term_choices,
    typed_text,
)
from appeals.web.shared.request import act
from appeals.web.shared.text_fields import MaxCharacters, Required
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
MATCHING = _("Categories that fit these words")


class IntakeForm(FilingForm):
    """What an operator files for a caller; the place may be unknown.

    `find` are words that the category is found by, as on the citizens' page; `reply` answers the
    appeal on the spot. `language` is the caller's, who need not read what the operator does.
    """

    channel = SelectField(_("Channel"))
    language = SelectField(_("Language of the notices"))
    district = CitySelect(_("District"), validators=[Optional()])
    find = StringField(
        _("Find the category by words"), validators=[Length(max=MAX_LINE_CHARACTERS)]
    )
    urgent = BooleanField(_("Urgent"))
    reply = TextAreaField(_("Answer at once"), validators=[MaxCharacters(MAX_TEXT_CHARACTERS)])
    matches: TopicMatches | None = None

    def set_choices(self, city: Reference) -> None:
        """Fill the lists with their choices, and what follows from what was chosen."""
        super().set_choices(city)
        self.channel.choices = term_choices(Channel)
        self.language.choices = [(code, own_language_name(code)) for code in offered_languages()]
        for name, label in FIELD_LABELS.items():
            self[name].label.text = label
        if not self.channel.data:
            self.channel.data = Channel.PHONE.value
        if not self.language.data:
            self.language.data = "zh"
        self._offer_matches()
        self._take_district_of_street(city)

    def _offer_matches(self) -> None:
        """Put the categories that fit the typed words first, and choose the best."""
        if not typed_text(self.find):
            return
        self.matches = propose_topics(act(), typed_text(self.find))
        if self.matches.topics:
            found = row_choices(self.matches.topics)
            offered = self.category.choices
            assert isinstance(offered, dict)
            self.category.choices = {str(MATCHING): found, **offered}
            self.category.data = self.category.data or found[0][0]

    def _take_district_of_street(self, city: Reference) -> None:
        """Choose the district that the chosen street is in."""
        street = city.areas.get(self.street.data or "")
        if street is not None and street.parent is not None:
            self.district.data = street.parent

    def is_complete(self, *, answers: bool) -> bool:
        """Validate the form; one that `answers` on the spot must have the answer."""
        needs_reply = {"reply": [Required(_("Enter the answer."))]} if answers else {}
        return bool(self.validate(extra_validators=needs_reply))

    def describe_matter(self, now: datetime) -> DescribedMatter:
        """Return what similar appeals are looked for with."""
        return DescribedMatter(
            typed_text(self.subject),
            typed_text(self.detail),
            now,
            self.district.data or None,
            self.street.data or None,
        )

    def to_filing(self) -> Filing:
        """Return the form's contents as a plain value."""
        channel = Channel(self.channel.data)
        return replace(super().to_filing(), channel=channel, language=self.language.data)
