"""Drafts of answers: two machines, two officers, and what ends a draft."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from appeals.act import Act
from appeals.cases.access import open_case
from appeals.casework.erasure.erasure import erase_appeals
from appeals.casework.handling import answer_drafts, moves
from appeals.casework.handling.answer_drafts import (
    ANSWER_DRAFT_LIFETIME,
    MAX_DRAFTS,
    delete_old_answer_drafts,
    list_answer_drafts,
    save_answer_draft,
)
from appeals.domain.people import Actor
from appeals.domain.refusals import Refused
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import ErasedBy
from appeals.models.answer import AnswerDraft
from appeals.models.appeal import Appeal
from tests.cast import DISPATCHER, LEADER, QIAN, SECRET, WATER, ZHAO, shanghai
from tests.factories import appeal_in, later, played

LIU = replace(ZHAO, staff_id=LEADER.staff_id, name=LEADER.name)
"""A colleague of Zhao's: the leader, as an officer."""
WAITS = sa.text(
    "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database d ON d.datname = current_database()"
    " WHERE locktype IN ('transactionid', 'tuple') AND NOT granted)"
)


def typed(act: Act, appeal: Appeal, by: Actor = ZHAO) -> list[str]:
    return [each.fields["words"] for each in list_answer_drafts(act.by(by), appeal)]


def saved(act: Act, appeal: Appeal, words: str, stamp: str = "", by: Actor = ZHAO) -> str:
    draft = save_answer_draft(act.by(by), appeal, {"words": words, "result": ""}, stamp)
    assert draft is not None
    return draft.stamp


