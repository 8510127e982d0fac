"""Staff find appeals by words, number and telephone, among those that they may see."""

from dataclasses import replace
from datetime import timedelta

import pytest

from appeals.act import Act
from appeals.casework.search.search_index import index_marked_appeals
from appeals.domain.people import Actor
from appeals.domain.refusals import Refused
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Card, MatchedField
from appeals.models.appeal import Appeal
from appeals.queries import late_cases, search
from appeals.queries.search import SearchPage, read_search_terms, search_appeals
from appeals.queries.search_filters import narrowing_conditions
from tests.cast import DISPATCHER, LEADER, OPERATOR, QIAN, SUN, SUPERVISOR, ZHAO, shanghai
from tests.factories import appeal_in, file_appeal, later, played
from tests.restricted import add_conduct, restricted_in

LIGHT = {"subject": "路燈不亮", "detail": "Three street lights are broken", "address": "香港中路"}


def search_for(
    act: Act, typed: str, actor: Actor = OPERATOR, after: str | None = None
) -> SearchPage:
    while index_marked_appeals(act):
        pass
    seeker = act.by(actor)
    return search_appeals(seeker, read_search_terms(seeker, typed), after=after)


def numbers(page: SearchPage) -> list[str]:
    return [hit.appeal.number for hit in page.hits]


@pytest.mark.parametrize(
    "typed",
    ["路灯", "路燈", "灯不亮", "路\u200b灯", "STREET lights", "Ｓｔｒｅｅｔ", "路灯 香港",
     "“路灯” & !香港", "路灯 shinan 市南区", "Lights 中路"],
)  # fmt: skip
def test_words_in_any_spelling_find_an_appeal(act: Act, typed: str) -> None:
    appeal = file_appeal(act, **LIGHT).appeal
    file_appeal(act, subject="暖气不热", detail="streets")
    page = search_for(act, typed)
    assert (numbers(page), page.count, page.after) == ([appeal.number], 1, None)


@pytest.mark.parametrize("typed", ["路灯 暖气", "stree", "灯路", "中路香港"])
def test_all_words_must_be_there(act: Act, typed: str) -> None:
    file_appeal(act, **LIGHT)
    file_appeal(act, subject="暖气不热")
    assert search_for(act, typed).hits == ()


def test_marks_say_where_the_words_stand(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND, 1, **LIGHT)
    noted = later(act, 30)
    played(noted, appeal, Action.NOTE, words="香港路已派人")
    (hit,) = search_for(act, "香港 路灯").hits
    assert hit.subject == LIGHT["subject"]
    assert hit.fields == (MatchedField.SUBJECT, MatchedField.PLACE, MatchedField.NOTE)
    assert MatchedField.DEPARTMENT in search_for(act, "城市管理局").hits[0].fields


@pytest.mark.parametrize("typed", ["灯", "", "，。！", "' \" & | !", "x" * 101, "灯" * 2000])
def test_what_is_no_search_is_refused_in_words(act: Act, typed: str) -> None:
    with pytest.raises(Refused) as refused:
        read_search_terms(act.by(OPERATOR), typed)
    assert refused.value.field == "q"


def test_a_number_in_any_spelling_finds_its_appeal_at_once(act: Act) -> None:
    appeal = file_appeal(act).appeal
    file_appeal(act)
    seeker = act.by(DISPATCHER)
    plain = appeal.number.replace("-", "").lower()
    wide = "".join(chr(ord(char) + 0xFEE0) for char in plain)
    for typed in (appeal.number, plain, wide, f" {appeal.number} "):
        page = search_appeals(seeker, read_search_terms(seeker, typed))
        assert (numbers(page), page.hits[0].fields) == ([appeal.number], (MatchedField.NUMBER,))


@pytest.mark.parametrize(
    "typed", ["13800137001", "+86 138-0013-7001", "１３８００１３７００１", "7001"]
)
def test_a_telephone_or_its_last_four_digits_find_an_appeal_at_once(act: Act, typed: str) -> None:
    appeal = file_appeal(act, contact_phone="138 0013 7001").appeal
    file_appeal(act, contact_phone="138 0013 7002")
    seeker = act.by(OPERATOR)
    terms = read_search_terms(seeker, typed)
    page = search_appeals(seeker, terms)
    assert (numbers(page), terms.is_about_person) == ([appeal.number], True)
    assert page.hits[0].fields == (MatchedField.TELEPHONE,)


def test_a_telephone_that_can_be_none_finds_where_it_was_written_so(act: Act) -> None:
    appeal = file_appeal(act, contact_phone="1107811 4934").appeal
    page = search_for(act, "1107811 4934")
    assert (numbers(page), page.hits[0].fields) == ([appeal.number], (MatchedField.TELEPHONE,))


