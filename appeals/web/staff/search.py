"""The search of staff over all appeals that they may see: by number, telephone or words."""

from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from appeals.domain.moves.needs import Input, Need
from appeals.domain.people import CENTRE, DEPARTMENT, STAFF, Role
from appeals.domain.refusals import Refused
from appeals.domain.text.cleaning import clean_line
from appeals.domain.vocabulary import AccessKind
from appeals.models.appeal import Appeal
from appeals.queries import search as searches
from appeals.queries.search_filters import (
    SEARCH_FILTERS,
    narrowing_conditions,
    narrowing_filters,
)
from appeals.reference.reference_data import load_reference
from appeals.web.shared import noted_accesses
from appeals.web.shared.forms import Choices, term_choices
from appeals.web.shared.request import act, require_roles
from appeals.web.shared.texts import language

NO_PAGE = searches.SearchPage((), None, 0)
CASE_ENDPOINTS = (
    dict.fromkeys(CENTRE, "centre.case")
    | dict.fromkeys(DEPARTMENT, "desk.case")
    | {Role.ADMINISTRATOR: "report_cases.case"}
)
"""The page of a case, by the role of whoever opens it."""

blueprint = Blueprint("search", __name__, url_prefix="/search")
blueprint.before_request(require_roles(*STAFF))


@blueprint.get("")
def show_found() -> ResponseReturnValue:
    """Show what was found, newest first; a number opens its case."""
    typed = clean_line(request.args.get("q"))
    narrowed = narrowing_filters(request.args)
    page, problem, is_about_person = NO_PAGE, None, False
    try:
        terms = searches.read_search_terms(act(), typed) if typed else searches.SearchTerms()
        if typed or narrowed:
            narrowing = narrowing_conditions(act(), narrowed)
            page = searches.search_appeals(act(), terms, narrowing, request.args.get("after"))
        if terms.number and page.hits:
            return redirect(_case_address(page.hits[0].appeal))
        is_about_person = terms.is_about_person
    except Refused as refused:
        problem = refused
    if is_about_person:
        noted_accesses.note_look_up(act(), AccessKind.PHONE_LOOKED_UP, typed, page.count)
    shown = render_template(
        "staff/search.html",
        searched=typed,
        page=page,
        problem=problem,
        most=searches.MAX_COUNT,
        narrowed=narrowed,
        filters=SEARCH_FILTERS,
        choices={name: _list_choices(each.need) for name, each in SEARCH_FILTERS.items()},
        suggested=_suggest_names(),
        case_endpoint=CASE_ENDPOINTS[act().actor.role],
    )
    return shown, problem.kind.value if problem else HTTPStatus.OK


def _case_address(appeal: Appeal) -> str:
    return url_for(CASE_ENDPOINTS[act().actor.role], number=appeal.number)


def _list_choices(need: Need) -> Choices:
    """Return the choices of a filter; none where it is typed."""
    return term_choices(need.choices) if need.choices is not None else []


def _suggest_names() -> dict[Input, list[str]]:
    """Return the names suggested while a category, a place or a department is typed."""
    city = load_reference(act())
    rows = {
        Input.CATEGORY: city.categories,
        Input.STREET: city.areas,
        Input.DEPARTMENT: city.departments,
    }
    return {
        kind: list(dict.fromkeys(row.label(language()) for row in named.values()))
        for kind, named in rows.items()
    }
