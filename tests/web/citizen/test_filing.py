"""The filing form page by page: nothing typed is lost, and photos stay with it."""

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from appeals.models.appeal import Appeal, Statement
from appeals.models.attachment import Attachment, Draft
from tests.web.citizen_filing import FORM, file_as_citizen, text_marked
from tests.web.filing_form import FORM_KEY, PAGES, count_rows, fill_pages, make_photo, send_page


def test_page_after_page_leads_to_the_answers_and_then_to_the_receipt(
    client: FlaskClient, session: Session
) -> None:
    page = fill_pages(client, *PAGES)
    assert "请核对您填写的内容" in page.text
    for answer in (
        "噪音",
        "投诉",
        "夜间施工",
        "噪音很大。每天夜里。",
        "香港中路街道",
        "8号",
        "138 0000 0000",
    ):
        assert answer in page.text
    assert count_rows(session, Appeal) == 0
    receipt = send_page(client, "check", go="send")
    assert text_marked(receipt.text, "data-query-code")
    assert count_rows(session, Appeal) == 1
    assert count_rows(session, Draft) == 0
    again = send_page(client, "check", go="send")
    assert text_marked(again.text, "data-query-code") == text_marked(
        receipt.text, "data-query-code"
    )
    assert count_rows(session, Appeal) == 1


def test_every_answer_of_a_page_is_a_redirect_so_that_going_back_asks_nothing(
    client: FlaskClient,
) -> None:
    for step, wrong in (("what", {}), ("what", {"detail": ""}), ("about", {"go": "what"})):
        data = {"form_key": FORM_KEY, "step": step, **PAGES[step], **wrong}
        assert client.post("/appeals/new", data=data).status_code == 303


def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(
    client: FlaskClient,
) -> None:
    fill_pages(client, "what")
    page = send_page(client, "about", category="", district="")
    assert page.status_code == 422
    assert 'href="#district"' in page.text
    assert 'href="#category"' in page.text
    assert 'href="#detail"' not in page.text
    assert 'value="夜间施工"' in page.text
    assert 'value="8号"' in page.text
    empty = send_page(client, "what", detail="")
    assert empty.status_code == 422
    assert 'href="#detail"' in empty.text


def test_going_back_keeps_what_was_typed_even_if_it_is_not_right_yet(client: FlaskClient) -> None:
    fill_pages(client, "what", "about")
    page = send_page(client, "who", contact_phone="12", go="about")
    assert page.status_code == 200
    assert re.search(r'<select[^>]*name="district"', page.text)
    assert '<option value="370202001" selected>' in page.text
    assert "8号" in page.text
    page = send_page(client, "about")
    assert 'value="12"' in page.text
    assert "govuk-error-summary" not in page.text


def test_a_page_ahead_opens_only_when_all_before_it_is_right(client: FlaskClient) -> None:
    page = send_page(client, "what", go="check")
    assert page.status_code == 422
    assert 'href="#category"' in page.text


def test_a_correction_leads_back_to_the_answers(client: FlaskClient) -> None:
    page = fill_pages(client, *PAGES)
    change = re.search(r'href="([^"]*step=about[^"]*then=check)"', page.text)
    assert change
    assert 'name="go" value="check"' in client.get(change[1].replace("&amp;", "&")).text
    page = send_page(client, "about", subject="白天也施工", then="check", go="check")
    assert "请核对您填写的内容" in page.text
    assert "白天也施工" in page.text


def test_whoever_comes_back_can_go_on_and_nobody_else(client: FlaskClient, app: Flask) -> None:
    fill_pages(client, "what")
    link = re.search(r'href="(/appeals/new\?form=[^"]+)"', client.get("/appeals/new").text)
    assert link
    page = client.get(link[1].replace("&amp;", "&"), follow_redirects=True)
    assert page.status_code == 422  # category and district are still asked
    stranger = app.test_client().get(link[1].replace("&amp;", "&"), follow_redirects=True)
    assert "夜间施工，噪音很大" in page.text
    assert "夜间施工" not in stranger.text
    assert "接着填写" not in stranger.text


def test_a_form_sent_in_another_window_gives_the_newer_text_back(client: FlaskClient) -> None:
    fill_pages(client, *PAGES)
    send_page(client, "check", go="send")
    page = send_page(client, "what", detail="另外一件事")
    assert page.status_code == 409
    assert "另外一件事" in page.text


def about_page(client: FlaskClient, detail: str, **more: str) -> str:
    """Send words, and return the page that proposes category and place from them."""
    return send_page(client, "what", detail=detail, **more).text


