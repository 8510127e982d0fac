"""The centre's form for a citizen who calls about an existing appeal."""

from collections.abc import Sequence

from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    EmailField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import Length, Optional

from appeals.casework.handling.caller_moves import Caller
from appeals.domain.contact import ContactDetails
from appeals.domain.lifecycle import MoveRule
from appeals.domain.states import Action
from appeals.domain.vocabulary import Channel, YesNo
from appeals.web.shared.filing_forms import check_email, check_phone
from appeals.web.shared.forms import (
    MAX_LINE_CHARACTERS,
    MAX_TEXT_CHARACTERS,
    CaseForm,
    term_choices,
    typed_text,
)
from appeals.web.shared.text_fields import MaxCharacters
from appeals.web.shared.texts import lazy_gettext as _

IN_ORDER = (
    Action.URGE,
    Action.ADD,
    Action.ENQUIRE,
    Action.SAY_NOT_SOLVED,
    Action.NEW_CODE,
)
"""The moves that need at most words, in the order of their buttons; others have parts of their
own."""


class CallerForm(CaseForm):
    """How the caller is recognised, what is asked for, and what she says; each button is a move."""

    calling_number = TelField(_("Calling number"), validators=[Length(max=MAX_LINE_CHARACTERS)])
    query_code = StringField(_("Query code"), validators=[Length(max=MAX_LINE_CHARACTERS)])
    name_and_address = BooleanField(_("Name and address were compared and are right"))
    channel = SelectField(_("Asked through"))
    words = TextAreaField(
        _("What the caller says"), validators=[MaxCharacters(MAX_TEXT_CHARACTERS)]
    )
    contact_name = StringField(
        _("New name"), validators=[MaxCharacters(MAX_LINE_CHARACTERS, counts_down=False)]
    )
    contact_phone = TelField(
        _("New telephone"),
        validators=[Optional(), MaxCharacters(MAX_LINE_CHARACTERS, counts_down=False), check_phone],
    )
    contact_email = EmailField(_("New e-mail"), validators=[Optional(), check_email])
    confidential = SelectField(_("Kept from the department"), validators=[Optional()])

    def to_caller(self) -> Caller:
        """Return who calls, as a plain value."""
        return Caller(
            calling_number=typed_text(self.calling_number),
            query_code=typed_text(self.query_code),
            knows_name_and_address=bool(self.name_and_address.data),
            channel=Channel(self.channel.data),
        )

    def to_contact(self) -> ContactDetails:
        """Return the parts of the contact that were typed."""
        return ContactDetails(
            name=typed_text(self.contact_name),
            phone=typed_text(self.contact_phone),
            email=typed_text(self.contact_email),
        )

    def to_confidential(self) -> bool | None:
        """Return whether the contact is to be kept from the department; None: as it is."""
        chosen = self.confidential.data
        return YesNo(chosen) is YesNo.YES if chosen else None


def build_caller_form(
    *, blank: bool = False, held: MultiDict[str, str] | None = None, calling_number: str = ""
) -> CallerForm:
    """Build the form: from the request, from the `held` fields, or `blank` with a number."""
    if held is not None:
        form = CallerForm(formdata=held)
    elif blank:
        form = CallerForm(formdata=None, data={"calling_number": calling_number})
    else:
        form = CallerForm()
    form.channel.choices = term_choices(Channel)
    form.confidential.choices = [("", str(_("As it is"))), *term_choices(YesNo)]
    form.channel.data = form.channel.data or Channel.PHONE.value
    return form


def list_plain_moves(possible: Sequence[MoveRule]) -> list[MoveRule]:
    """Return those of the open moves for a caller that need at most words, in order."""
    found = {move.action: move for move in possible if move.for_caller}
    return [found[action] for action in IN_ORDER if action in found]
