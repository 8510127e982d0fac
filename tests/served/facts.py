"""What stands for the names in braces of the addresses in `routes.py`, for each role."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.orm import Session

from appeals.cases.access import visible_to
from appeals.domain.configuration import TABLES
from appeals.domain.people import Role
from appeals.models.answer import StaffFile
from appeals.models.appeal import Appeal
from appeals.models.attachment import Attachment
from appeals.queries.filters import FILTERS
from appeals.queries.queues import QUEUES
from appeals.queries.work_list import ORDERS
from appeals.reporting.briefs.briefs import BRIEF_KINDS
from appeals.reporting.counting.case_lists import CasePart
from appeals.reporting.snapshot.breakdowns import Breakdown
from appeals.reporting.tables.ranking import SETTINGS
from appeals.web.citizen.filing import FORM_PAGES
from appeals.web.shared.error_pages import STATUSES_WITH_PAGE
from tests.cast import CAST, ROADS, WATER
from tests.photos import heic
from tests.served.browser import ServedPerson
from tests.served.city import EARLIER, MONTH
from tests.served.conftest import BEING_COUNTED, Figures, Served

DRAFT = "2026-03-01..2026-03-16"
TYPED = {"q": "噪音", "category": "噪音", "place": "市南", "officer": "3"}
"""What is typed into the filters that have no choices."""
BY_CITY = {"by": "city", "key": "city", "variant": "all"}
CITYS = urlencode({**BY_CITY, "base": "filed", "measure": "filed"})
Facts = Mapping[str, list[str]]


def everybodys_facts(served: Served, published: Figures) -> Facts:
    """Return what is the same for every role."""
    kinds = {each["measure"]: each for each in published if each["by"] == "city"}
    return {
        "month": [MONTH, EARLIER],
        "later_month": [MONTH],
        "draft": [DRAFT],
        "dimension": [*Breakdown],
        "measure": ["completion", "on_time", "satisfaction"],
        "figure": [
            urlencode({**BY_CITY, "base": kinds[name]["base"], "measure": name})
            for name in ("filed", "on_time", "days_to_answer_mean", "signed_in_time")
        ],
        "part": [part.value for part in CasePart],
        "setting": sorted({each.name for each in SETTINGS}),
        "department": [ROADS, WATER],
        "table": [*TABLES],
        "queue": [*QUEUES],
        "order": [*ORDERS],
        "filter": [
            urlencode({name: value})
            for name, each in FILTERS.items()
            for value in ([*map(str, each.need.choices)] if each.need.choices else [TYPED[name]])
        ],
        "error": [*map(str, STATUSES_WITH_PAGE)],
        "brief": [f"{kind.value}/2026-03-16" for kind in BRIEF_KINDS],
        "page_token": [served.city.tokens["page_token"]],
        "filing_step": [step.name for step in FORM_PAGES],
    }


def facts_of(served: Served, role: Role) -> Facts:
    """Return what the role has of its own, having done at its browser what its pages need."""
    person = served.person(role)
    appeals = visible_appeals(served, role)
    facts = {
        "appeal": appeals,
        "photo": photos_of(served, appeals),
        "staff_file": staff_files_of(served, appeals),
    }
    if role is Role.CITIZEN:
        return {**facts, **open_as_citizen(served, person)}
    person.send(person.open("/account/factor"), "/begin")
    if role is Role.ADMINISTRATOR:
        page = person.send(person.open(f"/admin/reports/{DRAFT}"), "/compile")
        person.wait_while(page, BEING_COUNTED)
        undo = change_campaign(person)
        rows = [each for name in TABLES for each in first_row(person, name)]
        steps = {each for row in rows for each in links(person, row, rf"{row}/[a-z]+")}
        adding = {
            each
            for name in TABLES
            for each in links(person, f"/admin/{name}", r"/admin/[a-z]+/add")
        }
        steps_of_rows = sorted(steps | adding)
        brief = {"brief_figure": [CITYS], "undo": undo}
        return {**facts, "row": rows, "step": steps_of_rows, **brief}
    own = CAST[role].department
    by = {"by": "department", "key": own} if own else {"by": "city", "key": "city"}
    figure = urlencode({**by, "variant": "all", "base": "dispatched", "measure": "dispatched"})
    return {**facts, "department": [own or ROADS], "brief_figure": [figure]}


def change_campaign(person: ServedPerson) -> list[str]:
    """Change the campaign's announcement; return the address of the page that undoes it."""
    address = "/admin/campaign/1"
    given = {"message_zh": "诉求可以在网上提交。", "why": "公告。"}
    preview = person.send(person.open(f"{address}/change"), "/change", given)
    person.send(preview, "/change", {"confirmed": "yes"})
    return links(person, address, r"/admin/changes/\d+/undo")


