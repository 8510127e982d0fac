"""Template filters: Shanghai time, labels in the reader's language, shares."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from gettext import NullTranslations
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import ua_parser
from flask import Flask, current_app, g, request
from markupsafe import Markup, escape
from sqlalchemy.exc import SQLAlchemyError

from appeals.casework.accounts.staff_notices import FULL_WIDTH_STOPS
from appeals.domain.calendar import SHANGHAI, Period
from appeals.domain.messages import (
    SOURCE_LANGUAGE,
    Labelled,
    Text,
    context_message,
    find_catalogue,
    join_texts,
    offered_languages,
)
from appeals.domain.text.dates import WEEKDAY_NAMES, describe_day, describe_period
from appeals.queries.inbox import count_unread
from appeals.reference.reference_data import CampaignTexts, Reference, load_reference
from appeals.reporting.tables.sections import WITHHELD_NOTE, describe_withheld
from appeals.settings import Settings
from appeals.web.shared.bot_detection import given_back_sign
from appeals.web.shared.request import act
from appeals.web.shared.return_page import form_address
from appeals.web.shared.texts import language

NO_VALUE = "–"
OWN_NAME = context_message("this language in its own words", "English")
CHINESE_CHARACTER = re.compile("[\u3400-\u9fff]")
LAST_CITY = "appeals_last_city"
"""The key under which an application keeps the reference data that it last read."""


def moment(value: datetime | None) -> str:
    """Format an aware moment as day and minute in Shanghai, in the reader's language."""
    if value is None:
        return NO_VALUE
    local = value.astimezone(SHANGHAI)
    return f"{_day_in(language(), local.date())} {local:%H:%M}"


def clock_time(value: datetime) -> str:
    """Format an aware moment as hour and minute in Shanghai."""
    return f"{value.astimezone(SHANGHAI):%H:%M}"


def read_json(text: str) -> object:
    """Read the value of a JSON text, such as a message that offers more than its words."""
    value: object = json.loads(text)
    return value


def iso(value: datetime | None) -> str:
    """Format an aware moment as ISO 8601 with Shanghai's offset, for `<time datetime>`."""
    return value.astimezone(SHANGHAI).isoformat(timespec="seconds") if value else ""


def day(value: datetime | date | None) -> str:
    """Format a day, or the Shanghai day of a moment, in the reader's language."""
    if value is None:
        return NO_VALUE
    local = value.astimezone(SHANGHAI).date() if isinstance(value, datetime) else value
    return _day_in(language(), local)


@lru_cache(maxsize=4096)
def _day_in(language: str, day: date) -> str:
    return describe_day(day).label(language)


def period_name(text: str) -> str:
    """Return a period, given as in an address ("2026-11"), as people read it."""
    return describe_period(Period.parse(text)).label(language())


def weekday(value: date) -> str:
    """Return the name of a day's weekday."""
    return WEEKDAY_NAMES[value.weekday()].label(language())


def label(value: Labelled | None) -> str:
    """Return the text of a term, a row or a message in the reader's language."""
    return value.label(language()) if value is not None else NO_VALUE


def row_label(code: str | None) -> str:
    """Return the label of a department, area or category; its code where it is unknown.

    The office of a street has the code of the street: for a place use `place_label`.
    """
    if not code:
        return NO_VALUE
    city = load_reference(act())
    row = city.departments.get(code) or city.areas.get(code) or city.categories.get(code)
    return row.label(language()) if row else code


def place_label(code: str | None) -> str:
    """Return the label of a district or a street; its code where it is unknown."""
    row = load_reference(act()).areas.get(code or "")
    return row.label(language()) if row else code or NO_VALUE


def own_language_name(code: str) -> str:
    """Return what a language is called in itself."""
    return OWN_NAME.label(code)


def html_language(code: str) -> str:
    """Return a language as HTML names it (BCP 47)."""
    return "zh-CN" if code == "zh" else code


def other_languages() -> list[str]:
    """Return the languages that the reader can change to."""
    return [code for code in offered_languages() if code != language()]


def as_paragraph(sentences: Iterable[object]) -> Markup:
    """Join whole sentences; no blank follows a Chinese full stop."""
    joined = Markup("")
    for each in sentences:
        blank = "" if not joined or joined.endswith(FULL_WIDTH_STOPS) else " "
        joined += blank + escape(each)
    return joined


def listing(items: Iterable[object]) -> str:
    """Join texts as items of a list in the reader's language."""
    return join_texts(items).label(language())


def with_colon(label: str) -> str:
    """Return a label as it stands before its value, with a colon."""
    return context_message("before a value", "%(field)s: ", field=label).label(language())