def test_words_find_the_category_with_the_reason_and_a_way_to_something_else(
    client: FlaskClient,
) -> None:
    page = about_page(client, "噪音太大，睡不着")
    choice = page.partition('name="category"')[2].partition("</div>\n</div>")[0]
    assert 'value="urban.noise"' in choice
    assert "因为您写了“噪音”" in choice
    assert 'name="category" type="radio" value="list"' in page
    assert '<option value="water.burst">' in page
    assert "checked" not in page.partition('id="category_list"')[0].partition('name="category"')[2]
    not_here = about_page(client, "法院起诉")
    assert "12368" in not_here.partition("<fieldset")[0]


def test_place_kind_and_title_are_proposed_and_can_be_changed(client: FlaskClient) -> None:
    page = about_page(client, "请问香港中路哪里可以办证？我去过一次。")
    assert '<option value="370202" selected>' in page
    assert '<option value="370202001" selected>' in page
    assert "因为您写了“香港中路”" in page
    assert re.search(r'value="consultation"[^>]* checked', page)
    assert 'value="请问香港中路哪里可以办证"' in page
    nowhere = about_page(client, "噪音很大", form_key="n" * 30)
    assert "已为您填好" in page
    assert "已为您填好" not in nowhere


def test_other_words_find_the_category_and_keep_the_page(client: FlaskClient) -> None:
    about_page(client, "有件事")
    page = send_page(client, "about", category="", find="爆管", go="find", address="9号").text
    assert 'value="water.burst"' in page
    assert 'value="9号"' in page
    page = send_page(client, "about", category="", find="qqqq").text
    assert "没有找到" in page


def test_a_category_of_the_list_is_taken_where_the_list_is_chosen(client: FlaskClient) -> None:
    about_page(client, "噪音很大")
    listed = {"category": "list", "category_list": "water.burst"}
    page = send_page(client, "about", **listed, go="about").text
    assert 'value="list" checked' in page
    assert '<option value="water.burst" selected>' in page
    proposed = {**listed, "category": "urban.noise"}
    page = send_page(client, "about", **proposed, go="about").text
    assert 'value="urban.noise" checked' in page
    assert 'value="list" checked' not in page


def test_words_with_a_telephone_number_are_told_not_to_be_for_publication(
    client: FlaskClient,
) -> None:
    fill_pages(client, *PAGES)
    words = "夜间施工，找王先生 138 0013 8000，身份证37020219700101123X。"
    page = send_page(client, "what", detail=words, then="check", go="check").text
    assert "138 0013 8000" in page.partition("govuk-summary-list")[0]
    assert "37020219700101123x" in page.partition("govuk-summary-list")[0]
    without = send_page(client, "what", then="check", go="check").text
    assert "138 0013 8000" not in without


def test_a_page_of_the_release_before_loses_nothing(client: FlaskClient) -> None:
    fill_pages(client, *PAGES)
    send_page(client, "where", address="10号", go="who")
    page = send_page(client, "photos", go="check").text
    assert "10号" in page
    assert "夜间施工" in page
    picked = send_page(client, "about", category="", go="pick water.burst").text
    assert re.search(r'value="water.burst"[^>]* (checked|selected)', picked)


def test_a_draft_is_still_there_after_the_browser_was_closed(
    client: FlaskClient, app: Flask
) -> None:
    fill_pages(client, *PAGES)
    client.delete_cookie("appeals")
    page = client.get("/appeals/new").text
    link = re.search(r'href="(/appeals/new\?form=[^"]+)"', page)
    assert link
    assert "夜间施工" in client.get(link[1].replace("&amp;", "&")).text
    assert client.get_cookie("open-forms") is not None
    send_page(client, "check", go="send")
    assert client.get_cookie("open-forms") is None
    assert "form=" not in app.test_client().get("/appeals/new").text.partition("<main")[2]


def test_the_first_page_names_the_emergency_numbers_before_anything_is_typed(
    client: FlaskClient,
) -> None:
    page = client.get("/appeals/new").text
    for number in ("110", "119", "120"):
        assert f'href="tel:{number}"' in page
    assert page.index("tel:110") < page.index('name="detail"')


def test_a_program_files_at_once_with_photos_and_twice_is_once(
    client: FlaskClient, session: Session
) -> None:
    answers = [
        client.post(
            "/appeals/new", data={**FORM, "attachments": [make_photo(1)]}, follow_redirects=True
        )
        for _ in range(2)
    ]
    codes = {text_marked(answer.text, "data-query-code") for answer in answers}
    assert len(codes) == 1
    assert count_rows(session, Attachment) == 1
    other = client.post("/appeals/new", data={**FORM, "attachments": [make_photo(2)]})
    assert other.status_code == 409


