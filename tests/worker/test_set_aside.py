"""One row that cannot be handled stops no other, is counted and shown, and is tried again."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.handling import drafts
from appeals.domain.calendar import month_of
from appeals.domain.retry_waits import backoff_delay
from appeals.domain.states import State
from appeals.domain.vocabulary import Duty, NoticeKind
from appeals.models.appeal import Appeal
from appeals.models.handling import Deadline
from appeals.models.notice import Notice
from appeals.models.report import DirtyMonth, Report
from appeals.models.tasks import FailedItem
from appeals.reporting.counting import monthly_drafts
from tests.cast import shanghai
from tests.factories import appeal_in
from tests.refusing_rows import accept_rows, refuse_rows
from worker.set_aside import FIRST_WAIT
from worker.tasks import mark_late, refresh_month, run_clean_up

LATE = shanghai("2026-03-10 00:00")  # filed on a Monday, due on the Monday after
MINUTE = timedelta(minutes=1)


def is_marked(act: Act, appeal: Appeal) -> bool:
    finish = sa.select(Deadline.breached_at).where(
        Deadline.appeal_id == appeal.id, Deadline.duty == Duty.FINISH
    )
    return act.session.scalars(finish).one() is not None


def count_breach_notices(act: Act, appeal: Appeal) -> int:
    count = sa.select(sa.func.count()).select_from(Notice)
    about = (Notice.appeal_id == appeal.id, Notice.kind == NoticeKind.BREACHED)
    return act.session.scalar(count.where(*about)) or 0


def set_aside(act: Act) -> list[FailedItem]:
    act.session.expire_all()
    return list(act.session.scalars(sa.select(FailedItem).order_by(FailedItem.key)))


def test_a_promise_whose_notice_cannot_be_written_stops_no_other_and_is_marked_when_it_can(
    act: Act,
) -> None:
    bad, good = (appeal_in(act, State.IN_HAND) for _ in range(2))
    refuse_rows(act.session, "notice", f"NEW.appeal_id = {bad.id}")
    late = act.at(LATE)
    while mark_late(late):
        pass
    assert (is_marked(act, good), count_breach_notices(act, good) > 0) == (True, True)
    assert (is_marked(act, bad), count_breach_notices(act, bad)) == (False, 0)
    items = set_aside(act)
    assert {item.task for item in items} == {"sweep"}
    assert all(item.key.startswith(bad.number) for item in items)
    kinds, places = zip(*(item.problem.split(" (") for item in items), strict=True)
    assert set(kinds) == {"RaiseException"}
    assert all(place.startswith("notices.py:") for place in places)
    accept_rows(act.session)
    assert mark_late(late) == 0, "its next try has not come"
    assert mark_late(late.later(MINUTE)) == len(items)
    assert (is_marked(act, bad), count_breach_notices(act, bad)) == (
        True,
        count_breach_notices(act, good),
    )
    assert set_aside(act) == []


def test_more_bad_rows_than_a_batch_keep_no_good_one_back(
    act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appeals.casework.handling.deadline_sweep.BATCH_SIZE", 2)
    bad = [appeal_in(act, State.IN_HAND) for _ in range(3)]
    good = appeal_in(act.later(MINUTE), State.IN_HAND)
    refuse_rows(act.session, "notice", f"NEW.appeal_id <= {bad[-1].id}")
    while mark_late(act.at(LATE)):
        pass
    assert is_marked(act, good)
    assert not any(is_marked(act, each) for each in bad)


def test_a_month_that_cannot_be_counted_stops_no_other_and_keeps_its_mark(act: Act) -> None:
    february, march = (shanghai(f"2026-0{n}-01 00:00") for n in (2, 3))
    act.session.execute(sa.delete(DirtyMonth))
    for month in (february, march):
        act.session.add(DirtyMonth(month=month_of(month), marked_at=act.now))
    act.session.flush()
    refuse_rows(act.session, "report", "NEW.\"start\" < '2026-02-15'")
    months = monthly_drafts.list_dirty_months(act)
    assert sum(refresh_month(act, month) for month in months) == 2
    assert [each.start for each in act.session.scalars(sa.select(Report))] == [march]
    assert [item.key for item in set_aside(act)] == ["2026-02"]
    assert monthly_drafts.list_dirty_months(act) == []
    assert monthly_drafts.list_dirty_months(act.later(MINUTE)) == [month_of(february)]
    accept_rows(act.session)
    refresh_month(act.later(MINUTE), month_of(february))
    assert (set_aside(act), monthly_drafts.list_dirty_months(act.later(MINUTE))) == ([], [])


def test_a_step_of_the_clean_up_that_fails_stops_no_other(act: Act, tmp_path: Path) -> None:
    drafts.save_draft(act.later(-timedelta(days=2)), "old form", {"subject": "未提交"})
    act.session.execute(sa.text("ALTER TABLE attempt RENAME TO attempt_elsewhere"))
    assert run_clean_up(act, tmp_path, tmp_path) == 1
    assert drafts.find_draft(act, "old form") is None
    assert [(item.task, item.key) for item in set_aside(act)] == [("tidy", "attempts")]
    act.session.execute(sa.text("ALTER TABLE attempt_elsewhere RENAME TO attempt"))
    run_clean_up(act, tmp_path, tmp_path)
    assert set_aside(act) == []


def test_a_promise_that_was_set_aside_and_then_ended_is_shown_no_more(
    act: Act, tmp_path: Path
) -> None:
    ended, running = (appeal_in(act, State.IN_HAND) for _ in range(2))
    refuse_rows(act.session, "notice", f"NEW.appeal_id IN ({ended.id}, {running.id})")
    late = act.at(LATE)
    mark_late(late)
    kept = {item.key for item in set_aside(act) if item.key.startswith(running.number)}
    assert len(kept) * 2 == len(set_aside(act)) > 0
    act.session.execute(
        sa.update(Deadline).where(Deadline.appeal_id == ended.id).values(ended_at=late.now)
    )
    run_clean_up(late, tmp_path, tmp_path)
    assert {item.key for item in set_aside(act)} == kept


def test_waits_grow_from_half_a_minute_to_an_hour() -> None:
    longest = FailedItem.LONGEST_WAIT
    waits = [backoff_delay(n, FIRST_WAIT, longest).total_seconds() for n in range(1, 2000)]
    assert waits[:9] == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert set(waits[9:]) == {3600}


def test_a_next_try_written_while_the_clock_was_days_ahead_has_come(act: Act) -> None:
    month = month_of(act.now)
    act.session.execute(sa.delete(DirtyMonth))
    act.session.add(DirtyMonth(month=month, marked_at=act.now))
    act.session.add(
        FailedItem(
            task="compile",
            key=f"{month:%Y-%m}",
            failed_at=act.now,
            tries=1,
            next_try_at=act.now + timedelta(days=3),
            problem="KeyError",
        )
    )
    act.session.flush()
    assert monthly_drafts.list_dirty_months(act) == [month]
