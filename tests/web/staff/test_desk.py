"""The desk: its list, the case page, and every way in which a move can be refused."""

import html
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from appeals.act import Act
from appeals.domain.people import Actor
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Kind
from appeals.models.appeal import Move
from appeals.queries import work_list
from tests.cast import DISPATCHER, LEADER, OPERATOR, QIAN, SUPERVISOR, ZHAO
from tests.factories import appeal_in, played
from tests.web.staff_browser import browser_of, open_page

AGO = timedelta(days=1)
"""How long before a browser looks the tests' own acts lie."""


def test_a_department_sees_its_own_work_and_nobody_elses(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED)
    with browser_of(app, act, ZHAO) as browser:
        assert appeal.number in open_page(browser, "/desk/")
        assert appeal.number in open_page(browser, "/desk/?state=signed&q=噪音")
        assert appeal.number not in open_page(browser, "/desk/?state=closed")
    with browser_of(app, act, QIAN) as browser:
        assert appeal.number not in open_page(browser, "/desk/")
        assert browser.get(f"/desk/appeals/{appeal.number}").status_code == 404
        assert browser.post(f"/desk/appeals/{appeal.number}/contact").status_code == 404


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("person", [ZHAO, LEADER])
def test_the_case_page_shows_in_both_languages(
    app: Flask, act: Act, person: Actor, language: str
) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    with browser_of(app, act, person) as browser:
        shown = open_page(browser, f"/desk/appeals/{appeal.number}?lang={language}")
        assert Action.ANSWER.label(language) in shown
        assert (Action.ASK_EXTENSION.label(language) in shown) is (person is LEADER)
        assert (ZHAO.name in shown) is True
        open_page(browser, f"/desk/?lang={language}")


def test_the_first_due_stands_on_top(app: Flask, act: Act) -> None:
    first = appeal_in(act, State.SIGNED)
    sooner = appeal_in(act, State.SIGNED, category="urban.noise", kind=Kind.CONSULTATION)
    lines = work_list.load_desk_page(act.by(ZHAO), {}).lines
    assert [line.appeal for line in lines] == [sooner, first]
    with browser_of(app, act, ZHAO) as browser:
        shown = open_page(browser, "/desk/")
    assert shown.index(sooner.number) < shown.index(first.number)


def test_contact_is_masked_and_a_confidential_one_hidden(app: Flask, act: Act) -> None:
    plain = appeal_in(act, State.SIGNED)
    hidden = appeal_in(act, State.SIGNED, confidential=True)
    with browser_of(app, act, ZHAO) as browser:
        assert "w***@example.org" in open_page(browser, f"/desk/appeals/{plain.number}")
        assert "example.org" not in open_page(browser, f"/desk/appeals/{hidden.number}")
    with browser_of(app, act, DISPATCHER) as browser:
        shown = open_page(browser, f"/centre/appeals/{hidden.number}")
        assert "w***@example.org" in shown
        assert "wang@example.org" not in shown


@pytest.mark.parametrize("after", ["x", "2026-03-02~1", f"2026-03-02T00:00Z~{'9' * 30}", "~-1"])
def test_a_mangled_page_key_reads_as_the_first_page(app: Flask, act: Act, after: str) -> None:
    appeal = appeal_in(act, State.SIGNED)
    with browser_of(app, act, ZHAO) as browser:
        assert appeal.number in open_page(browser, f"/desk/?after={after}")


