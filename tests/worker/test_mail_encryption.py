"""Mail leaves encrypted, or to this machine itself, or where the setting says “off”."""

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from appeals.settings import Settings, WrongSetting
from tests.conftest import SECRET, free_port
from tests.worker.conftest import Outbox
from tests.worker.post import Post
from worker.delivery import deliver_notices

ELSEWHERE = "127.0.0.2"
"""An address of another machine, as far as our settings know."""
USUAL = {
    "APPEALS_DATABASE_URL": "postgresql://localhost/appeals",
    "APPEALS_REDIS_URL": "redis://localhost",
    "APPEALS_SECRET_KEY": SECRET,
}


@contextmanager
def mail_server(host: str, tls: ssl.SSLContext | None = None) -> Iterator[tuple[Post, int]]:
    post, port = Post(), free_port()
    server = Controller(post, hostname=host, port=port, tls_context=tls)
    server.start()
    try:
        yield post, port
    finally:
        server.stop()


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Give a server's certificate that this process trusts."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    made += [
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=mail",
        "-addext",
        f"subjectAltName=IP:{ELSEWHERE}",
    ]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def delivered(outbox: Outbox, url: str) -> int:
    return deliver_notices(outbox.sessions, outbox.settings.model_copy(update={"smtp_url": url}))


def test_a_server_without_starttls_gets_no_letter(outbox: Outbox) -> None:
    (notice_id,) = outbox.put("wang@example.org")
    with mail_server(ELSEWHERE) as (post, port):
        assert delivered(outbox, f"smtp://{ELSEWHERE}:{port}") == 0
    assert post.letters == []
    assert outbox.get(notice_id).parked_at is None, "it goes once the server is set right"


def test_a_server_with_starttls_gets_it_encrypted(outbox: Outbox, tls: ssl.SSLContext) -> None:
    outbox.put("wang@example.org")
    with mail_server(ELSEWHERE, tls) as (post, port):
        assert delivered(outbox, f"smtp://{ELSEWHERE}:{port}") == 1
    assert [letter["To"] for letter in post.letters] == ["wang@example.org"]
    assert post.encrypted == [True]


def test_a_certificate_that_nobody_vouches_for_gets_no_letter(
    outbox: Outbox, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    outbox.put("wang@example.org")
    with mail_server(ELSEWHERE, tls) as (post, port):
        assert delivered(outbox, f"smtp://{ELSEWHERE}:{port}") == 0
    assert post.letters == []


@pytest.mark.parametrize(("host", "ending"), [(ELSEWHERE, "?tls=off"), ("127.0.0.1", "")])
def test_in_clear_it_goes_where_the_setting_says_so_and_to_this_machine(
    outbox: Outbox, host: str, ending: str
) -> None:
    outbox.put("wang@example.org")
    with mail_server(host) as (post, port):
        assert delivered(outbox, f"smtp://{host}:{port}{ending}") == 1
    assert post.encrypted == [False]


def test_a_password_does_not_go_to_this_machine_in_clear_either(outbox: Outbox) -> None:
    outbox.put("wang@example.org")
    with mail_server("127.0.0.1") as (post, port):
        assert delivered(outbox, f"smtp://name:secret@127.0.0.1:{port}") == 0
    assert post.letters == []


@pytest.mark.parametrize("url", ["smtp://mail?tls=no", "smtps://mail?tls=off", "smtp://mail?x=1"])
def test_another_word_for_off_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(WrongSetting, match="APPEALS_SMTP_URL"):
        Settings.from_environment({**USUAL, "APPEALS_SMTP_URL": url})
