"""A citizen's moves that are sent at once come back with the words, and pass the next time."""

import html
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appeals.act import Act
from appeals.domain.vocabulary import Satisfaction
from appeals.settings import Settings, WrongSetting
from appeals.web.shared.bot_detection import SIGN_FIELD, TRAP_FIELD
from tests.conftest import SECRET
from tests.web.citizen_filing import file_as_citizen_and_close

WORDS = "路灯还是不亮。"
PUBLIC = ("/appeals/new", "/appeals/follow", "/sign-in")


@pytest.fixture
def pressing(app: Flask, client: FlaskClient, act: Act) -> tuple[FlaskClient, str]:
    """Provide a citizen's browser with a closed appeal, at a website that asks for ten seconds."""
    number = file_as_citizen_and_close(client, act).number
    app.config["WTF_CSRF_ENABLED"] = True
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"form_seconds": 10})
    return client, number


def send_rating(client: FlaskClient, number: str, page: str, **more: str) -> TestResponse:
    """Send the form of a rating as it stands on a page."""
    form = page.partition(f'action="/appeals/{number}/rate"')[2].partition("</form>")[0]
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    typed = {
        "satisfaction": Satisfaction.SATISFIED.value,
        "solved": "yes",
        "words": WORDS,
        TRAP_FIELD: "",
        **more,
    }
    return client.post(f"/appeals/{number}/rate", data={**hidden, **typed})


def test_a_rating_sent_at_once_comes_back_with_the_words_and_passes_then(
    pressing: tuple[FlaskClient, str],
) -> None:
    client, number = pressing
    quick = send_rating(client, number, client.get(f"/appeals/{number}").text)
    assert quick.status_code == 422
    assert WORDS in quick.text
    assert SIGN_FIELD in quick.text
    assert send_rating(client, number, quick.text).status_code == 303


def test_a_rating_that_fills_the_hidden_field_comes_back(
    pressing: tuple[FlaskClient, str],
) -> None:
    client, number = pressing
    quick = send_rating(client, number, client.get(f"/appeals/{number}").text)
    caught = send_rating(client, number, quick.text, **{TRAP_FIELD: "http://x"})
    assert caught.status_code == 422
    assert WORDS in caught.text
    assert "http://x" not in caught.text


@pytest.mark.parametrize("address", PUBLIC)
def test_no_keyboard_screen_reader_or_autofill_comes_to_the_field(
    client: FlaskClient, address: str
) -> None:
    shown = html.unescape(client.get(address).text)
    traps = re.findall(r'<div class="trap" aria-hidden="true">.*?</div>', shown)
    assert len(traps) == 1
    assert 'tabindex="-1"' in traps[0]
    assert 'autocomplete="off"' in traps[0]
    assert "此栏请留空" in traps[0], "who sees it without a stylesheet is told"


@pytest.mark.parametrize("said", ["-1", "11", "2.5", "soon"])
def test_nobody_is_made_to_wait_longer_than_ten_seconds(said: str) -> None:
    known = {
        "APPEALS_DATABASE_URL": "postgresql://localhost/appeals",
        "APPEALS_REDIS_URL": "redis://localhost",
        "APPEALS_SECRET_KEY": SECRET,
        "APPEALS_FORM_SECONDS": said,
    }
    with pytest.raises(WrongSetting, match="APPEALS_FORM_SECONDS"):
        Settings.from_environment(known)
