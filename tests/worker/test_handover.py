"""A department ends while its case is answered: of two connections, one comes first."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from appeals.act import Act
from appeals.casework.configuration.department_handover import hand_over_cases
from appeals.casework.handling import moves
from appeals.domain.calendar import city_day
from appeals.domain.people import SYSTEM
from appeals.domain.refusals import Refused
from appeals.domain.states import Action, State
from appeals.models.appeal import Appeal
from appeals.models.organisation import Department
from appeals.reference.reference_data import mark_reference_changed
from appeals.settings import Settings
from tests.cast import ROADS, SECRET, WATER, ZHAO
from tests.factories import appeal_in, played

ANSWER = {"result": "solved", "words": "已更换两盏路灯。"}
ENDED_ON = city_day(datetime.now(UTC))


def act_in(session: Session) -> Act:
    return Act(session, SYSTEM, datetime.now(UTC), SECRET)


def set_end(session: Session, ended: date | None) -> None:
    session.execute(
        sa.update(Department)
        .where(Department.code == ROADS)
        .values(valid_to=ended, successor_code=WATER if ended else None)
    )
    mark_reference_changed(session, "calendar of the tests")


@pytest.fixture
def case(own_database: Settings, sessions: sessionmaker[Session]) -> Iterator[int]:
    """Give a case in hand of a department that ended today."""
    del own_database
    with sessions.begin() as session:
        act = act_in(session).later(-timedelta(days=1))
        case = appeal_in(act, State.IN_HAND).id
        set_end(session, ENDED_ON)
    yield case
    with sessions.begin() as session:
        set_end(session, None)


def answer_case(sessions: sessionmaker[Session], case: int, seen: int) -> str:
    """Send an officer's answer as a page does; return the refusal, empty if it is taken."""
    with sessions.begin() as session:
        act = act_in(session).by(ZHAO)
        appeal = session.get_one(Appeal, case)
        try:
            moves.refuse_if_moved_since(act, appeal, seen)
            moves.make_move(act, appeal, Action.ANSWER, ANSWER)
        except Refused as refused:
            return refused.label("en")
    return ""


def test_an_answer_sent_during_the_handing_over_waits_and_is_refused_in_words(
    sessions: sessionmaker[Session], case: int
) -> None:
    with ThreadPoolExecutor(1) as pool, sessions() as session:
        seen = session.get_one(Appeal, case).moves_made
        assert hand_over_cases(act_in(session)) == 1
        answer = pool.submit(answer_case, sessions, case, seen)
        with pytest.raises(TimeoutError):
            answer.result(timeout=0.5)
        session.commit()
        assert "Somebody else has just worked on this appeal" in answer.result(timeout=10)
    with sessions() as session:
        appeal = session.get_one(Appeal, case)
        assert (appeal.state, appeal.holder) == (State.IN_HAND, WATER)


def test_a_case_whose_answer_is_being_written_is_left_for_the_review(
    sessions: sessionmaker[Session], case: int
) -> None:
    with sessions() as session:
        seen = session.get_one(Appeal, case).moves_made
    with sessions.begin() as writing, sessions.begin() as other:
        act = act_in(writing).by(ZHAO)
        appeal = writing.get_one(Appeal, case)
        moves.refuse_if_moved_since(act, appeal, seen)
        moves.make_move(act, appeal, Action.ANSWER, ANSWER)
        writing.flush()  # the answer is written, not committed
        assert hand_over_cases(act_in(other)) == 0
    with sessions.begin() as session:
        appeal = session.get_one(Appeal, case)
        assert hand_over_cases(act_in(session)) == 0
        assert (appeal.state, appeal.holder) == (State.ANSWERED, ROADS)
        played(act_in(session), appeal, Action.SEND_BACK)
        assert hand_over_cases(act_in(session)) == 1
        assert (appeal.state, appeal.holder) == (State.IN_HAND, WATER)
