"""What the public sees of small cells, and what administrators see (Rules 14, decision 0022)."""

import json
import re
import shutil

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.domain.people import SYSTEM
from appeals.domain.states import State
from appeals.models.report import EditionFile, Figure, Report
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.editions import editions, report_document
from appeals.reporting.formats import edition_files
from appeals.settings import Settings
from tests.cast import shanghai
from tests.factories import appeal_in
from tests.published import make_files, publish_draft, sent
from tests.web.staff_browser import open_page

MARCH = Period.month("2026-03")
AT = "/public/reports/2026-03"
KIND = "by=kind&measure=satisfaction"

RATED = {"complaint": (1, 2), "help": (5, 9), "suggestion": (6, 7), "praise": (30, 40)}
"""Satisfied of rated, by kind: complaints are few, and suggestions go with them."""


@pytest.fixture
def act(app: Flask, session: Session) -> Act:
    """Provide an act after an edition of March in which two people rated a complaint."""
    act = Act(session, SYSTEM, shanghai("2026-03-02 09:00"), app.extensions["appeals_secret"])
    appeal_in(act, State.CLOSED, 2)
    publish_ratings(act.at(shanghai("2026-04-08 00:00")), RATED)
    return act.at(shanghai("2026-04-08 00:00"))


def publish_ratings(
    act: Act, rated: dict[str, tuple[int, int]], reason: str | None = None
) -> Report:
    """Publish March with these ratings by kind in place of those that were counted."""
    act.session.flush()
    draft = monthly_drafts.compile_draft(act, MARCH)
    cell = {"report_id": draft.id, "base": "handled", "variant": "all"}
    rates = ("satisfaction", "satisfaction_strict")
    act.session.execute(
        sa.delete(Figure).where(Figure.report_id == draft.id, Figure.measure.in_(rates))
    )
    city = tuple(sum(numbers[n] for numbers in rated.values()) for n in (0, 1))
    rows = [("city", "city", city), *(("kind", kind, numbers) for kind, numbers in rated.items())]
    act.session.execute(
        sa.insert(Figure),
        [
            {**cell, "by": by, "key": key, "measure": measure, "numerator": met, "denominator": of}
            for by, key, (met, of) in rows
            for measure in rates
        ],
    )
    closed = {**cell, "by": "kind", "measure": "closed"}
    act.session.execute(
        sa.delete(Figure).where(
            Figure.report_id == draft.id, Figure.by == "kind", Figure.measure == "closed"
        )
    )
    act.session.execute(
        sa.insert(Figure),
        [{**closed, "key": key, "numerator": 50, "denominator": 50} for key in rated],
    )
    edition = publish_draft(act, MARCH, reason)
    act.session.commit()
    return edition


@pytest.mark.usefixtures("act")
def test_a_page_shows_a_sign_and_says_what_it_means(client: FlaskClient) -> None:
    shown = open_page(client, f"{AT}?{KIND}")
    rows = dict(
        re.findall(
            r'<th scope="row"[^>]*>([^<]*?)(?: · 全部)?\s*</th>\s*<td[^>]*>(.*?)</td>', shown
        )
    )
    assert rows == {
        "投诉": '＊<span class="govuk-visually-hidden"> 不公布</span>',
        "建议": '＊<span class="govuk-visually-hidden"> 不公布</span>',
        "求助": "<strong>55.56%</strong>",
        "表扬": "<strong>75.00%</strong>",
    }
    assert "评价或回访答复不足5人" in shown
    drawn = shown.partition("<svg")[2].partition("</svg>")[0]
    assert "求助" in drawn
    assert "投诉" not in drawn
    assert "fewer than 5 ratings" in open_page(client, f"/en{AT}?{KIND}")


@pytest.mark.usefixtures("act")
def test_administrators_see_every_cell_and_are_told_not_to_pass_it_on(sun: FlaskClient) -> None:
    shown = open_page(sun, f"/admin/reports/2026-03?{KIND}&lang=en")
    assert "50.00%" in shown
    assert "＊" not in shown
    cases = "/cases?by=kind&key=complaint&base=handled&variant=all&measure=closed&lang=en"
    for address in ("?lang=en", "/ranking?lang=en", cases):
        shown = open_page(sun, f"/admin/reports/2026-03{address}")
        assert "withheld from the public" in shown, address
    for form in ("csv", "json"):
        answer = sun.get(f"/admin/reports/2026-03/all-figures.{form}")
        assert "not-for-publication" in answer.headers["Content-Disposition"]
    answer = sun.get("/admin/reports/2026-03/all-figures.csv")
    assert "kind,complaint,handled,all,satisfaction,1,2" in answer.text.splitlines()


