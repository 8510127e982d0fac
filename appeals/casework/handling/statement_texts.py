"""The texts of a filing and of a contact: cleaned and judged, whichever door they come by."""

from collections.abc import Mapping
from typing import TypedDict

from appeals.addresses.email_addresses import read_email
from appeals.domain.contact import ContactDetails, ContactSettings
from appeals.domain.refusals import not_valid
from appeals.domain.text.cleaning import clean_line, clean_text, count_characters

MAX_SUBJECT_CHARACTERS = 100
MAX_DETAIL_CHARACTERS = 5000


class StatementTexts(TypedDict):
    """The texts of a filing, by the names of the statement's columns."""

    subject: str
    detail: str
    address: str
    contact_name: str
    contact_phone: str
    contact_email: str


def clean_statement(given: Mapping[str, object]) -> StatementTexts:
    """Return the texts of a filing as they are kept.

    Nothing is refused: what another system took is kept, and only cleaned.
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
    """Return what somebody types at a door of ours, with the e-mail in its normal form.

    Raises Refused (not valid) for a subject or text that is empty or too long, and for an e-mail
    that cannot be written to. The telephone stays as it was typed.
    """
    if not texts["subject"]:
        raise not_valid("subject", "请用一句话概括您的诉求。", "Say in one line what it is about.")
    if not texts["detail"]:
        raise not_valid("detail", "请写明发生了什么。", "Describe what happened.")
    _check_length("subject", texts["subject"], MAX_SUBJECT_CHARACTERS)
    _check_length("detail", texts["detail"], MAX_DETAIL_CHARACTERS)
    email = read_email(texts["contact_email"], smtp_utf8=reach.smtp_utf8, field="contact_email")
    return {**texts, "contact_email": email}


def clean_contact(contact: ContactDetails, reach: ContactSettings) -> ContactDetails:
    """Return a contact as it is kept. Raises Refused (not valid) for an e-mail as above."""
    email = read_email(contact.email, smtp_utf8=reach.smtp_utf8, field="contact_email")
    return ContactDetails(clean_line(contact.name), clean_line(contact.phone), email)


def _check_length(field: str, text: str, most: int) -> None:
    if (over := count_characters(text) - most) > 0:
        raise not_valid(
            field,
            f"最多{most}个字，还需删去{over}个字。",
            f"At most {most} characters: there are {over} too many.",
        )
