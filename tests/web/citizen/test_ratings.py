"""What the pages say of the versions of a rating (Rules 3)."""

import html

from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.domain.states import Action, State
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


def test_the_caller_is_told_that_the_citizen_rated_herself(app: Flask, act: Act) -> None:
    rated, other = appeal_in(act, State.CLOSED, hours=0), appeal_in(act, State.CLOSED, hours=0)
    played(act, rated, Action.RATE)
    browser = browser_of(app, act, OPERATOR)
    told = "neither changes her rating"
    assert told in open_page(browser, f"/centre/appeals/{rated.number}?lang=en")
    assert told not in open_page(browser, f"/centre/appeals/{other.number}?lang=en")
