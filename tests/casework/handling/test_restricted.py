"""Restricted appeals: when one becomes so, whom it is never sent to, who is told (Rules 3)."""

from collections.abc import Callable
from typing import cast

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.driver import MoveRequest
from appeals.casework.configuration.category_effects import restrict_appeals
from appeals.casework.configuration.configuration_changes import WantedChange, make_change
from appeals.casework.handling import deadline_sweep
from appeals.casework.handling.bulk_writing import BulkWriter, History
from appeals.casework.integrity.repair import repair_appeal
from appeals.casework.integrity.verification import verify_all_appeals
from appeals.domain import configuration as tables
from appeals.domain.moves.context import IMPORTED
from appeals.domain.people import SYSTEM
from appeals.domain.refusals import Refused
from appeals.domain.states import Action, State
from appeals.models.appeal import Appeal, RoutingReason
from appeals.models.notice import Notice
from appeals.models.organisation import Department, RecordedRuleChange, RoutingRule
from appeals.models.staff import StaffMember
from appeals.reference.reference_data import load_reference, mark_reference_changed
from tests.cast import LEADER, ROADS, SUN, SUPERVISOR, WATER, ZHAO
from tests.factories import a_filing, appeal_in, file_appeal, later, played
from tests.restricted import CONDUCT, add_conduct, permitted, restricted_in

BELOW_WATER = "water.pumps"


@pytest.fixture(autouse=True)
def conduct(act: Act) -> None:
    add_conduct(act)


def problems(act: Act) -> list[str]:
    act.session.flush()  # the verification reads the rows
    return [each.sentence for found in verify_all_appeals(act) for each in found.problems]


def add_below_water(act: Act) -> None:
    act.session.add(
        Department(code=BELOW_WATER, parent_code=WATER, zh="泵站", en="Pumps", tier="municipal")
    )
    mark_reference_changed(act.session, load_reference(act).book.calendar.version)
    act.session.flush()


def recipients(act: Act, appeal: Appeal) -> set[str]:
    """Return whom of the staff a notice about the appeal went to."""
    act.session.flush()
    told = sa.select(Notice.recipient).where(Notice.appeal_id == appeal.id)
    return set(act.session.scalars(told)) - {"wang@example.org"}


def test_an_appeal_filed_under_a_restricted_category_is_restricted_and_replays(act: Act) -> None:
    restricted, other = restricted_in(act, State.CLOSED), appeal_in(act, State.CLOSED)
    assert (restricted.restricted, restricted.complained_department) == (True, WATER)
    assert (other.restricted, other.complained_department) == (False, None)
    assert problems(act) == []


def test_an_appeal_corrected_to_a_restricted_category_is_restricted_for_good(act: Act) -> None:
    appeal = appeal_in(act, State.ACCEPTED)
    played(later(act, 2), appeal, Action.AMEND, category=CONDUCT, complained_department=WATER)
    assert (appeal.restricted, appeal.complained_department) == (True, WATER)
    played(later(act, 3), appeal, Action.AMEND, category="urban.noise")
    assert appeal.restricted
    assert problems(act) == []


def test_appeals_are_restricted_when_their_category_becomes_so_and_stay_so(act: Act) -> None:
    before, other = appeal_in(act, State.IN_HAND), appeal_in(act, State.FILED, category="water")
    given = {"zh": "噪音", "en": "Noise", "urgent": "no", "why": "涉及公职人员"}
    for restricted in ("yes", "no"):
        wish = WantedChange(
            tables.CATEGORIES,
            tables.ChangeStep.CHANGE,
            "urban.noise",
            {**given, "restricted": restricted},
        )
        make_change(act.by(SUN), wish, seen=_last_change(act))
        act.session.expire_all()
        assert (before.restricted, other.restricted) == (True, False)
    assert problems(act) == []