def as_written(text: str) -> str:
    """Mark up a person's words with `lang` where it is not the page's (WCAG 3.1.2).

    Words with a Chinese character are marked as Chinese, others with letters as English, for a
    screen reader's voice.
    """
    tongue = "zh-CN" if CHINESE_CHARACTER.search(text) else "en"
    if tongue.startswith(language()) or not any(letter.isalpha() for letter in text):
        return text
    return Markup('<span lang="{}">{}</span>').format(tongue, text)


def share(numerator: int, denominator: int) -> str:
    """Format a share in per cent with two decimals, "–" where there are no cases (Rules 4)."""
    return f"{100 * numerator / denominator:.2f}%" if denominator else NO_VALUE


def browser_name(agent: str) -> str:
    """Shorten a user agent to the names of the browser and the system."""
    known = (ua_parser.parse_user_agent(agent), ua_parser.parse_os(agent))
    return " · ".join(part.family for part in known if part) or NO_VALUE


def is_provisional(value: datetime | None) -> bool:
    """Return whether a date lies in a year without a State Council notice yet (Rules 1)."""
    if value is None:
        return False
    return load_reference(act()).book.calendar.is_provisional(value.astimezone(SHANGHAI).date())


def address_in_language(chosen: str) -> str:
    """Return this page's address in another language."""
    return address_with("lang", chosen)


def address_with(argument: str, value: str) -> str:
    """Return this page's address with one argument set; after a POST that of the form's page."""
    path, query = request.path, request.query_string.decode()
    if request.url_rule and "GET" not in (request.url_rule.methods or ()):
        came = urlsplit(form_address())
        path, query = came.path, came.query
    kept = [(name, text) for name, text in parse_qsl(query) if name != argument]
    return f"/{quote(path.lstrip('/'))}?{urlencode([*kept, (argument, value)])}"


def campaign_name() -> str:
    """Return the campaign's name: the administrators', else the one of the settings."""
    settings: Settings = current_app.config["SETTINGS"]
    known = Text(settings.campaign_name_zh, settings.campaign_name_en)
    return find_text(_campaign_texts().name) or known.label(language())


def announcement() -> str:
    """Return the administrators' announcement for every page, or an empty text."""
    return find_text(_campaign_texts().message)


def find_text(texts: Mapping[str, str]) -> str:
    """Return a text of two columns; a language without a column reads the English."""
    return texts.get(language() if language() in texts else SOURCE_LANGUAGE, "")


def _campaign_texts() -> CampaignTexts:
    city = find_city()
    return city.campaign if city else CampaignTexts()


def find_city() -> Reference | None:
    """Return the reference data; where the database is away, what was last read, if anything."""
    kept: Reference | None = current_app.extensions.get(LAST_CITY)
    if not g.get("database_away"):
        try:
            kept = current_app.extensions[LAST_CITY] = load_reference(act())
        except SQLAlchemyError:
            g.database_away = True
    return kept


def is_training() -> bool:
    """Return whether this installation is for training."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.training


def unread_notices() -> int:
    """Count the signed-in person's unread notices; 0 where the database cannot be asked."""
    if g.get("database_away"):
        return 0
    try:
        return count_unread(act())
    except SQLAlchemyError:
        g.database_away = True
        return 0


def _catalogue() -> NullTranslations:
    """Return the catalogue of the reader's language, looked up once a request."""
    found: NullTranslations | None = g.get("catalogue")
    if found is None:
        found = g.catalogue = find_catalogue(language())
    return found


FILTERS = (
    moment,
    clock_time,
    read_json,
    iso,
    day,
    weekday,
    period_name,
    label,
    row_label,
    place_label,
    as_written,
    as_paragraph,
    browser_name,
    listing,
    with_colon,
)


def init_app(app: Flask) -> None:
    """Register the filters and functions for templates."""
    for shown in FILTERS:
        app.add_template_filter(shown, shown.__name__)
    app.jinja_env.globals.update(
        share=share,
        is_provisional=is_provisional,
        in_language=address_in_language,
        form_address=form_address,
        language=language,
        other_languages=other_languages,
        own_language_name=own_language_name,
        html_language=html_language,
        campaign=campaign_name,
        announcement=announcement,
        is_training=is_training,
        unread_notices=unread_notices,
        given_back_sign=given_back_sign,
        withheld_note=WITHHELD_NOTE,
        describe_withheld=describe_withheld,
    )
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # i18n extension
        lambda text: _catalogue().gettext(text),
        lambda one, more, n: _catalogue().ngettext(one, more, n),
        newstyle=True,
        pgettext=lambda of, text: _catalogue().pgettext(of, text),
    )
