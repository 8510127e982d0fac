"""The sweep: once each, and only what is late (Rules 1)."""

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.handling import drafts
from appeals.casework.handling.deadline_sweep import sweep_deadlines
from appeals.casework.handling.moves import make_move
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Duty, NoticeKind
from appeals.models.appeal import Appeal
from appeals.models.handling import Deadline
from appeals.models.notice import Notice
from appeals.models.report import DirtyMonth
from appeals.models.staff import Attempt, StaffSession
from tests.cast import DISPATCHER, SUN, ZHAO, shanghai
from tests.factories import appeal_in
from worker.tasks import run_clean_up

DUE_AND_OVER = shanghai("2026-03-10 00:00")  # filed on a Monday, due on the Monday after


def finish_of(act: Act, appeal: Appeal) -> Deadline:
    return act.session.scalars(
        sa.select(Deadline).where(Deadline.appeal_id == appeal.id, Deadline.duty == Duty.FINISH)
    ).one()


def count_notices(act: Act, kind: NoticeKind) -> int:
    return (
        act.session.scalar(
            sa.select(sa.func.count()).select_from(Notice).where(Notice.kind == kind)
        )
        or 0
    )


def test_sweeping_twice_is_sweeping_once(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    late = act.at(DUE_AND_OVER)
    assert sweep_deadlines(late) > 0
    breached_at = finish_of(act, appeal).breached_at
    assert breached_at == DUE_AND_OVER
    counted = count_notices(act, NoticeKind.BREACHED), count_notices(act, NoticeKind.WARNED)
    assert sweep_deadlines(late.later(timedelta(hours=1))) == 0
    assert (
        count_notices(act, NoticeKind.BREACHED),
        count_notices(act, NoticeKind.WARNED),
    ) == counted
    assert finish_of(act, appeal).breached_at == breached_at


def test_what_was_answered_by_due_is_not_breached_while_it_waits_for_review(act: Act) -> None:
    appeal = appeal_in(act, State.ANSWERED)
    sweep_deadlines(act.at(DUE_AND_OVER))
    assert finish_of(act, appeal).breached_at is None


def test_what_was_answered_after_due_is_breached(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    late = act.at(DUE_AND_OVER)
    make_move(late.by(ZHAO), appeal, Action.ANSWER, {"result": "solved", "words": "已处理。"})
    act.session.flush()
    sweep_deadlines(late.later(timedelta(minutes=1)))
    assert finish_of(act, appeal).breached_at is not None


def test_what_is_not_due_is_left_alone(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    sweep_deadlines(act.at(shanghai("2026-03-05 23:00")))
    assert finish_of(act, appeal).warned_at is None
    assert finish_of(act, appeal).breached_at is None


def test_what_was_sent_back_after_due_is_breached_at_the_next_sweep(act: Act) -> None:
    appeal = appeal_in(act, State.ANSWERED)
    late = act.at(DUE_AND_OVER)
    make_move(late.by(DISPATCHER), appeal, Action.SEND_BACK, {"words": "请补充。"})
    act.session.flush()
    sweep_deadlines(late.later(timedelta(minutes=1)))
    assert finish_of(act, appeal).breached_at is not None


def test_tidying_takes_what_is_old_and_nothing_else(act: Act, tmp_path: Path) -> None:
    for days in (0, 2):
        moment = act.now - timedelta(days=days)
        act.session.add(Attempt(scope="password_name", who="x", at=moment))
        act.session.add(
            StaffSession(
                token_hash=bytes([days]), staff_id=SUN.staff_id, created_at=moment, seen_at=moment
            )
        )
        drafts.save_draft(act.at(moment), f"form {days}", {"subject": "未提交"})
    assert run_clean_up(act, tmp_path, tmp_path) == 3
    assert run_clean_up(act, tmp_path, tmp_path) == 0
    assert act.session.scalars(sa.select(Attempt.at)).all() == [act.now]
    assert act.session.scalars(sa.select(StaffSession.seen_at)).all() == [act.now]
    assert drafts.find_draft(act, "form 0") is not None
    assert set(act.session.scalars(sa.select(DirtyMonth.month))) == {act.now.date().replace(day=1)}
