"""The configuration as a file: a preview of each row, then all rows are written, or none."""

import html
import json
import re
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.casework.accounts import staff_accounts
from appeals.domain.people import Role
from appeals.domain.states import Action
from appeals.models.configuration import RecordedChange
from appeals.models.staff import StaffRequest
from tests.cast import ROADS, WATER
from tests.factories import file_appeal, played
from tests.web.staff_browser import change_row, day_after, forget_rows, open_page

AT = "/admin/configuration"
DOCUMENT = re.compile(r'name="document" value="([^"]+)"')
NO_CHANGE = "No change: everything is as the file has it."
Content = dict[str, Any]


def export(browser: FlaskClient) -> Content:
    answer = browser.get(f"{AT}/file.json")
    assert answer.mimetype == "application/json"
    content: Content = json.loads(answer.text)
    return content


def row_of(content: Content, part: str, **sought: str) -> dict[str, str]:
    rows: list[dict[str, str]] = content[part]
    return next(row for row in rows if sought.items() <= row.items())


def preview(browser: FlaskClient, content: Content | str | bytes, since: str) -> str:
    """Upload a file, and return the text of the page that follows, in one line."""
    text = json.dumps(content) if isinstance(content, dict) else content
    octets = text.encode() if isinstance(text, str) else text
    data = {"file": (BytesIO(octets), "city.json"), "why": "机构改革", "since": since}
    answer = browser.post(f"{AT}?lang=en", data=data, content_type="multipart/form-data")
    return " ".join(html.unescape(re.sub(r"<(?!button)[^>]*>", " ", answer.text)).split())


def confirm(browser: FlaskClient, content: Content, since: str) -> str:
    """Confirm a file's preview; return the address that follows, or the page."""
    given = {"document": json.dumps(content), "why": "机构改革", "since": since}
    answer = browser.post(f"{AT}?lang=en", data={**given, "confirmed": "yes"})
    return answer.location if answer.status_code == 303 else html.unescape(answer.text)


def steps(act: Act) -> list[tuple[str, str, str]]:
    forget_rows(act)
    rows = act.session.scalars(sa.select(RecordedChange).order_by(RecordedChange.id))
    return [(row.of, row.key, row.step) for row in rows]


def rebuild(content: Content) -> Content:
    """Return a changed configuration: something added, changed and ended in each part."""
    changed: Content = json.loads(json.dumps(content))
    changed["departments"].append(
        {"code": "lamps", "zh": "路灯处", "en": "Lamps", "parent_code": ROADS, "tier": "municipal"}
    )
    row_of(changed, "departments", code=WATER)["email"] = "new@example.org"
    changed["categories"].append(
        {"code": "urban.lamps", "parent_code": "urban", "zh": "路灯", "en": "Lamps",
         "urgent": "no", "restricted": "no"}
    )  # fmt: skip
    limit = row_of(changed, "limits", duty="finish", urgent="no", investigation="no", amount="5")
    limit["amount"] = "6"
    row_of(changed, "rules", zh="城市管理")["position"] = "3"
    changed["rules"].append(
        {"position": "2", "zh": "路灯", "en": "Lamps", "category": "urban.lamps",
         "department_code": "lamps"}
    )  # fmt: skip
    row_of(changed, "campaign")["message_zh"] = "诉求可以在网上提交。"
    return changed


def test_a_round_trip_changes_nothing(act: Act, sun: FlaskClient) -> None:
    content = export(sun)
    assert [row["code"] for row in content["departments"]] == [ROADS, WATER]
    assert len(content["rules"]) == 1
    assert {"limits", "categories", "retention", "factor-demands", "campaign"} <= content.keys()
    page = preview(sun, content, day_after(act, 1))
    assert NO_CHANGE in page
    assert 'name="confirmed"' not in page
    assert steps(act) == []


