"""Addresses of what is published: Chinese under `/public/…`, others under `/<language>/public/…`.

So each page in each language has one address, which a search engine and a shared link keep.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, current_app, g, redirect, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from appeals.domain.messages import offered_languages
from appeals.web.shared.texts import language

MAIN_LANGUAGE = "zh"
LANGUAGE = "tongue"
"""The argument of every public address; it is no part of a view's arguments."""
CHOICE = "lang"
"""The query argument by which a reader chooses a language on any page."""
View = Callable[..., Any]


class OtherLanguage(BaseConverter):
    """An offered language that is not the main one, as the first part of a path."""

    regex = "[a-z]{2}(?:-[A-Za-z]+)?"

    def to_python(self, value: str) -> str:
        """Return the language; raises `ValidationError` if it is not offered under its name."""
        if value == MAIN_LANGUAGE or value not in offered_languages():
            raise ValidationError
        return value


def publish(blueprint: Blueprint, rule: str, endpoint: str) -> Callable[[View], View]:
    """Return a decorator that gives a view its address in every language."""

    def add(view: View) -> View:
        main = {LANGUAGE: MAIN_LANGUAGE}
        blueprint.add_url_rule(f"/public{rule}", endpoint, view, defaults=main)
        blueprint.add_url_rule(f"/<other_language:{LANGUAGE}>/public{rule}", endpoint, view)
        return view

    return add


def init_blueprint(blueprint: Blueprint) -> None:
    """Make a blueprint speak the language of its addresses, and link to those of the reader."""
    blueprint.record_once(_add_converter)
    blueprint.url_value_preprocessor(_read_language)
    blueprint.url_defaults(_fill_language)
    blueprint.before_request(_follow_choice)


def address_in_language(chosen: str) -> str:
    """Return the address of this page in a language, with its query.

    The query is no argument of `url_for`: a reader may write any name into it, `endpoint` too.
    """
    page = url_for(str(request.endpoint), **{**(request.view_args or {}), LANGUAGE: chosen})
    query = urlencode([each for each in request.args.items(multi=True) if each[0] != CHOICE])
    return f"{page}?{query}" if query else page


def list_languages() -> dict[str, str]:
    """Return the whole address of this page in each language, without its query.

    Search engines read these; an older edition is a part of the newest one's page for them.
    """
    return addresses_by_language(str(request.endpoint), request.view_args or {})


def addresses_by_language(endpoint: str, values: Mapping[str, Any]) -> dict[str, str]:
    """Return the whole address of a public page in each language."""
    base = str(current_app.config["SETTINGS"].base_url).rstrip("/")
    return {
        each: base + url_for(endpoint, **{**values, LANGUAGE: each}) for each in offered_languages()
    }


def _add_converter(setup: BlueprintSetupState) -> None:
    setup.app.url_map.converters["other_language"] = OtherLanguage


def _read_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values:
        g.language = values.pop(LANGUAGE)


def _fill_language(_endpoint: str, values: dict[str, Any]) -> None:
    values.setdefault(LANGUAGE, language())


def _follow_choice() -> AnyResponse | None:
    """Redirect `?lang=` to the address in that language; the choice is remembered as elsewhere."""
    chosen = request.args.get(CHOICE)
    return redirect(address_in_language(chosen)) if chosen in offered_languages() else None
