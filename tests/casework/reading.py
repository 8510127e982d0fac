"""What the tests of casework read back: a running promise, a state, the notices of a kind."""

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.case_rows import CaseRows
from appeals.domain.case import DeadlineFacts
from appeals.domain.states import State
from appeals.domain.vocabulary import Duty, NoticeKind
from appeals.models.appeal import Appeal
from appeals.models.notice import Notice


def running(act: Act, appeal: Appeal, duty: Duty) -> DeadlineFacts:
    act.session.flush()  # the case is read from the rows
    found = CaseRows.of(act, appeal).case().running(duty)
    assert found is not None
    return found


def state_of(appeal: Appeal) -> State:
    return appeal.state


def notices(act: Act, kind: NoticeKind) -> list[Notice]:
    act.session.flush()  # notices are read from the rows
    return list(act.session.scalars(sa.select(Notice).where(Notice.kind == kind)))