def test_the_preview_lists_row_by_row_what_would_change_and_writes_nothing(
    act: Act, sun: FlaskClient
) -> None:
    before = export(sun)
    page = preview(sun, rebuild(before), day_after(act, 0))
    assert "New: 3, changed: 4, ended: 0, refused: 0." in page
    assert "E-mail: water@example.org → new@example.org" in page
    assert "Amount: 5 → 6" in page
    assert "Position: 1 → 3" in page
    assert 'name="confirmed"' in page
    assert export(sun) == before
    assert steps(act) == []


def test_a_confirmed_file_is_written_recorded_and_is_then_the_configuration(
    act: Act, sun: FlaskClient
) -> None:
    wanted = rebuild(export(sun))
    assert confirm(sun, wanted, day_after(act, 0)) == "/admin/changes"
    rule = steps(act)[-2][1]
    assert steps(act) == [
        ("departments", WATER, "change"),
        ("departments", "lamps", "add"),
        ("categories", "urban.lamps", "add"),
        ("limits", "finish-any-ordinary", "change"),
        ("rules", steps(act)[4][1], "change"),
        ("rules", rule, "add"),
        ("campaign", "1", "change"),
    ]
    found = export(sun)
    for part in ("departments", "categories", "limits", "rules", "campaign"):
        assert sort_rows(found[part]) == sort_rows(wanted[part])
    assert NO_CHANGE in preview(sun, wanted, day_after(act, 1))


def test_the_page_carries_the_file_compressed_and_its_confirmation_writes_it(
    act: Act, sun: FlaskClient
) -> None:
    wanted = rebuild(export(sun))
    text = json.dumps(wanted)
    given = {"why": "机构改革", "since": day_after(act, 0)}
    file = {"file": (BytesIO(text.encode()), "city.json")}
    page = sun.post(AT, data={**given, **file}, content_type="multipart/form-data").text
    [document] = DOCUMENT.findall(page)
    assert len(document) < len(text) / 2
    back = sun.post(AT, data={**given, "document": document, "again": "yes"}).text
    assert DOCUMENT.findall(back) == [document]
    done = sun.post(AT, data={**given, "document": document, "confirmed": "yes"})
    assert done.location == "/admin/changes"
    forget_rows(act)
    assert NO_CHANGE in preview(sun, wanted, day_after(act, 1))


def sort_rows(rows: list[dict[str, str]]) -> list[list[tuple[str, str]]]:
    """Return rows in an order that does not depend on their file."""
    return sorted(sorted(row.items()) for row in rows)


def test_a_file_that_takes_effect_later_is_not_written_twice(act: Act, sun: FlaskClient) -> None:
    wanted = rebuild(export(sun))
    later = day_after(act, 5)
    assert confirm(sun, wanted, later) == "/admin/changes"
    done = steps(act)
    assert NO_CHANGE in preview(sun, wanted, later)
    assert steps(act) == done


def test_what_is_planned_is_not_taken_back_by_a_round_trip(act: Act, sun: FlaskClient) -> None:
    content = export(sun)
    why = {"why": "下周起", "since": day_after(act, 3)}
    change_row(sun, "/admin/limits/finish-any-ordinary/change", amount="9", unit="days", **why)
    rule = {"position": "7", "zh": "供水", "en": "Water", "category": "water"}
    change_row(sun, "/admin/rules/add", **rule, department_code=WATER, **why)
    assert NO_CHANGE in preview(sun, content, day_after(act, 5))


def test_rules_that_the_file_lacks_end_and_other_rows_stay(act: Act, sun: FlaskClient) -> None:
    content = export(sun)
    content["rules"], content["departments"], content["categories"] = [], [], []
    page = preview(sun, content, day_after(act, 0))
    assert "New: 0, changed: 0, ended: 1, refused: 0." in page
    del content["rules"]
    assert NO_CHANGE in preview(sun, content, day_after(act, 0)), "a part that is not there stays"


