"""Whoever lacks the key changes no move, cuts none off and puts none in without being found."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.driver import MoveRequest
from appeals.casework.handling.bulk_writing import BulkWriter, History
from appeals.casework.integrity.verification import verify_all_appeals
from appeals.domain.people import SYSTEM
from appeals.domain.rule_book import RuleChange
from appeals.domain.states import Action
from appeals.models.appeal import Appeal
from appeals.models.organisation import RecordedRuleChange
from appeals.reference.reference_data import mark_reference_changed
from tests.casework.integrity import attacker
from tests.cast import ROADS
from tests.factories import a_filing

A = Action
LIFE: Sequence[tuple[Action, dict[str, str]]] = (
    (A.ACCEPT, {}), (A.DISPATCH, {"department": ROADS}), (A.SIGN, {}),
    (A.CONTACT, {"how": "phone"}),
    (A.NOTE, {"words": "First."}), (A.NOTE, {"words": "Second."}),
    (A.ANSWER, {"result": "solved", "words": "Done."}), (A.CLOSE, {}),
    (A.RATE, {"solved": "yes", "satisfaction": "3"}),
)  # fmt: skip


def write_appeals(act: Act, count: int = 2) -> list[int]:
    """Write appeals that went the same way, a week apart."""
    bulk = BulkWriter(act)
    for week in range(count):
        at = act.now + timedelta(weeks=week)
        steps = [
            MoveRequest(action, given, at + timedelta(minutes=20 * n))
            for n, (action, given) in enumerate(LIFE, start=1)
        ]
        bulk.write_histories(
            [bulk.play_history(History(a_filing(), MoveRequest(A.FILE, {}, at, SYSTEM), steps))]
        )
    return list(act.session.scalars(sa.select(Appeal.id).order_by(Appeal.id)))


def list_problems(act: Act) -> list[tuple[str, str]]:
    return [
        (each.number, each.sentence)
        for checked in verify_all_appeals(act)
        for each in checked.problems
    ]


def leave_id_free(act: Act) -> None:
    """Give an id to a filing that is given up."""
    act.session.execute(sa.text("SELECT nextval('appeal_id_seq')"))


BY_LINKS = sorted(attacker.ON_APPEALS.keys() - {"appeal deleted"})
"""What the chain shows by itself; a whole appeal that is gone only a seal can show."""


@pytest.mark.parametrize("kind", BY_LINKS)
def test_a_change_without_the_key_is_found_and_names_the_appeal(act: Act, kind: str) -> None:
    leave_id_free(act)
    first, _ = write_appeals(act)
    assert list_problems(act) == []
    number = act.session.get_one(Appeal, first).number
    act.session.execute(sa.text("SET LOCAL session_replication_role = replica"))
    attacker.ON_APPEALS[kind](act.session, first)
    forged = attacker.FORGED if kind.startswith("appeal inserted") else number
    assert {each for each, _ in list_problems(act)} == {forged}


def test_a_plain_link_of_the_release_before_holds_until_links_have_a_key(act: Act) -> None:
    """An upgrade under traffic: its processes make plain links for half an hour more."""
    first, second = write_appeals(act)
    act.session.execute(sa.text("SET LOCAL session_replication_role = replica"))
    attacker.link_anew(act.session, first)
    attacker.link_anew(act.session, second)
    assert {"link without a key" in what for _, what in list_problems(act)} == {True}
    began = act.now + timedelta(days=3)  # between the two appeals
    act.session.execute(
        sa.update(RecordedRuleChange)
        .where(RecordedRuleChange.name == RuleChange.KEYED_LINKS)
        .values(since=began)
    )
    mark_reference_changed(act.session, "links have a key")
    assert [each for each, _ in list_problems(act)] == [act.session.get_one(Appeal, second).number]
