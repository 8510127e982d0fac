"""Working days by the State Council's notices, and Shanghai days and months (Rules 1)."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appeals import city
from appeals.domain.calendar import (
    SHANGHAI,
    Period,
    city_day,
    day_end,
    day_start,
    month_of,
    next_month,
    noticed_years,
)
from tests.cast import shanghai

CALENDAR = city.read_calendar()
DAYS = st.dates(date(2007, 1, 1), date(2026, 11, 1))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2020-10-01", False),  # National Day
        ("2020-10-09", True),
        ("2020-10-10", True),  # a make-up Saturday
        ("2020-04-26", True),  # a make-up Sunday
        ("2020-01-31", False),  # the holiday prolonged by a second notice in January 2020
        ("2021-02-20", True),
        ("2026-02-14", True),
        ("2026-02-23", False),
        ("2018-12-29", True),  # named by the notice of the year after
        ("2026-03-07", False),  # a plain Saturday
    ],
)
def test_a_notice_says_which_days_are_worked(day: str, works: bool) -> None:  # noqa: FBT001  # a column of the table
    assert CALENDAR.is_working(date.fromisoformat(day)) is works


def test_a_year_without_a_notice_is_provisional_and_counts_weekends_only() -> None:
    assert not CALENDAR.is_provisional(date(2026, 12, 31))
    assert CALENDAR.is_provisional(date(2027, 1, 1))
    assert CALENDAR.is_working(date(2027, 10, 1))


def test_days_of_december_in_the_next_years_notice_do_not_make_a_notice() -> None:
    assert date(2006, 12, 30) in CALENDAR.days
    assert CALENDAR.is_provisional(date(2006, 12, 30))
    assert noticed_years([date(2006, 12, 30), date(2007, 1, 1)]) == {2007}


@given(DAYS, st.integers(1, 40))
def test_adding_days_and_counting_back_gives_the_number(day: date, n: int) -> None:
    last = CALENDAR.add_working_days(day, n)
    assert CALENDAR.is_working(last)
    assert CALENDAR.working_days_between(day, last) == n


@given(DAYS, st.integers(0, 800))
def test_working_days_between_two_days_are_those_that_are_worked(day: date, n: int) -> None:
    last = day + timedelta(days=n)
    worked = [CALENDAR.is_working(day + timedelta(days=i + 1)) for i in range(n)]
    assert CALENDAR.working_days_between(day, last) == sum(worked)
    assert CALENDAR.working_days_between(last, day) == 0


@given(DAYS)
def test_the_next_and_the_previous_working_day_have_none_between_them(day: date) -> None:
    after, before = CALENDAR.next_working(day), CALENDAR.previous_working(day)
    assert before < day < after
    assert CALENDAR.working_days_between(before, after) == 1 + CALENDAR.is_working(day)
    assert CALENDAR.add_working_days(day, 0) == day


def test_a_day_and_a_month_are_shanghais() -> None:
    late = datetime.fromisoformat("2020-03-31T16:30:00+00:00")
    assert city_day(late) == date(2020, 4, 1)
    assert month_of(late) == date(2020, 4, 1)
    assert next_month(date(2020, 12, 1)) == date(2021, 1, 1)
    assert next_month(date(2020, 1, 31)) == date(2020, 2, 1)


@given(DAYS)
def test_a_day_lasts_to_the_second_before_the_next(day: date) -> None:
    assert day_start(day).utcoffset() == day_end(day).utcoffset() == timedelta()
    assert day_end(day) + timedelta(seconds=1) == day_start(day + timedelta(days=1))
    assert day_start(day) == datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def test_a_period_is_half_open_and_reads_itself_back() -> None:
    march = Period.parse("2020-03")
    assert (march.start, march.end) == (shanghai("2020-03-01 00:00"), shanghai("2020-04-01 00:00"))
    assert march.is_month
    year = Period.parse("2020-03-05..2021-03-05")
    assert not year.is_month
    assert year.end == shanghai("2021-03-05 00:00")
    assert Period.parse("2020-03-01..2020-04-01") == march
    assert [march.label, year.label] == ["2020-03", "2020-03-05..2021-03-05"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("March", "“March” is not a month such as 2020-03"),
        ("2020-13", "is not a month"),
        ("2020-03-05..soon", "is not a period such as"),
        ("2020-03-05..2020-03-05", "A period ends after it starts"),
    ],
)
def test_what_is_no_period_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Period.parse(text)
