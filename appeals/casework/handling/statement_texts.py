"""The texts of filings and contacts: cleaned and checked alike for every way in."""

from collections.abc import Mapping
from typing import TypedDict

from appeals.addresses.email_addresses import read_email
from appeals.domain.contact import ContactDetails, ContactSettings
from appeals.domain.messages import message
from appeals.domain.refusals import not_valid
from appeals.domain.text.cleaning import clean_line, clean_text, count_characters

MAX_SUBJECT_CHARACTERS = 100
MAX_DETAIL_CHARACTERS = 5000


class StatementTexts(TypedDict):
    """The texts of a filing, keyed by the columns of the statement."""

    subject: str
    detail: str
    address: str
    contact_name: str
    contact_phone: str
    contact_email: str


def clean_statement(given: Mapping[str, object]) -> StatementTexts:
    """Clean the texts of a filing for storage.

    Nothing is refused, because imports use this too: what another system accepted is kept.
    """
    return {
        "subject": clean_line(str(given["subject"])),
        "detail": clean_text(str(given["detail"])),
        "address": clean_line(str(given["address"])),
        "contact_name": clean_line(str(given["contact_name"])),
        "contact_phone": clean_line(str(given["contact_phone"])),
        "contact_email": clean_line(str(given["contact_email"])),
    }


def check_statement(texts: StatementTexts, reach: ContactSettings) -> StatementTexts:
    """Check what somebody entered in a form of ours; return it with the e-mail in its normal form.

    Raises Refused (not valid) for an empty or too long subject or text, and for an invalid e-mail
    address. The telephone stays as typed.
    """
    if not texts["subject"]:
        raise not_valid("subject", message("Say in one line what it is about."))
    if not texts["detail"]:
        raise not_valid("detail", message("Describe what happened."))
    _check_length("subject", texts["subject"], MAX_SUBJECT_CHARACTERS)
    _check_length("detail", texts["detail"], MAX_DETAIL_CHARACTERS)
    email = read_email(texts["contact_email"], smtp_utf8=reach.smtp_utf8, field="contact_email")
    return {**texts, "contact_email": email}


def clean_contact(contact: ContactDetails, reach: ContactSettings) -> ContactDetails:
    """Clean a contact for storage. Raises Refused (not valid) for an invalid e-mail address."""
    email = read_email(contact.email, smtp_utf8=reach.smtp_utf8, field="contact_email")
    return ContactDetails(clean_line(contact.name), clean_line(contact.phone), email)


def _check_length(field: str, text: str, most: int) -> None:
    if (over := count_characters(text) - most) > 0:
        raise not_valid(
            field,
            message(
                "At most %(most)s characters: there are %(over)s too many.", most=most, over=over
            ),
        )
