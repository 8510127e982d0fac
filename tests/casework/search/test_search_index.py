"""The words of appeals are indexed soon after each change, and go with what is erased."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from appeals.act import Act
from appeals.casework.erasure.erasure import erase_appeals
from appeals.casework.search import search_index
from appeals.casework.search.search_index import index_marked_appeals, mark_all_appeals
from appeals.domain.people import SYSTEM
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import ErasedBy
from appeals.models.appeal import Appeal
from appeals.models.search import SearchMark, SearchWords
from tests.cast import SECRET, shanghai
from tests.factories import appeal_in, file_appeal, later, played


def words_of(act: Act, appeal: Appeal) -> set[str]:
    words = sa.select(SearchWords.words).where(SearchWords.appeal_id == appeal.id)
    return set(act.session.scalars(words).one_or_none() or ())


def count_marks(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(SearchMark)) or 0


def test_texts_places_department_and_officer_are_indexed_and_no_contact(act: Act) -> None:
    appeal = file_appeal(
        act, subject="Street 路燈不亮", detail="已经三天", address="香港中路１号",
        contact_name="王五", contact_phone="13800137001",
    ).appeal  # fmt: skip
    assert words_of(act, appeal) == set()
    assert index_marked_appeals(act) == 1
    found = words_of(act, appeal)
    assert {"street", "路灯", "不亮", "三天", "中路", "市南", "shinan"} <= found
    assert not {"王五", "13800137001", "wang", "example"} & found


def test_each_move_is_indexed_and_an_appeal_without_change_is_not(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    index_marked_appeals(act)
    assert (count_marks(act.session), index_marked_appeals(act)) == (0, 0)
    assert "城市" in words_of(act, appeal), "the department that holds it"
    assert "电缆" not in words_of(act, appeal)
    played(later(act, 30), appeal, Action.NOTE, words="电缆已换")
    assert index_marked_appeals(act) == 1
    assert {"电缆", "已换", "噪音"} <= words_of(act, appeal)


def test_an_erasure_takes_the_words_and_the_worker_does_not_bring_them_back(act: Act) -> None:
    appeal, other = appeal_in(act, State.CLOSED), appeal_in(act, State.CLOSED)
    index_marked_appeals(act)
    mark_all_appeals(act)
    assert erase_appeals(later(act, 100), [appeal.id], ErasedBy.REQUEST) == 1
    index_marked_appeals(act)
    assert words_of(act, appeal) == set()
    assert "噪音" in words_of(act, other)


def test_all_appeals_can_be_indexed_anew(act: Act) -> None:
    appeal = file_appeal(act, subject="路灯").appeal
    index_marked_appeals(act)
    act.session.execute(sa.delete(SearchWords))
    assert mark_all_appeals(act) == act.session.scalar(sa.select(sa.func.count(Appeal.id)))
    while index_marked_appeals(act):
        pass
    assert "路灯" in words_of(act, appeal)


def test_the_newest_changes_are_indexed_before_old_appeals(act: Act) -> None:
    old = file_appeal(act, subject="旧的").appeal
    search_index.BATCH_SIZE, whole = 1, search_index.BATCH_SIZE
    try:
        new = file_appeal(act, subject="新的").appeal
        assert index_marked_appeals(act) == 1
    finally:
        search_index.BATCH_SIZE = whole
    assert (words_of(act, new) > {"新的"}, words_of(act, old)) == (True, set())


def act_of(session: Session, now: datetime) -> Act:
    return Act(session, SYSTEM, now, SECRET)


def test_what_another_transaction_is_changing_waits_for_the_next_turn(
    sessions: sessionmaker[Session],
) -> None:
    now = shanghai("2026-03-02 09:00")
    with sessions.begin() as session:
        file_appeal(act_of(session, now), subject="停电")
    with sessions() as mover, sessions() as worker:
        mover.execute(sa.select(Appeal.id).with_for_update())
        assert index_marked_appeals(act_of(worker, now)) == 0
        worker.commit()
        mover.rollback()
        assert index_marked_appeals(act_of(worker, now + timedelta(minutes=1))) == 1
        with sessions() as second:
            assert index_marked_appeals(act_of(second, now)) == 0, "the first has claimed the mark"
        worker.commit()
        assert count_marks(worker) == 0
