"""Appeals with words, place and time in common are suggested, among those that one may see."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.search.search_index import index_marked_appeals
from appeals.domain.people import Actor
from appeals.domain.states import State
from appeals.models.appeal import Appeal, Statement
from appeals.queries import similar_appeals
from appeals.queries.similar_appeals import (
    DescribedMatter,
    SharedPlace,
    SimilarAppeal,
    find_similar_appeals,
    find_similar_to_appeal,
)
from tests.cast import DISPATCHER, LEADER, OPERATOR, QIAN, SUPERVISOR, ZHAO
from tests.factories import appeal_in, file_appeal
from tests.restricted import add_conduct, restricted_in

LIGHT = {"subject": "香港中路路灯不亮", "detail": "路口三盏路灯连续几晚不亮。"}
SAME_LIGHT = {"subject": "路灯不亮", "detail": "香港中路路口的路灯坏了。"}
HEATING = {"subject": "暖气不热", "detail": "家里室温只有十五度。"}
OTHER_DISTRICT = {"district": "370203", "street": "370203001"}
NO_PLACE = {"district": None, "street": None}


def find_similar(act: Act, appeal: Appeal, actor: Actor = DISPATCHER) -> Sequence[SimilarAppeal]:
    while index_marked_appeals(act):
        pass
    said = act.session.get_one(Statement, appeal.id)
    return find_similar_to_appeal(act.by(actor), appeal, said)


def numbers(found: Sequence[SimilarAppeal]) -> list[str]:
    return [each.appeal.number for each in found]


def test_an_appeal_about_the_same_is_suggested_with_the_reason(act: Act) -> None:
    earlier = file_appeal(act.later(-timedelta(days=2)), **SAME_LIGHT).appeal
    file_appeal(act, **HEATING)
    (found,) = find_similar(act, file_appeal(act, **LIGHT).appeal)
    assert (found.appeal, found.subject, found.days) == (earlier, SAME_LIGHT["subject"], -2)
    assert found.place is SharedPlace.STREET
    assert found.reason.label("en") == (
        "Same street; filed 2 days earlier; words in common: 香港中路路灯不亮, 路口"
    )
    assert found.reason.label("zh") == "同一街道；早2天提交；共同词语：香港中路路灯不亮、路口"


def test_the_most_similar_comes_first_and_the_appeal_itself_never(act: Act) -> None:
    twin = file_appeal(act.later(-timedelta(days=20)), **LIGHT).appeal
    near = file_appeal(act, **SAME_LIGHT).appeal
    appeal = file_appeal(act, **LIGHT).appeal
    found = find_similar(act, appeal)
    assert numbers(found) == [twin.number, near.number]
    assert found[0].similarity == pytest.approx(1)


def test_of_equal_texts_the_nearer_place_comes_first_and_then_the_nearer_day(act: Act) -> None:
    elsewhere = file_appeal(act, **LIGHT, **OTHER_DISTRICT).appeal
    unknown = file_appeal(act, **LIGHT, **NO_PLACE).appeal
    district = file_appeal(act.later(-timedelta(days=1)), **LIGHT, street=None).appeal
    later = file_appeal(act.later(timedelta(days=3)), **LIGHT).appeal
    earlier = file_appeal(act.later(-timedelta(days=4)), **LIGHT).appeal
    found = find_similar(act, file_appeal(act, **LIGHT).appeal)
    wanted = [later, earlier, unknown, district, elsewhere]
    assert numbers(found) == [each.number for each in wanted]
    places = [SharedPlace.STREET, SharedPlace.STREET, None, SharedPlace.DISTRICT, None]
    assert [each.place for each in found] == places
    assert [each.days for each in found] == [3, -4, 0, -1, 0]


def test_only_what_was_filed_within_thirty_days_is_suggested(act: Act) -> None:
    appeal = file_appeal(act, **LIGHT).appeal
    for days in (-31, -30, 30, 31):
        file_appeal(act.later(timedelta(days=days)), **LIGHT)
    assert sorted(each.days for each in find_similar(act, appeal)) == [-30, 30]


def test_one_sees_no_suggestion_of_an_appeal_that_one_may_not_see(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND, 1, **LIGHT)
    held = appeal_in(act, State.IN_HAND, 1, **LIGHT)
    waiting = file_appeal(act, **LIGHT).appeal
    for actor, wanted in (
        (OPERATOR, [held, waiting]),
        (SUPERVISOR, [held, waiting]),
        (ZHAO, [held]),
        (LEADER, [held]),
        (QIAN, []),
    ):
        found = find_similar(act, appeal, actor)
        assert sorted(numbers(found)) == sorted(each.number for each in wanted), actor.name


def test_restricted_appeals_are_left_out_even_for_those_with_the_permission(act: Act) -> None:
    add_conduct(act)
    restricted = restricted_in(act, State.FILED, 1, **LIGHT)
    appeal, other = (file_appeal(act, **LIGHT).appeal for _ in range(2))
    permitted = replace(SUPERVISOR, may_see_restricted=True)
    assert numbers(find_similar(act, appeal, permitted)) == [other.number]
    assert numbers(find_similar(act, restricted, permitted)) == []


def test_a_form_without_a_place_finds_similar_appeals_by_its_words(act: Act) -> None:
    appeal = file_appeal(act, **SAME_LIGHT).appeal
    file_appeal(act, **HEATING)
    while index_marked_appeals(act):
        pass
    seeker = act.by(OPERATOR)
    for subject, detail in (("路灯不亮", ""), ("", "香港中路的路灯坏了")):
        typed = DescribedMatter(subject, detail, act.now)
        assert numbers(find_similar_appeals(seeker, typed)) == [appeal.number], subject
    for nothing in ("", "，。", "灯"):
        assert find_similar_appeals(seeker, DescribedMatter(nothing, nothing, act.now)) == ()


@pytest.mark.parametrize("known", ["no statistics", "statistics", "common words alone"])
def test_what_postgresql_knows_of_the_words_changes_no_suggestion(
    act: Act, monkeypatch: pytest.MonkeyPatch, known: str
) -> None:
    """In a small city; in a large one common words are not looked up."""
    if known == "common words alone":
        monkeypatch.setattr(similar_appeals, "MAX_ROWS", 1)
    for n in range(30):
        file_appeal(act, subject=f"小区停车 {n}", detail="车位不够")
    twin = file_appeal(act, **LIGHT, **NO_PLACE).appeal
    while index_marked_appeals(act):
        pass
    if known != "no statistics":
        act.session.execute(sa.text("ANALYZE search_words"))
    appeal = file_appeal(act, **LIGHT).appeal
    assert numbers(find_similar(act, appeal)) == [twin.number]


def test_at_most_the_asked_number_is_suggested(act: Act) -> None:
    appeal = file_appeal(act, **LIGHT).appeal
    for _ in range(similar_appeals.MAX_SHOWN + 1):
        file_appeal(act, **LIGHT)
    assert len(find_similar(act, appeal)) == similar_appeals.MAX_SHOWN
