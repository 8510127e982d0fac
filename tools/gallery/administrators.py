"""Shots of administrators' pages: the city's rows, reports, the log."""

import json
from datetime import datetime, timedelta

from playwright.sync_api import Page

from appeals.domain.calendar import SHANGHAI
from tools.gallery.city import GalleryCity
from tools.gallery.steps import (
    SEND_BUTTON,
    GalleryStep,
    Shot,
    do_in_turn,
    fill_fields,
    follow_links,
    press_button,
    unfold_details,
)

NEW_USERNAME = "gallery"
COUNTED_WITHIN = 60_000
"""How many milliseconds the worker may take to count a month again."""
NOTICE = {"year": 2027, "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": True}]}


def review_report(*parts: str) -> GalleryStep:
    """Return a step that compiles, comments and reviews last month's report, then follows links."""

    def step(page: Page, city: GalleryCity) -> None:
        OPEN_REPORT(page, city)
        period = page.url.split("/")[-1].split("?")[0]
        page.goto(f"/admin/reports/{period}")
        unfold_details(page, city)
        press_button("form[action$='/compile'] button")(page, city)
        page.locator("form[action$='/review']").wait_for(timeout=COUNTED_WITHIN)
        page.fill("[name=words]", "请核对崂山区的退单。")
        press_button("form[action$='/comment'] button")(page, city)
        press_button("form[action$='/review'] button")(page, city)
        for part in parts:
            press_button(f"main a[href*='{part}']")(page, city)

    return step


OPEN_REPORT = follow_links("?edition=")
PREVIEW = press_button(SEND_BUTTON)
CONFIRM = press_button("[name=confirmed]")
OPEN_FIRST_ROW = press_button("main tbody th a")


def change_department(page: Page, city: GalleryCity) -> None:
    """Preview a change of a department's e-mail address."""
    field = page.locator("main [name=email]")
    other = "b@example.org" if field.input_value() == "a@example.org" else "a@example.org"
    fill_fields(email=other, why="联系方式变更。")(page, city)
    PREVIEW(page, city)


def give_one_time_password(page: Page, city: GalleryCity) -> None:
    """Issue a one-time password to a person, who is added the first time."""
    address = f"/admin/staff/{NEW_USERNAME}/password"
    page.goto(address)
    if not page.locator("[name=why]").count():
        page.goto("/admin/staff/add")
        fill_fields(username=NEW_USERNAME, name="王新", role="operator", why="新同事。")(page, city)
        do_in_turn(PREVIEW, CONFIRM)(page, city)
        page.goto(address)
    do_in_turn(fill_fields(why="忘记了密码。"), PREVIEW, CONFIRM)(page, city)


def preview_erasure(page: Page, city: GalleryCity) -> None:
    """Preview the erasure of one appeal."""
    number, _code = city.appeal_to_erase()
    fill_fields(numbers=number, why="市民来电申请删除。")(page, city)
    PREVIEW(page, city)


def erase_appeal(page: Page, city: GalleryCity) -> None:
    """Erase the appeal, unless it was erased before, and show the list."""
    number, _code = city.appeal_to_erase()
    if not page.locator(f"main tbody th:has-text('{number}')").count():
        preview_erasure(page, city)
        CONFIRM(page, city)
        page.goto("/admin/erasures")


def open_erased_case(page: Page, city: GalleryCity) -> None:
    """Open the case that was erased, as an administrator does."""
    number, _code = city.appeal_to_erase()
    page.goto(f"/admin/reports/appeals/{number}")


def follow_erased_appeal(page: Page, city: GalleryCity) -> None:
    """Open the case that was erased, as its citizen does."""
    number, code = city.appeal_to_erase()
    fill_fields(number=number, code=code)(page, city)
    PREVIEW(page, city)


def open_undo(page: Page, _city: GalleryCity) -> None:
    """Open the page that undoes the newest change of a row."""
    page.locator("main a[href$='/undo']").click()


def open_requests(page: Page, _city: GalleryCity) -> None:
    """Go to the list of two-person requests."""
    page.goto("/admin/requests")


def ask_recount(page: Page, city: GalleryCity) -> None:
    """Ask for a recount of the newest month, and show how far it is."""
    OPEN_REPORT(page, city)
    address = page.url.split("?")[0]
    page.goto(address)
    unfold_details(page, city)
    press_button("form[action$='/compile'] button")(page, city)
    page.goto(f"{address}/state")


def preview_configuration(*, wrong: bool = False) -> GalleryStep:
    """Return a step that sends the city's own configuration with some changes."""

    def step(page: Page, city: GalleryCity) -> None:
        answer = page.context.request.get(page.url.split("?")[0] + "/file.json")
        content = json.loads(answer.text())
        content["departments"][0]["email"] = "nobody" if wrong else "office@example.org"
        content["limits"][0]["amount"] = "0" if wrong else "7"
        content["rules"][0]["position"] = "2"
        del content["rules"][1]
        content["categories"].append(
            {"code": "urban.drones", "parent_code": "urban", "zh": "无人机扰民",
             "en": "Drones", "urgent": "no", "restricted": "no"}
        )  # fmt: skip
        page.set_input_files(
            "[name=file]",
            files={
                "name": "configuration.json",
                "mimeType": "application/json",
                "buffer": json.dumps(content).encode(),
            },
        )
        fill_fields(why="机构改革。")(page, city)
        PREVIEW(page, city)

    return step


