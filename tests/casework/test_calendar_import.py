"""A year's notice replaces the days of that notice, and no others."""

import json
from datetime import date

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.city_load import import_calendar
from appeals.domain.refusals import Refused
from appeals.models.organisation import CalendarDay
from appeals.reference import reference


def notice(year: int, *days: str) -> str:
    named = [{"date": day, "isOffDay": True, "name": "元旦"} for day in days]
    return json.dumps({"year": year, "days": named})


def days_of(act: Act) -> set[str]:
    found = act.session.scalars(
        sa.select(CalendarDay.day).where(CalendarDay.day < date(2020, 1, 1))
    )
    return {day.isoformat() for day in found}


def test_a_notice_keeps_the_december_days_that_the_next_one_names(act: Act) -> None:
    import_calendar(act, notice(2019, "2018-12-31", "2019-01-01"))
    import_calendar(act, notice(2018, "2018-01-01"))
    assert days_of(act) == {"2018-01-01", "2018-12-31", "2019-01-01"}


def test_a_corrected_notice_drops_what_it_no_longer_names(act: Act) -> None:
    import_calendar(act, notice(2019, "2018-12-31", "2019-01-01"))
    import_calendar(act, notice(2019, "2019-01-01"))
    assert days_of(act) == {"2019-01-01"}


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (notice(2019, "2020-01-01"), "is of 2019 and names 2020-01-01"),
        (notice(2019, "2019-01-01", "2019-12-01"), "is of 2019 and names 2019-12-01"),
        (notice(2019, "2018-12-31"), "names no days of 2019"),
        (notice(2019), "names no days of 2019"),
        ('{"year": 2019}', "it lacks “days”"),
        ('{"year": 1e30, "days": []}', "not a holiday-cn document"),
    ],
)
def test_a_document_that_is_no_notice_of_its_year_leaves_the_year(
    act: Act, document: str, why: str
) -> None:
    import_calendar(act, notice(2019, "2019-01-01"))
    with pytest.raises(Refused, match=why):
        import_calendar(act, document)
    assert days_of(act) == {"2019-01-01"}


def test_december_alone_does_not_make_a_year_noticed(act: Act) -> None:
    import_calendar(act, notice(2019, "2018-12-31", "2019-01-01"))
    calendar = reference(act).book.calendar
    assert calendar.is_provisional(date(2018, 6, 1))
    assert not calendar.is_provisional(date(2019, 6, 1))
