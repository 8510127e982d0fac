"""Text messages: signed, named, and a gateway's refusal taken for one, even inside a 200."""

import hmac
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.addresses.telephones import read_telephone
from appeals.casework.following import telephone_codes
from appeals.domain.people import SYSTEM, Actor, Role
from appeals.domain.vocabulary import NoticeChannel
from appeals.models.citizen import TelephoneCode
from appeals.models.notice import Notice
from appeals.settings import Settings, WrongSetting
from tests.conftest import SECRET
from tests.factories import file_appeal
from tests.worker.conftest import Outbox
from worker.delivery import deliver_notices
from worker.text_codes import send_codes
from worker.text_messages import TextSender

MINUTE = 60
KNOWN, UNKNOWN, CONFIDENTIAL = "13800138000", "13900000001", "13900000002"


class Gateway(BaseHTTPRequestHandler):
    """A gateway for text messages that keeps what came."""

    came: ClassVar[list[tuple[str, str, bytes]]] = []
    paths: ClassVar[list[str]] = []
    status: ClassVar[int] = 200
    says: ClassVar[str] = ""

    def do_GET(self) -> None:
        """Answer as the page does to which a redirect leads."""
        self.came.append(("", "", b""))
        self.send_response(200)
        self.end_headers()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.paths.append(self.path)
        self.came.append((self.headers["Idempotency-Key"], self.headers["X-Signature"], body))
        self.send_response(self.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(self.says.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
        """Say nothing."""


@pytest.fixture
def texting(outbox: Outbox) -> Iterator[Outbox]:
    """Give the outbox with a real gateway to send to."""
    Gateway.came, Gateway.paths, Gateway.status, Gateway.says = [], [], 200, ""
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    sms = f"http://:the-key@127.0.0.1:{server.server_port}/send"
    yield replace(outbox, settings=outbox.settings.model_copy(update={"sms_url": sms}))
    server.shutdown()
    server.server_close()


def test_a_text_message_is_signed_and_names_its_notice(texting: Outbox) -> None:
    (notice_id,) = texting.put("13900000000", channel=NoticeChannel.SMS)
    assert deliver_notices(texting.sessions, texting.settings) == 1
    ((key, signature, body),) = Gateway.came
    assert key == f"notice-{notice_id}"
    assert hmac.compare_digest(signature, hmac.digest(b"the-key", body, "sha256").hex())
    said = json.loads(body)
    assert said["to"] == "13900000000"
    assert abs(said["timestamp"] - time.time()) < MINUTE, "what is signed says when"


@pytest.mark.parametrize("says", ['{"Code": "LIMIT"}', '{"other": 1}', "[]", "no json", ""])
def test_a_refusal_inside_a_200_is_tried_again(texting: Outbox, says: str) -> None:
    Gateway.says = says
    read = texting.settings.model_copy(update={"sms_accepted": ("Code", "OK")})
    (notice_id,) = texting.put("13900000000", channel=NoticeChannel.SMS)
    assert deliver_notices(texting.sessions, read) == 0
    notice = texting.get(notice_id)
    assert (notice.sent_at, notice.parked_at, notice.tries) == (None, None, 1)


@pytest.mark.parametrize(
    ("accepted", "says"),
    [
        ("Code=OK", '{"Code": "OK"}'),
        ("code=0", '{"code": 0}'),
        ("data.done=true", '{"data": {"done": true}}'),
        ("SendStatusSet.0.Code=Ok", '{"SendStatusSet": [{"Code": "Ok"}]}'),
    ],
)
def test_the_setting_says_which_answer_means_taken(
    texting: Outbox, accepted: str, says: str
) -> None:
    Gateway.says = says
    known = {"APPEALS_SMS_ACCEPTED": accepted, "APPEALS_SECRET_KEY": SECRET}
    engines = {"APPEALS_DATABASE_URL": "postgresql:///", "APPEALS_REDIS_URL": "redis://localhost"}
    read = Settings.from_environment(known | engines)
    texting.put("13900000000", channel=NoticeChannel.SMS)
    assert (
        deliver_notices(
            texting.sessions,
            texting.settings.model_copy(update={"sms_accepted": read.sms_accepted}),
        )
        == 1
    )


@pytest.mark.parametrize("status", [400, 422])
def test_a_message_that_the_gateway_refuses_is_parked_at_once(texting: Outbox, status: int) -> None:
    Gateway.status = status
    (notice_id,) = texting.put("13900000000", channel=NoticeChannel.SMS)
    deliver_notices(texting.sessions, texting.settings)
    assert texting.get(notice_id).parked_at is not None


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
def test_a_gateway_in_trouble_or_a_wrong_key_gives_no_message_up(
    texting: Outbox, status: int
) -> None:
    Gateway.status = status
    (notice_id,) = texting.put("13900000000", channel=NoticeChannel.SMS)
    deliver_notices(texting.sessions, texting.settings)
    notice = texting.get(notice_id)
    assert (notice.parked_at, notice.sent_at, notice.problem) == (None, None, f"HTTP {status}")


@pytest.mark.parametrize("status", [301, 302, 303, 307])
def test_a_gateway_that_redirects_is_not_followed_and_took_nothing(
    texting: Outbox, status: int
) -> None:
    Gateway.status = status
    (notice_id,) = texting.put("13900000000", channel=NoticeChannel.SMS)
    assert deliver_notices(texting.sessions, texting.settings) == 0
    assert len(Gateway.came) == 1, "the place that it names is not asked"
    notice = texting.get(notice_id)
    assert (notice.parked_at, notice.sent_at, notice.problem) == (None, None, f"HTTP {status}")


def settings_of(url: str) -> Settings:
    known = {"APPEALS_SMS_URL": url, "APPEALS_SECRET_KEY": SECRET}
    engines = {"APPEALS_DATABASE_URL": "postgresql:///", "APPEALS_REDIS_URL": "redis://localhost"}
    return Settings.from_environment(known | engines)


@pytest.mark.parametrize("url", ["http://:key@sms.example.org/", "http://:key@10.0.0.7/#tls=no"])
def test_messages_do_not_go_in_clear_unless_the_setting_says_so(url: str) -> None:
    with pytest.raises(WrongSetting, match="APPEALS_SMS_URL"):
        settings_of(url)


@pytest.mark.parametrize(
    "url",
    ["https://:key@sms.example.org/", "http://:key@10.0.0.7/#tls=off", "http://:key@127.0.0.1:9/"],
)
def test_encrypted_to_this_machine_or_where_it_is_said_they_go(url: str) -> None:
    assert settings_of(url).sms_url == url


def test_what_says_so_is_not_sent_to_the_gateway(texting: Outbox) -> None:
    texting.put("13900000000", channel=NoticeChannel.SMS)
    read = texting.settings.model_copy(update={"sms_url": f"{texting.settings.sms_url}#tls=off"})
    assert deliver_notices(texting.sessions, read) == 1
    assert Gateway.paths == ["/send"]


def test_a_training_system_marks_its_text_messages(texting: Outbox) -> None:
    training = texting.settings.model_copy(update={"training": True})
    texting.put("13900000000", channel=NoticeChannel.SMS)
    assert deliver_notices(texting.sessions, training) == 1
    ((_, _, body),) = Gateway.came
    assert json.loads(body)["text"].startswith("【演练】")


def ask_code(texting: Outbox, telephone: str, *, ago: timedelta = timedelta()) -> str:
    """Ask for a code for a telephone, as a browser does; return the code."""
    asked = read_telephone(telephone)
    assert asked is not None
    with texting.sessions.begin() as session:
        now = datetime.now(UTC) - ago
        browser = Actor(Role.CITIZEN, session=telephone.encode())
        act = Act(session, browser, now, texting.settings.secret_key)
        telephone_codes.ask_code(act, asked, "zh")
        session.flush()  # read below
        row = session.scalars(
            sa.select(TelephoneCode).where(TelephoneCode.session_hash == telephone.encode())
        ).one()
        return telephone_codes.derive_code(act.secret, row)


@pytest.fixture
def known_telephone(texting: Outbox) -> str:
    """Provide a telephone that has an appeal; no code is asked for."""
    with texting.sessions.begin() as session:
        session.execute(sa.delete(TelephoneCode))
        act = Act(session, SYSTEM, datetime.now(UTC), texting.settings.secret_key)
        file_appeal(act, contact_phone=KNOWN, contact_email="")
        file_appeal(act, contact_phone=CONFIDENTIAL, contact_email="", confidential=True)
    return KNOWN


def test_a_code_is_sent_once_to_a_telephone_with_appeals_and_to_no_other(
    texting: Outbox, known_telephone: str
) -> None:
    code = ask_code(texting, known_telephone)
    for other in (UNKNOWN, CONFIDENTIAL):
        ask_code(texting, other)
    for sent in (1, 0):
        assert send_codes(texting.sessions, texting.settings) == sent
    ((key, signature, body),) = Gateway.came
    assert key.startswith("code-")
    assert hmac.compare_digest(signature, hmac.digest(b"the-key", body, "sha256").hex())
    said = json.loads(body)
    assert said["to"] == known_telephone
    assert code in said["text"]


def test_a_code_that_a_gateway_refuses_is_tried_three_times_and_not_when_it_is_over(
    texting: Outbox, known_telephone: str
) -> None:
    Gateway.status = 503
    ask_code(texting, known_telephone)
    for _ in range(telephone_codes.MAX_SENDINGS + 1):
        assert send_codes(texting.sessions, texting.settings) == 0
        with texting.sessions.begin() as session:
            earlier = TelephoneCode.next_try_at - telephone_codes.SENDING_LEASE
            session.execute(sa.update(TelephoneCode).values(next_try_at=earlier))
    assert len(Gateway.came) == telephone_codes.MAX_SENDINGS
    Gateway.status = 200
    ask_code(texting, known_telephone, ago=telephone_codes.CODE_LIFETIME)
    assert send_codes(texting.sessions, texting.settings) == 0


def test_a_failure_of_another_kind_is_a_try_too_and_does_not_end_the_task(
    texting: Outbox, known_telephone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(sender: TextSender, notice: Notice, key: str = "") -> None:
        raise ValueError(f"{sender} {notice} {key}")

    monkeypatch.setattr(TextSender, "send", fail)
    ask_code(texting, known_telephone)
    assert send_codes(texting.sessions, texting.settings) == 0
    with texting.sessions() as session:
        assert session.scalars(sa.select(TelephoneCode.sendings)).all() == [1]


def test_without_a_gateway_no_code_is_written_anywhere(
    texting: Outbox, known_telephone: str
) -> None:
    ask_code(texting, known_telephone)
    settings = texting.settings.model_copy(update={"sms_url": None})
    assert send_codes(texting.sessions, settings) == 0
    assert not settings.outbox_dir.exists()
