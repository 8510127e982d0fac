"""The administrators' pages of the access log: by case, by person, narrowed, paged, exported."""

import csv
import html
import io
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.casework.handling import contacts
from appeals.casework.records.access_log import Access, record_accesses
from appeals.domain.people import Actor
from appeals.domain.states import State
from appeals.domain.vocabulary import AccessKind, ContactReason
from appeals.models.access_log import AccessLogRow
from appeals.models.appeal import Appeal
from appeals.queries.administration import access_log
from appeals.queries.administration.access_log import PAGE_ROWS
from tests.cast import LEADER, SUN, ZHAO
from tests.factories import appeal_in
from tests.web.staff_browser import day_after, open_page

AGO = timedelta(days=1)
"""How long before a browser looks the tests' own acts lie."""
LOG = "/admin/access-log/"
BEFORE = """
    INSERT INTO contact_view (appeal_id, staff_id, at, reason, words)
    VALUES (:appeal, 3, :at, 'other', '王小明的电话')
"""
"""A look as the release before recorded it."""


@pytest.fixture
def appeal(act: Act) -> Appeal:
    return appeal_in(act, State.SIGNED, contact_name="王小明", contact_phone="13900001234")


def note_view(act: Act, person: Actor, appeal: Appeal, minutes: int = 0) -> None:
    then = act.by(person).later(timedelta(minutes=minutes))
    record_accesses(then, [Access(AccessKind.CASE_VIEWED, appeal.id)])


def list_rows(text: str) -> list[tuple[str, str, str]]:
    """Return who, what, and which case of each row of the table."""
    rows = text.partition("<tbody")[2].partition("</tbody>")[0].split("<tr ")[1:]
    return [
        (
            cell_text(row, 0).rpartition("  ")[0] or cell_text(row, 0),
            cell_text(row, 1),
            cell_text(row, 2),
        )
        for row in rows
    ]


def cell_text(row: str, place: int) -> str:
    """Return the text of a cell, without its label; two blanks before the hint."""
    cell = re.findall(r"</span>(.*?)</td>", row, re.DOTALL)[place]
    return re.sub(r"<[^>]+>", "", cell.replace(" <span", "  <span")).strip()


def test_who_opened_a_case_is_listed_the_newest_first(
    sun: FlaskClient, act: Act, appeal: Appeal
) -> None:
    other = appeal_in(act, State.SIGNED)
    act.session.execute(sa.text(BEFORE), {"appeal": appeal.id, "at": act.now - AGO})
    note_view(act, ZHAO, appeal)
    note_view(act, ZHAO, other, 1)
    contacts.reveal_contact(
        act.by(LEADER).later(timedelta(minutes=2)), appeal, ContactReason.OTHER, "王小明的电话"
    )
    act.session.commit()
    text = open_page(sun, f"{LOG}?number={appeal.number}&lang=en")
    assert list_rows(text) == [
        (LEADER.name, "Contact shown", appeal.number),
        (ZHAO.name, "Case opened", appeal.number),
        (ZHAO.name, "Contact shown", appeal.number),
    ]
    assert "Another reason" in text
    assert "王小明" not in text  # administrators see no words


def test_what_a_person_opened_is_narrowed_by_kind_and_days(
    sun: FlaskClient, act: Act, appeal: Appeal
) -> None:
    for days in (0, 10, 40):
        note_view(act.later(-timedelta(days=days)), ZHAO, appeal)
    contacts.reveal_contact(act.by(ZHAO), appeal, ContactReason.CALL)
    note_view(act, LEADER, appeal)
    act.session.commit()

    def shown(more: str = "") -> list[str]:
        return [
            what for _, what, _ in list_rows(open_page(sun, f"{LOG}?staff=officer3&lang=en{more}"))
        ]

    assert sorted(shown()) == ["Case opened", "Case opened", "Contact shown"]  # of thirty days
    assert shown("&kind=contact_shown") == ["Contact shown"]
    assert shown(f"&first={day_after(act, -45)}&last={day_after(act, -20)}") == ["Case opened"]
    assert shown(f"&first={day_after(act, -45)}&kind=case_viewed") == ["Case opened"] * 3
    assert shown(f"&last={day_after(act, -400)}") == []


