"""A form that is not UTF-8 is read as GB18030 where it is, and given back where it is nothing."""

import html
import re
from urllib.parse import quote_from_bytes

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from appeals.models.appeal import Appeal, Statement
from tests.web.citizen_filing import FORM

PLAIN, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=xx"
CHINESE = {**FORM, "subject": "路灯坏了", "detail": "香港中路12号的路灯已经坏了三天，晚上很黑。"}
SHAPES = ("escaped", "raw", "parts")


def post_octets(
    client: FlaskClient, fields: dict[str, bytes], shape: str, charset: str = ""
) -> TestResponse:
    """Send octets as a form: escaped, as they are, or in parts."""
    said = f"; charset={charset}" if charset else ""
    if shape == "parts":
        part = b'--xx\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        parts = [part % (name.encode(), text) for name, text in fields.items()]
        body = b"".join(parts) + b"--xx--\r\n"
        return client.post("/appeals/new", data=body, content_type=MULTIPART + said)
    pairs = [
        name.encode() + b"=" + (quote_from_bytes(text).encode() if shape == "escaped" else text)
        for name, text in fields.items()
    ]
    return client.post("/appeals/new", data=b"&".join(pairs), content_type=PLAIN + said)


def in_octets(encoding: str, **more: str) -> dict[str, bytes]:
    return {name: text.encode(encoding) for name, text in {**CHINESE, **more}.items()}


def filed_texts(session: Session) -> list[tuple[str, str]]:
    rows = session.execute(sa.select(Statement.subject, Statement.detail))
    return [(row.subject, row.detail) for row in rows]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "gb2312", "gb18030"])
def test_a_form_is_read_in_its_encoding(
    client: FlaskClient, session: Session, encoding: str, shape: str
) -> None:
    answer = post_octets(client, in_octets(encoding), shape)
    assert answer.status_code == 303, answer.text
    assert filed_texts(session) == [(CHINESE["subject"], CHINESE["detail"])]


def test_a_hint_lets_rare_characters_through(client: FlaskClient, session: Session) -> None:
    rare = {"subject": "㙍㙓", "detail": "𠮷㙍㙓"}
    assert post_octets(client, in_octets("gb18030", **rare), "escaped", "gbk").status_code == 303
    assert filed_texts(session) == [("㙍㙓", "𠮷㙍㙓")]


def test_the_field_of_the_hint_is_read(client: FlaskClient, session: Session) -> None:
    rare = {"subject": "㙍㙓", "detail": "𠮷㙍㙓", "_charset_": "GB18030"}
    assert post_octets(client, in_octets("gb18030", **rare), "parts").status_code == 303
    assert filed_texts(session) == [("㙍㙓", "𠮷㙍㙓")]


BROKEN = {
    "a cut character of UTF-8": "每天夜里施工".encode()[:-1],
    "UTF-8 with a stray octet": b"\xff" + "夜里施工".encode(),
    "Big5": "每天夜裡施工噪聲".encode("big5"),
    "Shift JIS": "夜間の工事がうるさい".encode("shift_jis"),
    "octets of nothing": bytes(range(0x80, 0x100)),
}


@pytest.mark.parametrize("shape", ["escaped", "parts"])
@pytest.mark.parametrize("octets", BROKEN.values(), ids=BROKEN)
def test_a_form_of_an_unknown_encoding_is_shown_again_and_never_filed(
    client: FlaskClient, session: Session, octets: bytes, shape: str
) -> None:
    answer = post_octets(
        client, {**in_octets("ascii", subject="x", detail="y"), "detail": octets}, shape
    )
    assert answer.status_code == 400
    assert session.scalars(sa.select(Appeal.id)).all() == []
    assert "无法识别您提交的文字编码" in answer.text


def test_a_broken_form_is_given_back_with_its_text(client: FlaskClient, session: Session) -> None:
    octets = in_octets("utf-8")
    octets["detail"] = octets["of another form"] = octets["detail"][:-2]
    answer = post_octets(client, octets, "parts")
    shown = html.unescape(answer.text)
    assert CHINESE["detail"][:-1] in shown
    assert CHINESE["subject"] in shown
    assert re.findall(r'<label class="govuk-label" for="(.*)">(.*)</label>', shown) == [
        ("again-5", "发生了什么？"),
        ("again-8", "您填写的内容"),
    ]
    assert '<textarea name="detail" id="again-5" class="govuk-textarea"' in shown
    assert filed_texts(session) == []


def test_a_form_in_utf_8_that_says_so_is_not_guessed_at(client: FlaskClient) -> None:
    assert post_octets(client, in_octets("gbk"), "escaped", "utf-8").status_code == 400
