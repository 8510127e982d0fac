"""Photos and documents with answers and notes: added, seen, served, erased."""

import io
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from appeals.act import Act
from appeals.casework.answers import staff_files, virus_scan
from appeals.casework.answers.staff_files import MAX_FILES, UNFILED_LIFETIME
from appeals.casework.erasure.erasure import delete_erased_files, erase_appeals
from appeals.casework.handling import citizen_sessions
from appeals.casework.handling.citizen_sessions import citizen_actor
from appeals.domain.people import STRANGER
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import AccessKind, ErasedBy
from appeals.models.access_log import AccessLogRow
from appeals.models.answer import StaffFile
from appeals.models.appeal import Appeal
from appeals.settings import Settings
from appeals.web.shared.citizen_session import SESSION_ID
from tests.cast import DISPATCHER, LEADER, QIAN, SUN, ZHAO
from tests.documents import PDF, office
from tests.factories import appeal_in, later, played
from tests.photos import SECRETS, jpeg
from tests.web.staff_browser import browser_of, open_page

AGO = timedelta(days=1)
ANSWER = {"words": "已修好，附照片。", "result": "solved"}
LINK = re.compile(r'(?:src|href)="(/appeals/[^"]+/files/\d+/(?:small|document))"')


@pytest.fixture
def files(app: Flask, settings: Settings, tmp_path: Path) -> Path:
    own = settings.model_copy(update={"data_dir": tmp_path})
    app.config["SETTINGS"] = own
    return own.files_dir


def make_upload(octets: bytes, name: str) -> tuple[io.BytesIO, str]:
    return io.BytesIO(octets), name


def send_form(
    browser: FlaskClient, appeal: Appeal, action: str = "answer", **fields: object
) -> tuple[int, str]:
    place = "desk" if action == "answer" else fields.pop("place", "desk")
    sent = {"seen": str(appeal.moves_made), **ANSWER, **fields}
    answer = browser.post(f"/{place}/appeals/{appeal.number}/{action}?lang=en", data=sent)
    return answer.status_code, answer.text


def citizen_of(app: Flask, act: Act, appeal: Appeal) -> FlaskClient:
    browser = app.test_client()
    now = act.at(datetime.now(UTC)).by(citizen_actor("a browser of hers", datetime.now(UTC)))
    citizen_sessions.open_appeal_by_code(now, appeal.number)
    with browser.session_transaction() as cookie:
        cookie[SESSION_ID] = "a browser of hers"
    act.session.commit()
    return browser


def on_disk(files: Path) -> list[Path]:
    return sorted(each for each in files.rglob("*") if each.is_file())


def test_an_answer_brings_photos_before_and_after_and_documents(
    app: Flask, act: Act, files: Path
) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    browser = browser_of(app, act, ZHAO)
    status, _ = send_form(
        browser,
        appeal,
        files_before=[make_upload(jpeg(1), "前.jpg")],
        files_after=[make_upload(jpeg(2), "后.jpg")],
        files=[make_upload(PDF, "整改报告.pdf"), make_upload(office(), "台账.docx")],
    )
    assert status == 303
    rows = act.session.scalars(sa.select(StaffFile).order_by(StaffFile.id)).all()
    assert [(each.shows.value, each.name, each.move_seq) for each in rows] == [
        ("before", "前.jpg", appeal.moves_made + 1),
        ("after", "后.jpg", appeal.moves_made + 1),
        ("other", "整改报告.pdf", appeal.moves_made + 1),
        ("other", "台账.docx", appeal.moves_made + 1),
    ]
    stored = [each.read_bytes() for each in on_disk(files)]
    assert len(stored) == 6  # preview and thumbnail of two photos, two documents
    assert not any(secret in octets for octets in stored for secret in SECRETS[:3])
    shown = open_page(browser, f"/desk/appeals/{appeal.number}?lang=en")
    history = shown.split('id="happened"')[1]
    assert len(LINK.findall(history)) == 4
    assert (history.index("Before") < history.index("After"), "整改报告.pdf" in history) == (
        True,
        True,
    )


def test_files_are_added_and_removed_before_the_answer_is_sent(
    app: Flask, act: Act, files: Path
) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    browser = browser_of(app, act, ZHAO)
    status, page = send_form(
        browser,
        appeal,
        files=[make_upload(PDF, "一.pdf"), make_upload(jpeg(), "二.jpg")],
        add_files="1",
    )
    assert (status, "已修好，附照片。</textarea>" in page) == (200, True)
    assert page.count('name="remove_file"') == 2
    status, page = send_form(browser, appeal, files=[make_upload(PDF, "一.pdf")], add_files="1")
    assert page.count('name="remove_file"') == 2  # the same file is stored once
    first = re.findall(r'name="remove_file" value="(\d+)"', page)[0]
    status, page = send_form(browser, appeal, remove_file=first)
    assert (status, page.count('name="remove_file"')) == (200, 1)
    assert act.session.get_one(Appeal, appeal.id).state is State.IN_HAND
    other = browser_of(app, act, LEADER)
    assert "remove_file" not in open_page(other, f"/desk/appeals/{appeal.number}")
    assert send_form(browser, appeal)[0] == 303
    assert len(act.session.scalars(sa.select(StaffFile)).all()) == 1
    assert delete_erased_files(act, files) == 1