def test_restricting_a_category_sends_no_parameter_for_each_appeal(act: Act) -> None:
    counts = []
    for appeals in (1, 4):
        for _ in range(appeals):
            appeal_in(act, State.FILED)
        act.session.flush()
        sent: list[int] = []

        def note(*call: object, sent: list[int] = sent) -> None:
            sent.append(len(cast("dict[str, object]", call[3])))

        connection = act.session.connection()
        sa.event.listen(connection, "before_cursor_execute", note)
        restrict_appeals(act, "urban.noise")
        sa.event.remove(connection, "before_cursor_execute", note)
        counts.append(sum(sent))
    assert counts[0] == counts[1] > 0, "PostgreSQL takes 65,535"
    restricted = sa.select(sa.func.count()).where(Appeal.restricted)
    assert act.session.scalar(restricted) == 5


def _last_change(act: Act) -> int:
    act.session.flush()
    return act.session.scalar(sa.text("SELECT coalesce(max(id), 0) FROM change")) or 0


@pytest.mark.parametrize("filed_as", [CONDUCT, "urban.noise"])
def test_a_restriction_changed_in_the_database_is_found_and_repaired(
    act: Act, filed_as: str
) -> None:
    appeal = appeal_in(act, State.ACCEPTED, category=filed_as)
    act.session.flush()
    act.session.execute(sa.text("UPDATE appeal SET restricted = NOT restricted"))
    assert ["restricted is" in each for each in problems(act)] == [True]
    assert repair_appeal(act, appeal.id).refusal is None
    assert problems(act) == []


def test_nothing_is_dispatched_before_the_department_complained_about_is_named(act: Act) -> None:
    appeal = restricted_in(act, State.ACCEPTED, complained_department=None)
    with pytest.raises(Refused, match="First name the department"):
        played(later(act, 2), appeal, Action.DISPATCH)
    act.session.refresh(appeal)
    played(later(act, 3), appeal, Action.AMEND, complained_department=WATER)
    played(later(act, 4), appeal, Action.DISPATCH)
    assert (appeal.state, appeal.holder) == (State.DISPATCHED, ROADS)
    assert problems(act) == []


SENDING: dict[Action, Callable[[Act], Appeal]] = {
    Action.DISPATCH: lambda act: restricted_in(act, State.ACCEPTED),
    Action.GRANT_RETURN: lambda act: restricted_in(act, State.RETURN_ASKED),
    Action.REHANDLE: lambda act: played(
        later(act, 20), restricted_in(act, State.CLOSED), Action.SAY_NOT_SOLVED
    ),
}


@pytest.mark.parametrize("action", SENDING)
@pytest.mark.parametrize("department", [WATER, BELOW_WATER])
def test_a_restricted_appeal_never_goes_to_whom_it_is_about_nor_below(
    act: Act, action: Action, department: str
) -> None:
    add_below_water(act)
    appeal = SENDING[action](act)
    with pytest.raises(Refused, match="about this department or one above it"):
        played(later(act, 30), appeal, action, department=department)
    act.session.rollback()


def test_another_department_gets_what_is_about_one_below_it(act: Act) -> None:
    add_below_water(act)
    appeal = restricted_in(act, State.ACCEPTED, complained_department=BELOW_WATER)
    played(later(act, 2), appeal, Action.DISPATCH, department=WATER)
    assert appeal.holder == WATER
    assert problems(act) == []


def test_a_dispatch_made_before_the_rule_held_replays(act: Act) -> None:
    appeal = restricted_in(act, State.ACCEPTED)
    change = act.session.get_one(RecordedRuleChange, "complained_department")
    change.since = later(act, 5).now
    mark_reference_changed(act.session, load_reference(act).book.calendar.version)
    act.session.flush()
    played(later(act, 4), appeal, Action.DISPATCH, department=WATER)
    assert problems(act) == []
    played(later(act, 6), appeal, Action.RECALL)
    with pytest.raises(Refused, match="about this department"):
        played(later(act, 7), appeal, Action.DISPATCH, department=WATER)


def test_only_a_restricted_category_asks_whom_the_appeal_is_about(act: Act) -> None:
    with pytest.raises(Refused, match="Only a restricted category"):
        file_appeal(act, complained_department=WATER)
    with pytest.raises(Refused, match="Choose the department"):
        restricted_in(act, State.FILED, complained_department="nobody")
    appeal = appeal_in(act, State.FILED)
    with pytest.raises(Refused, match="Only a restricted category"):
        played(act, appeal, Action.AMEND, complained_department=WATER)