def test_files_say_how_many_are_withheld_and_seal_what_is_published(
    client: FlaskClient, act: Act
) -> None:
    edition = editions.latest_edition(act, MARCH)
    assert edition is not None
    document = json.loads(sent(client, act, f"{AT}.json").text)
    assert [*document][-2:] == ["digest", "public_digest"]
    hidden = {(each["by"], each["key"]) for each in document["figures"]} & {
        ("kind", "complaint"), ("kind", "suggestion")
    }  # fmt: skip
    assert hidden, "their other figures are published"
    said = [each for each in document["figures"] if each["measure"].startswith("satisfaction")]
    assert {each["key"] for each in said if each["by"] == "kind"} == {"help", "praise"}
    assert document["withheld"] > 0
    public = {name: each for name, each in document.items() if name != "digest"}
    assert document["public_digest"] == report_document.digest_of(public)
    assert document["digest"] == edition.digest
    for address, count in ((AT, "个，以“＊”"), (f"{AT}/summary", "个"), ("/public/", "个，以")):
        shown = open_page(client, address)
        assert document["public_digest"] in shown
        assert f"不公布的数据：{document['withheld']}{count}" in shown
    lines = sent(client, act, f"{AT}.csv").text.splitlines()
    assert f"public_digest,{document['public_digest']},,,,," in lines
    assert "kind,complaint,handled,all,satisfaction,＊,＊" in lines


def test_a_salt_keeps_withheld_figures_from_being_guessed_by_the_digest(
    client: FlaskClient, act: Act
) -> None:
    edition = editions.latest_edition(act, MARCH)
    assert edition is not None
    document = json.loads(sent(client, act, f"{AT}.json").text)
    whole = report_document.build_document(edition, monthly_drafts.load_figures(act, edition))
    assert report_document.digest_of(whole) == edition.digest
    guessed = {
        name: whole[name] if name == "figures" else each
        for name, each in document.items()
        if name not in {"withheld", "public_digest"}
    }
    assert report_document.digest_of(guessed) != edition.digest


def test_the_list_of_changes_shows_no_withheld_figure(client: FlaskClient, act: Act) -> None:
    publish_ratings(act, {**RATED, "complaint": (2, 2), "praise": (31, 40)}, "a correction")
    shown = open_page(client, f"/en{AT}")
    changes = shown.partition("What this edition changed")[2].partition("</details>")[0]
    assert "31 / 40" in changes
    assert "2 / 2" not in changes
    assert "1 / 2" not in changes


def test_a_file_made_before_is_not_sent_and_is_made_anew_once(
    client: FlaskClient, settings: Settings, act: Act
) -> None:
    make_files(act, settings.data_dir)
    edition = editions.latest_edition(act, MARCH)
    assert edition is not None
    ours = edition_files.file_path(settings.data_dir, edition, "json", "")
    old = ours.with_name(ours.name.replace(edition_files.FILE_VERSION_SUFFIX, ""))
    shutil.move(ours, old)  # as the release before left it
    act.session.execute(sa.update(EditionFile).values(make=1))
    act.session.commit()
    answer = client.get(f"{AT}.json")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (503, "no-store")
    assert int(answer.headers["Retry-After"]) > 0
    edition_files.request_missing_files(act)
    waiting = sa.select(sa.func.count()).where(EditionFile.made_at.is_(None))
    every = sum(len(each.languages) for each in edition_files.FORMATS.values())
    assert act.session.scalar(waiting) == every
    assert edition_files.delete_outdated(settings.data_dir) == 1
    assert not old.exists()
    make_files(act, settings.data_dir)
    again = client.get(f"{AT}.json", headers={"If-None-Match": f'"{old.name}"'}, buffered=True)
    assert again.status_code == 200
    edition_files.request_missing_files(act)
    assert act.session.scalar(waiting) == 0
