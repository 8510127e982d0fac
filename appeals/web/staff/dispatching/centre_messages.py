"""What the centre is told after a move: what was done, for whom, the undo, and what follows."""

import json
from dataclasses import replace

from flask import flash, request

from appeals.domain.deadlines import SENDING_ACTIONS
from appeals.domain.lifecycle import can_start
from appeals.domain.messages import Message, message
from appeals.domain.states import Action
from appeals.models.appeal import Appeal, Move
from appeals.queries.queues import QUEUES, find_first
from appeals.web.shared.display import row_label
from appeals.web.shared.request import act
from appeals.web.shared.texts import language
from appeals.web.staff.dispatching.queue_place import read_queue_place
from appeals.web.staff.done_messages import describe_done

MADE_CATEGORY = "made"
"""The category of the message about a move: JSON that `templates/staff/centre/_made.html` shows."""
MADE: dict[Action, Message] = {
    Action.ACCEPT: message("%(number)s is accepted and waits to be dispatched."),
    Action.NOT_ACCEPT: message("%(number)s is not accepted. The citizen is told why."),
    Action.ANSWER_ON_SPOT: message("%(number)s is answered on the spot. The citizen is told."),
    Action.DISPATCH: message("%(number)s is dispatched to %(department)s."),
    Action.RECALL: message("%(number)s is taken back from %(department)s. Dispatch it again."),
    Action.GRANT_RETURN: message(
        "The return is granted: %(number)s is dispatched to %(department)s."
    ),
    Action.REFUSE_RETURN: message(
        "The return of %(number)s is refused. It stays with %(department)s."
    ),
    Action.GRANT_EXTENSION: message(
        "The extension of %(number)s is granted. The citizen and %(department)s are told."
    ),
    Action.REFUSE_EXTENSION: message(
        "The extension of %(number)s is refused. %(department)s is told."
    ),
    Action.SEND_BACK: message("The answer to %(number)s is sent back to %(department)s."),
    Action.CLOSE: message("%(number)s is closed. The citizen gets the answer."),
    Action.FOLLOW_UP: message("The follow-up of %(number)s is recorded."),
    Action.REHANDLE: message("%(number)s is handled again by %(department)s."),
    Action.REFUSE_REHANDLING: message("%(number)s is not handled again. The citizen is told why."),
    Action.REVERSE: message("The decision on %(number)s is taken back. The citizen is told."),
    Action.AMEND: message("%(number)s is corrected."),
}
"""By move; others are described as for departments."""


def flash_move(appeal: Appeal, made: Move, held_by: str | None) -> None:
    """Say what the move did; offer to take a dispatch back, and the next appeal of its queue.

    `held_by` is the department that held the appeal before. The page of a queue offers the first
    appeal that it lists, a case the first of the queue in which the move is made. On the pages of a
    department it is said in words alone.
    """
    if request.blueprint != "centre":
        flash(describe_done(appeal, made), "done")
        return
    place = read_queue_place()
    queue = next((each for each in QUEUES.values() if made.action in each.decides), None)
    act().session.flush()  # the queue is read as the move leaves it
    following = find_first(act(), queue) if queue and not place else None
    is_sent = made.action in SENDING_ACTIONS
    can_recall = is_sent and can_start(Action.RECALL, appeal.state, act().actor.role)
    said = {
        "text": _describe_move(appeal, made, held_by),
        "number": appeal.number,
        "seen": appeal.moves_made if can_recall else 0,
        "queue": place.queue.name if place else "",
        "after": place.after if place else "",
        "next": following or "",
    }
    flash(json.dumps(said, ensure_ascii=False), MADE_CATEGORY)


def _describe_move(appeal: Appeal, made: Move, held_by: str | None) -> str:
    said = MADE.get(made.action)
    if said is None:
        return describe_done(appeal, made)
    department = row_label(appeal.holder or held_by)
    values = (("number", appeal.number), ("department", department))
    return replace(said, values=values).label(language())