def test_rows_that_ended_elsewhere_end_here_in_an_order_that_the_checks_allow(
    act: Act, sun: FlaskClient
) -> None:
    content = export(sun)
    content["rules"] = []
    for part, code in (("categories", "urban"), ("categories", "urban.noise"),
                       ("departments", ROADS)):  # fmt: skip
        row_of(content, part, code=code)["valid_to"] = "2026-02-01"
    row_of(content, "departments", code=ROADS)["successor_code"] = WATER
    content["departments"].append(
        {
            "code": "gone",
            "zh": "旧单位",
            "en": "Gone",
            "tier": "municipal",
            "valid_to": "2020-01-01",
        }
    )
    assert "ended: 4, refused: 0." in preview(sun, content, day_after(act, 0))
    assert confirm(sun, content, day_after(act, 0)) == "/admin/changes"
    assert [(key, step) for of, key, step in steps(act) if of != "rules"] == [
        ("urban.noise", "end"), ("urban", "end"), (ROADS, "end"),
    ]  # fmt: skip
    assert NO_CHANGE in preview(sun, content, day_after(act, 0))
    del row_of(content, "departments", code=ROADS)["valid_to"]
    page = preview(sun, content, day_after(act, 0))
    assert "It has ended here, and what has ended is not opened again." in page


def test_rows_that_cannot_be_written_are_named_and_none_is(act: Act, sun: FlaskClient) -> None:
    before = export(sun)
    wanted = rebuild(before)
    row_of(wanted, "departments", code="lamps")["district"] = "370299"
    row_of(wanted, "categories", code="urban.noise")["parent_code"] = "water"
    row_of(wanted, "limits", duty="sign", urgent="no")["amount"] = "0"
    page = preview(sun, wanted, day_after(act, 0))
    assert "refused: 4." in page
    assert "4 entries cannot be written, so none is." in page
    assert "Departments, Lamps: Choose: District." in page
    assert "Categories, Noise: “Under” cannot be changed afterwards." in page
    assert "A limit is more than nothing." in page
    assert "Routing rules, Lamps: Choose: Department." in page, "its department is not written"
    assert 'name="confirmed"' not in page
    assert "cannot be written" in confirm(sun, wanted, day_after(act, 0))
    assert export(sun) == before
    assert steps(act) == []


def test_the_file_of_another_city_is_told_in_words(act: Act, sun: FlaskClient) -> None:
    other = export(sun)
    other["places"] = [
        {"code": "210202", "zh": "中山区", "en": "Zhongshan"},
        {"code": "210203", "zh": "西岗区", "en": "Xigang"},
    ]
    other["departments"] = [
        {"code": "dl", "zh": "大连单位", "en": "Dalian", "tier": "municipal"},
    ]
    page = preview(sun, other, day_after(act, 0))
    assert "This is the configuration of another city: its districts are 中山区, 西岗区" in page
    assert "Nothing is changed." in page
    assert "another city" in confirm(sun, other, day_after(act, 0))
    assert steps(act) == []


def test_places_that_are_not_here_are_named(act: Act, sun: FlaskClient) -> None:
    content = export(sun)
    content["places"].append(
        {"code": "370202009", "parent_code": "370202", "zh": "新街道", "en": "New"}
    )
    page = preview(sun, content, day_after(act, 0))
    assert "are not taken over: 新街道." in page
    assert NO_CHANGE in page