@pytest.mark.parametrize(
    ("complained", "suggested"), [(WATER, ROADS), (None, BELOW_WATER), (ROADS, BELOW_WATER)]
)
def test_routing_suggests_neither_whom_the_appeal_is_about_nor_one_below(
    act: Act, complained: str | None, suggested: str
) -> None:
    add_below_water(act)
    for position, code in enumerate((BELOW_WATER, ROADS), start=10):
        rule = {"zh": "作风", "en": "Conduct", "department_code": code, "category": CONDUCT}
        act.session.add(RoutingRule(position=position, words=[], **rule))
    mark_reference_changed(act.session, load_reference(act).book.calendar.version)
    act.session.flush()
    appeal = restricted_in(act, State.FILED, complained_department=complained)
    act.session.flush()
    reason = act.session.get_one(RoutingReason, appeal.id)
    assert reason.department == suggested
    assert complained is None or complained not in reason.alternatives


def test_an_import_brings_restricted_appeals_but_none_to_whom_it_is_about(act: Act) -> None:
    bulk = BulkWriter(act)

    def bring(complained: str | None) -> None:
        steps = [
            MoveRequest(action, {IMPORTED: "yes", "department": WATER}, act.now, SYSTEM)
            for action in (Action.ACCEPT, Action.DISPATCH)
        ]
        filing = a_filing(category=CONDUCT, complained_department=complained)
        filed = MoveRequest(Action.FILE, {IMPORTED: "yes"}, act.now, SYSTEM)
        bulk.write_histories([bulk.play_history(History(filing, filed, steps))])

    bring(None)
    bring(ROADS)
    with pytest.raises(Refused, match="about this department"):
        bring(WATER)
    assert act.session.scalars(sa.select(Appeal.restricted)).all() == [True, True]
    assert problems(act) == []


def test_notices_of_a_restricted_appeal_go_only_to_holders_of_the_permission(act: Act) -> None:
    act.session.execute(
        sa.update(Department).where(Department.code == ROADS).values(email="all@roads.example")
    )
    act.session.execute(sa.update(StaffMember).values(email=StaffMember.username + "@example.org"))
    for person in (ZHAO, SUPERVISOR):
        permitted(act, person)
    appeal = restricted_in(act, State.DISPATCHED)
    assert recipients(act, appeal) == {f"officer{ZHAO.staff_id}@example.org"}
    while deadline_sweep.sweep_deadlines(later(act, 24 * 40)):  # due soon, overdue, escalated
        pass
    assert recipients(act, appeal) == {
        f"officer{ZHAO.staff_id}@example.org",  # no leader of the department may see it
        f"supervisor{SUPERVISOR.staff_id}@example.org",
    }


def test_the_supervisors_are_told_where_nobody_of_the_department_may_see_it(act: Act) -> None:
    permitted(act, SUPERVISOR)
    appeal = restricted_in(act, State.DISPATCHED)
    assert recipients(act, appeal) == {f"staff:supervisor{SUPERVISOR.staff_id}"}


def test_nobody_of_staff_is_told_where_nobody_may_see_it(act: Act) -> None:
    appeal = restricted_in(act, State.DISPATCHED)
    while deadline_sweep.sweep_deadlines(later(act, 24 * 40)):
        pass
    assert recipients(act, appeal) == set()


def test_a_leader_assigns_only_to_who_may_see_it(act: Act) -> None:
    appeal = restricted_in(act, State.SIGNED)
    with pytest.raises(Refused, match="no permission"):
        played(later(act, 9), appeal, Action.ASSIGN, officer=str(ZHAO.staff_id))
    act.session.refresh(appeal)
    permitted(act, ZHAO)
    played(later(act, 9), appeal, Action.ASSIGN, officer=str(ZHAO.staff_id))
    assert appeal.assignee == ZHAO.staff_id
    assert LEADER.department == ROADS
