"""What pages show: Shanghai time, labels in the reader's language, shares with both numbers."""

import re
from datetime import date, datetime
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from babel.support import NullTranslations
from flask import Flask, current_app, g, request
from flask_babel import get_translations
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from appeals.domain.calendar import SHANGHAI
from appeals.domain.clocks import WEEKDAYS_ZH
from appeals.domain.vocabulary import Term
from appeals.reference.reference_data import CampaignTexts, ReferenceEntry, load_reference
from appeals.reporting.tables.sections import WITHHELD_COUNT, WITHHELD_NOTE
from appeals.settings import Settings
from appeals.web.shared.request import act, language
from appeals.web.shared.robots import given_back_sign
from appeals.web.shared.way_back import form_address

NOTHING = "–"
CHINESE = re.compile("[\u3400-\u9fff]")
CALLED = "appeals_called"
BROWSERS = ("MicroMessenger", "Edg", "OPR", "Firefox", "Chrome", "Safari")
"""The first that a browser's name holds is it: most of them also claim to be others."""
SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux")


def moment(value: datetime | None) -> str:
    """Give an aware moment as Shanghai day and time, to the minute, as the language writes them."""
    return f"{day(value)} {value.astimezone(SHANGHAI):%H:%M}" if value else NOTHING


def iso(value: datetime | None) -> str:
    """Give an aware moment as ISO 8601 with Shanghai's offset, for `<time datetime>`."""
    return value.astimezone(SHANGHAI).isoformat(timespec="seconds") if value else ""


def day(value: datetime | date | None) -> str:
    """Give the Shanghai day of a moment, or a day as it is."""
    if value is None:
        return NOTHING
    local = value.astimezone(SHANGHAI) if isinstance(value, datetime) else value
    if language() == "zh":
        return f"{local.year}年{local.month}月{local.day}日"
    return f"{local.day} {local:%b %Y}"


def weekday(value: date) -> str:
    """Give the name of a day's weekday."""
    return f"周{WEEKDAYS_ZH[value.weekday()]}" if language() == "zh" else f"{value:%A}"


def label(value: Term | ReferenceEntry | None) -> str:
    """Give a term's or a row's label in the reader's language."""
    return value.label(language()) if value is not None else NOTHING


def row_label(code: str | None) -> str:
    """Give the label of a department, area or category by its code; the code if it is unknown."""
    if not code:
        return NOTHING
    city = load_reference(act())
    row = city.departments.get(code) or city.areas.get(code) or city.categories.get(code)
    return row.label(language()) if row else code


def as_written(text: str) -> str:
    """Give people's own words, marked with their language where it is not the page's (WCAG 3.1.2).

    Words with a Chinese letter are Chinese, others with letters English: a screen reader has to
    choose a voice.
    """
    tongue = "zh-CN" if CHINESE.search(text) else "en"
    if tongue.startswith(language()) or not any(letter.isalpha() for letter in text):
        return text
    return Markup('<span lang="{}">{}</span>').format(tongue, text)


def share(numerator: int, denominator: int) -> str:
    """Give a share in per cent to two decimals; nothing over nothing is no number (Rules 4)."""
    return f"{100 * numerator / denominator:.2f}%" if denominator else NOTHING


def browser_name(agent: str) -> str:
    """Give a browser's own long name as people know it, with its system."""
    known = (next((n for n in names if n in agent), "") for names in (BROWSERS, SYSTEMS))
    return " · ".join(filter(None, known)) or NOTHING


def is_provisional(value: datetime | None) -> bool:
    """Tell whether a shown date rests on a year that has no State Council notice yet (Rules 1)."""
    if value is None:
        return False
    return load_reference(act()).book.calendar.is_provisional(value.astimezone(SHANGHAI).date())


def in_language(chosen: str) -> str:
    """Give the address of this page in a language; else that of the page the form was on."""
    path, query = request.path, request.query_string.decode()
    if request.url_rule and "GET" not in (request.url_rule.methods or ()):
        came = urlsplit(form_address())
        path, query = came.path, came.query
    kept = [(name, text) for name, text in parse_qsl(query) if name != "lang"]
    return f"/{quote(path.lstrip('/'))}?{urlencode([*kept, ('lang', chosen)])}"


def campaign() -> str:
    """Give the campaign's name: the administrators', else the environment's."""
    settings: Settings = current_app.config["SETTINGS"]
    known = settings.campaign_name_zh if language() == "zh" else settings.campaign_name_en
    return _called().name.get(language()) or known


def announcement() -> str:
    """Give what the administrators announce on every page, if anything."""
    return _called().message.get(language(), "")


def _called() -> CampaignTexts:
    """Give what the campaign is called; where the database is away, as it was last read."""
    kept: CampaignTexts = current_app.extensions.get(CALLED, CampaignTexts())
    if not g.get("database_away"):
        try:
            kept = current_app.extensions[CALLED] = load_reference(act()).campaign
        except SQLAlchemyError:
            g.database_away = True
    return kept


def _translations() -> NullTranslations:
    """Give the texts of the reader's language, looked for once: a page asks for a hundred."""
    if "translations" not in g:
        g.translations = get_translations()
    found: NullTranslations = g.translations
    return found


FILTERS = (moment, iso, day, weekday, label, row_label, as_written, browser_name)


def install(app: Flask) -> None:
    """Put the filters and functions where templates find them."""
    for shown in FILTERS:
        app.add_template_filter(shown, shown.__name__)
    app.jinja_env.globals.update(
        share=share,
        is_provisional=is_provisional,
        in_language=in_language,
        form_address=form_address,
        language=language,
        campaign=campaign,
        announcement=announcement,
        given_back_sign=given_back_sign,
        withheld_note=WITHHELD_NOTE,
        withheld_count=WITHHELD_COUNT,
    )
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # Flask-Babel's own look
        lambda text: _translations().ugettext(text),
        lambda one, more, n: _translations().ungettext(one, more, n),
        newstyle=True,
        pgettext=lambda of, text: _translations().upgettext(of, text),
    )
