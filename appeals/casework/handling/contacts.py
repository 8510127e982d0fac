"""A citizen's contact: changed by the citizen; shown to staff only after that was logged."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from appeals.act import Act
from appeals.cases import hash_chain
from appeals.cases.access import may_see_contact
from appeals.cases.citizen_contact import current_contact, is_reachable, telephone_columns
from appeals.casework.handling import notices
from appeals.casework.handling.moves import make_move, refuse_if_moved_since
from appeals.casework.handling.notices import Recipient
from appeals.casework.handling.statement_texts import clean_contact
from appeals.casework.records.access_log import Access, record_accesses
from appeals.domain.contact import UNREACHABLE, ContactDetails
from appeals.domain.messages import message
from appeals.domain.moves.context import MoveInput
from appeals.domain.refusals import not_allowed, not_valid
from appeals.domain.states import Action, State
from appeals.domain.text.cleaning import clean_line
from appeals.domain.vocabulary import AccessKind, ContactReason, NoticeChannel, NoticeKind, YesNo
from appeals.models.appeal import Appeal, ContactVersion
from appeals.models.notice import Notice


def change_contact(
    act: Act,
    appeal: Appeal,
    contact: ContactDetails,
    *,
    confidential: bool,
    caller: MoveInput | None = None,
) -> bool:
    """Change a citizen's contact and its confidentiality; return whether anything changed.

    `caller` are the facts of a change for a caller (`caller_moves.check_recognition`).

    Both the old and the new address are notified (Rules 3); what waits to be sent goes to the new
    one. The statement stays as filed; the new contact is a row of its own, to which the move
    commits. Raises Refused as `moves.make_move`
    does, and (not valid) for an invalid e-mail address.
    """
    contact = clean_contact(contact, act.reach)
    act.session.refresh(appeal, with_for_update=True)
    if (contact, confidential) == (current_contact(act, appeal), appeal.confidential):
        return False
    given = {**(caller or {}), "confidential": (YesNo.YES if confidential else YesNo.NO).value}
    if not contact.is_reachable(confidential=confidential):
        given[UNREACHABLE] = YesNo.YES.value
    before = notices.citizen_recipients(act, appeal)
    committing = hash_chain.contact_text(contact)
    made = make_move(act, appeal, Action.CHANGE_CONTACT, given, committing=committing)
    appeal.confidential = confidential
    _add_contact(act, appeal, contact, made.seq)
    act.session.flush()  # `citizen_recipients` reads the new contact
    after = notices.citizen_recipients(act, appeal)
    if after != before:
        _redirect_waiting_notices(act, appeal, before, after)
    wording = "same" if after == before else "new" if after else "none"
    cause = notices.NoticeCause(f"{appeal.id}.{made.seq}", wording=wording)
    notices.write_notices_to(act, appeal, NoticeKind.CONTACT_CHANGED, [*before, *after], cause)
    return True


def _redirect_waiting_notices(
    act: Act, appeal: Appeal, before: Sequence[Recipient], after: Sequence[Recipient]
) -> None:
    """Send what waits for the citizen's former address to her new one.

    It is dropped where she has none any more, or where the new address has the same notice already.
    What was tried keeps its address: its receiver may know it. As a text message a mail is its
    subject, which quotes nobody, and the link.
    """
    waiting = (
        Notice.appeal_id == appeal.id,
        Notice.recipient.in_([each.address for each in before]),
        Notice.can_wait.is_(True),
        Notice.first_tried_at.is_(None),
        Notice.joined_to.is_(None),
        Notice.sent_at.is_(None),
        Notice.parked_at.is_(None),
    )
    same, unread = aliased(Notice), {"synchronize_session": False}
    for new in after:
        redirected: dict[str, object] = {"recipient": new.address, "channel": new.channel}
        if new.channel is NoticeChannel.SMS and new.channel not in {one.channel for one in before}:
            redirected["body"] = Notice.subject + f"\n{act.base_url}/n/{appeal.number}"
        is_there = sa.exists().where(
            same.cause == Notice.cause, same.kind == Notice.kind, same.recipient == new.address
        )
        moved = sa.update(Notice).where(*waiting, ~is_there).values(redirected)
        act.session.execute(moved, execution_options=unread)
    act.session.execute(sa.delete(Notice).where(*waiting), execution_options=unread)


def _add_contact(act: Act, appeal: Appeal, contact: ContactDetails, seq: int) -> None:
    """Add the contact that the move number `seq` brings."""
    act.session.flush()  # the contact refers to the move
    act.session.add(
        ContactVersion(
            appeal_id=appeal.id,
            move_seq=seq,
            name=contact.name,
            phone=contact.phone,
            email=contact.email,
            **telephone_columns(contact.phone, act.reach),
        )
    )


def reveal_contact(
    act: Act, appeal: Appeal, reason: ContactReason, words: str = ""
) -> ContactDetails:
    """Log the access, and only then read the contact (Reliability 3).

    Raises Refused: not allowed, if the actor may not see the contact; not valid, if the reason is
    "other" without words. If the access cannot be logged, nothing is shown.
    """
    if act.actor.staff_id is None or not may_see_contact(act.actor, appeal):
        raise not_allowed()
    words = clean_line(words)
    if reason is ContactReason.OTHER and not words:
        raise not_valid("words", message("Say for what reason."))
    detail = {"reason": reason.value, **({"words": words} if words else {})}
    record_accesses(act, [Access(AccessKind.CONTACT_SHOWN, appeal.id, detail=detail)])
    return current_contact(act, appeal)


def sign_and_reveal_contact(act: Act, appeal: Appeal, *, seen: int) -> ContactDetails | None:
    """Sign for an appeal that is new, then show its contact for the first call, which is logged.

    Returns None where the department has no way to reach the citizen. `seen` is the number of
    moves that the page was shown with. Raises Refused as the move and `reveal_contact` do.
    """
    if appeal.state is State.DISPATCHED:
        refuse_if_moved_since(act, appeal, seen)
        make_move(act, appeal, Action.SIGN)
    if not is_reachable(act, appeal):
        return None
    return reveal_contact(act, appeal, ContactReason.CALL)
