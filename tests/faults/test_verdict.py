"""The verdict can fail: each fault that it is to find is put there once, and found.

A harness that has never failed proves nothing (Reliability 2, positive controls).
"""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.domain.people import SYSTEM
from tests.cast import SECRET, settle, shanghai
from tests.factories import file_appeal
from tests.faults.verdict import ClientLog, LetterCounts, Verdict, compare_letters, stored

MARKS = ("one", "two", "three")


@pytest.fixture
def act(session: Session) -> Act:
    """Give an act in the small city, in which three appeals were filed."""
    settle(session)
    act = Act(session, SYSTEM, shanghai("2026-03-02 09:00"), SECRET)
    for mark in MARKS:
        file_appeal(act, subject=mark)
    return act


@pytest.fixture
def log(act: Act) -> ClientLog:
    """Give the log of clients who saw the three receipts."""
    return ClientLog({*MARKS}, {*MARKS}, dict(stored(act.session)))


@pytest.fixture
def arrived(act: Act) -> list[str]:
    """Send every letter, and give what arrived."""
    act.session.execute(sa.text("UPDATE notice SET sent_at = created_at"))
    ids = act.session.scalars(sa.text("SELECT id FROM notice"))
    return [f"<notice.{each}.20260302090000@localhost>" for each in ids]


GOOD = Verdict(3, 3, lost=0, unexpected=0, recovered=0, duplicated=0, misnamed=0)
WELL = LetterCounts(3, missing=0, doubled=0, unsent=0, untold=0, strange=0, repeated=0)


def test_what_was_acknowledged_and_is_there_once_holds(
    act: Act, log: ClientLog, arrived: list[str]
) -> None:
    assert Verdict.of(log, stored(act.session)) == GOOD
    assert compare_letters(act.session, arrived) == WELL
    assert GOOD.holds
    assert WELL.holds


def test_a_receipt_without_a_row_is_lost(act: Act, log: ClientLog) -> None:
    log.attempted.add("four")
    log.acknowledged.add("four")
    verdict = Verdict.of(log, stored(act.session))
    assert verdict == replace(GOOD, attempts=4, acknowledged=4, lost=1)
    assert not verdict.holds


def test_a_row_that_is_there_twice_is_duplicated(act: Act, log: ClientLog) -> None:
    file_appeal(act, subject="two")
    verdict = Verdict.of(log, stored(act.session))
    assert verdict == replace(GOOD, duplicated=1)
    assert not verdict.holds


def test_a_row_that_nobody_tried_is_unexpected(act: Act, log: ClientLog) -> None:
    file_appeal(act, subject="four")
    verdict = Verdict.of(log, stored(act.session))
    assert verdict == replace(GOOD, unexpected=1)
    assert not verdict.holds


def test_a_receipt_of_another_number_is_misnamed(act: Act, log: ClientLog) -> None:
    log.receipts["one"] = log.receipts["two"]
    verdict = Verdict.of(log, stored(act.session))
    assert verdict == replace(GOOD, misnamed=1)
    assert not verdict.holds


def test_a_row_whose_answer_never_came_is_recovered_and_allowed(act: Act, log: ClientLog) -> None:
    log.acknowledged.remove("two")
    del log.receipts["two"]
    verdict = Verdict.of(log, stored(act.session))
    assert verdict == replace(GOOD, acknowledged=2, recovered=1)
    assert verdict.holds


TWICE = """
INSERT INTO notice (appeal_id, cause, kind, recipient, channel, language, subject, body,
                    created_at, next_try_at, tries, sent_at)
SELECT appeal_id, cause, kind, recipient, channel, language, subject, body,
       created_at, next_try_at, tries, sent_at FROM notice LIMIT 1
"""


def test_without_its_unique_key_the_outbox_doubles_a_notice(act: Act, arrived: list[str]) -> None:
    act.session.flush()  # the table is changed below
    act.session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
    refused = pytest.raises(sa.exc.IntegrityError, match="one_notice_per_cause")
    with refused, act.session.begin_nested():
        act.session.execute(sa.text(TWICE))
    act.session.execute(sa.text("ALTER TABLE notice DROP CONSTRAINT one_notice_per_cause"))
    act.session.execute(sa.text(TWICE))
    letters = compare_letters(act.session, arrived)
    assert letters == replace(WELL, letters=4, doubled=1, untold=1)
    assert not letters.holds


def test_an_appeal_without_its_notice_is_missing_one(act: Act, arrived: list[str]) -> None:
    act.session.execute(sa.text("DELETE FROM notice WHERE id = (SELECT max(id) FROM notice)"))
    letters = compare_letters(act.session, arrived)
    assert letters == replace(WELL, letters=2, missing=1, strange=1)
    assert not letters.holds


def test_a_letter_that_did_not_leave_or_did_not_arrive_is_counted(
    act: Act, arrived: list[str]
) -> None:
    act.session.execute(
        sa.text("UPDATE notice SET sent_at = NULL WHERE id = (SELECT max(id) FROM notice)")
    )
    assert compare_letters(act.session, arrived) == replace(WELL, unsent=1)
    act.session.execute(sa.text("UPDATE notice SET sent_at = created_at"))
    assert compare_letters(act.session, arrived[1:]) == replace(WELL, untold=1)


def test_a_letter_that_arrives_again_is_shown_and_allowed(act: Act, arrived: list[str]) -> None:
    letters = compare_letters(act.session, [*arrived, arrived[0]])
    assert letters == replace(WELL, repeated=1)
    assert letters.holds