def test_a_refused_file_is_named_and_nothing_is_sent(app: Flask, act: Act, files: Path) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    browser = browser_of(app, act, ZHAO)
    status, page = send_form(
        browser, appeal, files=[make_upload(b"MZ\x90", "virus.exe"), make_upload(PDF, "好的.pdf")]
    )
    assert status == 422
    assert "“virus.exe” was not kept" in page
    assert "好的.pdf" in page
    assert "已修好，附照片。</textarea>" in page
    assert act.session.get_one(Appeal, appeal.id).state is State.IN_HAND
    assert len(on_disk(files)) == 1


def test_at_most_ten_files_are_taken(app: Flask, act: Act, files: Path) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    browser = browser_of(app, act, ZHAO)
    eleven = [make_upload(PDF + bytes([n]), f"{n}.pdf") for n in range(MAX_FILES + 1)]
    status, page = send_form(browser, appeal, files=eleven, add_files="1")
    assert status == 422
    assert "At most 10 files can be added: “10.pdf” was not kept." in page
    assert page.count('name="remove_file"') == MAX_FILES
    assert len(on_disk(files)) == MAX_FILES


@pytest.mark.usefixtures("files")
def test_the_citizen_opens_the_files_of_an_answer_once_it_is_accepted(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    browser = browser_of(app, act, ZHAO)
    send_form(
        browser,
        appeal,
        "note",
        files=[make_upload(jpeg(5), "内部.jpg"), make_upload(PDF, "内部.pdf")],
    )
    act.session.refresh(appeal)
    send_form(
        browser,
        appeal,
        files=[make_upload(jpeg(6), "现场.jpg"), make_upload(office(), "答复函.docx")],
    )
    links = LINK.findall(open_page(browser, f"/desk/appeals/{appeal.number}"))
    assert len(links) == 4
    citizen = citizen_of(app, act, appeal)
    assert LINK.findall(open_page(citizen, f"/appeals/{appeal.number}")) == []
    assert {citizen.get(each).status_code for each in links} == {404}
    act.session.refresh(appeal)
    played(act.at(datetime.now(UTC)), appeal, Action.CLOSE)
    act.session.commit()
    hers = LINK.findall(open_page(citizen, f"/appeals/{appeal.number}"))
    assert len(hers) == 2
    assert "内部" not in open_page(citizen, f"/appeals/{appeal.number}")
    for link in links:
        assert citizen.get(link).status_code == (200 if link in hers else 404)
        assert app.test_client().get(link).status_code == 404
        assert browser_of(app, act, QIAN).get(link).status_code == 404
        assert browser_of(app, act, DISPATCHER).get(link).status_code == 200


@pytest.mark.usefixtures("files")
def test_a_document_is_a_download_and_a_photo_nothing_but_an_image(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    browser = browser_of(app, act, ZHAO)
    send_form(
        browser,
        appeal,
        "note",
        files=[make_upload(jpeg(), "a.jpg"), make_upload(PDF, "整改 报告.pdf")],
    )
    photo, document = LINK.findall(open_page(browser, f"/desk/appeals/{appeal.number}"))
    answer = browser.get(document)
    assert answer.data == PDF
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename")
    assert "%E6%95%B4%E6%94%B9%20%E6%8A%A5%E5%91%8A.pdf" in answer.headers["Content-Disposition"]
    for each in (answer, browser.get(photo)):
        assert each.headers["X-Content-Type-Options"] == "nosniff"
        assert each.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert each.headers["Cache-Control"] == "private, no-store"
    assert Image.open(io.BytesIO(browser.get(photo).data)).format == "JPEG"
    for size in ("small", "nothing"):
        assert browser.get(document.replace("document", size)).status_code == 404
    opened = act.session.scalars(
        sa.select(AccessLogRow.detail).where(AccessLogRow.kind == AccessKind.FILE_OPENED)
    ).all()
    assert {each["size"] for each in opened} == {"document", "small"}
    log = open_page(browser_of(app, act, SUN), f"/admin/access-log/?number={appeal.number}&lang=en")
    assert "File opened" in log


@pytest.mark.usefixtures("files")
def test_the_centre_puts_files_with_its_notes(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    browser = browser_of(app, act, DISPATCHER)
    status, _ = send_form(
        browser, appeal, "note", place="centre", files=[make_upload(PDF, "批示.pdf")]
    )
    assert status == 303
    assert "批示.pdf" in open_page(browser, f"/centre/appeals/{appeal.number}")
    assert "批示.pdf" in open_page(browser_of(app, act, ZHAO), f"/desk/appeals/{appeal.number}")


@pytest.mark.usefixtures("files")
def test_administrators_open_no_file_of_a_confidential_case(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND, confidential=True)
    send_form(browser_of(app, act, ZHAO), appeal, "note", files=[make_upload(PDF, "a.pdf")])
    (link,) = LINK.findall(open_page(browser_of(app, act, ZHAO), f"/desk/appeals/{appeal.number}"))
    assert browser_of(app, act, SUN).get(link).status_code == 404


def test_an_erasure_deletes_the_files(app: Flask, act: Act, files: Path) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    send_form(
        browser_of(app, act, ZHAO),
        appeal,
        files=[make_upload(PDF, "a.pdf"), make_upload(jpeg(), "b.jpg")],
    )
    act.session.refresh(appeal)
    now = act.at(datetime.now(UTC))
    played(now, appeal, Action.CLOSE)
    assert len(on_disk(files)) == 3
    assert erase_appeals(later(now, 1), [appeal.id], ErasedBy.OPERATOR) == 1
    assert act.session.scalars(sa.select(StaffFile)).all() == []
    assert delete_erased_files(act, files) == 3
    assert on_disk(files) == []


def test_files_of_an_answer_that_is_not_sent_go_with_the_case_or_after_a_month(
    app: Flask, act: Act, files: Path
) -> None:
    leaves, stays = appeal_in(act, State.IN_HAND), appeal_in(act, State.IN_HAND)
    browser = browser_of(app, act, ZHAO)
    for n, appeal in enumerate((leaves, stays)):
        send_form(browser, appeal, files=[make_upload(PDF + bytes([n]), "a.pdf")], add_files="1")
    now = act.at(datetime.now(UTC))
    played(now, leaves, Action.WITHDRAW)
    assert delete_erased_files(now, files) == 1
    assert staff_files.delete_unfiled_files(later(now, 1), files) == 0
    assert len(on_disk(files)) == 1
    (files / "staff" / f"{now.now:%Y-%m-%d}" / "left behind").write_bytes(b"x")
    assert staff_files.delete_unfiled_files(now.later(timedelta(days=1)), files) == 1
    staff_files.delete_unfiled_files(now.later(UNFILED_LIFETIME + timedelta(hours=1)), files)
    assert delete_erased_files(now, files) == 1
    assert on_disk(files) == []


SCANNERS = {
    "clean": ("import sys; sys.exit(b'EICAR' in sys.stdin.buffer.read())", 303, ""),
    "infected": ("import sys; sys.exit(b'PDF' in sys.stdin.buffer.read())", 422, "found something"),
    "broken": ("raise SystemExit(2)", 422, "does not answer"),
    "slow": ("import time; time.sleep(60)", 422, "does not answer"),
}


@pytest.mark.parametrize("name", SCANNERS)
def test_a_file_goes_through_the_virus_scanner(
    app: Flask, act: Act, files: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(virus_scan, "MAX_SCAN_SECONDS", 5)
    program, status, said = SCANNERS[name]
    own = app.config["SETTINGS"].model_copy(
        update={"scan_command": (sys.executable, "-c", program)}
    )
    app.config["SETTINGS"] = own
    appeal = appeal_in(act, State.IN_HAND)
    answered, page = send_form(
        browser_of(app, act, ZHAO), appeal, files=[make_upload(PDF, "a.pdf")]
    )
    assert (answered, said in page) == (status, True)
    assert len(on_disk(files)) == (1 if name == "clean" else 0)


def test_a_scanner_that_is_not_there_is_told(app: Flask, act: Act, files: Path) -> None:
    own = app.config["SETTINGS"].model_copy(update={"scan_command": ("/no/such/scanner",)})
    app.config["SETTINGS"] = own
    appeal = appeal_in(act, State.IN_HAND)
    status, page = send_form(browser_of(app, act, ZHAO), appeal, files=[make_upload(PDF, "a.pdf")])
    assert (status, "does not answer" in page, on_disk(files)) == (422, True, [])


def test_a_stranger_is_nobody_who_opens_files(act: Act) -> None:
    appeal = appeal_in(act, State.CLOSED)
    act.session.add(
        StaffFile(
            appeal_id=appeal.id, staff_id=3, action="note", move_seq=1, name="a.pdf", octets=1,
            shows="other", source_hash=b"", document="x", stored_at=act.now,
        )
    )  # fmt: skip
    act.session.flush()
    file_id = act.session.scalars(sa.select(StaffFile.id)).one()
    assert staff_files.find_readable_file(act.by(STRANGER), appeal, file_id) is None
    assert staff_files.find_readable_file(act.by(ZHAO), appeal, file_id) is not None