def test_the_receipt_brings_a_picture_that_leads_to_the_appeal(
    client: FlaskClient, app: Flask
) -> None:
    assert client.get("/appeals/receipt/qr.svg").status_code == 404
    client.post("/appeals/new", data=FORM)
    picture = client.get("/appeals/receipt/qr.svg")
    assert picture.mimetype == "image/svg+xml"
    assert picture.text.startswith("<?xml")
    assert 'xmlns="http://www.w3.org/2000/svg"' in picture.text
    assert "style=" not in picture.text
    assert picture.headers["Cache-Control"] == "private, no-store"
    assert app.test_client().get("/appeals/receipt/qr.svg").status_code == 404


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("138 0000 0000", ("+8613800000000", "")),
        ("１３８００００００００", ("+8613800000000", "")),
        ("+86 138-0000-0000", ("+8613800000000", "")),
        ("(0532) 8591-1111", ("+8653285911111", "")),
        ("（０５３２）85911111转8", ("+8653285911111", "8")),
        ("+82 2-1234-5678", ("+82212345678", "")),
    ],
)
def test_a_telephone_number_is_understood_however_it_is_written(
    client: FlaskClient, session: Session, written: str, means: tuple[str, str]
) -> None:
    client.post("/appeals/new", data={**FORM, "contact_phone": written})
    filed = session.scalars(sa.select(Statement)).one()
    assert filed.contact_phone == written
    assert (filed.phone_number, filed.phone_extension) == means


@pytest.mark.parametrize("written", ["138 0000 000", "1380000000012", "电话", "12"])
def test_what_cannot_be_called_is_refused_as_it_was_typed(
    client: FlaskClient, written: str
) -> None:
    page = client.post("/appeals/new", data={**FORM, "contact_phone": written})
    assert page.status_code == 422
    assert f'value="{written}"' in page.text
    assert 'href="#contact_phone"' in page.text


@pytest.mark.parametrize(
    "name", ["王", "阿卜杜热依木·吾甫尔", "欧阳娜娜", "Ærøskøbing O’Neill", "😀", "𠮷野"]
)
def test_names_and_texts_of_all_kinds_are_right(
    client: FlaskClient, session: Session, name: str
) -> None:
    text = f"{name}说：路灯不亮💡\r\n第二行"
    client.post("/appeals/new", data={**FORM, "contact_name": name, "detail": text})
    statement = session.scalars(sa.select(Statement)).one()
    assert statement.contact_name == name
    assert statement.detail == f"{name}说：路灯不亮💡\n第二行"


def test_a_form_that_grew_too_old_is_given_back_whole_with_a_new_token(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client = app.test_client()
    client.get("/appeals/new")
    typed = {**FORM, "detail": "第一行\n第二行 & <b>", "csrf_token": "old"}
    page = client.post("/appeals/new", data=typed)
    assert page.status_code == 400
    kept = dict(re.findall(r'<textarea name="([^"]+)" hidden>\n([^<]*)</textarea>', page.text))
    assert kept["detail"] == "第一行\n第二行 &amp; &lt;b&gt;"
    assert set(kept) == set(FORM)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token
    sent = client.post("/appeals/new", data={**FORM, "csrf_token": token[1]})
    assert sent.status_code == 303


def test_what_another_site_sent_gets_no_button_to_send_it_again(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    headers = {"Sec-Fetch-Site": "cross-site"}
    page = app.test_client().post("/appeals/new", data=FORM, headers=headers)
    assert page.status_code == 403
    assert "<textarea" not in page.text


def test_a_secret_is_never_given_back(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    page = app.test_client().post("/sign-in", data={"username": "x", "password": "geheim"})
    assert page.status_code == 400
    assert "geheim" not in page.text


def test_a_shared_computer_forgets_what_was_typed_and_what_was_opened(
    client: FlaskClient, session: Session
) -> None:
    number, _code = file_as_citizen(client)
    send_page(client, "what", form_key="k" * 30)
    send_page(client, "about", form_key="k" * 30)
    shown = client.get("/appeals/new").text
    assert 'action="/appeals/forget"' in shown
    assert 'action="/appeals/forget"' in client.get(f"/appeals/{number}").text
    assert client.post("/appeals/forget").location == "/"
    assert 'action="/appeals/forget"' not in client.get("/appeals/new").text
    assert client.get(f"/appeals/{number}").location == "/appeals/follow"
    assert client.get("/appeals/receipt").location == "/appeals/follow"
    assert count_rows(session, Draft) == 0
    assert count_rows(session, Appeal) == 1
