"""A follow-up waits for ten working days, then leaves queues and cards by the clock (Rules 2)."""

from datetime import timedelta

import pytest

from appeals.act import Act
from appeals.casework.handling.moves import make_move
from appeals.domain.people import Actor
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Duty
from appeals.models.appeal import Appeal
from appeals.queries import case_file, queues, staff_pages
from tests.cast import OPERATOR, shanghai
from tests.factories import appeal_in

QUEUE = queues.QUEUES[queues.QueueName.FOLLOW_UP]
CLOSED = {
    "2026-03-06 16:00": "2026-03-20 23:59:59",
    "2026-03-07 09:00": "2026-03-20 23:59:59",
    "2026-04-30 09:00": "2026-05-13 23:59:59",
}
"""When it is closed, and when it leaves: a Friday, a Saturday, and before a make-up Saturday that
the small city works (9 May)."""


def close_appeal(act: Act, moment: str) -> Appeal:
    appeal = appeal_in(act.at(shanghai(moment)), State.ANSWERED, hours=0)
    make_move(act.at(shanghai(moment)), appeal, Action.CLOSE)
    act.session.flush()  # the queues read the rows
    return appeal


def waits(act: Act, appeal: Appeal, actor: Actor = OPERATOR) -> list[bool]:
    """Return whether it waits: in the queue, in its count, and on the card of its page."""
    act = act.by(actor)
    cards = staff_pages.list_running_promises(act, case_file.load_case_file(act, appeal).case)
    return [
        appeal.id in {line.appeal.id for line in queues.load_queue_page(act, QUEUE).lines},
        queues.count_queues(act)[queues.QueueName.FOLLOW_UP] == 1,
        Duty.FOLLOW_UP in {each.deadline.duty for each in cards},
    ]


@pytest.mark.parametrize("moment", CLOSED)
def test_a_follow_up_leaves_after_the_tenth_working_day(monday: Act, moment: str) -> None:
    appeal = close_appeal(monday, moment)
    last = shanghai(CLOSED[moment])
    assert waits(monday.at(last), appeal) == [True] * 3
    assert waits(monday.at(last + timedelta(seconds=1)), appeal) == [False] * 3


def test_a_follow_up_that_left_is_neither_tried_nor_moved(monday: Act) -> None:
    appeal = close_appeal(monday, "2026-03-06 16:00")
    made = appeal.moves_made
    late = monday.at(shanghai("2026-06-01 09:00"))
    assert waits(late, appeal) == [False] * 3
    assert (appeal.moves_made, case_file.load_case_file(late, appeal).case.round.tries) == (made, 0)
