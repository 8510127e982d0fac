"""Photos of a form and of an appeal: taken, kept, served, refused."""

import io
import re
from contextlib import ExitStack

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from appeals.casework.accounts.rate_limits import PHOTOS_PER_FORM
from appeals.casework.photos.attachments import PhotoSize
from appeals.casework.photos.photo_decoding import REQUESTS
from appeals.models.appeal import Appeal
from appeals.models.attachment import Attachment
from appeals.models.staff import Attempt
from tests.photos import jpeg, noise, saved
from tests.web.citizen_filing import FORM, text_marked
from tests.web.filing_form import (
    FORM_KEY,
    app_of,
    count_rows,
    fill_pages,
    make_photo,
    post_form,
    send_page,
)

HEADERS = {
    "Content-Type": "image/jpeg",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


def test_photos_stay_with_the_form_and_reach_the_appeal(
    client: FlaskClient, session: Session
) -> None:
    fill_pages(client, "what")
    page = send_page(client, "what", attachments=[make_photo(1), make_photo(2, "b.jpg")], go="what")
    assert page.text.count('name="go" value="remove ') == 2
    small = re.findall(r'src="(/appeals/new/photos/\d+/small)"', page.text)
    assert client.get(small[0]).status_code == 200
    fill_pages(client, "about", "who")
    number = text_marked(send_page(client, "check", go="send").text, "data-appeal-number")
    assert client.get(small[0]).status_code == 404  # it is the appeal's now
    filed = re.findall(r'src="(/appeals/[^"]+/small)"', client.get(f"/appeals/{number}").text)
    assert len(filed) == 2
    assert count_rows(session, Attachment) == 2


def test_a_stored_photo_is_served_as_nothing_but_a_picture_and_not_to_strangers(
    client: FlaskClient, app: Flask
) -> None:
    fill_pages(client, "what")
    page = send_page(client, "what", attachments=[make_photo(1)], go="what")
    (draft,) = re.findall(r'src="(/appeals/new/photos/\d+/small)"', page.text)
    assert app.test_client().get(draft).status_code == 404
    fill_pages(client, "about", "who")
    number = text_marked(send_page(client, "check", go="send").text, "data-appeal-number")
    (small,) = re.findall(r'src="([^"]+/small)"', client.get(f"/appeals/{number}").text)
    for address in (small.replace("small", size) for size in PhotoSize):
        answer = client.get(address)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert "photo-" in answer.headers["Content-Disposition"]
        assert Image.open(io.BytesIO(answer.data)).format == "JPEG"
        assert app.test_client().get(address).status_code == 404
    other = app.test_client()
    of_other = other.post("/appeals/new", data={**FORM, "form_key": f"{FORM_KEY} of another"})
    assert of_other.status_code == 303
    theirs = text_marked(other.get("/appeals/receipt").text, "data-appeal-number")
    assert other.get(f"/appeals/{theirs}").status_code == 200
    assert other.get(small.replace(number, theirs)).status_code == 404
    assert client.get(small.replace("small", "huge")).status_code == 404
    assert client.get(re.sub(r"\d+/small", "9999/small", small)).status_code == 404


def test_a_file_that_is_no_photo_is_told_and_the_good_one_is_kept(client: FlaskClient) -> None:
    fill_pages(client, "what")
    no_photo = (io.BytesIO(b"<script>"), "../合同.jpg")
    page = send_page(client, "what", attachments=[make_photo(), no_photo])
    assert page.status_code == 422
    assert "“合同.jpg”不是可以打开的照片" in page.text
    assert page.text.count('name="go" value="remove ') == 1
    assert send_page(client, "what").status_code == 200  # seen and understood: on to the next page


def test_while_others_upload_the_photo_must_be_chosen_again_and_nothing_else_is_lost(
    client: FlaskClient, session: Session
) -> None:
    fill_pages(client, "what")
    send_page(client, "what", attachments=[make_photo(1)], go="what")
    with ExitStack() as busy:
        while REQUESTS.acquire(blocking=False):
            busy.callback(REQUESTS.release)
        page = send_page(client, "what", attachments=[make_photo(2)])
        whole = post_form(client, {**FORM, "form_key": f"{FORM_KEY} of another"}, make_photo())
    assert (page.status_code, whole.status_code) == (422, 422)
    assert "请过一分钟再选一次" in page.text
    assert page.text.count('name="go" value="remove ') == 1  # the earlier photo is still there
    assert "请过一分钟再选一次" in whole.text
    assert FORM["detail"] in whole.text
    assert send_page(client, "what", attachments=[make_photo(2)]).status_code == 200
    assert count_rows(session, Attachment) == 2


def test_a_form_is_sent_so_many_photos_in_an_hour(client: FlaskClient) -> None:
    fill_pages(client, "what")
    for n in range(PHOTOS_PER_FORM.max_tries // 2):
        files = [(io.BytesIO(b"no photo %d %d" % (n, at)), "a.jpg") for at in range(2)]
        assert "不是可以打开的照片" in send_page(client, "what", attachments=files).text
    page = send_page(client, "what", attachments=[make_photo()])
    assert page.status_code == 422
    assert "短时间内提交得太多" in page.text


def test_an_address_sends_so_many_photos_in_an_hour(app: Flask) -> None:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"filings_per_address": 2})
    for n, refused in ((0, False), (1, False), (2, True)):
        client = app.test_client()
        page = post_form(
            client, {**FORM, "form_key": f"{FORM_KEY} {n}"}, (io.BytesIO(b"no"), "a.jpg")
        )
        assert ("短时间内提交得太多" in page.text) == refused
        assert FORM["detail"] in page.text