def test_pages_follow_one_another_without_a_gap(sun: FlaskClient, act: Act, appeal: Appeal) -> None:
    with_before = {"appeal": appeal.id, "at": act.now + timedelta(minutes=30, seconds=1)}
    act.session.execute(sa.text(BEFORE), with_before)
    for minutes in range(PAGE_ROWS + 20):
        note_view(act, ZHAO, appeal, minutes // 2)  # two at each moment
    act.session.commit()
    address, found = f"{LOG}?staff=officer3&lang=en", list[int]()
    while address:
        text = sun.get(address).text
        found.append(len(list_rows(text)))
        further = re.search(r'href="([^"]+)" rel="next"|rel="next" href="([^"]+)"', text)
        address = html.unescape((further[1] or further[2]) if further else "")
    assert found == [PAGE_ROWS, 21]


def test_an_export_has_every_row_and_is_logged_itself(
    sun: FlaskClient, act: Act, appeal: Appeal
) -> None:
    for minutes in range(PAGE_ROWS + 5):
        note_view(act, ZHAO, appeal, minutes)
    act.session.commit()
    with sun.get(f"{LOG}accesses.csv?staff=officer3&lang=en") as answer:
        head, *rows = csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff")))
    assert head == ["Time", "Name", "Username", "Role", "What", "Number", "Detail"]
    assert len(rows) == PAGE_ROWS + 5
    assert rows[0][1:6] == [ZHAO.name, "officer3", "Officer", "Case opened", appeal.number]
    own = sa.select(AccessLogRow).where(AccessLogRow.staff_id == SUN.staff_id)
    (row,) = act.session.scalars(own)
    assert row.kind is AccessKind.LIST_EXPORTED
    assert row.detail == {"list": "access_log", "rows": str(PAGE_ROWS + 5), "staff": "3"}


def test_an_export_gives_the_newest_rows_and_says_that_there_are_more(
    sun: FlaskClient, act: Act, appeal: Appeal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_log, "MAX_EXPORT_ROWS", 5)
    monkeypatch.setattr(access_log, "EXPORT_BATCH_ROWS", 2)
    ends = list[list[str]]()
    for minutes in range(6):
        note_view(act, ZHAO, appeal, minutes)
        act.session.commit()
        with sun.get(f"{LOG}accesses.csv?staff=officer3&lang=en") as answer:
            _head, *rows = csv.reader(io.StringIO(answer.get_data(as_text=True)))
        ends.append(rows[-1])
    assert len(rows) == 6
    assert {row[3] for row in rows[:5]} == {"Officer"}
    assert [len(end) for end in ends] == [7, 7, 7, 7, 7, 1]
    assert ends[-1] == ["Only the newest 5 rows are here. Choose fewer days to download the rest."]
    own = sa.select(AccessLogRow.detail["rows"].astext).where(AccessLogRow.staff_id == SUN.staff_id)
    assert sorted(act.session.scalars(own)) == ["1", "2", "3", "4", "5", "5"]


def test_reading_the_log_is_logged(sun: FlaskClient, act: Act, appeal: Appeal) -> None:
    open_page(sun, LOG)
    open_page(sun, f"{LOG}?number={appeal.number}&staff=officer3")
    own = sa.select(AccessLogRow).where(AccessLogRow.staff_id == SUN.staff_id)
    (row,) = act.session.scalars(own)
    assert (row.kind, row.appeal_id) == (AccessKind.LOG_READ, appeal.id)
    assert row.detail == {"staff": "3", "number": appeal.number}


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ("staff=nobody", 422, 'href="#staff"'),
        ("staff=officer3&first=yesterday", 422, 'href="#first"'),
        ("staff=officer3&last=9999-12-31", 422, 'href="#last"'),
        ("number=QD26-0000-0000-0", 404, "QD26-0000-0000-0"),
    ],
)
def test_a_wrong_filter_of_the_access_log_is_refused_and_kept_in_the_form(
    sun: FlaskClient, asked: str, status: int, said: str
) -> None:
    for address in (LOG, f"{LOG}accesses.csv"):
        answer = sun.get(f"{address}?{asked}")
        assert answer.status_code == status
        assert said in answer.text
        assert asked.partition("=")[2].partition("&")[0] in answer.text


def test_a_mangled_key_reads_as_the_first_page(sun: FlaskClient, act: Act, appeal: Appeal) -> None:
    note_view(act, ZHAO, appeal)
    act.session.commit()
    for after in ("x", "2026-03-02~x", "2026-03-02T00:00:00+00:00~x", "~"):
        assert len(list_rows(open_page(sun, f"{LOG}?staff=officer3&after={after}"))) == 1
