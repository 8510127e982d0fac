"""Due moments by the State Council's calendar (Rules 1, Domain 2.3), on the city's own CSV."""

import json
from datetime import UTC, date, datetime, time, timedelta

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from appeals import city
from appeals.cli.due import due
from appeals.domain.calendar import ONE_DAY, SHANGHAI, city_day
from appeals.domain.clocks import (
    Limit,
    LimitUnit,
    due_at,
    escalate_at,
    extend_due,
    trace_limit,
    warn_at,
)
from appeals.domain.messages import Text
from tests.cast import shanghai

CALENDAR = city.read_calendar()
DAYS = st.dates(date(2008, 1, 1), date(2026, 11, 1))

NINE = [
    ("2020-03-05", 5, "2020-03-12"),
    ("2020-04-02", 5, "2020-04-10"),
    ("2020-04-24", 5, "2020-04-30"),
    ("2020-06-23", 5, "2020-07-01"),
    ("2020-09-25", 5, "2020-10-09"),
    ("2020-09-30", 2, "2020-10-10"),
    ("2021-02-05", 5, "2021-02-18"),
    ("2021-02-10", 5, "2021-02-23"),
    ("2026-04-30", 5, "2026-05-11"),
]


@pytest.mark.parametrize(("dispatched", "days", "expected"), NINE)
@pytest.mark.parametrize("hour", ["00:00", "10:00", "23:59"])
def test_day_one_is_the_first_working_day_after(
    dispatched: str, days: int, expected: str, hour: str
) -> None:
    start = shanghai(f"{dispatched} {hour}")
    found = due_at(CALENDAR, start, Limit(days, LimitUnit.WORKING_DAYS))
    assert found == shanghai(f"{expected} 23:59:59")


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        ("2020-09-30 16:40", 2, "2020-10-09 10:10"),
        ("2020-04-26 02:00", 2, "2020-04-26 11:00"),
        ("2026-03-02 11:00", 2, "2026-03-02 14:30"),
        ("2026-03-02 12:30", 2, "2026-03-02 15:30"),
        ("2026-03-02 15:30", 2, "2026-03-02 17:30"),
    ],
)
def test_hours_run_in_working_hours_only(start: str, hours: int, expected: str) -> None:
    limit = Limit(hours * 60, LimitUnit.WORKING_MINUTES)
    assert due_at(CALENDAR, shanghai(start), limit) == shanghai(expected)


def test_seconds_and_less_are_kept_and_other_hours_can_be_given() -> None:
    limit, start = Limit(60, LimitUnit.WORKING_MINUTES), shanghai("2026-03-02 16:40")
    odd = start + timedelta(seconds=30, microseconds=7)
    assert due_at(CALENDAR, odd, limit) == shanghai("2026-03-03 09:10") + (odd - start)
    night = ((time(20), time(22)),)
    assert due_at(CALENDAR, start, limit, night) == shanghai("2026-03-02 21:00")


def test_calendar_days_end_with_their_day() -> None:
    closed = shanghai("2020-10-01 08:00")
    assert due_at(CALENDAR, closed, Limit(30, LimitUnit.DAYS)) == shanghai("2020-10-31 23:59:59")


def test_urgent_limits_run_day_and_night() -> None:
    start = shanghai("2020-10-01 23:50")
    assert due_at(CALENDAR, start, Limit(30, LimitUnit.MINUTES)) == shanghai("2020-10-02 00:20")


def test_yellow_is_the_working_day_before_and_never_before_the_start() -> None:
    limit = Limit(5, LimitUnit.WORKING_DAYS)
    start = shanghai("2020-09-25 10:00")
    due_moment = due_at(CALENDAR, start, limit)
    assert warn_at(CALENDAR, start, due_moment, limit) == shanghai("2020-09-30 00:00")
    one = Limit(1, LimitUnit.WORKING_DAYS)
    assert warn_at(CALENDAR, start, due_at(CALENDAR, start, one), one) == start


def test_an_urgent_one_is_yellow_six_hours_before() -> None:
    limit, start = Limit(24 * 60, LimitUnit.MINUTES), shanghai("2020-10-01 12:00")
    warned = warn_at(CALENDAR, start, due_at(CALENDAR, start, limit), limit)
    assert warned == shanghai("2020-10-02 06:00")


def test_the_supervisor_is_told_at_five_working_days_overdue() -> None:
    assert escalate_at(CALENDAR, shanghai("2020-09-30 23:59:59")) == shanghai("2020-10-15 00:00")


def test_a_weekday_that_a_notice_names_as_worked_is_no_make_up_day() -> None:
    steps = trace_limit(CALENDAR, shanghai("2020-01-31 10:00"), Limit(1, LimitUnit.WORKING_DAYS))
    assert [step.label("zh") for step in steps[1:3]] == [
        "2月1日至2日春节放假",
        "2月3日（周一）为第1天",
    ]


def test_what_rests_on_a_year_without_a_notice_is_marked() -> None:
    steps = trace_limit(CALENDAR, shanghai("2026-12-30 16:40"), Limit(3, LimitUnit.WORKING_DAYS))
    assert [step.label("en") for step in steps] == [
        "dispatched Wed 30 Dec 2026 16:40",
        "Thu 31 Dec is day 1",
        (
            "Fri 1 Jan 2027 is day 2 "
            "(provisional: New Year’s Day, a holiday by law, is not counted yet)"
        ),
        "2 to 3 Jan 2027 are a weekend (provisional)",
        "Mon 4 Jan 2027 is day 3 (provisional)",
        "due Mon 4 Jan 2027 23:59:59 (provisional)",
    ]
    assert steps[2].label("zh") == "2027年1月1日（周五）为第2天（暂定，法定节日元旦尚未计入）"
    assert steps[-1].label("zh").endswith("到期（暂定）")
    day_and_night = trace_limit(
        CALENDAR, shanghai("2027-01-01 10:00"), Limit(30, LimitUnit.MINUTES)
    )
    assert not any("provisional" in step.label("en") for step in day_and_night)


