"""A department that ends hands its open cases over; no promise moves, and each case counts once."""

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.configuration import department_handover
from appeals.casework.configuration.department_handover import hand_over_cases
from appeals.casework.handling.moves import make_move
from appeals.casework.integrity.verification import verify_all_appeals
from appeals.domain.calendar import Period
from appeals.domain.people import Role
from appeals.domain.refusals import Refused
from appeals.domain.rule_book import RuleChange
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import NoticeKind
from appeals.models.appeal import Appeal, Move
from appeals.models.handling import Deadline
from appeals.models.notice import Notice
from appeals.models.organisation import Department, RecordedRuleChange
from appeals.models.staff import StaffMember
from appeals.reference.reference_data import mark_reference_changed
from appeals.reporting.counting.monthly_drafts import count_cells
from appeals.reporting.measures.cells import Cell
from appeals.reporting.snapshot.count_window import CountWindow
from tests.cast import QIAN, ROADS, WATER, shanghai
from tests.factories import appeal_in, later, played

MARCH = Period.month("2026-03")
HANDED_OVER = shanghai("2026-03-04 00:01")
PARKS = "parks"


def end_department(
    act: Act, code: str = ROADS, successor: str | None = WATER, on: str = "2026-03-04"
) -> None:
    act.session.execute(
        sa.update(Department)
        .where(Department.code == code)
        .values(valid_to=date.fromisoformat(on), successor_code=successor)
    )
    mark_reference_changed(act.session, "calendar of the tests")


def promises(act: Act, appeal: Appeal) -> dict[str, tuple[datetime, str | None]]:
    """Return the running promises of the department: when they are due, and who owes them."""
    act.session.expire_all()
    rows = act.session.scalars(
        sa.select(Deadline).where(
            Deadline.appeal_id == appeal.id,
            Deadline.is_running(),
            Deadline.department.is_not(None),
        )
    )
    return {row.duty: (row.due_at, row.department) for row in rows}


def problems(act: Act) -> list[str]:
    act.session.flush()  # the rows are read as they are stored
    return [each.sentence for checked in verify_all_appeals(act) for each in checked.problems]


@pytest.mark.parametrize("state", [State.DISPATCHED, State.SIGNED, State.IN_HAND])
def test_an_open_case_goes_over_with_its_promises_untouched(act: Act, state: State) -> None:
    appeal = appeal_in(act, state)
    played(later(act, 6), appeal, Action.ASSIGN, officer="3")
    before = promises(act, appeal)
    end_department(act)
    assert hand_over_cases(act.at(shanghai("2026-03-03 23:59"))) == 0, "it has not ended yet"
    assert hand_over_cases(act.at(HANDED_OVER)) == 1
    after = promises(act, appeal)
    assert {duty: due for duty, (due, _) in after.items()} == {
        duty: due for duty, (due, _) in before.items()
    }
    assert {department for _, department in after.values()} == {WATER}
    assert (appeal.state, appeal.holder, appeal.assignee) == (state, WATER, None)
    assert hand_over_cases(act.at(HANDED_OVER)) == 0
    assert problems(act) == []


def list_told(act: Act) -> list[tuple[str, str, str]]:
    act.session.flush()  # the notices are read as they are stored
    rows = act.session.scalars(
        sa.select(Notice)
        .where(Notice.kind == NoticeKind.ASSIGNED_WORK, Notice.staff_id.is_not(None))
        .order_by(Notice.id)
    )
    return [(row.channel, row.recipient, row.subject.partition(" · ")[0]) for row in rows]


