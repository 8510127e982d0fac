"""The nightly verification: what changed, a thirtieth of the rest, and on from where it was.

Every appeal is changed by hand, so that the appeals found wrong are those that were verified.
"""

from datetime import timedelta

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.integrity.nightly_verification import PARTS, verify_next_batch
from appeals.domain.states import Action, State
from appeals.models.integrity import NightlyVerification, UnverifiedAppeal
from tests.factories import appeal_in, file_appeal, later, played

NIGHT = 24


def file_changed(act: Act, count: int) -> list[int]:
    """File appeals, change them all by hand, and return their ids."""
    ids = [file_appeal(act).appeal.id for _ in range(count)]
    act.session.flush()  # changed below
    act.session.execute(sa.text("UPDATE round SET tries = tries + 1"))
    act.session.expire_all()
    return ids


def run_night(act: Act, size: int = 100) -> int:
    act.session.flush()  # the rows are read as they are stored
    count = 0
    while (checked := verify_next_batch(act, size)) is not None:
        count += checked.count
    return count


def found_tonight(act: Act) -> set[int]:
    """Run the night, and return and forget what it found."""
    run_night(act)
    act.session.flush()  # taken away below
    gone = sa.delete(UnverifiedAppeal).returning(UnverifiedAppeal.appeal_id)
    return set(act.session.scalars(gone))


def test_the_first_night_verifies_every_appeal_and_only_once(act: Act) -> None:
    file_changed(act, 5)
    assert run_night(later(act, NIGHT), size=2) == 5
    assert run_night(later(act, NIGHT + 1)) == 0


def test_later_nights_verify_what_is_new_and_all_the_rest_in_thirty_nights(act: Act) -> None:
    ids = file_changed(act, 40)
    assert found_tonight(later(act, NIGHT)) == {*ids}
    (new,) = file_changed(later(act, NIGHT + 2), 1)
    nights = [found_tonight(later(act, night * NIGHT)) for night in range(2, 2 + PARTS)]
    assert new in nights[0]
    assert all(len(night) <= 3 for night in nights)
    assert set().union(*nights) == {*ids, new}


def test_a_move_made_by_day_is_verified_that_night(act: Act) -> None:
    ids = file_changed(act, 3)
    found_tonight(later(act, NIGHT))
    run = act.session.scalars(sa.select(NightlyVerification)).one()
    run.part = (ids[-1] + 5) % PARTS  # nobody else's turn
    appeal = file_appeal(act).appeal
    found_tonight(later(act, 2 * NIGHT))
    act.session.execute(sa.text("UPDATE round SET tries = 7"))
    played(later(act, 2 * NIGHT + 3), appeal, Action.ACCEPT)
    assert found_tonight(later(act, 3 * NIGHT)) == {appeal.id}


def test_a_run_that_was_cut_off_goes_on_after_its_last_batch(act: Act) -> None:
    ids = file_changed(act, 5)
    tonight = later(act, NIGHT)
    verify_next_batch(tonight, 2)
    with act.session.begin_nested() as killed:
        verify_next_batch(tonight, 2)
        killed.rollback()
    act.session.expire_all()
    assert run_night(tonight.later(timedelta(minutes=1)), size=2) == 3
    found = act.session.scalars(sa.select(UnverifiedAppeal.appeal_id)).all()
    assert sorted(found) == ids


def test_after_a_clock_that_jumped_ahead_and_back_everything_is_verified_again(act: Act) -> None:
    ids = file_changed(act, 5)
    found_tonight(later(act, 10 * NIGHT))
    assert found_tonight(later(act, NIGHT)) == {*ids}


def test_an_appeal_changed_by_hand_is_found_at_night_and_forgotten_once_mended(act: Act) -> None:
    appeal = appeal_in(act, State.CLOSED)
    act.session.flush()  # changed below
    act.session.execute(sa.text("UPDATE dispatch SET department = 'water'"))
    run_night(later(act, NIGHT))
    (found,) = act.session.scalars(sa.select(UnverifiedAppeal)).all()
    assert found.appeal_id == appeal.id
    assert found.problem == "department of dispatches 1 is water, its moves give roads"
    act.session.execute(sa.text("UPDATE dispatch SET department = 'roads'"))
    run_night(later(act, 3 * NIGHT))
    assert act.session.scalars(sa.select(UnverifiedAppeal)).all() == []
