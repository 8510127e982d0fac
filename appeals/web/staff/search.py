"""The search of staff over all appeals that they may see: by number, telephone or words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement

from appeals.casework.handling import filters_and_templates
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
from appeals.web.shared.texts import gettext as _
from appeals.web.shared.texts import language
from appeals.web.staff import search_files

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
    try:
        asked = _read_request()
        page = NO_PAGE
        if not asked.is_empty:
            page = searches.search_appeals(
                act(), asked.terms, asked.narrowing, request.args.get("after")
            )
    except Refused as problem:
        return _search_page(NO_PAGE, problem), problem.kind.value
    if asked.terms.number and page.hits:
        return redirect(_case_address(page.hits[0].appeal))
    if asked.terms.is_about_person:
        noted_accesses.note_look_up(act(), AccessKind.PHONE_LOOKED_UP, asked.typed, page.count)
    return _search_page(page)


@blueprint.get("/appeals.csv", endpoint="as_csv")
def download_csv() -> ResponseReturnValue:
    """Send what was found as CSV."""
    return _send_file(search_files.send_csv)


@blueprint.get("/appeals.xlsx", endpoint="as_xlsx")
def download_xlsx() -> ResponseReturnValue:
    """Send what was found as an Excel workbook."""
    return _send_file(search_files.send_xlsx)


@dataclass(frozen=True)
class SearchRequest:
    """What was typed into the box, read, and what the filters ask of an appeal."""

    typed: str
    terms: searches.SearchTerms
    narrowing: Sequence[ColumnElement[bool]]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return self.terms.is_empty and not self.narrowing


def _read_request() -> SearchRequest:
    """Read the search from the address. Raises Refused (not valid)."""
    typed = clean_line(request.args.get("q"))
    terms = searches.read_search_terms(act(), typed) if typed else searches.SearchTerms()
    return SearchRequest(typed, terms, narrowing_conditions(act(), request.args))


@blueprint.post("/saved", endpoint="save")
def save_search() -> ResponseReturnValue:
    """Save the search of the page under a name of one's own."""
    narrowed = narrowing_filters(request.form)
    name = clean_line(request.form.get("name"))
    try:
        query = searches.make_saved_query(act(), request.form.get("q", ""), narrowed)
        filters_and_templates.save_search(act(), name, query)
    except Refused as problem:
        return _search_page(NO_PAGE, problem), problem.kind.value
    flash(_("The search is saved as “%(name)s”.", name=name), "done")
    return redirect(f"{url_for('search.show_found')}?{query}", HTTPStatus.SEE_OTHER)


@blueprint.post("/saved/<int:search_id>/delete", endpoint="delete")
def delete_search(search_id: int) -> ResponseReturnValue:
    """Delete a saved search of one's own."""
    filters_and_templates.delete_search(act(), search_id)
    flash(_("The saved search is deleted."), "done")
    return redirect(url_for("search.show_found"), HTTPStatus.SEE_OTHER)


def _send_file(send: Callable[[Iterable[searches.ExportRow]], Response]) -> ResponseReturnValue:
    """Send what was found; the page instead where nothing is asked for, or it cannot be read."""
    try:
        asked = _read_request()
    except Refused as problem:
        return _search_page(NO_PAGE, problem), problem.kind.value
    if asked.is_empty:
        return redirect(url_for("search.show_found"))
    if asked.terms.is_about_person:
        found = searches.search_appeals(act(), asked.terms, asked.narrowing).count
        noted_accesses.note_look_up(act(), AccessKind.PHONE_LOOKED_UP, asked.typed, found)
    return send(searches.stream_search(act(), asked.terms, asked.narrowing))


def _search_page(page: searches.SearchPage, problem: Refused | None = None) -> str:
    return render_template(
        "staff/search.html",
        searched=clean_line(request.values.get("q")),
        page=page,
        problem=problem,
        most=searches.MAX_COUNT,
        narrowed=narrowing_filters(request.values),
        name=request.form.get("name", ""),
        saved=searches.list_saved_searches(act()),
        most_name=filters_and_templates.MAX_NAME_CHARACTERS,
        filters=SEARCH_FILTERS,
        choices={name: _list_choices(each.need) for name, each in SEARCH_FILTERS.items()},
        suggested=_suggest_names(),
        case_endpoint=CASE_ENDPOINTS[act().actor.role],
    )


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
