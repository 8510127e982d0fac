"""The access log for administrators: who opened this case, what this person opened."""

from collections.abc import Iterable, Iterator, Mapping

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from appeals.domain.people import Role
from appeals.domain.refusals import Refused
from appeals.domain.vocabulary import AccessKind, ContactReason
from appeals.queries.administration import access_log
from appeals.queries.administration.access_log import AccessFilter, ListedAccess
from appeals.reporting.editions.report_document import format_csv_row
from appeals.web.shared import noted_accesses
from appeals.web.shared.display import moment
from appeals.web.shared.forms import term_choices
from appeals.web.shared.request import act, require_roles
from appeals.web.shared.texts import gettext, language
from appeals.web.shared.texts import lazy_gettext as _

blueprint = Blueprint("access_log", __name__, url_prefix="/admin/access-log")
blueprint.before_request(require_roles(Role.ADMINISTRATOR))
CSV_HEADINGS = (_("Time"), _("Name"), _("Username"), _("Role"), _("What"), _("Number"), _("Detail"))
FIELDS = ("number", "staff", "kind", "first", "last")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """List the accesses to one case or by one person; without either, show the form alone."""
    try:
        asked = access_log.read_filter(act(), request.args)
    except Refused as problem:
        return _log_page(None, problem), problem.kind.value
    return _log_page(asked)


@blueprint.get("/accesses.csv", endpoint="as_csv")
def download_csv() -> ResponseReturnValue:
    """Send the newest matching accesses as CSV; the export itself is logged."""
    try:
        asked = access_log.read_filter(act(), request.args)
    except Refused as problem:
        return _log_page(None, problem), problem.kind.value
    if asked is None:
        return _log_page(None)
    rows = noted_accesses.note_export(
        access_log.export_accesses(act(), asked), "access_log", **_filter_detail(asked)
    )
    attachment = {"Content-Disposition": 'attachment; filename="access-log.csv"'}
    return Response(_csv_rows(asked, rows), mimetype="text/csv", headers=attachment)


def _log_page(asked: AccessFilter | None, problem: Refused | None = None) -> str:
    found = access_log.list_accesses(act(), asked, request.args.get("after")) if asked else None
    if asked:
        noted_accesses.note_access(AccessKind.LOG_READ, asked.appeal_id, **_filter_detail(asked))
    typed = {name: request.args.get(name, "") for name in FIELDS}
    if asked and asked.first:
        typed["first"] = asked.first.isoformat()
    return render_template(
        "admin/access_log.html",
        asked=asked,
        found=found,
        problem=problem,
        typed=typed,
        kinds=term_choices(AccessKind),
        described=describe_access,
        query={name: value for name, value in typed.items() if value},
    )


def _filter_detail(asked: AccessFilter) -> Mapping[str, str]:
    """Return the detail that is logged of a reading or an export of the log itself."""
    told = {"staff": str(asked.staff_id or ""), "number": asked.number}
    return {name: value for name, value in told.items() if value}


def describe_access(access: ListedAccess) -> str:
    """Describe an access's detail in a few words, none of which a citizen wrote."""
    detail = access.detail
    if "reason" in detail:
        return ContactReason(detail["reason"]).label(language())
    if "found" in detail:
        return str(gettext("appeals found: %(count)s", count=detail["found"]))
    if "photo" in detail:
        return str(gettext("photo %(number)s", number=detail["photo"]))
    if "file" in detail:
        return str(gettext("file %(number)s", number=detail["file"]))
    if "rows" in detail:
        return str(gettext("rows: %(count)s", count=detail["rows"]))
    return ""


def _csv_rows(asked: AccessFilter, rows: Iterable[ListedAccess]) -> Iterator[str]:
    yield "\ufeff" + format_csv_row(map(str, CSV_HEADINGS))
    for count, each in enumerate(rows, start=1):
        role = each.role.label(language()) if each.role else ""
        what = each.kind.label(language())
        person = (each.name, each.username, role)
        yield format_csv_row((moment(each.at), *person, what, each.number, describe_access(each)))
        if count == access_log.MAX_EXPORT_ROWS and access_log.is_cut_after(act(), asked, each):
            yield format_csv_row([_truncation_notice(count)])


def _truncation_notice(count: int) -> str:
    said = gettext(
        "Only the newest %(count)s rows are here. Choose fewer days to download the rest.",
        count=f"{count:,}",
    )
    return str(said)
