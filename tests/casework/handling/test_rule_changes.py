"""Rules change from a moment on: a move is made and replayed by what held at its own time."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.driver import MoveRequest
from appeals.casework.handling.bulk_writing import BulkWriter, History
from appeals.casework.integrity.verification import verify_all_appeals
from appeals.domain.lifecycle import MOVES
from appeals.domain.people import STRANGER
from appeals.domain.refusals import Refused
from appeals.domain.rule_book import ALWAYS, RuleChange
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Duty
from appeals.models.appeal import Appeal
from appeals.models.handling import Deadline
from appeals.models.organisation import RecordedRuleChange
from appeals.queries import queues
from appeals.reference.reference_data import mark_reference_changed
from tests.cast import DISPATCHER, shanghai
from tests.factories import a_filing, appeal_in, given_for, path_to, played

CHANGED = shanghai("2026-03-10 09:00")


def begin(act: Act, change: RuleChange) -> None:
    """Let the change hold from `CHANGED` on, as in a database that held moves when it came."""
    act.session.flush()  # the row is there from the migrations
    act.session.execute(
        sa.update(RecordedRuleChange).where(RecordedRuleChange.name == change).values(since=CHANGED)
    )
    mark_reference_changed(act.session, "calendar of the tests")


def problems(act: Act) -> list[str]:
    act.session.flush()  # the rows are read as they are stored
    return [each.sentence for checked in verify_all_appeals(act) for each in checked.problems]


def rated(act: Act, appeal: Appeal, times: int) -> None:
    for number in range(times):
        played(act, appeal, Action.RATE, satisfaction=str(5 - number % 5))


def test_every_change_of_the_rules_has_held_since_the_beginning_of_a_new_database(act: Act) -> None:
    rows = act.session.scalars(sa.select(RecordedRuleChange)).all()
    assert {row.name: row.since for row in rows} == dict.fromkeys(RuleChange, ALWAYS)


def test_moves_from_before_a_change_verify_by_the_rule_of_their_time(act: Act) -> None:
    begin(act, RuleChange.RATING_VERSIONS)
    appeal = appeal_in(act, State.CLOSED)
    rated(act.at(shanghai("2026-03-05 09:00")), appeal, 5)
    assert problems(act) == []


def test_moves_from_after_a_change_are_refused_by_it(act: Act) -> None:
    begin(act, RuleChange.RATING_VERSIONS)
    appeal = appeal_in(act, State.CLOSED)
    rated(act.at(shanghai("2026-03-05 09:00")), appeal, 3)
    with pytest.raises(Refused):
        rated(act.at(CHANGED), appeal, 1)


def test_a_return_asked_before_the_centre_promised_to_decide_it_verifies(act: Act) -> None:
    begin(act, RuleChange.RETURN_DECISION)
    monday = act.at(shanghai("2026-03-09 09:00"))
    before, after = appeal_in(monday, State.DISPATCHED), appeal_in(monday, State.DISPATCHED)
    played(act.at(CHANGED - timedelta(seconds=1)), before, Action.ASK_RETURN)
    played(act.at(CHANGED), after, Action.ASK_RETURN)
    act.session.flush()  # the promises are counted in the database
    promised = sa.select(Deadline.appeal_id).where(Deadline.duty == Duty.RETURN_DECISION)
    assert act.session.scalars(promised).all() == [after.id]
    queue = queues.load_queue_page(
        act.at(CHANGED).by(DISPATCHER), queues.QUEUES[queues.QueueName.RETURNS]
    )
    assert {line.appeal.id for line in queue.lines} == {before.id, after.id}
    for appeal in (before, after):
        played(act.at(CHANGED + timedelta(hours=1)), appeal, Action.REFUSE_RETURN)
    assert problems(act) == []


def test_a_history_that_broke_the_changed_rule_does_not_verify(act: Act) -> None:
    begin(act, RuleChange.RATING_VERSIONS)
    appeal = appeal_in(act, State.CLOSED)
    rated(act.at(shanghai("2026-03-05 09:00")), appeal, 4)
    act.session.execute(sa.update(RecordedRuleChange).values(since=ALWAYS))
    mark_reference_changed(act.session, "calendar of the tests")
    assert len(problems(act)) == 1
    assert "the rules refuse its history" in problems(act)[0]


def rated_four_times(at: datetime) -> History:
    """Give a life that is closed by 6 March, then rated four times from `at` on."""
    steps = [
        MoveRequest(move.action, given_for(move), shanghai("2026-03-02 10:00") + timedelta(hours=n))
        for n, move in enumerate(path_to(State.CLOSED))
    ]
    rating = next(move for move in MOVES if move.action is Action.RATE)
    steps += [MoveRequest(Action.RATE, given_for(rating), at, STRANGER)] * 4
    return History(
        a_filing(), MoveRequest(Action.FILE, {}, shanghai("2026-03-02 09:00"), STRANGER), steps
    )


def test_a_history_brought_in_is_played_by_the_rules_of_its_own_time(act: Act) -> None:
    begin(act, RuleChange.RATING_VERSIONS)
    bulk = BulkWriter(act)
    bulk.write_histories([bulk.play_history(rated_four_times(CHANGED - timedelta(seconds=1)))])
    assert problems(act) == []
    with pytest.raises(Refused):
        bulk.play_history(rated_four_times(CHANGED))
