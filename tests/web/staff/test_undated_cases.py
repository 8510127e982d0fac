"""An imported case whose source promised no date stands in every list and count, as “no date”."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from appeals.act import Act
from appeals.domain.people import Actor
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Card
from appeals.models.appeal import Appeal
from appeals.queries import live, my_day, queues, wall, work_list
from appeals.queries.administration import consequences
from appeals.queries.case_file import open_case_file
from appeals.web.citizen import timeline
from tests.cast import DISPATCHER, LEADER, ROADS, SUN, ZHAO
from tests.factories import played
from tests.imports.import_file import import_file, read_mapping, write_csv
from tests.web.staff_browser import browser_of, open_page

MAPPING = """
source = "elsewhere"
time_zone = "Asia/Shanghai"
[columns]
reference = "no"
filed = "opened"
status = "state"
promised = "due"
[otherwise]
kind = "help"
channel = "phone"
category = "urban.noise"
district = "370202"
department = "roads"
"""
ROWS = (
    ("no", "opened", "state", "due"),
    ("1", "2026-01-05 09:00", "in_hand", ""),
    ("2", "2026-01-06 09:00", "dispatched", ""),
    ("3", "2026-01-07 09:00", "dispatched", "2026-01-12 23:59"),
    ("4", "2026-01-08 09:00", "filed", ""),
    ("5", "2026-01-09 09:00", "accepted", ""),
    ("6", "2026-01-10 09:00", "answered", ""),
    ("7", "2026-01-11 09:00", "return_asked", ""),
    ("8", "2026-01-12 09:00", "closed", ""),
)


@pytest.fixture
def imported(act: Act, tmp_path: Path) -> Act:
    """Provide a city with an imported case in every state, of which one has a date."""
    file = write_csv(tmp_path / "rows.csv", ROWS)
    mapping = read_mapping('closed_if_untimed = "filed"\n' + MAPPING, tmp_path)
    assert import_file(act, file, mapping).refused == ()
    act.session.commit()
    return act


def references(lines: work_list.WorkListPage) -> list[str | None]:
    return [line.appeal.source_ref for line in lines.lines]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["3", "1", "2", "6", "7"]),
        ({"sort": "-due"}, ["7", "6", "2", "1", "3"]),
        ({"sort": "filed"}, ["1", "2", "3", "6", "7"]),
        ({"card": "none"}, ["1", "2", "6", "7"]),
        ({"card": "red"}, ["3"]),
        ({"state": "dispatched"}, ["3", "2"]),
    ],
)
def test_a_case_without_a_date_is_in_its_departments_list(
    imported: Act, asked: dict[str, str], found: list[str]
) -> None:
    assert references(work_list.load_desk_page(imported.by(ZHAO), asked)) == found


def test_pages_of_a_list_end_and_go_on_among_cases_without_a_date(
    imported: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_list.load_page, "__defaults__", (None, 2))
    for sort, whole in (("due", ["3", "1", "2", "6", "7"]), ("-filed", ["7", "6", "3", "2", "1"])):
        listed = work_list.load_desk_page(imported.by(ZHAO), {"sort": sort})
        seen = references(listed)
        while listed.after:
            listed = work_list.load_desk_page(
                imported.by(ZHAO), {"sort": sort, "after": listed.after}
            )
            seen += references(listed)
        assert seen == whole


def test_every_count_has_the_cases_without_a_date(imported: Act) -> None:
    counts = work_list.count_work(imported.by(ZHAO))
    assert (counts.total, counts.cards[Card.NONE], counts.cards[Card.RED]) == (5, 4, 1)
    assert live.count_loads(imported.by(DISPATCHER))[ROADS] == live.DepartmentLoad(
        5, red=1, overdue=1
    )
    shown = wall.load_wall(imported.by(DISPATCHER))
    assert (shown.open, shown.cards[Card.NONE]) == (7, 6)
    assert [each.source_ref for each in shown.oldest] == ["1", "2", "3", "4", "5", "6", "7"]
    assert consequences._count_cases(imported.by(DISPATCHER), ROADS) == 5


@pytest.mark.parametrize(
    ("queue", "found"),
    [("accept", ["4"]), ("tray", ["5"]), ("review", ["6"]), ("returns", ["7"]), ("follow-up", [])],
)
def test_a_case_without_a_date_waits_in_the_centres_queue(
    imported: Act, queue: str, found: list[str]
) -> None:
    act = imported.by(DISPATCHER)
    assert references(queues.load_queue_page(act, queues.QUEUES[queues.QueueName(queue)])) == found
    assert queues.count_queues(act)[queues.QueueName(queue)] == len(found)


def test_a_day_shows_the_cases_without_a_date_and_those_that_came_back(imported: Act) -> None:
    today = my_day.load_my_day(imported.by(LEADER))
    undated = today.parts[my_day.DayPart.UNDATED]
    assert [each.appeal.source_ref for each in undated] == ["1", "2"]
    assert (today.sizes[my_day.DayPart.UNDATED], today.back) == (2, [])
    appeal = imported.session.scalars(sa.select(Appeal).filter_by(source_ref="1")).one()
    played(imported, appeal, Action.ADD)
    assert [each.appeal for each in my_day.load_my_day(imported.by(LEADER)).back] == [appeal]


@pytest.mark.parametrize(
    ("person", "address"),
    [(ZHAO, "/desk/"), (ZHAO, "/desk/day"), (DISPATCHER, "/centre/?queue=tray"),
     (DISPATCHER, "/centre/?queue=review"), (DISPATCHER, "/centre/wall")],
)  # fmt: skip
def test_pages_say_that_there_is_no_date(
    imported: Act, app: Flask, person: Actor, address: str
) -> None:
    browser = browser_of(app, imported, person)
    for language, words in (("zh", "未定期限"), ("en", "No date")):
        sign = "&" if "?" in address else "?"
        assert words in open_page(browser, f"{address}{sign}lang={language}")


def test_every_page_of_a_case_without_a_date_opens(imported: Act, app: Flask) -> None:
    officer, centre = browser_of(app, imported, ZHAO), browser_of(app, imported, DISPATCHER)
    sun = browser_of(app, imported, SUN)
    numbers = imported.session.scalars(sa.select(Appeal.number)).all()
    assert len(numbers) == 8
    for number in numbers:
        open_page(centre, f"/centre/appeals/{number}")
        open_page(sun, f"/admin/reports/appeals/{number}")
        open_page(sun, f"/admin/reports/appeals/{number}/print")
    for line in work_list.load_desk_page(imported.by(ZHAO), {}).lines:
        shown = open_page(officer, f"/desk/appeals/{line.appeal.number}?lang=en")
        assert ("No date" in shown) is (line.due_at is None)
        open_page(officer, f"/desk/appeals/{line.appeal.number}/print")
    for address in ("/live/", f"/live/{ROADS}"):
        open_page(centre, address)
    first = imported.session.scalars(sa.select(Appeal.number).filter_by(source_ref="1")).one()
    with app.test_request_context("/?lang=zh"):
        said_to_the_citizen = timeline.describe_state(open_case_file(imported, first), imported.now)
    assert said_to_the_citizen == ["您的诉求由市城市管理局办理，未定办理期限。"]


def test_a_case_without_a_date_goes_its_way_with_us(imported: Act) -> None:
    appeal = imported.session.scalars(sa.select(Appeal).filter_by(source_ref="2")).one()
    for action in (Action.SIGN, Action.CONTACT, Action.ANSWER, Action.CLOSE):
        played(imported, appeal, action)
    assert appeal.state is State.CLOSED
    assert references(work_list.load_desk_page(imported.by(ZHAO), {})) == ["3", "1", "6", "7"]
