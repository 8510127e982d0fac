"""Routing rules in groups, found by names, and sent elsewhere many at once after a preview."""

import html
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.casework.configuration import rule_reassignment
from appeals.domain.refusals import Refused
from appeals.models.configuration import RecordedChange
from appeals.models.organisation import RoutingRule
from appeals.reference.reference_data import load_reference, mark_reference_changed
from tests.cast import ROADS, SUN, WATER
from tests.factories import file_appeal
from tests.web.staff_browser import day_after, forget_rows, open_page

WHY = {"why": "职能调整"}
ADDRESS = "/admin/rules/reassign"


@pytest.fixture
def rules(act: Act) -> dict[str, int]:
    """Add a rule of Shibei, one of a street in it, and one of Shinan; return ids by name."""
    rows = {
        "district": RoutingRule(position=2, zh="市北", en="B", district="370203"),
        "street": RoutingRule(position=3, zh="大港", en="D", street="370203001", district="370203"),
        "other": RoutingRule(position=4, zh="市南", en="A", district="370202"),
    }
    for row in rows.values():
        row.department_code, row.words = ROADS, []
        act.session.add(row)
    act.session.flush()  # the ids are given back
    mark_reference_changed(act.session, "")
    act.session.commit()
    return {name: row.id for name, row in rows.items()}


def departments_on(act: Act, days: int) -> dict[int | None, str]:
    forget_rows(act)
    day = (act.now + timedelta(days=days)).date()
    return {rule.line: rule.department for rule in load_reference(act).rules_on(day)}


def test_rules_are_listed_in_groups_and_found_by_the_name_of_a_district(
    rules: dict[str, int], sun: FlaskClient
) -> None:
    grouped = open_page(sun, "/admin/rules?by=district&lang=zh")
    assert grouped.index("市北") < grouped.index('href="/admin/rules/reassign?of_district=370203"')
    assert "2条规则" in grouped
    found = open_page(sun, "/admin/rules?q=市北区&lang=en")
    assert f'/admin/rules/{rules["district"]}"' in found
    assert f'/admin/rules/{rules["street"]}"' in found
    assert f'/admin/rules/{rules["other"]}"' not in found
    assert "2条规则" not in open_page(sun, "/admin/rules?by=nothing&lang=zh")


def test_all_rules_of_a_district_go_to_another_department_after_a_preview(
    act: Act, rules: dict[str, int], sun: FlaskClient
) -> None:
    file_appeal(act.later(-timedelta(days=2)), district="370203", street=None, category="water")
    act.session.commit()
    given = {"of_district": "370203", "department_code": WATER, "since": day_after(act, 2), **WHY}
    preview = html.unescape(sun.post(f"{ADDRESS}?lang=en", data=given).text)
    assert "2 rules change" in preview
    assert "<strong data-moved>1</strong>" in preview
    seen = preview.partition('name="seen" value="')[2].partition('"')[0]
    done = sun.post(ADDRESS, data={**given, "seen": seen, "confirmed": "yes"})
    assert done.status_code == 303
    before, after = departments_on(act, 0), departments_on(act, 3)
    assert before == dict.fromkeys(before, ROADS)
    moved = {line for line, department in after.items() if department == WATER}
    assert moved == {rules["district"], rules["street"]}
    changes = act.session.scalars(sa.select(RecordedChange)).all()
    assert [(row.of, row.step, row.why, row.staff_id) for row in changes] == [
        ("rules", "change", WHY["why"], SUN.staff_id)
    ] * 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"department_code": WATER}, "Say of which rules"),
        ({"of_department": WATER, "department_code": WATER}, "No rule is meant"),
        ({"of_district": "370203"}, "Enter: Name from then on."),
    ],
)
def test_a_choice_that_means_no_rule_is_refused_in_words(
    act: Act, sun: FlaskClient, given: dict[str, str], said: str
) -> None:
    answer = sun.post(f"{ADDRESS}?lang=en", data={**given, "since": day_after(act, 1), **WHY})
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)


def test_a_rule_that_somebody_changed_since_the_preview_is_not_overwritten(
    act: Act, rules: dict[str, int]
) -> None:
    given = {"of_district": "370203", "department_code": WATER, "since": day_after(act, 1), **WHY}
    by_sun = act.by(SUN)
    seen = rule_reassignment.find_last_rule_change_id(by_sun)
    assert rule_reassignment.reassign_chosen_rules(by_sun, given, seen) == len(rules) - 1
    act.session.flush()  # the log is read
    with pytest.raises(Refused, match="Somebody else has just changed a rule"):
        rule_reassignment.reassign_chosen_rules(by_sun, given, seen)
