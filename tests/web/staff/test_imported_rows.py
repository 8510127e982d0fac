"""The rows of the city that an import made are marked, and offered to nobody who files."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.domain.states import Action
from appeals.models.appeal import Appeal
from appeals.models.organisation import Area, Category, Department
from tests.cast import DISPATCHER, OPERATOR
from tests.factories import file_appeal, played
from tests.imports.import_file import import_file, read_mapping, write_csv
from tests.web.staff_browser import browser_of, open_page

MAPPING = """
source = "elsewhere"
time_zone = "Asia/Shanghai"
create = ["department", "category", "district", "street"]
[columns]
reference = "no"
filed = "opened"
department = "unit"
category = "matter"
district = "place"
street = "town"
[otherwise]
kind = "help"
channel = "phone"
"""
HEADER = ("no", "opened", "unit", "matter", "place", "town")
ROWS = (
    ("1", "2026-01-05 09:00", "Works dept", "Street lamp", "Roxbury", "Dudley"),
    ("2", "2026-01-05 09:00", "市城市管理局", "噪音", "市南", "香港中路"),
    ("3", "2026-01-05 09:00", "Ｗater", "供水", "SHIBEI", ""),
)


@pytest.fixture
def imported(act: Act, tmp_path: Path) -> Act:
    """Provide the city after an import of strange and of known names."""
    file = write_csv(tmp_path / "rows.csv", [HEADER, *ROWS])
    assert import_file(act, file, read_mapping(MAPPING, tmp_path)).refused == ()
    act.session.commit()
    return act


def test_known_names_are_mapped_and_not_made_again(imported: Act) -> None:
    columns = (Appeal.source_ref, Appeal.holder, Appeal.category, Appeal.district, Appeal.street)
    found = imported.session.execute(sa.select(*columns).order_by(Appeal.source_ref)).all()
    assert [tuple(row) for row in found] == [
        ("1", "elsewhere.works-dept", "elsewhere.street-lamp", "elsewhere.roxbury",
         "elsewhere.roxbury.dudley"),
        ("2", "roads", "urban.noise", "370202", "370202001"),
        ("3", "water", "water", "370203", None),
    ]  # fmt: skip
    count = sa.select(sa.func.count())
    session = imported.session
    assert session.scalar(count.select_from(Department)) == 3
    assert session.scalar(count.select_from(Area)) == 4 + 3
    assert session.scalars(sa.select(Category.code).where(Category.imported)).all() == [
        "elsewhere", "elsewhere.street-lamp",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/admin/departments", "Works dept"),
        ("/admin/departments/elsewhere.works-dept", "Works dept"),
        ("/admin/departments/elsewhere.works-dept/change", "Works dept"),
        ("/admin/categories", "Street lamp"),
        ("/admin/categories/elsewhere.street-lamp", "Street lamp"),
    ],
)
@pytest.mark.usefixtures("imported")
def test_administrators_see_an_imported_row_and_its_mark(
    sun: FlaskClient, address: str, name: str
) -> None:
    for language, mark in (("en", "Imported"), ("zh", "外部导入")):
        shown = open_page(sun, f"{address}?lang={language}")
        assert name in shown
        assert mark in shown or address.endswith("/change")


def test_an_imported_row_is_offered_to_nobody_who_files_or_dispatches(
    imported: Act, app: Flask, client: FlaskClient
) -> None:
    appeal = file_appeal(imported).appeal
    played(imported, appeal, Action.ACCEPT)
    imported.session.commit()
    pages = [
        open_page(client, "/appeals/new?lang=en"),
        open_page(browser_of(app, imported, OPERATOR), "/centre/new?lang=en"),
        open_page(
            browser_of(app, imported, DISPATCHER), f"/centre/appeals/{appeal.number}?lang=en"
        ),
    ]
    for shown in pages:
        assert "elsewhere" not in shown
    assert 'value="370202"' in pages[1]
    assert 'value="roads"' in pages[2]
