"""E-mail addresses: as typed, as stored, and as sent to.

No DNS lookup is made: whether a mailbox exists shows when a message is sent.
"""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from appeals.domain.messages import message
from appeals.domain.refusals import Refused, not_valid
from appeals.domain.text.cleaning import clean_line

DOTS = str.maketrans("。．｡", "...")
MAX_EMAIL_CHARACTERS = 254
MAX_TYPED_CHARACTERS = 1000
"""The longest input that is parsed, including spaces."""
WITHOUT_DOTS = frozenset({"gmail.com", "proton.me"})
SAME_DOMAIN = {
    "googlemail.com": "gmail.com",
    "protonmail.com": "proton.me",
    "pm.me": "proton.me",
}
"""Other domains of the same mailboxes; in `WITHOUT_DOTS`, dots in the name make no difference."""


def read_email(typed: str | None, *, smtp_utf8: bool = False, field: str = "email") -> str:
    """Return an address as it is stored: half width, Latin dots, the domain in its own script.

    Args:
        typed: As typed, possibly with a Chinese keyboard (`li@163。com`); blank gives "".
        smtp_utf8: Whether the city's mail server accepts names with letters beyond ASCII.
        field: The form field that a refusal is about.

    Raises Refused (not valid) with a sentence that says what is wrong.
    """
    plain = plain_address(typed)
    if not plain:
        return ""
    if len(plain) > MAX_EMAIL_CHARACTERS or len(typed or "") > MAX_TYPED_CHARACTERS:
        raise _not_an_address(field)
    try:
        found = validate_email(plain, check_deliverability=False, allow_smtputf8=True)
    except EmailNotValidError:
        raise _not_an_address(field) from None
    if found.ascii_email is None and not smtp_utf8:
        raise not_valid(
            field,
            message(
                "Our mail server cannot write to an address with letters other than English "
                "ones before the @. Enter another address, or a telephone only."
            ),
        )
    return found.normalized


def delivery_address(address: str) -> str:
    """Return an address as it is sent to: with its domain in ASCII (punycode).

    A name beyond ASCII stays, for servers that accept it; so does text that is no address.
    """
    plain = plain_address(address)
    name, at, domain = plain.rpartition("@")
    if not at:
        return address
    if domain.isascii() or len(plain) > MAX_EMAIL_CHARACTERS:
        return plain
    try:
        found = validate_email(f"{name}@{domain}", check_deliverability=False)
    except EmailNotValidError:
        return address
    return f"{found.local_part}@{found.ascii_domain}"


def mailbox_of(email: str) -> str:
    """Return one spelling for all addresses of a mailbox, for rate limits only, never to send to.

    A suffix after a plus, capital letters, full-width letters, a dot after the domain and, with
    some providers, dots in the name make no other mailbox.
    """
    name, _, domain = delivery_address(email.strip().rstrip(".。．｡")).casefold().rpartition("@")
    name = name.strip('"').partition("+")[0]
    domain = SAME_DOMAIN.get(domain, domain)
    if domain in WITHOUT_DOTS:
        name = name.replace(".", "")
    return f"{name}@{domain}"


def plain_address(typed: str | None) -> str:
    """Return the text in half width, with Latin dots and without blanks; it is not validated.

    Only the first 1000 characters are read.
    """
    cleaned = clean_line((typed or "")[:MAX_TYPED_CHARACTERS])
    plain = unicodedata.normalize("NFKC", cleaned).translate(DOTS)
    for mark in "@.":
        plain = mark.join(piece.strip() for piece in plain.split(mark))
    return plain


def _not_an_address(field: str) -> Refused:
    return not_valid(field, message("Enter an e-mail address, such as name@example.org."))
