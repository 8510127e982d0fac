"""What the tests of casework read back: a running promise, a state, the notices of a kind."""

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.case_rows import MOVE_COLUMNS, load_case
from appeals.cases.hash_chain import make_link
from appeals.domain.case import DeadlineFacts, RecordedMove
from appeals.domain.states import State
from appeals.domain.vocabulary import Duty, NoticeKind
from appeals.models.appeal import Appeal, Move
from appeals.models.notice import Notice


def link_of(secret: bytes, previous: bytes, row: Move) -> bytes:
    move = RecordedMove(**{name: getattr(row, name) for name in MOVE_COLUMNS})
    return make_link(secret, previous, row.appeal_id, move, row.committed)


def running(act: Act, appeal: Appeal, duty: Duty) -> DeadlineFacts:
    act.session.flush()  # the case is read from the rows
    found = load_case(act, appeal.id).running(duty)
    assert found is not None
    return found


def state_of(appeal: Appeal) -> State:
    return appeal.state


def notices(act: Act, kind: NoticeKind) -> list[Notice]:
    act.session.flush()  # notices are read from the rows
    return list(act.session.scalars(sa.select(Notice).where(Notice.kind == kind)))
