"""Moves that the centre makes for a citizen who calls, once it has recognised her (Rules 8)."""

from dataclasses import dataclass

from appeals.act import Act
from appeals.addresses.telephones import read_telephone
from appeals.cases.access import knows_code
from appeals.cases.citizen_contact import current_contact
from appeals.casework.handling.contacts import change_contact
from appeals.casework.handling.moves import make_move
from appeals.casework.handling.query_codes import issue_query_code
from appeals.domain.contact import ContactDetails
from appeals.domain.messages import message
from appeals.domain.moves.needs import CHANNEL, RECOGNISED_BY, WORDS
from appeals.domain.refusals import not_valid
from appeals.domain.states import Action
from appeals.domain.text.cleaning import clean_line
from appeals.domain.vocabulary import Channel, RecognisedBy
from appeals.models.appeal import Appeal

CALLING_NUMBER, QUERY_CODE = "calling_number", "query_code"
"""The form fields with the proofs; they are compared and never stored."""


@dataclass(frozen=True)
class Caller:
    """Who calls: the number and the query code to be compared, empty where not known.

    Name and address are compared by the person at the telephone, who says so.
    """

    calling_number: str = ""
    query_code: str = ""
    knows_name_and_address: bool = False
    channel: Channel = Channel.PHONE


def make_move_for_caller(
    act: Act, appeal: Appeal, action: Action, words: str, caller: Caller
) -> str:
    """Make a move for a caller; return the new query code where it issues one, else "".

    Raises Refused as `recognise_caller` and `moves.make_move` do.
    """
    given = {**recognise_caller(act, appeal, caller), WORDS: words}
    if action is Action.NEW_CODE:
        return issue_query_code(act, appeal, given)
    make_move(act, appeal, action, given)
    return ""


def change_contact_for_caller(
    act: Act,
    appeal: Appeal,
    contact: ContactDetails,
    caller: Caller,
    *,
    confidential: bool | None = None,
) -> bool:
    """Change what the caller names of her contact; return whether anything changed.

    What is left empty stays as it is, and so does the confidentiality where it is None.
    """
    facts, before = recognise_caller(act, appeal, caller), current_contact(act, appeal)
    wanted = ContactDetails(
        contact.name or before.name, contact.phone or before.phone, contact.email or before.email
    )
    kept_back = appeal.confidential if confidential is None else confidential
    return change_contact(act, appeal, wanted, confidential=kept_back, caller=facts)


def recognise_caller(act: Act, appeal: Appeal, caller: Caller) -> dict[str, str]:
    """Return the facts of a move for a caller: the channel, and the surest way she is recognised.

    Whether that is enough for the move is decided by its rule. Raises Refused (not valid) for a
    wrong code, for a number that is not the appeal's where nothing else is known, and for nothing.
    """
    return {CHANNEL: caller.channel.value, RECOGNISED_BY: _recognise(act, appeal, caller).value}


def _recognise(act: Act, appeal: Appeal, caller: Caller) -> RecognisedBy:
    if caller.query_code:
        if knows_code(act, appeal.number, caller.query_code):
            return RecognisedBy.QUERY_CODE
        raise not_valid(
            QUERY_CODE,
            message("The query code is not right. Ask the caller to read it out again."),
        )
    if caller.calling_number and _is_contact_number(act, appeal, caller.calling_number):
        return RecognisedBy.KEPT_NUMBER
    if caller.knows_name_and_address:
        return RecognisedBy.NAME_ADDRESS
    if caller.calling_number:
        raise not_valid(
            CALLING_NUMBER,
            message(
                "This is not the number kept with the appeal. Ask for the query code, or for "
                "name and address."
            ),
        )
    raise not_valid(
        CALLING_NUMBER,
        message("Say how the caller was recognised: by number, query code, or name and address."),
    )


def _is_contact_number(act: Act, appeal: Appeal, calling: str) -> bool:
    """Return whether two spellings are one number; an extension counts only if both have one."""
    contact = current_contact(act, appeal).phone
    kept, called = (read_telephone(each, act.reach.area_code) for each in (contact, calling))
    if kept is None or called is None:
        return bool(contact) and clean_line(calling) == clean_line(contact)
    extensions = {kept.extension, called.extension} - {""}
    return kept.number == called.number and len(extensions) <= 1
