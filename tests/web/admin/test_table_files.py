"""Departments and staff by file: each line is previewed; all are written, or none."""

import html
import re
from io import BytesIO

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appeals.act import Act
from appeals.casework.accounts import staff_accounts
from appeals.casework.configuration import file_reading
from appeals.casework.configuration.table_file import FILE_TABLES, file_columns, read_lines
from appeals.domain.people import Role
from appeals.models.configuration import RecordedChange
from appeals.models.organisation import Department
from appeals.models.staff import StaffMember, StaffRequest
from appeals.reporting.editions.report_document import format_csv_row
from appeals.reporting.formats.xlsx_writer import Sheet, write_workbook
from tests.cast import ROADS, STAFF
from tests.web.staff_browser import day_after, forget_rows

HEADER = "code,zh,en,parent_code,tier,district,email\n"
PEOPLE = "username,name,role,department_code,email\n"
KNOWN = f"{ROADS},市城市管理局,Urban management,,municipal,,\n"


def send_file(
    browser: FlaskClient, text: str | bytes, name: str = "departments", **more: str
) -> TestResponse:
    content = text.encode() if isinstance(text, str) else text
    data = {"file": (BytesIO(content), "rows.csv"), "why": "机构改革", **more}
    return browser.post(
        f"/admin/{name}/file?lang=en", data=data, content_type="multipart/form-data"
    )


def confirm(browser: FlaskClient, text: str, name: str = "departments", since: str = "") -> str:
    """Send the file, look at the preview, confirm; return the page or address that follows."""
    assert 'name="confirmed"' in send_file(browser, text, name, since=since).text
    given = {"document": text, "why": "机构改革", "since": since, "confirmed": "yes"}
    done = browser.post(f"/admin/{name}/file?lang=en", data=given)
    assert done.status_code in {200, 303}, done.text
    return done.text if done.status_code == 200 else done.location


def departments(act: Act) -> dict[str, Department]:
    forget_rows(act)
    return {row.code: row for row in act.session.scalars(sa.select(Department))}


def test_a_file_adds_and_changes_departments_after_a_preview(act: Act, sun: FlaskClient) -> None:
    text = (
        HEADER
        + "lamps,路灯处,Lamps,parks,municipal,,\n"
        + "parks,市园林局,Parks,,municipal,,parks@example.org\n"
        + KNOWN
        + "water,市水务集团,Water group,,company,,water@example.org\n"
    )
    preview = html.unescape(send_file(sun, text, since=day_after(act, 0)).text)
    assert "New: 2, changed: 1, as they are: 1." in preview
    assert set(departments(act)) == {ROADS, "water"}, "a preview writes nothing"
    assert confirm(sun, text, since=day_after(act, 0)) == "/admin/departments"
    found = departments(act)
    assert (found["lamps"].parent_code, found["parks"].email) == ("parks", "parks@example.org")
    assert (found["water"].zh, found["water"].tier) == ("市水务集团", "company")
    changes = act.session.scalars(sa.select(RecordedChange).order_by(RecordedChange.key)).all()
    assert [(row.key, row.step) for row in changes] == [
        ("lamps", "add"), ("parks", "add"), ("water", "change"),
    ]  # fmt: skip
    again = html.unescape(send_file(sun, text, since=day_after(act, 0)).text)
    assert "New: 0, changed: 0, as they are: 4." in again
    assert 'name="confirmed"' not in again


