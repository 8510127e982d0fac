"""Every page that a role may open, opened; and which words of whose appeals it then reads.

`tests/web/test_authorisation.py` refuses all others; `tests/served` opens them on the real server.
"""

from collections.abc import Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.domain.calendar import Period, month_of
from appeals.domain.people import CENTRE, DEPARTMENT, Role
from appeals.domain.states import State
from appeals.models.appeal import Appeal
from appeals.models.staff import StaffRequest
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.editions import draft_review, editions
from tests.cast import CAST, ROADS, SUN
from tests.factories import appeal_in, later
from tests.restricted import add_conduct, permitted, restricted_in
from tests.web.test_authorisation import PEOPLE, browser_of, may

WORDS = "只有看得到的人才能读的话"
FIGURE = "by=city&key=city&base=filed&variant=all&measure=filed"
WITH_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "access_log.as_csv": ("/admin/access-log/accesses.csv?staff=officer3",),
    "admin_city.row": (
        "/admin/departments/roads",
        "/admin/staff/officer3",
        "/admin/limits/sign-any-ordinary",
    ),
    "admin_city.step": ("/admin/categories/add", "/admin/departments/roads/change"),
    "admin_city.table": ("/admin/departments", "/admin/categories", "/admin/rules", "/admin/staff"),
    "centre.follow_up": ("/centre/follow-up/{number}",),
    "centre.case": ("/centre/appeals/{number}",),
    "centre.case_sheet": ("/centre/appeals/{number}/print",),
    "desk.case": ("/desk/appeals/{number}",),
    "desk.case_sheet": ("/desk/appeals/{number}/print",),
    "desk.first_contact": ("/desk/appeals/{number}/first-contact",),
    "live.department": (f"/live/{ROADS}",),
    "public.answer_times": ("/public/times",),
    "public.departments": ("/public/departments/", "/en/public/departments/"),
    "public.index": ("/public/", "/en/public/"),
    "public.edition": ("/public/reports/{month}",),
    "public.summary": ("/public/reports/{month}/summary",),
    "report_cases.as_csv": (f"/admin/reports/{{month}}/cases.csv?{FIGURE}",),
    "report_cases.case": ("/admin/reports/appeals/{number}",),
    "report_cases.case_sheet": ("/admin/reports/appeals/{number}/print",),
    "report_cases.cases": (f"/admin/reports/{{month}}/cases?{FIGURE}",),
    "report_cases.difference": (f"/admin/reports/{{month}}/difference?{FIGURE}&against=1",),
    "reports.all_figures": ("/admin/reports/{month}/all-figures.json",),
    "reports.confirm": ("/admin/reports/{draft}/publish",),
    "reports.ranking": ("/admin/reports/{month}/ranking",),
    "reports.report": ("/admin/reports/{month}",),
    "reports.state": ("/admin/reports/{month}/state",),
    "reports.unit": (f"/admin/reports/{{month}}/unit?key={ROADS}",),
    "table_files.download_csv": ("/admin/departments/file.csv", "/admin/staff/file.csv"),
    "table_files.download_workbook": ("/admin/staff/file.xlsx",),
    "table_files.upload": ("/admin/departments/file", "/admin/staff/file"),
    "search.as_csv": ("/search/appeals.csv?q=噪音",),
    "search.as_xlsx": ("/search/appeals.xlsx?q=噪音",),
    "staff_requests.show": ("/admin/requests/{request}",),
}
"""The addresses of pages whose route has arguments, or needs a query."""
ELSEWHERE: Mapping[str, str] = {
    "admin_undo.undo_change": "tests/web/admin/test_undo.py: of a change that nothing rests on",
    "briefs.brief": "tests/web/staff/test_briefs.py: a brief that was compiled",
    "briefs.cases": "tests/web/staff/test_briefs.py: the cases behind a figure of it",
    "citizen.file": "tests/web/staff/test_staff_files.py, with whose file it is",
    "citizen.photo": "below, with whose photo it is",
    "citizen.show": "below, with whose appeal it is",
    "citizen.open_short_link": "tests/web/citizen/test_citizen.py: leads to the page to follow it",
    "components.error": "pages that show errors",
    "filing.photo": "tests/web/citizen/test_photos.py: a browser's own form",
    "filing.receipt": "tests/web/citizen/test_receipts.py: a browser's own form",
    "filing.receipt_qr": "tests/web/citizen/test_receipts.py: a browser's own form",
    "forgot_password.reset": "opened by a link that was sent",
    "own_address.change": "there where mail can be sent: tests/web/account/test_mail_links.py",
    "own_address.confirm": "opened by a link that was sent",
    "public.department": "tests/web/public/test_public_lists.py: one to which cases were sent",
    "public.file": "tests/web/public/test_edition_files.py: the worker makes the files",
    "health.security_contact": "there where a contact is set: tests/web/shared/test_edge.py",
    "telephone.ask": "there where a gateway is set: tests/web/citizen/test_telephone.py",
    "telephone.enter": "likewise",
    "second_factor.picture": "tests/web/account/test_second_factor.py: begun by a form",
    "centre.next_follow_up": "tests/web/staff/test_follow_up_calls.py: leads to the first one",
    "sign_in.account": "tests/web/account/test_sign_in.py: a stranger is led to sign in",
    "sign_in.code": "tests/web/account/test_second_factor.py: between password and code",
}
"""Routes that no role opens by its address alone, and where they are opened."""


