"""Telephone numbers as people write them, understood as one would dial them in China."""

import re

import phonenumbers
from flask_babel import lazy_gettext as _
from wtforms import Field, Form
from wtforms.validators import ValidationError

from appeals.casework.notices import A_MOBILE

CHINA = 86
MOBILE, MOBILE_DIGITS = re.compile("1[3-9]"), 11


def dialled(text: str | None) -> str:
    """Give a telephone number as it is dialled in China, whatever way it was written.

    `+86 138 0000 0000` becomes 13800000000 and `(0532) 8591-1111` becomes 053285911111; one of
    another country keeps its `+`. What is no number stays as it was typed, to be corrected.
    """
    written = (text or "").strip()
    if A_MOBILE.fullmatch(written):
        return written  # as most people write it: it needs no reading
    number = _number(written)
    if number is None:
        return written
    if number.country_code != CHINA:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return "".join(each for each in national if each.isdigit())


def _number(written: str) -> phonenumbers.PhoneNumber | None:
    """Read a number that can be called, without a country as one of China; None for any other."""
    try:
        found = phonenumbers.parse(written, "CN")
    except phonenumbers.NumberParseException:
        return None
    mobile = MOBILE.match(str(found.national_number)) and found.country_code == CHINA
    if mobile and len(str(found.national_number)) != MOBILE_DIGITS:
        return None
    return found if phonenumbers.is_possible_number(found) else None


def is_phone(form: Form, field: Field) -> None:
    """Refuse what cannot be called; a number without a country is one of China."""
    del form
    if not A_MOBILE.fullmatch(field.data) and _number(field.data) is None:
        raise ValidationError(_("Enter a telephone number, such as 13800000000."))
