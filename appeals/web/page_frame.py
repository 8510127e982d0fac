"""What stands around every page: the elder mode, the footer's facts, addresses for other sites."""

import re
from dataclasses import dataclass

from flask import Flask, Response, current_app, g, request

from appeals.domain.messages import Labelled, Text, message
from appeals.reporting.charts.colours import load_colours
from appeals.settings import Settings
from appeals.web.shared.cookies import YEAR_SECONDS, Cookie
from appeals.web.shared.display import address_with
from appeals.web.shared.texts import language

ELDER_VIEW = "elder"
"""The elder mode (关怀版): larger letters and targets, one column, fewer words."""
VIEWS = frozenset({ELDER_VIEW, "standard"})
VIEW_ARGUMENT = "view"
VIEW_COOKIE = Cookie("view", YEAR_SECONDS)
MINISTRY_REGISTER = "https://beian.miit.gov.cn/"
"""Where an ICP number is looked up; a site must link there."""
POLICE_REGISTER = "https://beian.mps.gov.cn/#/query/webSearch?code={}"


@dataclass(frozen=True)
class FooterFact:
    """One fact that an official site states of itself, and where it leads, if anywhere."""

    name: Labelled
    value: str
    address: str = ""


def init_app(app: Flask) -> None:
    """Register the functions for templates, and remember the view that is chosen."""
    app.after_request(remember_view)
    app.jinja_env.globals.update(
        is_staff=is_staff,
        is_elder=is_elder,
        in_view=lambda view: address_with(VIEW_ARGUMENT, view),
        footer_facts=list_footer_facts,
        bar_colour=lambda: load_colours()["deep"].light,
        whole_address=make_whole_address,
    )


def is_staff() -> bool:
    """Return whether somebody of the staff is signed in."""
    return "act" in g and g.act.actor.staff_id is not None


def is_elder() -> bool:
    """Return whether the page is shown in the elder mode; staff have their own layout."""
    return not is_staff() and chosen_view() == ELDER_VIEW


def chosen_view() -> str:
    """Return the view of the address, else the one that this browser chose before."""
    chosen = request.args.get(VIEW_ARGUMENT) or VIEW_COOKIE.read_value()
    return chosen if chosen in VIEWS else ""


def remember_view(response: Response) -> Response:
    """Set the cookie of a view that was chosen with this request."""
    chosen = request.args.get(VIEW_ARGUMENT)
    if chosen in VIEWS:
        VIEW_COOKIE.set_in(response, chosen)
    return response


def list_footer_facts() -> list[FooterFact]:
    """Return the facts that the settings have, in the order of an official Chinese site."""
    settings = _settings()
    number = settings.police_number or ""
    facts = (
        FooterFact(
            message("Organiser"), _in_one_of_both(settings.organiser_zh, settings.organiser_en)
        ),
        FooterFact(
            message("Operated by"), _in_one_of_both(settings.operator_zh, settings.operator_en)
        ),
        FooterFact(message("Site code"), settings.site_code or ""),
        FooterFact(message("ICP number"), settings.icp_number or "", MINISTRY_REGISTER),
        FooterFact(
            message("Public security filing"),
            number,
            POLICE_REGISTER.format("".join(re.findall(r"\d", number))),
        ),
        FooterFact(message("Telephone"), settings.telephone or "", f"tel:{_dialled(settings)}"),
    )
    return [fact for fact in facts if fact.value]


def make_whole_address(path: str) -> str:
    """Return the whole address of a path, for who reads it from another site."""
    return f"{_settings().base_url}{path}"


def _in_one_of_both(zh: str | None, en: str | None) -> str:
    """Return a name in the reader's language, or in the one that it has."""
    return Text(zh or en or "", en or zh or "").label(language())


def _dialled(settings: Settings) -> str:
    return re.sub(r"[^\d+]", "", settings.telephone or "")


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
