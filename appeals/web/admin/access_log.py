"""The access log for administrators: who opened this case, what this person opened."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from appeals.domain.people import Role
from appeals.domain.refusals import Refused
from appeals.domain.vocabulary import AccessKind, ContactReason
from appeals.queries.administration import access_log
from appeals.queries.administration.access_log import AccessFilter, ListedAccess
from appeals.reporting.editions.report_document import escape_formula
from appeals.web.shared import noted_accesses
from appeals.web.shared.display import moment
from appeals.web.shared.forms import terms
from appeals.web.shared.request import act, audience, language

blueprint = Blueprint("access_log", __name__, url_prefix="/admin/access-log")
blueprint.before_request(audience(Role.ADMINISTRATOR))
HEADS = (_("Time"), _("Name"), _("Username"), _("Role"), _("What"), _("Number"), _("Detail"))
FIELDS = ("number", "staff", "kind", "first", "last")
Page = str | tuple[str, int]


@blueprint.get("/")
def index() -> Page:
    """List the accesses to one case or by one person; without either, only ask."""
    try:
        asked = access_log.read_filter(act(), request.args)
    except Refused as problem:
        return _page(None, problem), problem.kind.value
    return _page(asked)


@blueprint.get("/accesses.csv")
def as_csv() -> Page | Response:
    """Give the newest accesses that are asked for as a file; that is an export, and logged."""
    try:
        asked = access_log.read_filter(act(), request.args)
    except Refused as problem:
        return _page(None, problem), problem.kind.value
    if asked is None:
        return _page(None)
    rows = noted_accesses.note_export(
        access_log.export_accesses(act(), asked), "access_log", **_told(asked)
    )
    attachment = {"Content-Disposition": 'attachment; filename="access-log.csv"'}
    return Response(_lines(asked, rows), mimetype="text/csv", headers=attachment)


def _page(asked: AccessFilter | None, problem: Refused | None = None) -> str:
    found = access_log.list_accesses(act(), asked, request.args.get("after")) if asked else None
    if asked:
        noted_accesses.note_access(AccessKind.LOG_READ, asked.appeal_id, **_told(asked))
    typed = {name: request.args.get(name, "") for name in FIELDS}
    if asked and asked.first:
        typed["first"] = asked.first.isoformat()
    return render_template(
        "admin/access_log.html",
        asked=asked,
        found=found,
        problem=problem,
        typed=typed,
        kinds=terms(AccessKind),
        described=describe,
        query={name: value for name, value in typed.items() if value},
    )


def _told(asked: AccessFilter) -> Mapping[str, str]:
    """Give what the access log says of a reading or an export of itself."""
    told = {"staff": str(asked.staff_id or ""), "number": asked.number}
    return {name: value for name, value in told.items() if value}


def describe(access: ListedAccess) -> str:
    """Say in a few words what belongs to an access, no words of people among them."""
    detail = access.detail
    if "reason" in detail:
        return ContactReason(detail["reason"]).label(language())
    if "found" in detail:
        return str(gettext("appeals found: %(count)s", count=detail["found"]))
    if "photo" in detail:
        return str(gettext("photo %(number)s", number=detail["photo"]))
    if "rows" in detail:
        return str(gettext("rows: %(count)s", count=detail["rows"]))
    return ""


def _lines(asked: AccessFilter, rows: Iterable[ListedAccess]) -> Iterator[str]:
    yield "\ufeff" + _line(map(str, HEADS))
    for count, each in enumerate(rows, start=1):
        role = each.role.label(language()) if each.role else ""
        what = each.kind.label(language())
        person = (each.name, each.username, role)
        yield _line((moment(each.at), *person, what, each.number, describe(each)))
        if count == access_log.MAX_EXPORT_ROWS and access_log.is_cut_after(act(), asked, each):
            yield _line([_that_it_is_cut(count)])


def _that_it_is_cut(count: int) -> str:
    said = gettext(
        "Only the newest %(count)s rows are here. Choose fewer days to download the rest.",
        count=f"{count:,}",
    )
    return str(said)


def _line(texts: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([escape_formula(text) for text in texts])
    return out.getvalue()
