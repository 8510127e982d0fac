"""The tables' pages: the campaign, a trial of the rules, every table and step in both languages."""

import html

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from appeals.act import Act
from appeals.models.configuration import RecordedChange
from tests.cast import ROADS, WATER
from tests.web.staff_browser import change_row, day_after, open_page

WHY = {"why": "机构改革"}


def test_the_campaign_is_called_what_the_administrators_say(sun: FlaskClient) -> None:
    assert "Citizen appeals" in sun.get("/?lang=en").text
    change_row(
        sun, "/admin/campaign/1/change",
        name_en="Ask the city", message_zh="系统维护", **WHY,
    )  # fmt: skip
    assert "Ask the city" in sun.get("/?lang=en").text
    chinese = sun.get("/?lang=zh").text
    assert "市民诉求" in chinese
    assert "系统维护" in chinese


def test_the_rules_are_tried_on_a_text(act: Act, sun: FlaskClient) -> None:
    asked = {
        "category": "urban.noise",
        "kind": "complaint",
        "text": "夜间施工",
        "day": day_after(act, 0),
    }
    tried = page_of(sun, asked)
    assert "Rule “City” names Urban management: category “Noise”" in tried
    assert "the dispatcher decides" in page_of(sun, {**asked, "category": "water.burst"})
    wrong = sun.post("/admin/rules/try", data={**asked, "day": "soon"})
    assert wrong.status_code == 422


def page_of(browser: FlaskClient, asked: dict[str, str]) -> str:
    answer = browser.post("/admin/rules/try?lang=en", data=asked)
    assert answer.status_code == 200
    return html.unescape(answer.text)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_table_and_step_shows_in_both_languages(sun: FlaskClient, language: str) -> None:
    for table in ("departments", "categories", "limits", "rules", "campaign"):
        open_page(sun, f"/admin/{table}?lang={language}")
    for address in (
        f"departments/{ROADS}", "departments/add", f"departments/{ROADS}/change",
        f"departments/{ROADS}/end", "categories/urban", "categories/urban/move", "rules/add",
        "limits/finish-any-ordinary", "limits/add", "campaign/1/change", "rules/try",
    ):  # fmt: skip
        open_page(sun, f"/admin/{address}?lang={language}")
    assert WATER in open_page(sun, "/admin/departments?q=水务")


def test_what_is_not_there_is_not_found(sun: FlaskClient) -> None:
    for address in ("nothing", "departments/nobody", f"departments/{ROADS}/fly", "campaign/add"):
        assert sun.get(f"/admin/{address}").status_code == 404, address


def test_a_recorded_change_never_changes(act: Act, sun: FlaskClient) -> None:
    change_row(sun, "/admin/campaign/1/change", name_en="Ask the city", **WHY)
    for statement in (sa.update(RecordedChange).values(why=""), sa.delete(RecordedChange)):
        with pytest.raises(IntegrityError, match="never changes"), act.session.begin_nested():
            act.session.execute(statement)
