"""Playing one history for all that are alike finds what playing each of them finds."""

import inspect
import re
from collections import UserDict
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appeals.act import Act
from appeals.casework import replaying
from appeals.casework.alike import AS_FILED, AS_IT_STANDS, UNREAD, forms
from appeals.casework.bulk import Bulk, History, remembering
from appeals.casework.verifying import spans
from appeals.database import Base
from appeals.domain import guards
from appeals.domain.refusals import Refused
from appeals.models.appeal import Appeal
from appeals.reference import reference
from tests.casework.test_bulk import FACTS, PICK, a_history
from tests.casework.test_tampering import COMMON, LIVES, TABLES, Lived, found, others, rows, three
from tests.factories import a_filing

ONE = st.integers(0, 1_000)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FACTS, st.lists(PICK, min_size=4, max_size=16), st.tuples(ONE, ONE, ONE, ONE))
def test_what_is_found_is_what_each_history_played_by_itself_says(
    act: Act,
    facts: dict[str, object],
    picks: list[tuple[int, int, int, str]],
    chance: tuple[int, int, int, int],
) -> None:
    with act.session.begin_nested() as example:
        write(act, a_history(act, a_filing(**facts), picks))
        ids = list(act.session.scalars(sa.select(Appeal.id).order_by(Appeal.id)))
        assert found(act) == set()
        tamper(act, ids, chance)
        assert found(act) == one_by_one(act, ids)
        example.rollback()
        act.session.expire_all()


def write(act: Act, history: History) -> None:
    """Write the history four times, a week apart, where the rules allow it then."""
    bulk = Bulk(act)
    for week in range(4):
        later = timedelta(weeks=week)
        filed = replace(history.filed, at=history.filed.at + later)
        steps = [replace(step, at=step.at + later) for step in history.steps]
        try:
            bulk.write([bulk.play(History(history.filing, filed, steps))])
        except Refused:
            continue


def tamper(act: Act, ids: list[int], chance: tuple[int, int, int, int]) -> None:
    """Change one column of one row, as the chance says; often nothing fits and nothing is done."""
    table = list(TABLES)[chance[0] % len(TABLES)]
    names = TABLES[table]
    name, it = names[chance[1] % len(names)], ids[chance[2] % len(ids)]
    values = list(others(Base.metadata.tables[table].c[name], name))
    value, where = values[chance[3] % len(values)], rows(act, table, it)
    act.session.execute(sa.text("SET LOCAL session_replication_role = replica"))
    for row in where[-1:]:
        change = sa.text(f"UPDATE {table} SET {name} = {value} WHERE {row}")  # noqa: S608 - the test's own
        try:
            with act.session.begin_nested():
                act.session.execute(change, {"it": it, "like": ids[0]})
        except sa.exc.IntegrityError:  # a column that is never empty
            continue


def one_by_one(act: Act, ids: list[int]) -> set[str]:
    book = remembering(reference(act).book)
    kept = replaying.read(act, ids)
    return {each.number for each in kept if list(replaying.problems(each, book))}


def test_those_that_went_the_same_way_are_alike(act: Act) -> None:
    ids = three(act, COMMON)
    (span,) = spans(act)
    assert [sorted(alike) for _, alike in forms(act, reference(act).book, span)] == [ids]


class Watched(UserDict[str, str]):
    """Facts that note which of them are read."""

    seen: ClassVar[set[str]] = set()

    def __getitem__(self, name: str) -> str:
        """Note the name, and give its value."""
        self.seen.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        """Note the name, and tell whether it is there."""
        self.seen.add(str(name))
        return super().__contains__(name)


@pytest.mark.parametrize("lived", LIVES.values(), ids=LIVES)
def test_the_form_leaves_out_no_fact_that_a_rule_reads(act: Act, lived: Lived) -> None:
    book = reference(act).book
    for kept in replaying.read(act, three(act, lived)):
        links = [
            replace(link, move=replace(link.move, facts=Watched(link.move.facts)))
            for link in kept.links
        ]
        assert replaying.played(replaying.filed(kept), links, book) == kept.case
    assert Watched.seen - {*AS_IT_STANDS, *AS_FILED} <= {"department", "when", "promised"}
    assert not Watched.seen & set(UNREAD)


def test_the_form_says_where_each_due_moment_lies_that_a_guard_asks_for() -> None:
    text = inspect.getsource(guards)
    assert {f"Duty.{duty.name}" for duty in guards.COMPARED} == set(
        re.findall(r"running\((Duty\.\w+)\)", text)
    )
