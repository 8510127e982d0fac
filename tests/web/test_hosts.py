"""A host that is not ours is refused in plain words, wherever it would stand (Reliability 3)."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from appeals.operations.answer_headers import HEADERS
from appeals.settings import Settings, WrongSetting
from appeals.web.app import create_app
from tests.conftest import SECRET

USUAL = {
    "APPEALS_DATABASE_URL": "postgresql://localhost/appeals",
    "APPEALS_REDIS_URL": "redis://localhost",
    "APPEALS_SECRET_KEY": SECRET,
}
Browse = Callable[..., FlaskClient]


@pytest.fixture
def browse(settings: Settings, session: Session) -> Browse:
    """Provide a browser of a website with such settings."""

    def browser(**changed: object) -> FlaskClient:
        connection = session.connection()
        app: Flask = create_app(
            settings.model_copy(update=changed),
            lambda: Session(connection, join_transaction_mode="create_savepoint"),
        )
        return app.test_client()

    return browser


@pytest.mark.parametrize("path", ["/", "/admin", "/appeals/follow", "/public", "/nothing"])
@pytest.mark.parametrize(
    "host", ["evil.example", "city.example.evil.example", "city.example:81", ""]
)
def test_another_host_is_refused_and_repeated_nowhere(browse: Browse, path: str, host: str) -> None:
    answer = browse(base_url="https://city.example").get(path, headers={"Host": host})
    assert answer.status_code == 421
    assert "evil.example" not in answer.text + str(answer.headers)
    assert dict(answer.headers).items() >= HEADERS.items()
    assert "Strict-Transport-Security" in answer.headers


@pytest.mark.parametrize(
    "host", ["city.example", "CITY.example", "city.example:443", "www.city.example:8443"]
)
def test_the_base_urls_host_and_those_of_the_setting_are_served(browse: Browse, host: str) -> None:
    client = browse(base_url="https://city.example", hosts=("www.city.example:8443",))
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["localhost", "localhost:9999", "127.0.0.1:1", "[::1]:8000"])
def test_this_machine_has_all_its_names_at_any_port(browse: Browse, host: str) -> None:
    client = browse(base_url="http://127.0.0.1:8000")
    assert client.get("/", headers={"Host": host}).status_code == 200
    assert client.get("/", headers={"Host": "evil.example:8000"}).status_code == 421
    assert client.get("/", headers={"Host": "[bent"}).status_code == 421


@pytest.mark.parametrize("path", ["/health/live", "/metrics"])
def test_health_and_metrics_answer_to_any_host(browse: Browse, path: str) -> None:
    client = browse(base_url="https://city.example")
    assert client.get(path, headers={"Host": "web-1:8000"}).status_code == 200


@pytest.mark.parametrize("said", ["https://city.example", "city.example/path", "*.city.example"])
def test_a_setting_that_is_no_list_of_hosts_is_named_at_the_start(said: str) -> None:
    with pytest.raises(WrongSetting, match="APPEALS_HOSTS"):
        Settings.from_environment({**USUAL, "APPEALS_HOSTS": said})
