"""The gallery's list of pictures, beside the addresses that the application has."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException

from tests.house.test_named_files import DOCUMENTS
from tools.gallery.checks import list_left_out
from tools.gallery.readme import SHOWN_PICTURES
from tools.gallery.shots import DARK_TOO, NOT_PICTURED, SHOTS
from tools.gallery.walk import matches_route


def list_pictured_routes(app: Flask) -> Iterator[str]:
    """Yield the route of each picture: the one it names, else that of its address."""
    routes = app.url_map.bind("localhost")
    for shot in SHOTS:
        if shot.at:
            yield shot.at
        else:
            try:
                yield str(routes.match(urlsplit(shot.path).path, return_rule=True)[0])
            except HTTPException:  # an address that leads to an error page
                continue


def test_every_page_is_pictured(app: Flask) -> None:
    opened = {
        str(rule.rule) for rule in app.url_map.iter_rules() if "GET" in (rule.methods or set())
    }
    assert opened - set(list_pictured_routes(app)) - set(NOT_PICTURED) == set()
    assert set(NOT_PICTURED) - opened == set()


def test_every_picture_names_an_address_that_there_is(app: Flask) -> None:
    known = {str(rule.rule) for rule in app.url_map.iter_rules()}
    assert {shot.at for shot in SHOTS if shot.at} - known == set()
    names = [shot.name for shot in SHOTS]
    assert len(names) == len(set(names))
    assert not [name for name in names if re.search("[^a-z0-9-_]", name)]


def test_every_dark_picture_is_of_a_page_that_is_pictured_in_the_light() -> None:
    names = {shot.name for shot in SHOTS if not shot.is_dark}
    assert set(DARK_TOO) - names == set()
    assert sum(shot.is_dark for shot in SHOTS) == len(DARK_TOO)


def test_the_documents_show_the_pictures_that_are_copied_for_them() -> None:
    shown = {
        name
        for path in DOCUMENTS
        for name in re.findall(r"\]\((?:docs/)?pictures/([^)]+)\.png\)", path.read_text("utf-8"))
    }
    assert shown == set(SHOWN_PICTURES)


def test_a_picture_of_another_page_than_named_is_told() -> None:
    assert matches_route("/admin/departments/fgw", "/admin/<name>/<key>")
    assert not matches_route("/admin/departments", "/admin/<name>/<key>")
    assert not matches_route("/sign-in", "/desk/")


def test_a_checker_that_is_not_installed_is_told(tmp_path: Path) -> None:
    nu, lighthouse = list_left_out(tmp_path)
    assert nu.startswith("NOT CHECKED by the Nu HTML checker")
    assert lighthouse.startswith("NOT CHECKED by Lighthouse")
    cli = tmp_path / "lighthouse" / "cli" / "index.js"
    cli.parent.mkdir(parents=True)
    cli.touch()
    assert list_left_out(tmp_path) == [nu]