def visible_appeals(served: Served, role: Role) -> list[str]:
    """Return today's appeals that the role may open, and of March that with the most moves."""
    today = [receipt.number for receipt in served.city.today.values()]
    if role is Role.CITIZEN:
        return today
    visible = (
        sa.select(Appeal.number, Appeal.state)
        .where(visible_to(CAST[role]))
        .order_by(Appeal.moves_made.desc())
    )
    with Session(served.engine) as session:
        rows = session.execute(visible).all()
    longest = {state: number for number, state in reversed(rows)}
    return list(dict.fromkeys([*(each for each, _ in rows if each in today), *longest.values()]))


def photos_of(served: Served, numbers: Iterable[str]) -> list[str]:
    """Return the addresses' middle part, number and photo, of each of these appeals' photos."""
    found = sa.select(Appeal.number, Attachment.id).join(
        Attachment, Attachment.appeal_id == Appeal.id
    )
    with Session(served.engine) as session:
        rows = session.execute(found.where(Appeal.number.in_(list(numbers))))
        return [f"{number}/photos/{photo}" for number, photo in rows]


def staff_files_of(served: Served, numbers: Iterable[str]) -> list[str]:
    """Return the addresses' middle part, number and file, of the files that answers brought."""
    found = sa.select(Appeal.number, StaffFile.id).join(StaffFile, StaffFile.appeal_id == Appeal.id)
    with Session(served.engine) as session:
        rows = session.execute(
            found.where(Appeal.number.in_(list(numbers)), StaffFile.document.is_not(None))
        )
        return [f"{number}/files/{file}" for number, file in rows]


def open_as_citizen(served: Served, person: ServedPerson) -> Facts:
    """Open every appeal of today with its code, file another, and begin a form with a photo."""
    for receipt in served.city.today.values():
        follow = person.open("/appeals/follow")
        page = person.send(follow, "/follow", {"number": receipt.number, "code": receipt.code})
        assert page.address.endswith(receipt.number), page.address
    new = person.send(person.open("/appeals/new"), "/new", FILED)
    assert new.address.endswith("/appeals/receipt"), new.answer.text
    photo = {"attachments": [("IMG_0007.HEIC", heic(7))]}
    told = {"detail": FILED["detail"], "go": "what"}
    page = person.send(person.open("/appeals/new"), "/new", told, photo)
    form = page.address.partition("form=")[2].partition("&")[0]
    shown = re.findall(r'(?:src|href)="(/appeals/new/photos/[^"]+)"', page.answer.text)
    assert shown, page.address
    page = person.send(page, "/new", {"go": "about"})
    told = {name: FILED[name] for name in ("category", "kind", "subject", "district")}
    page = person.send(page, "/new", {**told, "go": "who"})
    page = person.send(page, "/new", {"contact_email": FILED["contact_email"], "go": "check"})
    assert "step=check" in page.address, page.address
    return {"form": [form], "own_photo": [each.replace("&amp;", "&") for each in shown]}


FILED = {
    "category": "urban.noise",
    "kind": "complaint",
    "subject": "夜间施工噪音",
    "detail": "工地每天夜里十一点以后还在施工。",
    "district": "370202",
    "contact_email": "wang@example.org",
}
"""A whole appeal in one posting, as a program sends it."""


def first_row(person: ServedPerson, table: str) -> list[str]:
    """Return the address of the first row of a table."""
    return links(
        person, f"/admin/{table}", rf"/admin/{table}/(?!add\b|try\b|reassign\b|file\b)[^\"/?]+"
    )[:1]


def links(person: ServedPerson, page: str, pattern: str) -> list[str]:
    """Return the addresses of a page's links that fit a pattern."""
    found = re.findall(rf'href="({pattern})"', person.open(page).answer.text)
    return list(dict.fromkeys(found))
