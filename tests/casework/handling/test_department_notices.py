"""Notices to a department from which a move takes the appeal."""

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import NoticeKind
from appeals.models.notice import Notice
from tests.cast import ROADS
from tests.factories import appeal_in, played


def test_a_department_is_told_that_its_case_was_recalled(act: Act) -> None:
    appeal = appeal_in(act, State.DISPATCHED)
    played(act, appeal, Action.RECALL)
    told = sa.select(Notice.recipient).where(
        Notice.appeal_id == appeal.id, Notice.kind == NoticeKind.RECALLED
    )
    assert act.session.scalars(told).all() == [f"desk:{ROADS}"]
