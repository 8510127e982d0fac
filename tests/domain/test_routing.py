"""Routing chooses by rows, says why in words, and never guesses (Domain 2.1 [S22])."""

from dataclasses import replace

from appeals.domain.messages import Text
from appeals.domain.routing import RoutingFacts, Rule, suggest_department

LABELS = {
    "urban.noise": Text("噪音", "Noise"),
    "370202": Text("市南区", "Shinan"),
    "370202001": Text("香港中路街道", "Xianggangzhonglu"),
    "complaint": Text("投诉", "Complaint"),
    "D": Text("城管", "Urban"),
}
NOISE = RoutingFacts("complaint", "urban.noise", "370202", "370202001", "半夜施工, near the Metro")
ANY = Rule(1, 1, "D", "规则", "Rule")


def rule(position: int, department: str) -> Rule:
    return Rule(position, position, department, f"规则{position}", f"R{position}")


def test_the_first_rule_that_matches_is_chosen_and_says_why() -> None:
    rules = [
        replace(rule(3, "D"), category="urban"),
        replace(rule(1, "W"), category="water"),
        replace(rule(2, "D"), category="urban", district="370202", words=("施工", "钻孔")),
        rule(4, "E"),
    ]
    found = suggest_department(rules, NOISE, LABELS)
    assert found is not None
    assert (found.department, found.rule_id, found.alternatives) == ("D", 2, ("E",))
    assert (
        found.reason.label("zh")
        == "按派单规则“规则2”派给城管：类别“噪音”、区市“市南区”、关键词“施工”"
    )
    assert (
        found.reason.label("en")
        == "Rule “R2” names Urban: category “Noise”, district “Shinan”, word “施工”"
    )


def test_a_rule_that_asks_nothing_matches_everything() -> None:
    found = suggest_department([ANY], NOISE, LABELS)
    assert found is not None
    assert (found.reason.label("zh"), found.reason.label("en")) == (
        "按派单规则“规则”派给城管",
        "Rule “Rule” names Urban",
    )


def test_the_reason_names_the_street_and_its_office_apart_though_they_share_a_code() -> None:
    office = {"370202001": Text("香港中路街道办事处", "Xianggangzhonglu Subdistrict Office")}
    asking = replace(ANY, department="370202001", kind="complaint", street="370202001")
    found = suggest_department([asking], NOISE, office, LABELS)
    assert found is not None
    assert (
        found.reason.label("zh")
        == "按派单规则“规则”派给香港中路街道办事处：性质“投诉”、街道“香港中路街道”"
    )


def test_each_thing_a_rule_asks_must_hold() -> None:
    asking = replace(ANY, kind="complaint", district="370202", street="370202001")
    assert suggest_department([asking], NOISE, LABELS) is not None
    for other in (
        replace(NOISE, kind="praise"),
        replace(NOISE, district="370203"),
        replace(NOISE, street=None),
    ):
        assert suggest_department([asking], other, LABELS) is None


def test_a_category_holds_for_its_children_and_not_for_its_namesakes() -> None:
    assert suggest_department([replace(ANY, category="urban")], NOISE, LABELS) is not None
    assert suggest_department([replace(ANY, category="urban.noise")], NOISE, LABELS) is not None
    assert suggest_department([replace(ANY, category="urb")], NOISE, LABELS) is None
    parent = replace(NOISE, category="urban")
    assert suggest_department([replace(ANY, category="urban.noise")], parent, LABELS) is None


def test_any_of_the_words_is_enough_in_whatever_case() -> None:
    found = suggest_department([replace(ANY, words=("钻孔", "metro"))], NOISE, LABELS)
    assert found is not None
    assert "word “metro”" in found.reason.label("en")
    assert suggest_department([replace(ANY, words=("钻孔",))], NOISE, LABELS) is None


def test_others_who_could_be_meant_are_named_once_and_at_most_three() -> None:
    found = suggest_department([rule(i, name) for i, name in enumerate("DDABAEF")], NOISE, LABELS)
    assert found is not None
    assert found.alternatives == ("A", "B", "E")


def test_no_match_is_said_and_never_guessed() -> None:
    assert suggest_department([], NOISE, LABELS) is None
    assert suggest_department([replace(ANY, category="water")], NOISE, LABELS) is None
