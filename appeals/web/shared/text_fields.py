"""The base of every form: text fields are cleaned, then validated and shown again."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, PasswordField, StringField, TextAreaField
from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm
from wtforms.validators import InputRequired, StopValidation

from appeals.domain.text.cleaning import clean_line, clean_text, count_characters
from appeals.web.shared.texts import FormTexts
from appeals.web.shared.texts import lazy_gettext as _

TOO_LONG = _("At most %(max)d characters: there are %(over)d too many.")
UNCLEANED_FIELDS = (PasswordField, HiddenField)
"""Fields that are not a person's text, or must stay as typed."""


class PageForm(FlaskForm):  # type: ignore[misc]  # the package carries no types
    """A form whose texts are cleaned as they come in (`domain/text/cleaning.py`)."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # the package carries no types
        """Puts the cleaning before a text field's own filters."""

        def bind_field(
            self, form: BaseForm, unbound_field: "UnboundField[Any]", options: dict[str, Any]
        ) -> Field:
            """Make the field; a text field of several lines keeps its line ends."""
            made = unbound_field.field_class
            if issubclass(made, StringField) and not issubclass(made, UNCLEANED_FIELDS):
                clean = clean_text if issubclass(made, TextAreaField) else clean_line
                options["filters"] = [clean, *unbound_field.kwargs.get("filters", ())]
            field: Field = unbound_field.bind(form=form, **options)
            return field

        def get_translations(self, form: BaseForm) -> FormTexts:
            """Return what translates the sentences of WTForms."""
            del form
            return FormTexts()


class Required(InputRequired):
    """Refuses an empty field, also where only invisible characters were sent."""

    def __call__(self, form: BaseForm, field: Field) -> None:
        """Refuse a field that is empty once it is cleaned."""
        super().__call__(form, field)
        if field.data is None or field.data == "":
            field.errors = []
            raise StopValidation(str(self.message))


class MaxCharacters:
    """Refuses a text with more characters than allowed, as a person counts them."""

    def __init__(self, most: int, *, counts_down: bool = True) -> None:
        """Allow `most` characters; with `counts_down` the page shows how many are left."""
        self.most = most
        self.field_flags = {"most": most} if counts_down else {}

    def __call__(self, form: BaseForm, field: Field) -> None:
        """Refuse a text that is too long, saying by how much, and stop further checks."""
        del form
        over = count_characters(field.data or "") - self.most
        if over > 0:
            raise StopValidation(TOO_LONG % {"max": self.most, "over": over})