def test_a_draft_is_saved_over_itself(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    first = saved(act, appeal, "已派")
    assert saved(act, appeal, "已派人", first) != first
    assert [each.fields for each in list_answer_drafts(act.by(ZHAO), appeal)] == [
        {"words": "已派人"}
    ]


def test_a_draft_saved_meanwhile_on_another_machine_is_not_overwritten(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    shown_on_both = saved(act, appeal, "已派人")
    saved(later(act, 1), appeal, "已派人到场", shown_on_both)
    second = saved(later(act, 2), appeal, "已派人核查", shown_on_both)
    assert typed(act, appeal) == ["已派人核查", "已派人到场"]
    saved(later(act, 3), appeal, "已派人核查完毕", second)
    assert typed(act, appeal) == ["已派人核查完毕", "已派人到场"]


def test_an_emptied_draft_is_deleted(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    stamp = saved(act, appeal, "已派人")
    assert save_answer_draft(act.by(ZHAO), appeal, {"words": " "}, stamp) is None
    assert typed(act, appeal) == []


@pytest.mark.parametrize("stamp", ["x", "1", "1.", ".1", "²." + "1", "9" * 30 + ".1", "0.0"])
def test_a_stamp_of_nothing_makes_a_draft_of_its_own(act: Act, stamp: str) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    saved(act, appeal, "一")
    saved(later(act), appeal, "二", stamp)
    assert typed(act, appeal) == ["二", "一"]


def test_nobody_saves_over_the_draft_of_another(act: Act) -> None:
    appeal, other = appeal_in(act, State.IN_HAND), appeal_in(act, State.IN_HAND)
    stamp = saved(act, appeal, "赵的")
    saved(act, appeal, "刘的", stamp, LIU)
    saved(act, other, "别的", stamp)
    assert (typed(act, appeal), typed(act, appeal, LIU)) == (["赵的"], ["刘的"])
    answer_drafts.delete_answer_draft(act.by(LIU), appeal, int(stamp.partition(".")[0]))
    assert typed(act, appeal) == ["赵的"]
    answer_drafts.delete_answer_draft(act.by(ZHAO), appeal, int(stamp.partition(".")[0]))
    assert typed(act, appeal) == []


def test_the_oldest_of_many_drafts_is_deleted(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    for n in range(MAX_DRAFTS + 2):
        saved(later(act, n), appeal, str(n))
    assert typed(act, appeal) == ["6", "5", "4", "3", "2"]


@pytest.mark.parametrize("state", [State.SIGNED, State.ANSWERED, State.CLOSED])
def test_no_draft_is_saved_where_nothing_can_be_answered(act: Act, state: State) -> None:
    appeal = appeal_in(act, state)
    with pytest.raises(Refused, match="cannot be answered"):
        saved(act, appeal, "已派人")


def test_a_draft_is_saved_by_the_department_alone_and_within_bounds(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    with pytest.raises(Refused):
        saved(act, appeal, "已派人", by=DISPATCHER)
    with pytest.raises(Refused, match="20000"):
        saved(act, appeal, "长" * 20_001)


def test_an_answer_ends_the_drafts_of_its_officer_and_closing_those_of_colleagues(
    act: Act,
) -> None:
    appeal, other = appeal_in(act, State.IN_HAND), appeal_in(act, State.IN_HAND)
    for one in (appeal, other):
        saved(act, one, "赵的")
        saved(act, one, "刘的", by=LIU)
    played(later(act, 9), appeal, Action.ANSWER)
    assert (typed(act, appeal), typed(act, appeal, LIU)) == ([], ["刘的"])
    played(later(act, 10), appeal, Action.CLOSE)
    assert (typed(act, appeal, LIU), typed(act, other)) == ([], ["赵的"])


def test_drafts_end_when_the_case_leaves_the_department(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    saved(act, appeal, "赵的")
    played(later(act, 9), appeal, Action.NOTE)
    assert typed(act, appeal) == ["赵的"]
    played(later(act, 10), appeal, Action.WITHDRAW)
    assert typed(act, appeal) == []


def test_a_department_that_loses_the_case_loses_its_drafts(act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED)
    played(later(act, 2), appeal, Action.ASK_RETURN)
    act.session.add(
        AnswerDraft(appeal_id=appeal.id, staff_id=3, fields={"words": "x"}, saved_at=act.now)
    )
    played(later(act, 3), appeal, Action.GRANT_RETURN, department=WATER)
    assert QIAN.department == WATER
    assert act.session.scalars(sa.select(AnswerDraft)).all() == []


def test_drafts_are_deleted_a_month_after_the_last_save(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    saved(act, appeal, "旧的")
    saved(act.later(timedelta(days=1)), appeal, "新的")
    assert delete_old_answer_drafts(act.later(ANSWER_DRAFT_LIFETIME + timedelta(hours=1))) == 1
    assert typed(act, appeal) == ["新的"]


def test_an_erasure_deletes_drafts(act: Act) -> None:
    appeal = appeal_in(act, State.CLOSED)
    act.session.add(
        AnswerDraft(appeal_id=appeal.id, staff_id=3, fields={"words": "x"}, saved_at=act.now)
    )
    act.session.flush()
    erase_appeals(later(act, 40), [appeal.id], ErasedBy.OPERATOR)
    assert act.session.scalars(sa.select(AnswerDraft)).all() == []


def act_in(session: Session, by: Actor = ZHAO) -> Act:
    return Act(session, by, shanghai("2026-03-03 09:00"), SECRET)


def file_case(sessions: sessionmaker[Session]) -> str:
    with sessions.begin() as session:
        now = shanghai("2026-03-02 09:00")
        return appeal_in(Act(session, ZHAO, now, SECRET), State.IN_HAND).number


def until_it_waits(sessions: sessionmaker[Session], hand: Future[str]) -> None:
    while not hand.done():
        with sessions() as session:
            if session.scalar(WAITS):
                return


def test_two_machines_that_save_one_draft_at_once_leave_both_texts(
    sessions: sessionmaker[Session],
) -> None:
    number = file_case(sessions)
    with sessions.begin() as session:
        act = act_in(session)
        stamp = saved(act, open_case(act, number), "已派人")

    def second() -> str:
        with sessions.begin() as session:
            act = act_in(session)
            return saved(act, open_case(act, number), "第二台", stamp)

    with ThreadPoolExecutor(1) as other, sessions() as session:
        act = act_in(session)
        saved(act, open_case(act, number), "第一台", stamp)
        hand = other.submit(second)
        until_it_waits(sessions, hand)
        session.commit()
        assert hand.result() != stamp
    with sessions() as session:
        act = act_in(session)
        assert sorted(typed(act, open_case(act, number))) == ["第一台", "第二台"]


def test_a_draft_that_arrives_after_the_answer_is_refused(sessions: sessionmaker[Session]) -> None:
    number = file_case(sessions)

    def second() -> str:
        with sessions.begin() as session:
            act = act_in(session)
            return saved(act, open_case(act, number), "太晚")

    with ThreadPoolExecutor(1) as other, sessions() as session:
        act = act_in(session)
        appeal = open_case(act, number)
        moves.make_move(act, appeal, Action.ANSWER, {"result": "solved", "words": "已修好。"})
        hand = other.submit(second)
        until_it_waits(sessions, hand)
        session.commit()
        with pytest.raises(Refused, match="cannot be answered"):
            hand.result()
    with sessions() as session:
        assert session.scalars(sa.select(AnswerDraft)).all() == []


def test_the_second_of_two_officers_who_answer_at_once_is_told_and_keeps_the_draft(
    sessions: sessionmaker[Session],
) -> None:
    number = file_case(sessions)
    with sessions.begin() as session:
        act = act_in(session, LIU)
        saved(act, open_case(act, number), "刘的答复", by=LIU)

    def second() -> str:
        with sessions.begin() as session:
            act = act_in(session, LIU)
            appeal = open_case(act, number)
            moves.refuse_if_moved_since(act, appeal, seen)
            return appeal.number

    with ThreadPoolExecutor(1) as other, sessions() as session:
        act = act_in(session)
        appeal = open_case(act, number)
        seen = appeal.moves_made
        moves.make_move(act, appeal, Action.ANSWER, {"result": "solved", "words": "已修好。"})
        hand = other.submit(second)
        until_it_waits(sessions, hand)
        session.commit()
        with pytest.raises(Refused, match="Somebody else has just worked"):
            hand.result()
    with sessions() as session:
        act = act_in(session, LIU)
        assert typed(act, open_case(act, number), LIU) == ["刘的答复"]
