"""From a draft to an edition and its correction: read, commented, reviewed, published (Issue 4)."""

import html
import re

import pytest
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.domain.states import Action, State
from appeals.models.report import Report
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.editions.report_document import build_document, digest_of
from tests.cast import ROADS, shanghai
from tests.factories import appeal_in, played
from tests.published import publish_draft, published, sent
from tests.web.public.test_exports import read_pages, read_workbook

MARCH, FEBRUARY = Period.month("2026-03"), Period.month("2026-02")
SHOWN = "/admin/reports/2026-03"
CUT_OFF = "2026-04-08 00:00"


@pytest.fixture
def city(act: Act) -> Act:
    """Provide an act after one appeal of February and three of March; February is published."""
    appeal_in(act.at(shanghai("2026-02-04 09:00")), State.CLOSED, 2)
    for day in (2, 3, 4):
        appeal_in(act.at(shanghai(f"2026-03-0{day} 09:00")), State.CLOSED, 2)
    appeal_in(act.at(shanghai("2026-03-05 09:00")), State.CLOSED, 240)
    act.session.commit()
    then = act.at(shanghai(CUT_OFF))
    published(then, FEBRUARY)
    act.session.commit()
    return then


def compile_draft(city: Act) -> Report:
    draft = monthly_drafts.compile_draft(city, MARCH)
    city.session.commit()
    return draft


