"""Unusual numbers of accesses are told to supervisors, once per person and day."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa
import structlog

from appeals.act import Act
from appeals.casework.accounts.unusual_access import (
    LOOKUP_KINDS,
    AccessLimits,
    report_unusual_access,
)
from appeals.casework.records.access_log import Access, hash_subject, record_accesses
from appeals.domain.people import Actor
from appeals.domain.vocabulary import AccessKind, NoticeKind
from appeals.models.notice import Notice
from tests.cast import LEADER, OPERATOR, QIAN, SUPERVISOR, ZHAO

LIMITS = AccessLimits(cases=5, contacts=3, lookups=4)
HOUR = timedelta(hours=1)


def note_accesses(act: Act, person: Actor, kind: AccessKind, subjects: Sequence[int]) -> None:
    is_look_up = kind in LOOKUP_KINDS
    accesses = [
        Access(kind, subject=hash_subject(act, str(n))) if is_look_up else Access(kind, n)
        for n in subjects
    ]
    record_accesses(act.by(person), accesses)


def read_warnings(act: Act) -> list[tuple[int | None, str]]:
    rows = act.session.scalars(
        sa.select(Notice).where(Notice.kind == NoticeKind.UNUSUAL_ACCESS).order_by(Notice.id)
    )
    return [(row.staff_id, row.subject) for row in rows]


@pytest.mark.parametrize(
    ("kind", "most"),
    [
        (AccessKind.CASE_VIEWED, LIMITS.cases),
        (AccessKind.PRINTED, LIMITS.cases),
        (AccessKind.CONTACT_SHOWN, LIMITS.contacts),
        (AccessKind.PHONE_LOOKED_UP, LIMITS.lookups),
        (AccessKind.PERSON_LOOKED_UP, LIMITS.lookups),
    ],
)
def test_unusual_access_is_reported_from_one_above_the_limit(
    act: Act, kind: AccessKind, most: int
) -> None:
    note_accesses(act, ZHAO, kind, range(1, most + 1))
    note_accesses(act, QIAN, kind, [1] * 20)  # the same again and again is no look around
    assert report_unusual_access(act, LIMITS) == 0
    note_accesses(act, ZHAO, kind, [most + 1])
    with structlog.testing.capture_logs() as logged:
        assert report_unusual_access(act, LIMITS) == 1
    assert [(each["event"], each["staff_id"]) for each in logged] == [("unusual_access", 3)]
    ((staff_id, subject),) = read_warnings(act)
    assert staff_id == SUPERVISOR.staff_id
    assert ZHAO.name in subject


def test_unusual_access_of_a_person_is_reported_once_a_day(act: Act) -> None:
    note_accesses(act, ZHAO, AccessKind.CASE_VIEWED, range(1, 10))
    assert report_unusual_access(act, LIMITS) == 1
    assert report_unusual_access(act.later(HOUR / 2), LIMITS) == 0
    note_accesses(act, LEADER, AccessKind.CASE_VIEWED, range(1, 10))
    assert report_unusual_access(act.later(HOUR / 2), LIMITS) == 1
    tomorrow = act.later(timedelta(days=1))
    note_accesses(tomorrow, ZHAO, AccessKind.CASE_VIEWED, range(1, 10))
    assert report_unusual_access(tomorrow, LIMITS) == 1
    assert len(read_warnings(act)) == 3


def test_accesses_more_than_an_hour_ago_are_not_counted_as_unusual(act: Act) -> None:
    note_accesses(act, ZHAO, AccessKind.CASE_VIEWED, range(1, 5))
    note_accesses(act.later(HOUR), ZHAO, AccessKind.CASE_VIEWED, range(5, 9))
    assert report_unusual_access(act.later(HOUR), LIMITS) == 0
    note_accesses(act, OPERATOR, AccessKind.CASE_VIEWED, range(1, 10))
    assert report_unusual_access(act.later(HOUR), LIMITS) == 0


def test_unusual_access_of_the_only_supervisor_is_told_to_administrators(act: Act) -> None:
    note_accesses(act, SUPERVISOR, AccessKind.CONTACT_SHOWN, range(1, 10))
    assert report_unusual_access(act, LIMITS) == 1
    assert [staff_id for staff_id, _ in read_warnings(act)] == [7]
