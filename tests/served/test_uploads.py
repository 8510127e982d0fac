"""Photos sent by a few people at once leave the website to everybody else."""

import io
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from appeals.database import make_engine
from appeals.models.appeal import Appeal
from appeals.models.attachment import Attachment
from appeals.settings import Settings
from tests.photos import flat_png, jpeg, noise, saved
from tests.served.own_server import (
    SiteAnswer,
    Website,
    open_form,
    own_database,
    send_request,
    website,
)
from tests.web.citizen_filing import FORM

READERS, UPLOADERS = 20, 8
TRY_AGAIN = "请过一分钟再选一次"
TOO_LARGE = "的像素太多"
CUT_OFF = '"status": 4'
"""What the log has of a form whose sender has gone."""
SECONDS_TO_NOTICE = 30
STUCK = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND state = 'idle in transaction' AND now() - xact_start > interval '5 seconds'"
)
"""Transactions that wait for something other than the database.

A wait for a decoder lasts ten seconds; five are more than a busy machine takes from a statement to
the next.
"""


@pytest.fixture
def site(settings: Settings, tmp_path: Path) -> Iterator[Website]:
    with own_database(settings, "uploads") as own, website(own, tmp_path) as running:
        yield running


def encode_form(token: str, n: int, photos: list[bytes]) -> tuple[bytes, str]:
    """Return the body of a whole form with photos, and its content type."""
    fields = MultiDict[str, object]({**FORM, "form_key": f"{FORM['form_key']} {n}"})
    fields.add("csrf_token", token)
    for at, photo in enumerate(photos):
        fields.add("attachments", FileStorage(io.BytesIO(photo), f"{at}.png"))
    boundary, body = encode_multipart(fields)
    return body, f"multipart/form-data; boundary={boundary}"


def file_with_photos(site: Website, n: int, photos: list[bytes]) -> SiteAnswer:
    """Send the whole form with photos, as a browser that was never here before."""
    token, cookie = open_form(site)
    body, kind = encode_form(token, n, photos)
    return send_request(site, "POST", "/appeals/new", body, Content_Type=kind, Cookie=cookie)


class Crowd:
    """People who read, and somebody who looks at `/health/live`, until the block ends."""

    def __init__(self, site: Website) -> None:
        """Gather them before this website."""
        self.site, self.done = site, threading.Event()
        self.read: list[SiteAnswer] = []
        self.live: list[SiteAnswer] = []
        self.stuck: list[int] = []

    def run(self, among: ThreadPoolExecutor) -> list[Future[None]]:
        readers = [among.submit(self._read) for _ in range(READERS)]
        return [*readers, among.submit(self._look), among.submit(self._watch)]

    def _read(self) -> None:
        while not self.done.is_set():
            self.read.append(send_request(self.site, "GET", "/"))
            time.sleep(0.5)

    def _look(self) -> None:
        while not self.done.is_set():
            self.live.append(send_request(self.site, "GET", "/health/live"))
            time.sleep(0.2)

    def _watch(self) -> None:
        engine = make_engine(self.site.settings.database_url)
        while not self.done.is_set():
            with engine.connect() as connection:
                self.stuck.append(connection.execute(STUCK).scalar_one())
            time.sleep(0.5)
        engine.dispose()


def attack(site: Website, photos: list[list[bytes]]) -> tuple[Crowd, list[SiteAnswer], SiteAnswer]:
    """Send all photos at once, and an honest one, beside a reading crowd."""
    crowd = Crowd(site)
    with ThreadPoolExecutor(READERS + UPLOADERS + 3) as among:
        reading = crowd.run(among)
        try:
            time.sleep(1)
            sent = [among.submit(file_with_photos, site, n, each) for n, each in enumerate(photos)]
            time.sleep(0.5)
            honest = file_with_photos(site, 99, [jpeg(1, size=(2000, 1500))])
            uploads = [each.result() for each in sent]
        finally:
            crowd.done.set()
        for each in reading:
            each.result()
    return crowd, uploads, honest


@pytest.mark.parametrize("edge", [7_900, 7_000])
def test_eight_uploads_of_enormous_photos_leave_readers_their_pages(
    site: Website, edge: int
) -> None:
    """7,900 pixels are refused by the header; 7,000 are the most that is decoded."""
    photo = flat_png(edge)
    photos = [[photo + bytes([n, at]) for at in range(3)] for n in range(UPLOADERS)]
    crowd, uploads, honest = attack(site, photos)
    figures = (
        f"{len(crowd.read)} pages, slowest {max(each.seconds for each in crowd.read):.1f} s; "
        f"live {max(each.seconds for each in crowd.live):.1f} s; uploads "
        f"{[(each.status, round(each.seconds, 1)) for each in uploads]}; "
        f"honest {honest.status} {honest.seconds:.1f} s; stuck {max(crowd.stuck)}"
    )
    assert {each.status for each in crowd.read} == {200}, figures
    assert {each.status for each in crowd.live} == {200}, figures
    assert max(each.seconds for each in crowd.live) < 5, figures
    assert max(each.seconds for each in [*uploads, honest]) < 30, figures
    assert {each.status for each in uploads} <= {303, 422}, figures
    refused = [each.text for each in [*uploads, honest] if each.status == 422]
    assert all(TRY_AGAIN in text or TOO_LARGE in text for text in refused), figures
    assert all(FORM["detail"] in text for text in refused)
    assert honest.status == 303 or TRY_AGAIN in honest.text, figures
    assert max(crowd.stuck) == 0, figures


def count_stored(site: Website) -> list[int]:
    """Return how many appeals and photos are in the database."""
    engine = make_engine(site.settings.database_url)
    with engine.connect() as connection:
        tables = (Appeal, Attachment)
        counts = [connection.scalar(sa.select(sa.func.count()).select_from(t)) for t in tables]
    engine.dispose()
    return [count or 0 for count in counts]


def test_a_photo_that_is_cut_in_the_middle_stores_nothing_and_is_sent_again(site: Website) -> None:
    photo = saved(noise((1024, 1024)), "JPEG", quality=95)
    before = count_stored(site)
    token, cookie = open_form(site)
    body, kind = encode_form(token, 1, [photo])
    head = (
        f"POST /appeals/new HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nCookie: {cookie}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", site.port)) as browser:
        browser.sendall(head.encode() + body[: len(body) // 2])
    answered = time.monotonic() + SECONDS_TO_NOTICE
    while CUT_OFF not in site.log.read_text():
        assert time.monotonic() < answered, site.log.read_text()
        time.sleep(0.1)
    assert count_stored(site) == before
    again = send_request(site, "POST", "/appeals/new", body, Content_Type=kind, Cookie=cookie)
    assert again.status == 303
    assert count_stored(site) == [each + 1 for each in before]
    assert "Traceback" not in site.log.read_text()
