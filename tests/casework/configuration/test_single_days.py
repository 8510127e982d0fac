"""A single day that an administrator sets, and the running promises counted across it."""

from datetime import date

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.configuration.calendar_changes import (
    AS_WEEKDAY,
    SingleDay,
    count_affected_promises,
    import_notice,
    plan_day,
    set_day,
)
from appeals.domain.refusals import Refused
from appeals.domain.states import State
from appeals.domain.vocabulary import Duty
from appeals.models.configuration import RecordedChange
from appeals.models.handling import Deadline
from appeals.reference.reference_data import load_reference
from tests.casework.configuration.test_notices import notice
from tests.cast import shanghai
from tests.factories import appeal_in

THURSDAY = date(2026, 3, 5)
CLOSED = SingleDay(THURSDAY, "no", "防御台风停工", "市政府通告")


def works(act: Act, day: date) -> bool:
    act.session.flush()
    return load_reference(act).book.calendar.is_working(day)


def test_a_day_is_set_recorded_and_taken_back(act: Act) -> None:
    set_day(act, CLOSED)
    assert not works(act, THURSDAY)
    set_day(act, SingleDay(THURSDAY, AS_WEEKDAY, "", "台风转向"))
    assert works(act, THURSDAY)
    said = act.session.execute(
        sa.select(RecordedChange.before, RecordedChange.after).order_by(RecordedChange.id)
    ).all()
    assert said == [
        (None, {"2026-03-05": "no 防御台风停工"}),
        ({"2026-03-05": "no 防御台风停工"}, None),
    ]


def test_a_single_day_does_not_stand_for_the_notice_of_its_year(act: Act) -> None:
    set_day(act, SingleDay(date(2028, 3, 6), "no", "停工", "通告"))
    act.session.flush()
    assert load_reference(act).book.calendar.is_provisional(date(2028, 6, 1))


def test_a_single_day_stays_when_a_notice_is_taken_over_that_does_not_name_it(act: Act) -> None:
    set_day(act, CLOSED)
    import_notice(act, notice(2026, "2026-01-01"))
    assert not works(act, THURSDAY)


def test_a_notice_that_names_the_day_holds_from_then_on(act: Act) -> None:
    set_day(act, CLOSED)
    import_notice(act, notice(2026, "2026-03-05"))
    import_notice(act, notice(2026, "2026-01-01"))
    assert works(act, THURSDAY)


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (SingleDay(date(2026, 3, 1), "no", "停工", "通告"), "Only today and later days"),
        (SingleDay(THURSDAY, "no", "", "通告"), "Say what the day is called"),
    ],
)
def test_a_day_that_is_past_or_called_nothing_is_refused(
    act: Act, wanted: SingleDay, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        set_day(act, wanted)


def test_running_promises_counted_across_a_day_are_told_and_keep_their_date(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)  # dispatched on Monday, 2 March
    act.session.flush()
    before = act.session.scalars(sa.select(Deadline.due_at).order_by(Deadline.n)).all()
    told = count_affected_promises(act, plan_day(act, CLOSED))
    assert [(each.number, each.duty, each.due_at, each.recounted_at) for each in told.first] == [
        (
            appeal.number,
            Duty.FINISH,
            shanghai("2026-03-09 23:59:59"),
            shanghai("2026-03-10 23:59:59"),
        )
    ]
    set_day(act, CLOSED)
    after = act.session.scalars(sa.select(Deadline.due_at).order_by(Deadline.n)).all()
    assert after == before


@pytest.mark.parametrize(
    ("day", "is_off", "count"),
    [
        (date(2026, 3, 2), True, 0),  # the day of the dispatch: day 1 is the next
        (date(2026, 3, 9), True, 1),  # the due day itself
        (date(2026, 3, 10), True, 0),
        (date(2026, 3, 7), False, 1),  # a Saturday that is to be worked
        (date(2026, 3, 7), True, 0),  # a Saturday is off anyway
    ],
)
def test_only_a_day_between_start_and_due_moves_a_day_limit(
    act: Act, day: date, count: int, *, is_off: bool
) -> None:
    appeal_in(act, State.IN_HAND)
    act.session.flush()
    wanted = SingleDay(day, "no" if is_off else "yes", "调整", "通告")
    told = count_affected_promises(act, plan_day(act, wanted))
    assert (told.count, len(told.first)) == (count, count)
    for each in told.first:
        assert each.recounted_at != each.due_at
