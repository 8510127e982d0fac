"""Looking at a citizen's contact, which is masked elsewhere: who, when and why is kept first."""

from appeals.access import may_see_contact
from appeals.act import Act
from appeals.domain.refusals import not_allowed, not_valid
from appeals.domain.vocabulary import ContactReason
from appeals.models.appeal import Appeal, ContactView, Statement


def reveal(act: Act, appeal: Appeal, reason: ContactReason, words: str = "") -> Statement:
    """Record the look, and only then read the contact that it is for (Reliability 3).

    Raises Refused: not allowed, for whom the contact is not; not valid, for another reason that
    is not put in words. A look that cannot be recorded raises, and shows nothing.
    """
    if act.actor.staff_id is None or not may_see_contact(act.actor, appeal):
        raise not_allowed()
    if reason is ContactReason.OTHER and not words:
        raise not_valid("words", "请说明原因。", "Say for what reason.")
    act.session.add(
        ContactView(
            appeal_id=appeal.id,
            staff_id=act.actor.staff_id,
            at=act.now,
            reason=reason,
            words=words or None,
        )
    )
    act.session.flush()  # the record goes before the value
    return act.session.get_one(Statement, appeal.id)