def test_a_lacking_field_comes_back_with_what_was_typed(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    with browser_of(app, act, ZHAO) as browser:
        answer = browser.post(
            f"/desk/appeals/{appeal.number}/answer?lang=en",
            data={"seen": appeal.moves_made, "words": "The site was stopped at night."},
        )
    assert answer.status_code == 422
    assert "The site was stopped at night.</textarea>" in answer.text
    assert "Enter: What came of it" in html.unescape(answer.text)


@pytest.mark.parametrize(
    ("came_from", "leads_to"),
    [
        ("http://localhost/desk/appeals/X?q=1", "/desk/appeals/X?q=1&amp;lang=en"),
        ("http://elsewhere/desk/", "/?lang=en"),
    ],
)
def test_an_answer_to_a_form_leads_to_a_page_in_the_other_language(
    app: Flask, act: Act, came_from: str, leads_to: str
) -> None:
    answer = browser_of(app, act, ZHAO).post("/desk/appeals/X/sign", headers={"Referer": came_from})
    assert f'href="{leads_to}"' in answer.text


def test_a_stale_page_says_what_happened_and_keeps_the_words(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED)
    seen = appeal.moves_made
    played(act.later(timedelta(hours=3)), appeal, Action.ASK_CITIZEN, words="Which street?")
    with browser_of(app, act, ZHAO) as browser:
        address = f"/desk/appeals/{appeal.number}/ask_citizen?lang=en"
        typed = {"seen": str(seen), "words": "Since when?"}
        refused = browser.post(address, data=typed)
        assert refused.status_code == 409
        shown = html.unescape(refused.text)
        since = shown.split("What happened since you opened this page")[1].split("</section>")[0]
        assert "Which street?" in since
        assert "Since when?</textarea>" in shown
        fresh = re.search(r'name="seen" value="(\d+)"', shown)
        assert fresh is not None
        again = browser.post(address, data={**typed, "seen": fresh[1]})
        assert again.status_code == 303


def test_a_move_that_is_over_shows_the_typed_text_to_copy(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.ANSWERED)
    with browser_of(app, act, ZHAO) as browser:
        answer = browser.post(
            f"/desk/appeals/{appeal.number}/answer?lang=en",
            data={"seen": appeal.moves_made - 1, "result": "solved", "words": "My own answer"},
        )
    assert answer.status_code == 409
    assert "What you typed" in answer.text
    assert "My own answer</textarea>" in answer.text


def test_a_move_of_another_role_is_refused(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED)
    with browser_of(app, act, ZHAO) as browser:
        seen = {"seen": appeal.moves_made}
        assert browser.post(f"/desk/appeals/{appeal.number}/recall", data=seen).status_code == 403
        assert browser.post(f"/desk/appeals/{appeal.number}/file", data=seen).status_code == 404
        assert browser.get("/centre/").status_code == 403
        assert browser.get("/admin/").status_code == 403
    with browser_of(app, act, OPERATOR) as browser:
        assert browser.get("/desk/").status_code == 403


def test_only_what_the_move_needs_is_taken(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED)
    form = {"seen": appeal.moves_made, "how": "phone", "imported": "yes", "department": "water"}
    with browser_of(app, act, ZHAO) as browser:
        assert browser.post(f"/desk/appeals/{appeal.number}/contact", data=form).status_code == 303
    made = act.session.scalar(
        sa.select(Move).where(Move.appeal_id == appeal.id, Move.action == Action.CONTACT)
    )
    assert made is not None
    assert made.facts == {"how": "phone"}


def test_without_a_token_nothing_moves(app: Flask, act: Act) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    appeal = appeal_in(act, State.DISPATCHED)
    with browser_of(app, act, ZHAO) as browser:
        address = f"/desk/appeals/{appeal.number}"
        assert browser.post(f"{address}/sign", data={"seen": appeal.moves_made}).status_code == 400
        form = re.search(r'csrf_token" value="([^"]+)"', open_page(browser, address))
        assert form is not None
        sent = {"seen": appeal.moves_made, "csrf_token": form[1]}
        assert browser.post(f"{address}/sign", data=sent).status_code == 303


@pytest.mark.parametrize(
    ("person", "folded"),
    [
        (ZHAO, []),
        (LEADER, ["/desk/templates", "/briefs/"]),
        (OPERATOR, []),
        (SUPERVISOR, ["/centre/wall", "/briefs/", "/centre/permissions"]),
    ],
)
def test_the_header_folds_what_a_role_opens_seldom(
    app: Flask, act: Act, person: Actor, folded: list[str]
) -> None:
    page = "/desk/day" if person.department else "/centre/"
    shown = open_page(browser_of(app, act, person), page)
    part = shown.partition('<details class="site-more">')[2].partition("</details>")[0]
    assert re.findall(r'href="([^"]+)"', part) == folded