HEAD = '{"format": "appeals-configuration", "version": 1, "places": [{"code": "370202"}]'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "it is not JSON"),
        ("code,zh,en", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        (b"PK\x03\x04 broken", "This is no workbook"),
        (b"\xff\xff\xff", "neither in UTF-8 nor in GB18030"),
        ("[]", "This is no configuration file of this system."),
        ('{"format": "appeals-configuration", "version": 2}', "of another version"),
        (HEAD + ', "staff": []}', "The part “staff” of the file is not known."),
        (HEAD + ', "rules": {}}', "The part “Routing rules” of the file is no list."),
        (HEAD + ', "rules": [7]}', "Row 1 of the part “Routing rules”"),
        (HEAD + ', "campaign": [{"name_zh": 7}]}', "Row 1 of the part “Campaign”"),
        (HEAD + ', "departments": [{"valid_to": "soon"}]}', "Row 1 of the part “Departments”"),
        (HEAD + ', "departments": [{"code": "a"}, {"code": "a"}]}', "“a” is in the part"),
        (HEAD + ', "retention": [{"years": "3"}]}', "lacks “Kind”."),
        (HEAD + ', "retention": [{"kind": "odd"}]}', "“odd” is not known as “Kind”"),
        (HEAD + ', "factor-demands": [{"role": "king"}]}', "“king” is not known as “Role”"),
        (HEAD + ', "limits": [' + "{}," * 2000 + "{}]}", "more than 2000 rows"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(
    act: Act, sun: FlaskClient, content: str | bytes, said: str
) -> None:
    assert said in preview(sun, content, day_after(act, 0))


def test_an_import_is_undone_as_a_whole_until_something_rests_on_it(
    act: Act, sun: FlaskClient
) -> None:
    before = export(sun)
    wanted = rebuild(before)
    confirm(sun, wanted, day_after(act, 0))
    undo = undo_address(act)
    assert "Lamps" in open_page(sun, f"{undo}?lang=en")
    assert sun.post(undo, data={"why": "导入错了"}).status_code == 303
    after = export(sun)
    for part in ("rules", "limits", "campaign"):
        assert after[part] == before[part]
    assert row_of(after, "departments", code=WATER) == row_of(before, "departments", code=WATER)
    assert sort_rows(after["departments"]) == sort_rows(before["departments"])
    assert row_of(after, "categories", code="urban.lamps")["valid_to"] == day_after(act, 0)
    wanted = rebuild(after)
    wanted["departments"] = wanted["departments"][:2]
    wanted["categories"], wanted["rules"] = [], after["rules"]
    confirm(sun, wanted, day_after(act, 0))
    later = act.at(datetime.now(UTC))
    appeal = file_appeal(later).appeal
    for action in (Action.ACCEPT, Action.DISPATCH):
        played(later, appeal, action)
    act.session.commit()
    refused = sun.get(f"{undo_address(act)}?lang=en")
    assert refused.status_code == 409
    assert "1 promise was made since it began." in refused.text


def undo_address(act: Act) -> str:
    forget_rows(act)
    newest = act.session.scalars(
        sa.select(RecordedChange).order_by(RecordedChange.id.desc())
    ).first()
    assert newest is not None
    return f"/admin/changes/{newest.id}/undo"


def test_what_takes_two_people_waits_for_the_second(act: Act, sun: FlaskClient) -> None:
    staff_accounts.add_staff(act, "second", "Second", Role.ADMINISTRATOR)
    act.session.commit()
    content = export(sun)
    row_of(content, "categories", code="urban.noise")["restricted"] = "yes"
    confirm(sun, content, day_after(act, 0))
    row_of(content, "categories", code="urban.noise")["restricted"] = "no"
    row_of(content, "departments", code=WATER)["email"] = "new@example.org"
    page = preview(sun, content, day_after(act, 0))
    assert "1 entry takes two people: it waits until another administrator agrees." in page
    assert confirm(sun, content, day_after(act, 0)) == "/admin/changes"
    assert row_of(export(sun), "categories", code="urban.noise")["restricted"] == "yes"
    assert row_of(export(sun), "departments", code=WATER)["email"] == "new@example.org"
    requests = act.session.scalars(sa.select(StaffRequest)).all()
    assert [request.subject for request in requests] == ["urban.noise"]


def test_the_day_of_effect_and_the_reason_are_asked_for(act: Act, sun: FlaskClient) -> None:
    content = rebuild(export(sun))
    assert "today at the earliest" in preview(sun, content, day_after(act, -1))
    assert "Enter the day of effect." in preview(sun, content, "soon")
    given = {"document": json.dumps(content), "why": "", "since": day_after(act, 0)}
    assert sun.post(AT, data={**given, "confirmed": "yes"}).status_code == 422
    assert steps(act) == []