def test_an_address_stores_so_many_megabytes_of_photos_in_an_hour(
    app: Flask, session: Session
) -> None:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"filings_per_address": 2})
    heavy = saved(noise((2560, 1920)), "JPEG", quality=95)
    for n, refused in ((0, False), (1, False), (2, True)):
        client = app.test_client()
        session.execute(sa.delete(Attempt).where(Attempt.scope == "photos_address"))
        files = (io.BytesIO(heavy + b"%d" % n), "a.jpg")
        page = post_form(client, {**FORM, "form_key": f"{FORM_KEY} {n}"}, files)
        assert (page.status_code == 422, "短时间内提交得太多" in page.text) == (refused, refused)
    assert count_rows(session, Attachment) == 2


def test_a_photo_can_be_taken_out(client: FlaskClient, session: Session) -> None:
    fill_pages(client, "what")
    page = send_page(client, "what", attachments=[make_photo()], go="what")
    button = re.search(r'name="go" value="(remove \d+)"', page.text)
    assert button
    other = app_of(client).test_client()
    other.post("/appeals/new", data={"form_key": FORM_KEY + "x", "step": "photos", "go": button[1]})
    assert count_rows(session, Attachment) == 1
    assert "已上传" not in send_page(client, "what", go=button[1]).text
    assert count_rows(session, Attachment) == 0


def test_six_photos_and_thirty_megabytes_are_refused_and_text_and_good_files_kept(
    client: FlaskClient, session: Session
) -> None:
    large = (io.BytesIO(jpeg() + b"\0" * (30 << 20)), "large.jpg")
    six = [make_photo(n, f"{n}.jpg") for n in range(6)]
    page = post_form(client, FORM, large, *six)
    assert page.status_code == 422
    assert "“large.jpg”超过10 MB" in page.text
    assert "最多5张照片，“5.jpg”没有保存" in page.text
    assert FORM["detail"] in page.text
    assert page.text.count("/small") == 5
    assert count_rows(session, Appeal) == 0
    assert count_rows(session, Attachment) == 5


def test_more_than_a_request_may_bring_is_refused_with_a_page(client: FlaskClient) -> None:
    declared = client.post(
        "/appeals/new",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(2 << 30)},
    )
    assert declared.status_code == 413
    assert "少选几张" in declared.text
    parts = {f"part{n}": "x" for n in range(1000)}
    many = post_form(client, parts, make_photo())
    assert many.status_code == 413
    long = client.post("/appeals/new", data={**FORM, "detail": "长" * 600_000})
    assert long.status_code in {413, 422}
