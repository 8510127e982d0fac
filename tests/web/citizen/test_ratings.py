"""What the pages say of the versions of a rating (Rules 3)."""

import html
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.cases.case_rows import load_case
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Solved
from tests.cast import OPERATOR
from tests.factories import appeal_in, played
from tests.web.citizen_filing import file_as_citizen_and_close
from tests.web.staff_browser import browser_of, open_page


def test_the_page_says_how_often_a_rating_can_still_be_changed(
    client: FlaskClient, act: Act
) -> None:
    appeal = file_as_citizen_and_close(client, act)
    number = appeal.number
    said = []
    for stars in ("5", "4", "3"):
        said.append(html.unescape(client.get(f"/appeals/{number}?lang=en").text))
        rated = {"solved": "yes", "satisfaction": stars}
        assert client.post(f"/appeals/{number}/rate", data=rated).status_code == 303
    assert "change your rating twice afterwards" in said[0]
    assert "change your rating 2 more times" in said[1]
    assert "change your rating 1 more time." in said[2]
    page = client.get(f"/appeals/{number}?lang=en")
    assert "it cannot be changed again." in page.text
    assert "If the problem is not solved, you can still say so above." in page.text
    assert "that it is not solved." in page.text
    assert "whether it was solved" not in page.text
    assert "Was it solved? Solved" in page.text
    assert 'id="do-rate"' not in page.text
    refused = client.post(f"/appeals/{number}/rate", data={"solved": "yes", "satisfaction": "1"})
    assert refused.status_code == 409
    assert "cannot change it again" in refused.text
    unsolved = client.post(f"/appeals/{number}/say_not_solved", data={"words": "还在漏水"})
    assert unsolved.status_code == 303


def hidden_value(page: str, name: str) -> str:
    """Return the value of a hidden field of the form that says “not solved” in one press."""
    form = page.partition("/say_not_solved")[2].partition("</form>")[0]
    found = re.search(rf'name="{name}" value="([^"]*)"', form)
    assert found is not None, form
    return html.unescape(found[1])


@pytest.mark.parametrize(
    ("rating", "words"),
    [
        ({"solved": "no", "satisfaction": "3", "words": "还在漏水"}, "还在漏水"),
        ({"solved": "yes", "satisfaction": "1"}, "It is not solved, as my rating says."),
    ],
)
def test_a_low_rating_offers_another_handling_in_one_press(
    client: FlaskClient, act: Act, rating: dict[str, str], words: str
) -> None:
    appeal = file_as_citizen_and_close(client, act)
    address = f"/appeals/{appeal.number}"
    client.post(f"{address}/rate", data=rating)
    act.session.refresh(appeal)
    assert (
        load_case(act, appeal.id).round.rehandling_asked_at is None
    )  # a rating alone asks nothing
    confirmed = client.get(f"{address}?lang=en").text
    assert "Thank you, your rating was taken." in confirmed
    sent = {name: hidden_value(confirmed, name) for name in ("seen", "words", "satisfaction")}
    assert sent["words"] == words
    later = client.get(address).text
    assert "data-confirmation" not in later
    assert 'name="satisfaction" value="' in later  # the offer stays until she took it
    assert client.post(f"{address}/say_not_solved", data=sent).status_code == 303
    current = load_case(act, appeal.id).round
    assert current.rehandling_pending
    assert current.solved is Solved.NO
    assert current.satisfaction == rating["satisfaction"]
    page = html.unescape(client.get(address).text)
    assert "The decision will stand on this page." in page
    assert "ask for it to be handled again" not in page


def test_a_good_rating_offers_no_other_handling(client: FlaskClient, act: Act) -> None:
    appeal = file_as_citizen_and_close(client, act)
    client.post(f"/appeals/{appeal.number}/rate", data={"solved": "yes", "satisfaction": "4"})
    page = client.get(f"/appeals/{appeal.number}?lang=en").text
    assert "You can change it until" in page
    assert "ask for it to be handled again" not in page


def test_the_caller_is_told_that_the_citizen_rated_herself(app: Flask, act: Act) -> None:
    rated, other = appeal_in(act, State.CLOSED, hours=0), appeal_in(act, State.CLOSED, hours=0)
    played(act, rated, Action.RATE)
    browser = browser_of(app, act, OPERATOR)
    told = "neither changes her rating"
    assert told in open_page(browser, f"/centre/appeals/{rated.number}?lang=en")
    assert told not in open_page(browser, f"/centre/appeals/{other.number}?lang=en")
