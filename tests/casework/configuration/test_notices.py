"""A year's notice replaces the days of that notice, and no others."""

import json
from datetime import date

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.configuration.calendar_changes import import_notice
from appeals.casework.configuration.notice_document import decode_document
from appeals.domain.refusals import Refused
from appeals.models.organisation import CalendarDay
from appeals.reference.reference_data import load_reference


def notice(year: int, *days: str) -> str:
    named = [{"date": day, "isOffDay": True, "name": "元旦"} for day in days]
    return json.dumps({"year": year, "days": named})


JAN_1 = {"date": "2019-01-01", "isOffDay": True, "name": "元旦"}
JAN_2 = {"date": "2019-01-02", "isOffDay": True, "name": "元旦"}


def rows(*days: object) -> str:
    return json.dumps({"year": 2019, "days": days})


def days_of(act: Act) -> set[str]:
    found = act.session.scalars(
        sa.select(CalendarDay.day).where(CalendarDay.day < date(2020, 1, 1))
    )
    return {day.isoformat() for day in found}


def test_a_notice_keeps_the_december_days_that_the_next_one_names(act: Act) -> None:
    import_notice(act, notice(2019, "2018-12-31", "2019-01-01"))
    import_notice(act, notice(2018, "2018-01-01"))
    assert days_of(act) == {"2018-01-01", "2018-12-31", "2019-01-01"}


def test_a_corrected_notice_drops_what_it_no_longer_names(act: Act) -> None:
    import_notice(act, notice(2019, "2018-12-31", "2019-01-01"))
    import_notice(act, notice(2019, "2019-01-01"))
    assert days_of(act) == {"2019-01-01"}


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (notice(2019, "2020-01-01"), "row 1 2020-01-01: the document is of 2019"),
        (notice(2019, "2019-01-01", "2019-12-01"), "row 2 2019-12-01: the document is of 2019"),
        (notice(2019, "2018-12-31"), "names no days of 2019"),
        (notice(2019), "names no days of 2019"),
        ('{"year": 2019}', "it lacks “days”"),
        ('{"year": 1e30, "days": []}', "its “year” is of another shape"),
        ('{"year": "2019", "days": []}', "its “year” is of another shape"),
        ('{"year": true, "days": []}', "its “year” is of another shape"),
        ('{"year": 2019, "days": {}}', "its “days” is of another shape"),
        ('{"year": 10000, "days": []}', "there is no year 10000"),
        ("[" * 100_000, "it is no JSON"),
        ("[]", "it lacks “year”"),
        (rows(JAN_1, {**JAN_2, "isOffDay": "false"}), "row 2 2019-01-02: isOffDay is true or"),
        (rows({**JAN_1, "isOffDay": 1}), "row 1 2019-01-01: isOffDay is true or"),
        (rows(JAN_1, {**JAN_1, "isOffDay": False}), "row 2 2019-01-01: the day is named above"),
        (rows({**JAN_1, "date": "20190101"}), "row 1 20190101: date is written like"),
        (rows({**JAN_1, "date": "2019-02-30"}), "row 1 2019-02-30: date is written like"),
        (rows({**JAN_1, "date": 20190101}), "row 1: date is written like"),
        (rows({**JAN_1, "name": " "}), "row 1 2019-01-01: it lacks the holiday’s name"),
        (rows({"date": "2019-01-01"}), "row 1 2019-01-01: it needs date, name and isOffDay"),
        (rows("2019-01-01"), "row 1: it needs date, name and isOffDay"),
        (rows(*[{**JAN_1, "name": ""}] * 7), "row 5 2019-01-01: .*; and 2 more rows"),
    ],
)
def test_a_document_that_is_no_notice_of_its_year_leaves_the_year(
    act: Act, document: str, why: str
) -> None:
    import_notice(act, notice(2019, "2019-01-01"))
    with pytest.raises(Refused, match=why):
        import_notice(act, document)
    assert days_of(act) == {"2019-01-01"}


def test_december_alone_does_not_make_a_year_noticed(act: Act) -> None:
    import_notice(act, notice(2019, "2018-12-31", "2019-01-01"))
    calendar = load_reference(act).book.calendar
    assert calendar.is_provisional(date(2018, 6, 1))
    assert not calendar.is_provisional(date(2019, 6, 1))


def test_a_document_may_begin_with_a_byte_order_mark(act: Act) -> None:
    document = "\ufeff" + notice(2019, "2019-01-01")
    for text in (document, decode_document(document.encode())):
        assert import_notice(act, text) == 1


def test_a_file_in_another_encoding_is_refused() -> None:
    with pytest.raises(Refused, match="not in UTF-8"):
        decode_document(rows({**JAN_1, "name": "元旦"}).encode("utf-16"))