def read_text(browser: FlaskClient, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return re.sub(r'name="csrf_token" value="[^"]*"', "", html.unescape(answer.text))


def test_the_report_has_its_chapters_and_every_number_opens(sun: FlaskClient, city: Act) -> None:
    compile_draft(city)
    page = read_text(sun, f"{SHOWN}?lang=en&chapter=all")
    for chapter in ("Overview", "Categories", "Departments by group", "Handling times"):
        assert f". {chapter}</h2>" in page
    links = set(re.findall(r'href="(/admin/reports/2026-03/(?:cases|difference|unit)[^"]*)"', page))
    assert len(links) > 50
    assert {sun.get(link).status_code for link in links} == {200}


def test_a_page_shows_one_chapter_and_leads_to_the_others(sun: FlaskClient, city: Act) -> None:
    compile_draft(city)
    whole = read_text(sun, f"{SHOWN}?lang=en&chapter=all")
    titles = re.findall(r"<h2[^>]* id=\"chapter-[^>]*>(.*?)</h2>", whole)
    page, seen = read_text(sun, f"{SHOWN}?lang=en"), list[str]()
    for _ in titles:
        seen += re.findall(r"<h2[^>]* id=\"chapter-[^>]*>(.*?)</h2>", page)
        following = re.search(r'href="([^"]*)">Next chapter', page)
        page = read_text(sun, following[1].partition("#")[0]) if following else ""
    assert seen == titles
    assert page == ""
    assert read_text(sun, f"{SHOWN}?lang=en&chapter=nonsense").count('id="chapter-') == 1


def test_volumes_change_in_per_cent_and_rates_in_points(sun: FlaskClient, city: Act) -> None:
    compile_draft(city)
    page = read_text(sun, f"{SHOWN}?lang=en")
    row = page[page.index(">Filed</th>") :]
    assert "+300.00%" in row[: row.index("</tr>")]
    row = page[page.index(">Completion rate</th>") :]
    assert "-25.00 pp" in row[: row.index("</tr>")]


def test_a_draft_is_commented_reviewed_and_published(sun: FlaskClient, city: Act) -> None:
    draft = compile_draft(city)
    given = {"draft": str(draft.id)}
    assert sun.post(f"{SHOWN}/comment", data={"words": " "}).status_code == 422
    assert sun.post(f"{SHOWN}/comment", data={"words": "核对退单"}).status_code == 303
    assert sun.post(f"{SHOWN}/publish", data=given).status_code == 409
    assert sun.post(f"{SHOWN}/review", data={"draft": "0"}).status_code == 409
    assert sun.post(f"{SHOWN}/review", data=given).status_code == 303
    page = read_text(sun, f"{SHOWN}?lang=en")
    assert "核对退单" in page
    assert "Reviewed by Administrator Sun" in page
    assert sun.post(f"{SHOWN}/publish", data=given).status_code == 303
    assert "核对退单" in read_text(sun, SHOWN)


def test_a_reviewed_draft_stands_still_and_another_follows(sun: FlaskClient, city: Act) -> None:
    draft = compile_draft(city)
    monthly_drafts.recompile_dirty_months(city)
    late = appeal_in(city.at(shanghai("2026-03-06 09:00")), State.SIGNED, 2)
    city.session.commit()
    assert monthly_drafts.recompile_dirty_months(city)
    fresh = monthly_drafts.find_draft(city, MARCH)
    assert fresh is not None
    assert fresh.id != draft.id
    city.session.commit()
    sun.post(f"{SHOWN}/review", data={"draft": str(fresh.id)})
    city.session.expire_all()
    played(city.at(shanghai("2026-03-07 09:00")), late, Action.CONTACT)
    city.session.commit()
    monthly_drafts.recompile_dirty_months(city)
    kept = monthly_drafts.find_draft(city, MARCH)
    assert kept is not None
    assert kept.id == fresh.id


def test_a_correction_lists_what_changed_and_opens_it(sun: FlaskClient, city: Act) -> None:
    first = compile_draft(city)
    publish_draft(city, MARCH)
    second = compile_draft(city.at(shanghai("2026-06-20 00:00")))
    sun.post(f"{SHOWN}/review", data={"draft": str(second.id)})
    confirm = read_text(sun, f"{SHOWN}/publish?lang=en")
    assert "What changed" in confirm
    answer = sun.post(f"{SHOWN}/publish", data={"draft": str(second.id)})
    assert answer.status_code == 422
    given = {"draft": str(second.id), "reason": "一件迟到"}
    assert sun.post(f"{SHOWN}/publish", data=given).status_code == 303
    page = read_text(sun, f"{SHOWN}?lang=en&edition=2")
    assert "一件迟到" in page
    links = re.findall(r'href="(/admin/reports/2026-03/difference[^"]*against=1[^"]*)"', page)
    asked = "by=city&key=city&base=filed&variant=all&measure=completion"
    completion = next(link for link in links if asked in link)
    beside = read_text(sun, completion)
    assert "+25.00 percentage points" in beside
    fresh = next(link for link in re.findall(r'href="([^"]*)"', beside) if "unlike=1" in link)
    assert read_text(sun, fresh).count('<th scope="row"') == 1
    city.session.expire_all()
    assert first.edition == 1


def test_a_month_that_is_not_over_is_not_published(sun: FlaskClient, city: Act) -> None:
    early = compile_draft(city.at(shanghai("2026-03-20 00:00")))
    sun.post(f"{SHOWN}/review", data={"draft": str(early.id)})
    answer = sun.post(f"{SHOWN}/publish?lang=en", data={"draft": str(early.id)})
    assert answer.status_code == 409
    assert "cut-off lies before the period" in answer.text
    assert sun.post("/admin/reports/2999-01/compile").status_code == 409


def test_an_edition_keeps_what_it_stood_beside(sun: FlaskClient, city: Act) -> None:
    march = compile_draft(city)
    publish_draft(city, MARCH)
    city.session.commit()
    before = read_text(sun, f"{SHOWN}?lang=en")
    assert march.comparison_basis is not None
    assert march.comparison_basis["earlier"]["last"]["edition"] == 1
    assert ROADS in march.comparison_basis["groups"]["municipal"]
    appeal_in(city.at(shanghai("2026-02-05 09:00")), State.CLOSED, 2)
    published(city, FEBRUARY, "一件迟到")
    city.session.commit()
    assert read_text(sun, f"{SHOWN}?lang=en") == before
    sealed = build_document(march, monthly_drafts.load_figures(city, march))
    assert digest_of(sealed) == march.digest
    assert digest_of({**sealed, "beside": None}) != march.digest


@pytest.mark.parametrize("setting", ["house", "panjin", "jungar", "nonsense"])
def test_units_are_ranked_by_a_setting_within_their_group(
    sun: FlaskClient, city: Act, setting: str
) -> None:
    compile_draft(city)
    page = read_text(sun, f"{SHOWN}/ranking?lang=en&setting={setting}")
    assert "Municipal departments" in page
    assert "n < 30" in page
    unit = read_text(sun, f"{SHOWN}/unit?lang=en&setting={setting}&key={ROADS}")
    assert "Weight" in unit
    assert sun.get(f"{SHOWN}/unit?key=nobody").status_code == 404


@pytest.mark.parametrize("against", ["", "nonsense", "9", "year"])
def test_a_difference_to_no_report_is_not_found(sun: FlaskClient, city: Act, against: str) -> None:
    compile_draft(city)
    figure = "by=city&key=city&base=filed&variant=all&measure=filed"
    assert sun.get(f"{SHOWN}/difference?{figure}&against={against}").status_code == 404


def test_workbook_and_document_bear_the_chapters(sun: FlaskClient, city: Act) -> None:
    compile_draft(city)
    publish_draft(city, MARCH)
    city.session.commit()
    sheets = read_workbook(sent(sun, city, "/en/public/reports/2026-03.xlsx").data)
    overview = next(rows for name, rows in sheets.items() if name.endswith("Main figures"))
    filed = next(row for row in overview if row[0] == "Filed")
    assert filed[2:] == [4.0, 4.0, "–", 3.0]
    printed = "".join(read_pages(sent(sun, city, "/en/public/reports/2026-03.pdf").data))
    for title in ("Mainfigures", "Units", "Carriedin", "+300.00%"):
        assert title in printed