def test_a_telephone_finds_only_where_the_contact_may_be_seen(act: Act) -> None:
    seen = appeal_in(act, State.IN_HAND, contact_phone="138 0013 7001")
    hidden = appeal_in(act, State.IN_HAND, contact_phone="138 0013 7001", confidential=True)
    for actor, found in (
        (SUPERVISOR, [hidden.number, seen.number]),
        (ZHAO, [seen.number]),
        (LEADER, [seen.number]),
        (QIAN, []),
        (SUN, []),
    ):
        assert sorted(numbers(search_for(act, "7001", actor))) == sorted(found), actor.name


def test_words_find_only_what_one_may_see(act: Act) -> None:
    held = appeal_in(act, State.IN_HAND, subject="路灯")
    waiting = file_appeal(act, subject="路灯").appeal
    confidential = file_appeal(act, subject="路灯", confidential=True).appeal
    add_conduct(act)
    restricted_in(act, State.FILED, subject="路灯")
    for actor, found in (
        (OPERATOR, [held, waiting, confidential]),
        (ZHAO, [held]),
        (QIAN, []),
        (SUN, [held, waiting]),
    ):
        wanted = sorted(each.number for each in found)
        assert sorted(numbers(search_for(act, "路灯", actor))) == wanted, actor.name
    permitted = replace(OPERATOR, may_see_restricted=True)
    assert search_for(act, "路灯", permitted).count == 4


@pytest.mark.parametrize("most", [0, search.MAX_SORTED], ids=["common words", "rare words"])
def test_pages_go_on_where_the_one_before_ended(
    act: Act, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(search, "MAX_SORTED", most)
    monkeypatch.setattr(search, "PAGE_ROWS", 2)
    monkeypatch.setattr(search, "MAX_COUNT", 3)
    filed = [file_appeal(act.later(timedelta(hours=n // 2)), **LIGHT).appeal for n in range(5)]
    shown, after = list[str](), None
    for size in (2, 2, 1):
        page = search_for(act, "路灯", after=after)
        assert (len(page.hits), page.count) == (size, 4)
        shown, after = [*shown, *numbers(page)], page.after
    assert (shown, after) == ([each.number for each in reversed(filed)], None)


def test_conditions_narrow_what_is_found(act: Act) -> None:
    filed = [file_appeal(act, category=category, **LIGHT).appeal for category in ("water", "urban")]
    while index_marked_appeals(act):
        pass
    seeker = act.by(OPERATOR)
    terms = read_search_terms(seeker, "路灯")
    page = search_appeals(seeker, terms, [Appeal.category == "water"])
    assert (numbers(page), page.count) == ([filed[0].number], 1)


def cards_at(act: Act, when: str, actor: Actor) -> dict[Card, list[str]]:
    """Return which appeals the search finds by each card."""
    seeker = act.by(actor).at(shanghai(when))
    return {
        card: numbers(
            search_appeals(
                seeker, search.SearchTerms(), narrowing_conditions(seeker, {"card": card})
            )
        )
        for card in Card
    }


def test_each_card_finds_the_cases_with_that_card(act: Act) -> None:
    dispatched = appeal_in(act, State.DISPATCHED, hours=0).number
    in_hand = appeal_in(act, State.IN_HAND, hours=0).number
    answered = appeal_in(act, State.ANSWERED, hours=0).number
    withdrawn = file_appeal(act).appeal
    played(act, withdrawn, Action.WITHDRAW)
    act.session.flush()
    at_once = cards_at(act, "2026-03-02 09:01", SUPERVISOR)
    assert at_once == {
        Card.GREEN: [in_hand], Card.YELLOW: [answered, dispatched], Card.RED: [], Card.NONE: [],
    }  # fmt: skip
    after_sign = cards_at(act, "2026-03-02 11:30", SUPERVISOR)
    assert (after_sign[Card.RED], after_sign[Card.GREEN]) == ([dispatched], [in_hand])
    on_the_last_day = cards_at(act, "2026-03-09 15:00", ZHAO)
    assert (on_the_last_day[Card.RED], on_the_last_day[Card.YELLOW]) == ([dispatched], [in_hand])
    late = "2026-03-10 09:00"
    assert cards_at(act, late, SUPERVISOR)[Card.RED] == [answered, in_hand, dispatched], (
        "the centre's review is late too"
    )
    assert cards_at(act, late, ZHAO)[Card.RED] == [in_hand, dispatched]
    city = late_cases.count_late_of_city(act.by(SUPERVISOR).at(shanghai(late)))
    assert city.red == 3