def preview_notice(page: Page, city: GalleryCity) -> None:
    """Preview a State Council notice."""
    unfold_details(page, city)
    fill_fields(document=json.dumps(NOTICE), why="国务院办公厅通知。")(page, city)
    PREVIEW(page, city)


def preview_day(page: Page, _city: GalleryCity) -> None:
    """Preview a day off in three days."""
    form = page.locator("form[action$='/calendar/day']")
    day = datetime.now(SHANGHAI).date() + timedelta(days=3)
    form.locator("[name=day]").fill(day.isoformat())
    form.locator("[name=works][value=no]").check()
    form.locator("[name=name]").fill("防御台风停工")
    form.locator("[name=why]").fill("市政府停工停课通告。")
    form.locator("button").click()


TABLE, ROW, STEP = "/admin/<name>", "/admin/<name>/<key>", "/admin/<name>/<key>/<step>"
A_DEPARTMENT, A_CATEGORY = "/admin/departments/fgw", "/admin/categories/urban.lighting"
CONFIGURATION = "/admin/configuration"
CITY_SHOTS = (
    Shot("admin", "administrator", "/admin/"),
    *(
        Shot(f"admin-{name}", "administrator", f"/admin/{name}", at=TABLE)
        for name in (
            "departments",
            "categories",
            "limits",
            "rules",
            "campaign",
            "downtime",
            "staff",
        )
    ),
    Shot("admin-access-log", "administrator", "/admin/access-log/"),
    Shot(
        "admin-access-log-person",
        "administrator",
        "/admin/access-log/?staff=admin&first=2020-01-01",
    ),
    Shot("admin-access-log-refused", "administrator", "/admin/access-log/?staff=nobody"),
    Shot("admin-nothing-found", "administrator", "/admin/departments?q=qqqq", at=TABLE),
    Shot("admin-department", "administrator", A_DEPARTMENT, at=ROW),
    Shot("admin-department-change", "administrator", f"{A_DEPARTMENT}/change", at=STEP),
    Shot(
        "admin-department-preview",
        "administrator",
        f"{A_DEPARTMENT}/change",
        change_department,
        at=STEP,
    ),
    Shot(
        "admin-department-changed",
        "administrator",
        f"{A_DEPARTMENT}/change",
        do_in_turn(change_department, CONFIRM),
        at=ROW,
    ),
    Shot(
        "admin-undo",
        "administrator",
        f"{A_DEPARTMENT}/change",
        do_in_turn(change_department, CONFIRM, open_undo),
        at="/admin/changes/<int:change_id>/undo",
    ),
    Shot("admin-departments-file", "administrator", "/admin/departments/file"),
    Shot("admin-staff-file", "administrator", "/admin/staff/file"),
    Shot("admin-configuration", "administrator", CONFIGURATION),
    Shot("admin-configuration-preview", "administrator", CONFIGURATION, preview_configuration()),
    Shot(
        "admin-configuration-refused",
        "administrator",
        CONFIGURATION,
        preview_configuration(wrong=True),
    ),
    Shot("admin-department-add", "administrator", "/admin/departments/add"),
    Shot("admin-department-refused", "administrator", "/admin/departments/add", PREVIEW),
    Shot(
        "admin-department-end",
        "administrator",
        f"{A_DEPARTMENT}/end",
        do_in_turn(fill_fields(why="机构改革。", since="2027-03-01"), PREVIEW),
        at=STEP,
    ),
    Shot("admin-category", "administrator", A_CATEGORY, at=ROW),
    Shot(
        "admin-category-move",
        "administrator",
        f"{A_CATEGORY}/move",
        do_in_turn(
            fill_fields(department_code="fgw", since="2027-03-01", why="职能调整。"), PREVIEW
        ),
        at=STEP,
    ),
    Shot("admin-limit", "administrator", "/admin/limits", OPEN_FIRST_ROW, at=ROW),
    Shot("admin-limit-add", "administrator", "/admin/limits/add"),
    Shot("admin-rule", "administrator", "/admin/rules", OPEN_FIRST_ROW, at=ROW),
    Shot("admin-rule-add", "administrator", "/admin/rules/add"),
    Shot("admin-rules-grouped", "administrator", "/admin/rules?by=district", at=TABLE),
    Shot("admin-rules-reassign", "administrator", "/admin/rules/reassign?of_district=370203"),
    Shot(
        "admin-rules-reassigned",
        "administrator",
        "/admin/rules/reassign?of_district=370203",
        do_in_turn(
            fill_fields(department_code="fgw", since="2027-03-01", why="职能调整。"), PREVIEW
        ),
    ),
    Shot("admin-rules-try", "administrator", "/admin/rules/try"),
    Shot(
        "admin-rules-tried",
        "administrator",
        "/admin/rules/try",
        do_in_turn(fill_fields(category="urban.lighting", text="路灯不亮"), PREVIEW),
    ),
    Shot("admin-rules-try-refused", "administrator", "/admin/rules/try", PREVIEW),
    Shot("admin-downtime-change", "administrator", "/admin/downtime/1/change", at=STEP),
    Shot("admin-campaign-row", "administrator", "/admin/campaign", OPEN_FIRST_ROW, at=ROW),
    Shot(
        "admin-campaign-change",
        "administrator",
        "/admin/campaign",
        do_in_turn(OPEN_FIRST_ROW, follow_links("/change")),
        at=STEP,
    ),
    Shot("admin-person", "administrator", "/admin/staff/officer-gaj", at=ROW),
    Shot("admin-person-add", "administrator", "/admin/staff/add"),
    Shot("admin-person-once", "administrator", "/admin/staff", give_one_time_password, at=STEP),
    Shot("admin-factor-demands", "administrator", "/admin/factor-demands", at=TABLE),
    Shot("admin-retention", "administrator", "/admin/retention", at=TABLE),
    Shot("admin-messages", "administrator", "/admin/messages", at=TABLE),
    Shot(
        "admin-messages-change",
        "administrator",
        "/admin/messages/latest_hour/change",
        do_in_turn(fill_fields(amount="20", since="2027-03-01", why="夜间不打扰市民。"), PREVIEW),
        at=STEP,
    ),
    Shot("admin-erasures", "administrator", "/admin/erasures"),
    Shot("admin-erasure-preview", "administrator", "/admin/erasures", preview_erasure),
    Shot("admin-erasures-made", "administrator", "/admin/erasures", erase_appeal),
    Shot(
        "admin-erased-case",
        "administrator",
        "/admin/erasures",
        open_erased_case,
        at="/admin/reports/appeals/<number>",
    ),
    Shot("appeal-erased", None, "/appeals/follow", follow_erased_appeal, at="/appeals/<number>"),
    Shot("admin-requests", "administrator", "/admin/requests"),
    Shot(
        "admin-request",
        "administrator",
        "/admin/requests",
        do_in_turn(
            give_one_time_password, follow_links("/admin/staff/"), open_requests, OPEN_FIRST_ROW
        ),
        at="/admin/requests/<int:request_id>",
    ),
    Shot("admin-calendar", "administrator", "/admin/calendar"),
    Shot(
        "admin-calendar-refused",
        "administrator",
        "/admin/calendar",
        do_in_turn(unfold_details, PREVIEW),
    ),
    Shot("admin-calendar-preview", "administrator", "/admin/calendar", preview_notice),
    Shot(
        "admin-calendar-day",
        "administrator",
        "/admin/calendar",
        do_in_turn(unfold_details, preview_day),
        at="/admin/calendar/day",
    ),
    Shot("admin-notices", "administrator", "/admin/notices"),
    Shot("admin-verification", "administrator", "/admin/verification"),
    Shot("admin-changes", "administrator", "/admin/changes"),
)
REPORTS = "/admin/reports/"
PERIOD = "/admin/reports/<period>"
REPORT_SHOTS = (
    Shot("reports", "administrator", REPORTS),
    Shot("report", "administrator", REPORTS, OPEN_REPORT, at=PERIOD),
    Shot(
        "report-figures",
        "administrator",
        REPORTS,
        do_in_turn(OPEN_REPORT, follow_links("by=city")),
        at=PERIOD,
    ),
    Shot(
        "report-chapter",
        "administrator",
        REPORTS,
        do_in_turn(OPEN_REPORT, follow_links("chapter=groups")),
        at=PERIOD,
    ),
    *(
        Shot(
            f"report-{name}",
            "administrator",
            REPORTS,
            do_in_turn(OPEN_REPORT, follow_links(*parts)),
            at=at,
        )
        for name, parts, at in (
            ("ranking", ("/ranking",), f"{PERIOD}/ranking"),
            ("unit", ("/ranking", "/unit"), f"{PERIOD}/unit"),
            ("cases", ("/cases",), f"{PERIOD}/cases"),
            ("difference", ("/difference",), f"{PERIOD}/difference"),
            ("case", ("/cases", "/appeals/"), "/admin/reports/appeals/<number>"),
            (
                "case-sheet",
                ("/cases", "/appeals/", "/print"),
                "/admin/reports/appeals/<number>/print",
            ),
        )
    ),
    Shot("report-state", "administrator", REPORTS, ask_recount, at=f"{PERIOD}/state"),
    Shot("report-draft", "administrator", REPORTS, review_report(), at=PERIOD),
    Shot(
        "report-publish",
        "administrator",
        REPORTS,
        review_report("/publish"),
        at=f"{PERIOD}/publish",
    ),
)
SHOTS = (*CITY_SHOTS, *REPORT_SHOTS)