@given(DAYS, st.integers(0, 1439), st.integers(1, 10), st.integers(0, 10))
def test_a_longer_limit_is_never_due_sooner(day: date, minute: int, n: int, more: int) -> None:
    start = datetime.combine(day, datetime.min.time(), SHANGHAI) + timedelta(minutes=minute)
    first = due_at(CALENDAR, start, Limit(n, LimitUnit.WORKING_DAYS))
    assert first <= extend_due(CALENDAR, first, more)
    assert start.astimezone(UTC) < first
    assert city_day(first) - day >= n * ONE_DAY


def test_the_trace_reads_as_a_person_would_say_it() -> None:
    steps = trace_limit(CALENDAR, shanghai("2020-09-30 16:40"), Limit(2, LimitUnit.WORKING_DAYS))
    assert [(step.counted, step.label("en")) for step in steps] == [
        (None, "dispatched Wed 30 Sep 2020 16:40"),
        (None, "1 to 8 Oct are holidays"),
        (1, "Fri 9 Oct is day 1"),
        (2, "Sat 10 Oct works and is day 2"),
        (None, "due Sat 10 Oct 23:59:59"),
    ]
    assert [step.label("zh") for step in steps] == [
        "2020年9月30日（周三）16:40派单",
        "10月1日至8日国庆节、中秋节放假",
        "10月9日（周五）为第1天",
        "10月10日（周六）调休上班，为第2天",
        "10月10日（周六）23:59:59到期",
    ]


def test_the_trace_of_hours_counts_the_minutes_of_each_day() -> None:
    limit = Limit(120, LimitUnit.WORKING_MINUTES)
    steps = trace_limit(CALENDAR, shanghai("2020-09-30 16:40"), limit, begun=Text("提交", "filed"))
    assert [step.label("en") for step in steps] == [
        "filed Wed 30 Sep 2020 16:40",
        "Wed 30 Sep counts 50 min",
        "1 to 8 Oct are holidays",
        "Fri 9 Oct counts 70 min",
        "due Fri 9 Oct 10:10",
    ]
    late = trace_limit(CALENDAR, shanghai("2020-03-05 18:00"), limit)
    assert late[1].label("en") == "Thu 5 Mar has no working hours left"


@given(DAYS, st.integers(0, 86_399), st.integers(1, 30), st.sampled_from(list(LimitUnit)))
def test_a_trace_counts_exactly_the_limit(day: date, second: int, n: int, unit: LimitUnit) -> None:
    start = datetime.combine(day, datetime.min.time(), SHANGHAI) + timedelta(seconds=second)
    amount = n if unit in {LimitUnit.WORKING_DAYS, LimitUnit.DAYS} else n * 60
    steps = trace_limit(CALENDAR, start, Limit(amount, unit))
    counted = [step.counted for step in steps if step.counted is not None]
    if unit is LimitUnit.WORKING_DAYS:
        assert counted == list(range(1, n + 1))
    elif unit is LimitUnit.WORKING_MINUTES:
        # A step tells whole minutes; the seconds left over stand in its sentence.
        assert amount - len(counted) <= sum(counted) <= amount
    else:
        assert (len(steps), counted) == (2, [])
    assert [step.day for step in steps] == sorted(step.day for step in steps)


def run_due(*words: str) -> Result:
    """Run the command where there is no database."""
    nowhere = {"APPEALS_DATABASE_URL": None, "APPEALS_DATA_DIR": "/nonexistent"}
    return CliRunner(env=nowhere).invoke(due, words)


def test_the_command_prints_the_due_moment_first() -> None:
    said = run_due("--from", "2020-09-30T10:00", "--working-days", "2")
    assert said.output.splitlines()[0] == "2020-10-10T23:59:59+08:00"
    assert "Sat 10 Oct works and is day 2" in said.output
    said = run_due("--from", "2020-04-26T02:00", "--working-hours", "2", "--lang", "zh")
    assert said.output.splitlines()[0] == "2020-04-26T11:00:00+08:00"
    assert "调休上班，计120分钟" in said.output


def test_the_command_reads_a_moment_with_its_own_offset_and_gives_json() -> None:
    said = run_due("--from", "2020-09-30T02:00+00:00", "--working-days", "2", "--json")
    told = json.loads(said.output)
    assert told["due"] == "2020-10-10T23:59:59+08:00"
    assert told["steps"][2] == {
        "day": "2020-10-09",
        "counted": 1,
        "zh": "10月9日（周五）为第1天",
        "en": "Fri 9 Oct is day 1",
    }


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (["--from", "yesterday", "--working-days", "2"], 2),
        (["--from", "2020-09-30"], 2),
        (["--from", "2020-09-30", "--working-days", "1", "--working-hours", "1"], 2),
        (["--from", "2020-09-30", "--working-days", "0"], 2),
        (["--from", "9999-12-31", "--working-days", "1"], 1),
    ],
)
def test_the_command_refuses_in_a_sentence(asked: list[str], code: int) -> None:
    said = run_due(*asked)
    assert said.exit_code == code
    assert "Error: " in said.output