def facts(act: Act) -> dict[str, str]:
    """Fill the city: an appeal in hand, a published month, a draft, a request."""
    add_conduct(act)
    plain = appeal_in(act, State.IN_HAND)
    permitted(act, CAST[Role.OPERATOR])
    request = act.session.query(StaffRequest).one()
    act.session.flush()
    now = later(act, 24)
    month = Period.month(f"{month_of(now.now):%Y-%m}").before()
    sun = now.by(SUN)
    for period in (month, month.before()):
        draft = monthly_drafts.compile_draft(sun, period)
        draft_review.review_draft(sun, period, draft.id)
        editions.publish_edition(sun, period)
    monthly_drafts.compile_draft(sun, month)
    act.session.commit()
    return {
        "number": plain.number,
        "month": month.before().label,
        "draft": month.label,
        "request": str(request.id),
    }


@pytest.mark.parametrize("role", PEOPLE)
def test_every_page_that_a_role_may_open_opens(app: Flask, act: Act, role: Role) -> None:
    known = facts(act)
    wrong: list[str] = []
    opened = 0
    with browser_of(app, act, role) as browser:
        for rule in app.url_map.iter_rules():
            named = rule.endpoint in WITH_ARGUMENTS or rule.endpoint in ELSEWHERE
            if "GET" not in (rule.methods or set()) or not may(rule.endpoint, role):
                continue
            assert named or not rule.arguments, f"add {rule.endpoint} to WITH_ARGUMENTS"
            if rule.endpoint in ELSEWHERE:
                continue
            for shape in WITH_ARGUMENTS.get(rule.endpoint, (rule.rule,)):
                address = shape.format(**known)
                status = browser.get(address, buffered=True).status_code
                opened += 1
                if status != 200:
                    wrong.append(f"{role.value} {address}: {status}")
    assert wrong == []
    assert opened >= 9


def words_of(facts: Mapping[str, object]) -> dict[str, object]:
    return {"subject": WORDS, "detail": WORDS, **facts}


KINDS = ("plain", "confidential", "restricted")


def an_appeal(act: Act, kind: str) -> Appeal:
    """Return an appeal of the kind in the hands of the roads department."""
    if kind == "restricted":
        return restricted_in(act, State.IN_HAND, 1, **words_of({}))
    return appeal_in(act, State.IN_HAND, 1, **words_of({"confidential": kind == "confidential"}))


OTHERS = CENTRE | DEPARTMENT
EITHER = (False, True)
READS: Mapping[tuple[Role, str, bool], bool | None] = {
    **{(role, kind, has): True for role in OTHERS for kind in KINDS for has in EITHER},
    **{(role, "restricted", False): None for role in OTHERS},
    **{(Role.ADMINISTRATOR, "plain", has): True for has in EITHER},
    **{(Role.ADMINISTRATOR, "confidential", has): False for has in EITHER},
    (Role.ADMINISTRATOR, "restricted", False): None,
    (Role.ADMINISTRATOR, "restricted", True): False,
}
"""Whether a role reads the words, with the permission or without; None: there is no such page."""
ADDRESS = {
    **dict.fromkeys(CENTRE, "/centre/appeals/{}"),
    **dict.fromkeys(DEPARTMENT, "/desk/appeals/{}"),
    Role.ADMINISTRATOR: "/admin/reports/appeals/{}",
}


@pytest.mark.parametrize(("role", "kind", "has_permission"), sorted(READS))
def test_each_role_reads_the_words_of_the_appeals_it_may_see(
    app: Flask,
    act: Act,
    role: Role,
    kind: str,
    has_permission: bool,  # noqa: FBT001
) -> None:
    add_conduct(act)
    appeal = an_appeal(act, kind)
    if has_permission:
        permitted(act, CAST[role])
    act.session.commit()
    reads = READS[role, kind, has_permission]
    with browser_of(app, act, role) as browser:
        for address in (ADDRESS[role], f"{ADDRESS[role]}/print", "/appeals/{}"):
            assert sees_words(browser, address.format(appeal.number)) is reads, address


def sees_words(browser: FlaskClient, address: str) -> bool | None:
    """Return whether a page shows the words; None if it is not there."""
    answer = browser.get(address)
    assert answer.status_code in {200, 404}, address
    assert WORDS not in answer.text or answer.status_code == 200
    return WORDS in answer.text if answer.status_code == 200 else None