@pytest.mark.parametrize("name", ["departments", "staff"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_file_that_was_downloaded_and_is_sent_back_changes_nothing(
    act: Act, sun: FlaskClient, name: str, form: str, language: str
) -> None:
    down = sun.get(f"/admin/{name}/file.{form}?lang={language}")
    assert down.status_code == 200
    page = html.unescape(send_file(sun, down.data, name, since=day_after(act, 1)).text)
    count = {"departments": 2, "staff": len(STAFF)}[name]
    assert f"New: 0, changed: 0, as they are: {count}." in page
    assert 'name="confirmed"' not in page
    assert act.session.scalars(sa.select(RecordedChange)).all() == []


def test_wrong_lines_are_named_and_nothing_is_written(act: Act, sun: FlaskClient) -> None:
    text = (
        HEADER
        + "parks,市园林局,Parks,,municipal,,\n"
        + "parks,市园林局,Parks,,municipal,,\n"
        + "lamps,路灯处,Lamps,nowhere,municipal,,\n"
        + "UPPER,大写,Upper,,municipal,,\n"
        + "pipes,管网处,Pipes,,planet,,\n"
    )
    page = html.unescape(send_file(sun, text, since=day_after(act, 0)).text)
    assert "4 lines cannot be written, so none is." in page
    assert "Line 3, parks: “parks” is in the file twice." in page
    assert "Line 4, lamps: Choose: Above it." in page
    assert "Line 5, UPPER: A code has small letters" in page
    assert "Line 6, pipes: Choose: Tier." in page
    assert 'name="confirmed"' not in page
    given = {"document": text, "why": "机构改革", "since": day_after(act, 0), "confirmed": "yes"}
    sun.post("/admin/departments/file", data=given)
    assert set(departments(act)) == {ROADS, "water"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "The file is empty."),
        ("\n\n", "The file is empty."),
        ("code,zh\n", "The file lacks the column “Name in English”."),
        (HEADER.replace("email", "mail"), "The column “mail” is not known."),
        (HEADER.replace("email", "zh"), "lacks the column “E-mail”"),
        (b"PK\x03\x04 broken", "This is no workbook"),
        (b"\xff\xff\xff", "neither in UTF-8 nor in GB18030"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(
    sun: FlaskClient, content: str | bytes, said: str
) -> None:
    answer = send_file(sun, content)
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)


ROWS = {
    "departments": [ROADS, "市城市管理局", "Urban management", "", "municipal", "", "a@b.example"],
    "staff": ["officer3", "Officer Zhao", "officer", ROADS, ""],
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", ROWS)
def test_what_is_exported_is_read_back_as_it_was(name: str, language: str) -> None:
    table, book = FILE_TABLES[name], BytesIO()
    header = [need.label(language) for need in file_columns(table)]
    write_workbook(book, [Sheet("1", tuple(header), [tuple(ROWS[name])])])
    text = "\ufeff" + "".join(map(format_csv_row, [header, ROWS[name]]))
    expected = dict(zip((need.name for need in file_columns(table)), ROWS[name], strict=True))
    for content in (text.encode(), text[1:].encode("gb18030"), book.getvalue()):
        read = file_reading.read_rows(file_reading.read_upload(BytesIO(content), ""))
        (line,) = read_lines(table, read)
        assert (line.number, line.cells) == (2, {k: v for k, v in expected.items() if v})


def test_what_is_in_force_is_downloaded(sun: FlaskClient) -> None:
    assert ROADS in sun.get("/admin/departments/file.csv").text
    assert sun.get("/admin/staff/file.xlsx").get_data().startswith(b"PK")


def test_the_only_administrator_adds_people_and_sees_their_passwords_once(
    act: Act, sun: FlaskClient
) -> None:
    text = PEOPLE + "chen,陈晨,承办人,roads,\n" + "officer3,Officer Zhao,officer,water,\n"
    preview = html.unescape(send_file(sun, text, "staff").text)
    assert "New: 1, changed: 1" in preview
    page = confirm(sun, text, "staff")
    assert len(re.findall("data-one-time-password>[^<]{8,}<", page)) == 1
    forget_rows(act)
    people = {row.username: row for row in act.session.scalars(sa.select(StaffMember))}
    assert (people["chen"].role, people["chen"].department_code) == (Role.OFFICER, ROADS)
    assert people["officer3"].department_code == "water"


def test_with_two_administrators_each_new_account_awaits_the_second(
    app: Flask, act: Act, sun: FlaskClient
) -> None:
    del app
    staff_accounts.add_staff(act, "second", "Second", Role.ADMINISTRATOR, None)
    act.session.commit()
    text = PEOPLE + "chen,陈晨,officer,roads,\n"
    assert confirm(sun, text, "staff") == "/admin/staff"
    forget_rows(act)
    request = act.session.scalars(sa.select(StaffRequest)).one()
    assert (request.subject, request.outcome) == ("chen", None)
    assert act.session.scalar(sa.select(StaffMember).where(StaffMember.username == "chen")) is None


def test_people_with_a_wrong_role_or_department_are_named(sun: FlaskClient) -> None:
    text = PEOPLE + "chen,陈晨,officer,,\n" + "lu,陆,king,,\n"
    page = html.unescape(send_file(sun, text, "staff").text)
    assert "2 lines cannot be written" in page
