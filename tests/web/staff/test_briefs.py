"""The page of a brief: who reads which figures, and the cases behind each."""

import re
from datetime import date
from html import unescape

import pytest
from flask import Flask

from appeals.act import Act
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import RegularMail
from appeals.models.appeal import Appeal
from appeals.reference.reference_data import load_reference
from appeals.reporting.briefs.brief_reading import read_brief
from appeals.reporting.briefs.briefs import compile_brief
from appeals.reporting.tables.sections import Reader
from tests.cast import LEADER, ROADS, SUPERVISOR, WATER, ZHAO, shanghai
from tests.factories import appeal_in, played
from tests.web.staff_browser import browser_of, open_page

WEEK = "/briefs/weekly_brief/2026-03-02"


@pytest.fixture
def late(act: Act) -> Appeal:
    """Put a week with a late case of each department into the city, and count its brief."""
    act = act.at(shanghai("2026-03-02 09:00"))
    late = appeal_in(act, State.IN_HAND)
    appeal_in(act, State.IN_HAND)
    played(act.at(shanghai("2026-03-05 10:00")), late, Action.URGE)
    water = appeal_in(act, State.ACCEPTED)
    played(act.at(shanghai("2026-03-02 13:00")), water, Action.DISPATCH, department=WATER)
    act.session.flush()  # the count reads the rows
    monday = act.at(shanghai("2026-03-09 08:00"))
    compile_brief(monday, RegularMail.WEEKLY_BRIEF, date(2026, 3, 9))
    act.session.commit()
    return late


def links_of(page: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'href="(/briefs/[^"]*/cases[^"]*)"', page)]


@pytest.mark.usefixtures("late")
def test_every_figure_of_a_supervisor_opens_its_cases(app: Flask, act: Act) -> None:
    browser = browser_of(app, act, SUPERVISOR)
    page = open_page(browser, WEEK)
    brief = compile_brief(act, RegularMail.WEEKLY_BRIEF, date(2026, 3, 9))
    read = read_brief(act, brief, Reader(load_reference(act), "zh"), None)
    figures = [f for line in read.lines for f in line.figures]
    figures += [f for unit in read.units for f in unit.figures]
    sizes = [f.numbers[0] if f.is_share else f.numbers[1] for f in figures]
    links = links_of(page)
    assert len(links) == len([n for n in sizes if n]) > 10
    for link, size in zip(links, [n for n in sizes if n], strict=True):
        rows = re.findall(r'scope="row"', open_page(browser, link))
        assert len(rows) == size, link


def test_a_leader_reads_her_department_beside_the_city_and_opens_her_own_cases(
    app: Flask, act: Act, late: Appeal
) -> None:
    browser = browser_of(app, act, LEADER)
    links = links_of(open_page(browser, WEEK))
    assert {key for link in links for key in re.findall(r"key=(\w+)", link)} == {ROADS}
    urged = next(link for link in links if "measure=urged" in link)
    assert late.number in open_page(browser, urged)
    others = urged.replace(f"key={ROADS}", f"key={WATER}")
    city = urged.replace("by=department", "by=city").replace(f"key={ROADS}", "key=city")
    assert [browser.get(each).status_code for each in (others, city)] == [404, 404]


@pytest.mark.usefixtures("late")
def test_what_is_no_brief_or_no_figure_of_one_is_not_found(app: Flask, act: Act) -> None:
    browser = browser_of(app, act, SUPERVISOR)
    cell = "by=city&key=city&base=filed&variant=all&measure=filed"
    asked = (
        "/briefs/weekly_brief/2026-03-03",
        "/briefs/weekly_brief/yesterday",
        "/briefs/work_waits/2026-03-02",
        "/briefs/monthly/2026-03-02",
        f"{WEEK}/cases?{cell.replace('city&', 'street&', 1)}",
        f"{WEEK}/cases?by=city&key=city&base=filed&variant=all&measure=valid",
        f"{WEEK}/cases",
    )
    assert {address: browser.get(address).status_code for address in asked} == dict.fromkeys(
        asked, 404
    )
    assert browser.get(f"{WEEK}/cases?{cell}&after=1.0&part=nothing").status_code == 200
    assert browser_of(app, act, ZHAO).get(WEEK).status_code in {403, 404}


def test_without_a_brief_the_page_says_when_one_comes(app: Flask, act: Act) -> None:
    assert "8:00" in open_page(browser_of(app, act, SUPERVISOR), "/briefs/")