def test_the_leaders_of_the_successor_are_told_once_how_many_cases_come(
    act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(department_handover, "BATCH_SIZE", 2)
    leader, officer = (
        StaffMember(
            id=900 + place,
            username=f"water_{role.value}",
            name=role.value,
            role=role,
            department_code=WATER,
            password_hash="none",
            created_at=act.now,
        )
        for place, role in enumerate((Role.LEADER, Role.OFFICER))
    )
    leader.email = officer.email = "water@example.org"
    act.session.add_all([leader, officer])
    cases = [appeal_in(act, State.IN_HAND) for _ in range(3)]
    in_review = appeal_in(act, State.ANSWERED)
    end_department(act)
    assert hand_over_cases(act.at(HANDED_OVER)) == 2
    assert hand_over_cases(act.at(HANDED_OVER)) == 1
    subject = "承接市城市管理局在办诉求3件"
    once = [("desk", "staff:water_leader", subject), ("email", "water@example.org", subject)]
    assert list_told(act) == once
    played(act.at(shanghai("2026-03-05 09:30")), in_review, Action.SEND_BACK)
    assert hand_over_cases(act.at(shanghai("2026-03-05 09:31"))) == 1
    later_subject = subject.replace("3", "1")
    assert [each[2] for each in list_told(act)[2:]] == [later_subject] * 2
    for each in (*cases, in_review):
        by_system = sa.select(Move.seq).where(
            Move.appeal_id == each.id, Move.action == Action.HAND_OVER
        )
        cause = f"{each.id}.{act.session.scalars(by_system).one()}"
        about = sa.select(Notice).where(Notice.cause == cause)
        assert act.session.scalars(about).all() == [], "neither the citizen nor one for each case"


def test_the_successor_finishes_what_it_took_over(act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED)
    end_department(act)
    hand_over_cases(act.at(HANDED_OVER))
    water = act.at(shanghai("2026-03-04 09:30")).by(QIAN)
    for action, given in (
        (Action.CONTACT, {"how": "phone"}),
        (Action.ANSWER, {"result": "solved", "words": "已处理。"}),
    ):
        make_move(water, appeal, action, given)
    played(act.at(shanghai("2026-03-04 10:00")), appeal, Action.CLOSE)
    assert appeal.state is State.CLOSED
    assert problems(act) == []


def test_an_answer_in_review_stays_and_goes_over_once_it_is_sent_back(act: Act) -> None:
    appeal = appeal_in(act, State.ANSWERED)
    end_department(act)
    assert hand_over_cases(act.at(HANDED_OVER)) == 0
    played(act.at(shanghai("2026-03-04 09:30")), appeal, Action.SEND_BACK)
    assert hand_over_cases(act.at(shanghai("2026-03-04 09:31"))) == 1
    assert (appeal.state, appeal.holder) == (State.IN_HAND, WATER)
    assert problems(act) == []


def test_a_case_passes_the_successor_that_has_ended_too(act: Act) -> None:
    act.session.add(Department(code=PARKS, zh="市园林局", en="Parks", tier="municipal"))
    appeal = appeal_in(act, State.IN_HAND)
    end_department(act)
    act.session.flush()  # the successor refers to it
    end_department(act, WATER, PARKS)
    assert hand_over_cases(act.at(HANDED_OVER)) == 1
    assert appeal.holder == PARKS


@pytest.mark.parametrize("successor", [None, WATER])
def test_without_a_successor_in_force_a_case_stays(act: Act, successor: str | None) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    end_department(act, successor=successor)
    if successor:
        end_department(act, successor, None)
    assert hand_over_cases(act.at(HANDED_OVER)) == 0
    assert appeal.holder == ROADS


def test_a_restricted_case_is_not_handed_to_whom_it_is_about(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    appeal.restricted, appeal.complained_department = True, WATER
    end_department(act)
    with pytest.raises(Refused, match="cannot be sent there"):
        hand_over_cases(act.at(HANDED_OVER))


def test_nothing_is_handed_over_while_processes_of_the_release_before_may_run(act: Act) -> None:
    appeal_in(act, State.IN_HAND)
    end_department(act)
    act.session.execute(
        sa.update(RecordedRuleChange)
        .where(RecordedRuleChange.name == RuleChange.HAND_OVER)
        .values(since=HANDED_OVER + timedelta(minutes=1))
    )
    mark_reference_changed(act.session, "calendar of the tests")
    assert hand_over_cases(act.at(HANDED_OVER)) == 0
    assert hand_over_cases(act.at(HANDED_OVER + timedelta(minutes=1))) == 1


def figures(act: Act, department: str, cut_off: str, *names: str) -> list[tuple[int, int]]:
    found = count_cells(act, CountWindow(MARCH, shanghai(cut_off)))
    return [
        found.get(Cell.from_codes("department", department, "dispatched", "all", name), (0, 0))
        for name in names
    ]


def test_a_dispatch_counts_once_for_whoever_had_it_at_the_cut_off(act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED)
    end_department(act)
    hand_over_cases(act.at(HANDED_OVER))
    played(act.at(shanghai("2026-03-04 09:30")), appeal, Action.CONTACT)
    act.session.flush()  # the count reads the rows
    names = ("signed_in_time", "contacted_in_time", "feedback")
    before, after = "2026-03-03 20:00", "2026-03-31 12:00"
    assert figures(act, ROADS, before, *names) == [(1, 1), (0, 1), (0, 1)]
    assert figures(act, WATER, before, *names) == [(0, 0)] * 3
    assert figures(act, ROADS, after, *names) == [(0, 0)] * 3
    assert figures(act, WATER, after, *names)[0] == (1, 1)
    assert figures(act, WATER, after, *names)[2] == (0, 1)
