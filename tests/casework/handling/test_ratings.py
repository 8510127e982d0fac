"""The versions of a rating: how many, whose, and what a follow-up may change (Rules 3)."""

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.refusals import Refused
from appeals.domain.states import Action, State
from appeals.models.appeal import Appeal
from appeals.models.handling import Deadline, Rating, Round
from tests.cast import shanghai
from tests.factories import appeal_in, later, played


@pytest.fixture
def closed(act: Act) -> Appeal:
    """Give an appeal closed on Tuesday 3 March."""
    return appeal_in(act, State.CLOSED, hours=4)


def rate(act: Act, appeal: Appeal, stars: int, solved: str = "yes") -> None:
    played(later(act, 48), appeal, Action.RATE, solved=solved, satisfaction=str(stars))


def call(act: Act, appeal: Appeal, *, hours: float = 40, **said: str) -> None:
    played(later(act, hours), appeal, Action.FOLLOW_UP, **said)


def current(act: Act, appeal: Appeal) -> Round:
    act.session.flush()  # the round is read as it is stored
    return act.session.scalars(sa.select(Round).where(Round.appeal_id == appeal.id)).one()


def test_a_fourth_rating_of_a_round_is_refused_with_a_sentence(act: Act, closed: Appeal) -> None:
    for stars in (5, 4, 3):
        rate(act, closed, stars)
    with pytest.raises(Refused, match="cannot change it again"):
        rate(act, closed, 1)
    assert current(act, closed).satisfaction == "3"


def test_not_solved_is_heard_after_the_last_change(act: Act, closed: Appeal) -> None:
    for stars in (5, 4, 3):
        rate(act, closed, stars)
    played(later(act, 49), closed, Action.SAY_NOT_SOLVED)
    assert current(act, closed).solved == "no"
    assert current(act, closed).rehandling_asked_at is not None


def test_not_solved_is_heard_again_once_she_has_said_something_else(
    act: Act, closed: Appeal
) -> None:
    played(later(act, 45), closed, Action.SAY_NOT_SOLVED)
    asked = current(act, closed).rehandling_asked_at
    rate(act, closed, 5)
    played(later(act, 49), closed, Action.SAY_NOT_SOLVED)
    assert (current(act, closed).solved, current(act, closed).rehandling_asked_at) == ("no", asked)


def test_not_solved_said_twice_in_a_row_is_refused(act: Act, closed: Appeal) -> None:
    played(later(act, 45), closed, Action.SAY_NOT_SOLVED)
    with pytest.raises(Refused, match="already said"):
        played(later(act, 46), closed, Action.SAY_NOT_SOLVED)


def test_a_new_round_is_rated_anew(act: Act, closed: Appeal) -> None:
    for stars in (5, 4):
        rate(act, closed, stars)
    played(later(act, 49), closed, Action.SAY_NOT_SOLVED)
    played(later(act, 50), closed, Action.REHANDLE)
    for n, action in enumerate((Action.SIGN, Action.CONTACT, Action.ANSWER, Action.CLOSE)):
        played(later(act, 51 + n), closed, action)
    played(later(act, 60), closed, Action.RATE, satisfaction="2")
    assert len(act.session.scalars(sa.select(Rating)).all()) == 4


def test_what_a_follow_up_hears_never_replaces_the_citizens_own_rating(
    act: Act, closed: Appeal
) -> None:
    rate(act, closed, 1, solved="no")
    call(act, closed, hours=50, solved="yes", satisfaction="5")
    found = current(act, closed)
    assert (found.solved, found.satisfaction, found.tries) == ("no", "1", 1)
    assert found.reached_at is not None


def test_not_solved_heard_after_her_own_rating_asks_for_no_other_round(
    act: Act, closed: Appeal
) -> None:
    rate(act, closed, 5)
    call(act, closed, hours=50, solved="no")
    assert current(act, closed).rehandling_asked_at is None


def test_what_follow_ups_hear_is_the_rating_until_the_citizen_gives_her_own(
    act: Act, closed: Appeal
) -> None:
    call(act, closed, satisfaction="5", solved="yes")
    call(act, closed, hours=41, satisfaction="2", solved="no")
    assert current(act, closed).satisfaction == "2"
    rate(act, closed, 4)
    rate(act, closed, 3)
    with pytest.raises(Refused, match="cannot change it again"):
        rate(act, closed, 1)
    versions = act.session.scalars(sa.select(Rating).order_by(Rating.n)).all()
    assert [each.heard for each in versions] == [True, True, False, False]


def test_a_call_without_an_answer_does_not_count_as_reached(act: Act, closed: Appeal) -> None:
    with pytest.raises(Refused, match="Did not wish"):
        call(act, closed, solved="", satisfaction="")
    call(act, closed, outcome="refused", solved="")
    assert current(act, closed).reached_at is None


def follow_up_is_kept(act: Act) -> bool:
    act.session.flush()  # the promise is read as it is stored
    found = act.session.scalars(sa.select(Deadline).where(Deadline.duty == "follow_up")).one()
    return found.met_at is not None


def test_three_tries_keep_the_promise_of_a_follow_up_only_on_two_days(
    act: Act, closed: Appeal
) -> None:
    tried = {"outcome": "no_answer", "solved": ""}
    for time in ("09:00", "11:00", "16:00"):
        call(act.at(shanghai(f"2026-03-04 {time}")), closed, hours=0, **tried)
    assert not follow_up_is_kept(act)
    call(act.at(shanghai("2026-03-05 09:00")), closed, hours=0, **tried)
    assert follow_up_is_kept(act)
