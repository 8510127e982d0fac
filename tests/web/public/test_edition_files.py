"""What a reader gets of an edition's files, and which names its files and pages print (Rules 5)."""

import io
import json
import shutil
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.domain.people import SYSTEM
from appeals.domain.states import State
from appeals.models.organisation import Department
from appeals.models.report import EditionFile, Report
from appeals.reference.reference_data import mark_reference_changed
from appeals.reporting.editions import editions
from appeals.reporting.formats import edition_files
from appeals.settings import Settings
from tests.cast import ROADS, shanghai
from tests.factories import appeal_in
from tests.published import PUBLIC, published, sent
from tests.web.public.test_exports import read_pages, read_workbook
from tests.web.staff_browser import open_page

MARCH = Period.month("2026-03")
AT = "/public/reports/2026-03"
FORMS = tuple(edition_files.FORMATS)
OLD_NAME, NEW_NAME = "Urban management", "Renamed by an administrator"


@pytest.fixture
def act(app: Flask, session: Session) -> Act:
    """Provide an act after March was published with one closed appeal; no file is made yet."""
    then = Act(session, SYSTEM, shanghai("2026-03-02 09:00"), app.extensions["appeals_secret"])
    appeal_in(then, State.CLOSED, 2)
    then = then.at(shanghai("2026-04-05 09:00"))
    published(then, MARCH)
    session.commit()
    folder = app.config["SETTINGS"].data_dir / edition_files.FOLDER
    shutil.rmtree(folder, ignore_errors=True)  # another test's edition may have the same digest
    return then


def rename_department(act: Act) -> None:
    act.session.execute(
        sa.update(Department).where(Department.code == ROADS).values(en=NEW_NAME, zh="改名")
    )
    mark_reference_changed(act.session, "renamed")
    act.session.commit()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("lang", "said"), [("zh", "文件正在生成"), ("en", "is being made")])
def test_a_reader_who_comes_early_is_told_when_to_ask_again(
    client: FlaskClient, act: Act, form: str, lang: str, said: str
) -> None:
    assert act.session is not None
    answer = client.get(f"{PUBLIC[lang]}/reports/2026-03.{form}")
    assert answer.status_code == 503
    assert said in answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_reader_is_told_that_making_a_file_failed_and_administrators_see_why(
    client: FlaskClient, sun: FlaskClient, act: Act
) -> None:
    edition_files.request_missing_files(act)
    failed = sa.update(EditionFile).where(EditionFile.form == "pdf")
    until = act.now + timedelta(hours=1)
    act.session.execute(failed.values(problem="Refused: no font", next_try_at=until))
    act.session.commit()
    answer = client.get(f"/en{AT}.pdf")
    assert answer.status_code == 503
    assert "failed" in answer.text
    assert "no font" not in answer.text
    assert "Refused: no font" in open_page(sun, "/admin/reports/2026-03?lang=en")


def test_a_label_that_changes_later_makes_no_file_anew(client: FlaskClient, act: Act) -> None:
    before = {form: sent(client, act, f"/en{AT}.{form}").data for form in FORMS}
    rename_department(act)
    assert {form: sent(client, act, f"/en{AT}.{form}").data for form in FORMS} == before


def test_pages_and_files_print_the_names_that_the_edition_keeps(
    client: FlaskClient, sun: FlaskClient, act: Act
) -> None:
    rename_department(act)  # before the files are made: only the edition knows the old name
    sheets = read_workbook(sent(client, act, f"/en{AT}.xlsx").data)
    printed = "".join(read_pages(sent(client, act, f"/en{AT}.pdf").data))
    departments = open_page(client, f"/en{AT}?by=department")
    report = open_page(sun, "/admin/reports/2026-03?lang=en&chapter=all")
    for text in (str(sheets), printed, departments, report):
        assert OLD_NAME.replace(" ", "") in text.replace(" ", "")
        assert NEW_NAME.replace(" ", "") not in text.replace(" ", "")
    kept = json.loads(sent(client, act, f"{AT}.json").text)["names"]["department"][ROADS]
    assert kept == {"zh": "市城市管理局", "en": OLD_NAME}


def test_the_names_of_an_edition_are_under_its_digest(act: Act) -> None:
    edition = editions.latest_edition(act, MARCH)
    assert edition is not None
    assert edition.names is not None
    (finding,) = editions.verify_editions(act)
    assert finding.holds
    act.session.execute(sa.text("ALTER TABLE report DISABLE TRIGGER USER"))
    other = {**edition.names, "department": {}}
    act.session.execute(sa.update(Report).where(Report.id == edition.id).values(names=other))
    act.session.expire_all()
    (finding,) = editions.verify_editions(act)
    assert not finding.sealed


def test_a_reports_share_picture_is_of_the_size_that_messengers_show(
    client: FlaskClient, settings: Settings, act: Act
) -> None:
    for language, address in PUBLIC.items():
        answer = sent(client, act, f"{address}/reports/2026-03.png")
        assert answer.headers.get("Content-Disposition", "").startswith("inline"), language
        with Image.open(io.BytesIO(answer.data)) as picture:
            assert (picture.format, picture.size) == ("PNG", (1200, 630))
    shared = f'property="og:image" content="{settings.base_url}/en{AT}.png"'
    assert shared in open_page(client, f"/en{AT}")
