"""The table of all pages: for each endpoint that answers GET, its addresses in every shape.

A name in braces stands for each of the values that `facts.py` gives for the role: `{appeal}` for
each appeal that the person may open, and so on. A new route needs one line here.
"""

from collections.abc import Mapping

from appeals.domain.people import Role
from appeals.web.shared.error_pages import STATUSES_WITH_PAGE

PAGES: Mapping[str, tuple[str, ...]] = {
    "search.show_found": ("/search", "/search?q={appeal}", "/search?q=路灯&state=closed"),
    "search.as_csv": ("/search/appeals.csv?q=路灯",),
    "search.as_xlsx": ("/search/appeals.xlsx?state=closed",),
    "access_log.as_csv": ("/admin/access-log/accesses.csv?staff=officer3",),
    "access_log.index": (
        "/admin/access-log/",
        "/admin/access-log/?number={appeal}",
        "/admin/access-log/?staff=officer3&kind=case_viewed&first=2026-01-01",
    ),
    "admin.calendar": ("/admin/calendar", "/admin/calendar?year=2026"),
    "admin.changes": ("/admin/changes", "/admin/changes?of={table}", "/admin/changes?before=99"),
    "admin.given_up": ("/admin/notices",),
    "admin.index": ("/admin/",),
    "admin.verification": ("/admin/verification",),
    "admin_city.row": ("{row}",),
    "table_files.download_csv": ("/admin/departments/file.csv", "/admin/staff/file.csv"),
    "table_files.download_workbook": ("/admin/departments/file.xlsx",),
    "table_files.upload": ("/admin/departments/file", "/admin/staff/file"),
    "admin_undo.undo_change": ("{undo}",),
    "admin_rules.reassign": ("/admin/rules/reassign", "/admin/rules/reassign?of_district=370203"),
    "admin_city.step": ("{step}",),
    "admin_city.table": ("/admin/{table}", "/admin/{table}?q=市", "/admin/rules?by=district"),
    "admin_city.trial": ("/admin/rules/try",),
    "briefs.index": ("/briefs/",),
    "briefs.brief": ("/briefs/{brief}",),
    "briefs.cases": ("/briefs/{brief}/cases?{brief_figure}",),
    "centre.case": ("/centre/appeals/{appeal}",),
    "centre.case_sheet": ("/centre/appeals/{appeal}/print",),
    "centre.follow_up": ("/centre/follow-up/{appeal}",),
    "centre.next_follow_up": ("/centre/follow-up",),
    "centre.index": ("/centre/", "/centre/?queue={queue}", "/centre/?queue=tray&similar={appeal}"),
    "centre.returns": (
        "/centre/returns",
        *(f"/centre/returns?figure={figure}" for figure in ("decided", "late")),
        *(f"/centre/returns?figure={figure}&rule=1" for figure in ("sent", "returned")),
    ),
    "centre.find_topics": ("/centre/topics?find=路灯", "/centre/topics"),
    "centre.new": ("/centre/new", "/centre/new?caller=13800138000"),
    "centre.wall": ("/centre/wall", "/centre/wall?still=1", "/centre/wall?anew=1"),
    "citizen.file": ("/appeals/{staff_file}/document",),
    "citizen.follow": ("/appeals/follow", "/appeals/follow?number={appeal}"),
    "citizen.home": ("/", "/?lang=en", "/?lang=zh"),
    "citizen.photo": (
        "/appeals/{photo}/small",
        "/appeals/{photo}/large",
        "/appeals/{photo}/original",
    ),
    "citizen.privacy": ("/privacy",),
    "citizen.show": ("/appeals/{appeal}",),
    "components.error": ("/admin/components/{error}",),
    "components.index": ("/admin/components",),
    "absences.index": ("/desk/absences",),
    "desk.case": ("/desk/appeals/{appeal}",),
    "desk.case_sheet": ("/desk/appeals/{appeal}/print",),
    "desk.day": ("/desk/day", "/desk/day?anew=1"),
    "desk.first_contact": ("/desk/appeals/{appeal}/first-contact",),
    "desk.index": ("/desk/", "/desk/?{filter}", "/desk/?sort={order}"),
    "desk.templates": ("/desk/templates",),
    "forgot_password.forgot": ("/sign-in/forgot",),
    "forgot_password.reset": ("/sign-in/reset?token={page_token}",),
    "mail_choices.choose": ("/account/mails",),
    "own_address.change": ("/account/address",),
    "own_address.confirm": ("/account/address/confirm?token=any",),
    "filing.new": (
        "/appeals/new",
        "/appeals/new?find=路灯",
        "/appeals/new?find=法院",
        "/appeals/new?form={form}&step={filing_step}",
        "/appeals/new?form={form}&step=what&wrong=1&then=check",
    ),
    "filing.photo": ("{own_photo}",),
    "filing.receipt": ("/appeals/receipt",),
    "filing.receipt_qr": ("/appeals/receipt/qr.svg",),
    "health.live": ("/health/live",),
    "health.metrics": ("/metrics",),
    "health.security_contact": ("/.well-known/security.txt",),
    "health.ready": ("/health/ready",),
    "inbox.index": ("/inbox/", "/inbox/?after=1"),
    "live.cases": tuple(
        f"/live/cases?figure={figure}" for figure in ("red", "overdue", "today", "soon", "open")
    ),
    "live.department": ("/live/{department}",),
    "live.index": ("/live/", "/live/?anew=1"),
    "public.file": (
        *(f"/public/reports/{{month}}.{form}" for form in ("json", "csv", "xlsx", "pdf")),
        *(f"/public/reports/{{month}}.{form}?edition=1" for form in ("json", "csv")),
        *(f"/public/reports/{{month}}.{form}?lang=en" for form in ("xlsx", "pdf")),
    ),
    "public.edition": (
        "/public/reports/{month}",
        "/public/reports/{month}?edition=1",
        "/public/reports/{month}?by={dimension}",
        "/public/reports/{month}?measure={measure}",
    ),
    "public.index": ("/public/",),
    "public.summary": (
        "/public/reports/{month}/summary",
        "/public/reports/{month}/summary?edition=1",
    ),
    "report_cases.as_csv": ("/admin/reports/{month}/cases.csv?{figure}&part={part}",),
    "report_cases.case": ("/admin/reports/appeals/{appeal}",),
    "report_cases.case_sheet": ("/admin/reports/appeals/{appeal}/print",),
    "report_cases.cases": (
        "/admin/reports/{month}/cases?{figure}",
        "/admin/reports/{month}/cases?{figure}&part={part}",
        "/admin/reports/{month}/cases?{figure}&only_district=370202",
        "/admin/reports/{month}/cases?{figure}&unlike=1",
        "/admin/reports/{month}/cases?{figure}&word=施工",
        "/admin/reports/{month}/cases?{figure}&repeated=1",
        "/admin/reports/{month}/cases?{figure}&device=1",
    ),
    "report_cases.difference": (
        "/admin/reports/{later_month}/difference?{figure}&against=last",
        "/admin/reports/{month}/difference?{figure}&against=1",
    ),
    "reports.all_figures": (
        "/admin/reports/{month}/all-figures.csv",
        "/admin/reports/{draft}/all-figures.json",
    ),
    "reports.confirm": ("/admin/reports/{draft}/publish",),
    "reports.index": (
        "/admin/reports/",
        "/admin/reports/?last={month}",
        "/admin/reports/?period={month}",
    ),
    "reports.ranking": (
        "/admin/reports/{month}/ranking",
        "/admin/reports/{month}/ranking?setting={setting}",
    ),
    "reports.report": (
        "/admin/reports/{month}",
        "/admin/reports/{draft}",
        "/admin/reports/{month}?edition=1",
        "/admin/reports/{month}?by={dimension}&measure={measure}",
    ),
    "reports.state": ("/admin/reports/{month}/state", "/admin/reports/{draft}/state"),
    "reports.unit": (
        "/admin/reports/{month}/unit?key={department}",
        "/admin/reports/{month}/unit?key={department}&setting={setting}",
    ),
    "permissions.index": ("/centre/permissions",),
    "team.index": ("/desk/team",),
    "watch_list.index": ("/centre/watched",),
    "erasures.index": ("/admin/erasures", "/admin/erasures?page=2"),
    "staff_requests.index": ("/admin/requests", "/admin/requests?before=99"),
    "staff_requests.show": ("/admin/requests/1",),
    "second_factor.factor": ("/account/factor",),
    "second_factor.picture": ("/account/factor/picture.svg",),
    "sign_in.account": ("/account",),
    "sign_in.code": ("/sign-in/code",),
    "sign_in.sign_in": ("/sign-in", "/sign-in?next=/desk/"),
}
FEWER: Mapping[str, frozenset[Role]] = {
    "filing.photo": frozenset({Role.CITIZEN}),
    "filing.receipt": frozenset({Role.CITIZEN}),
    "filing.receipt_qr": frozenset({Role.CITIZEN}),
}
"""Who has such a page, where not everybody does who may come in."""
CITIZENS_OWN = frozenset({"form", "own_photo"})
"""Names in braces for what only a citizen's browser has begun."""
OTHER_STATUSES: Mapping[str, frozenset[int]] = {"components.error": frozenset(STATUSES_WITH_PAGE)}
"""What a page answers that shows how errors look; every other page answers 200."""
