"""Lists of work and briefs are mailed once, at their hour, in the person's language, by choice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from threading import Event

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.casework.accounts import regular_mails
from appeals.casework.erasure.erasure import erase_appeals
from appeals.domain.calendar import Period
from appeals.domain.people import SYSTEM, Actor
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import ErasedBy, NoticeKind, RegularMail
from appeals.models.absence import StaffAbsence
from appeals.models.appeal import Appeal
from appeals.models.notice import Notice
from appeals.models.report import Brief
from appeals.models.staff import StaffMailing, StaffMember
from appeals.models.tasks import FailedItem
from appeals.reporting.briefs.briefs import figures_of
from appeals.reporting.counting.monthly_drafts import count_cells
from appeals.reporting.snapshot.count_window import CountWindow
from tests.cast import DISPATCHER, LEADER, SECRET, SUPERVISOR, ZHAO, shanghai
from tests.factories import appeal_in, file_appeal, played
from tests.refusing_rows import accept_rows, refuse_rows
from tests.restricted import add_conduct, restricted_in
from tests.worker.conftest import Outbox
from tests.worker.post import Post
from tests.worker.test_delivery import mailing, port, post, unreachable
from worker.delivery import deliver_notices
from worker.staff_mailings import write_batch
from worker.tasks import run_clean_up

__all__ = ["mailing", "port", "post", "unreachable"]  # the fixtures
HOUR = 8
TUESDAY = shanghai("2026-03-10 08:00")
"""The day after the finish of an appeal that was filed on Monday a week before."""
WORK, DAILY, WEEKLY = RegularMail


def give_address(session: Session, *people: Actor, language: str | None = None) -> None:
    for person in people:
        row = session.get_one(StaffMember, person.staff_id)
        row.email, row.language = f"staff{person.staff_id}@example.org", language
    session.flush()  # the mails' query reads it


def run(act: Act, mail: RegularMail = WORK, at: str = "2026-03-10 08:00") -> list[Notice]:
    """Write the mails that are due, as the worker does, and return all that are written."""
    while write_batch(act.at(shanghai(at)), mail, HOUR):
        pass
    kind = sa.select(Notice).where(Notice.kind == NoticeKind(mail.value))
    return list(act.session.scalars(kind.order_by(Notice.id)))


def test_an_officer_is_mailed_what_is_late_and_due_today_the_most_delayed_first(act: Act) -> None:
    give_address(act.session, ZHAO)
    late = appeal_in(act, State.IN_HAND, subject="夜间施工", contact_phone="13900001111")
    unsigned = appeal_in(act.at(shanghai("2026-03-09 10:00")), State.DISPATCHED)
    appeal_in(act.at(shanghai("2026-03-09 10:00")), State.CLOSED)
    (mail,) = run(act)
    assert mail.recipient == "staff3@example.org"
    assert mail.subject == "2026年3月10日待办提醒：2件"
    assert mail.body.splitlines() == [
        "红牌2件，今日到期0件，最紧急的在前：",
        "",
        f"1. {unsigned.number} 夜间施工噪音：签收超期1个工作日",
        f"2. {late.number} 夜间施工：办结超期1个工作日",
        "",
        "前往办理：/desk/day",
        "设置接收哪些邮件：/account/mails",
    ]


@pytest.mark.parametrize(
    "at", ["2026-03-10 07:59", "2026-03-10 12:00", "2026-03-14 09:00"], ids=str
)
def test_no_list_is_mailed_outside_its_hours_and_on_days_off(act: Act, at: str) -> None:
    give_address(act.session, ZHAO)
    appeal_in(act, State.IN_HAND)
    assert run(act, at=at) == []
    assert act.session.scalars(sa.select(StaffMailing)).all() == []


def test_a_list_of_nothing_is_not_mailed_that_day(act: Act) -> None:
    give_address(act.session, ZHAO)
    assert run(act) == []
    appeal_in(act.at(shanghai("2026-03-02 09:00")), State.IN_HAND)
    assert run(act, at="2026-03-10 09:00") == []
    assert len(run(act, at="2026-03-11 08:00")) == 1


def test_a_list_is_written_once_however_often_the_task_runs(act: Act) -> None:
    give_address(act.session, ZHAO, LEADER)
    appeal_in(act, State.IN_HAND)
    assert [len(run(act)), len(run(act, at="2026-03-10 11:59"))] == [2, 2]
    assert len(run(act, at="2026-03-11 08:00")) == 4


def test_who_is_absent_has_no_list_but_the_leader_has_her_cases(act: Act) -> None:
    give_address(act.session, ZHAO, LEADER)
    late = appeal_in(act, State.IN_HAND)
    late.assignee = ZHAO.staff_id
    until_tuesday = {"since": date(2026, 3, 9), "until": date(2026, 3, 11)}
    recorded = {"recorded_by": LEADER.staff_id, "recorded_at": act.now}
    act.session.add(StaffAbsence(staff_id=ZHAO.staff_id, **until_tuesday, **recorded))
    act.session.flush()  # the mails' query reads it
    (mail,) = run(act)
    assert mail.staff_id == LEADER.staff_id
    assert late.number in mail.body
    assert [each.staff_id for each in run(act, at="2026-03-11 08:00")] == [5, 3, 5]


def test_a_mail_that_fails_stops_no_other_and_is_written_when_it_can(act: Act) -> None:
    give_address(act.session, ZHAO, LEADER)
    appeal_in(act, State.IN_HAND)
    refuse_rows(act.session, "notice", "NEW.staff_id = 3")
    assert [each.staff_id for each in run(act)] == [5]
    assert act.session.scalars(sa.select(FailedItem.key)).all() == ["3 work_waits"]
    assert act.session.get(StaffMailing, (3, WORK)) is None, "what failed is not written"
    accept_rows(act.session)
    assert {each.staff_id for each in run(act, at="2026-03-10 09:00")} == {3, 5}


def test_a_list_is_in_the_persons_language_and_names_no_restricted_subject(act: Act) -> None:
    add_conduct(act)
    restricted = restricted_in(act, State.DISPATCHED)
    give_address(act.session, ZHAO, language="en")
    appeal = appeal_in(act, State.IN_HAND)
    (mail,) = run(act)
    assert mail.subject == "What waits for you on 10 Mar 2026: 1"
    assert f"1. {appeal.number} 夜间施工噪音: Finish: 1 working day late" in mail.body
    assert restricted.number not in mail.body


def test_the_centre_is_mailed_its_own_promises_by_role(act: Act) -> None:
    give_address(act.session, DISPATCHER, SUPERVISOR)
    filed = file_appeal(act).appeal
    appeal_in(act, State.IN_HAND)
    mails = run(act)
    assert [each.staff_id for each in mails] == [DISPATCHER.staff_id, SUPERVISOR.staff_id]
    assert all(f"1. {filed.number} 夜间施工噪音：派单超期5个工作日" in m.body for m in mails)
    assert all("2. " not in each.body for each in mails), "a department's promise is not theirs"


def test_who_chose_no_mail_has_none_and_who_chose_one_has_it(act: Act) -> None:
    give_address(act.session, ZHAO, LEADER)
    appeal_in(act, State.IN_HAND)
    regular_mails.choose_mails(act.by(ZHAO), [], "zh")
    regular_mails.choose_mails(act.by(LEADER), ["daily_brief"], "en")
    assert run(act) == []
    assert [each.subject for each in run(act, DAILY)] == ["Daily brief, 9 Mar 2026"]
    assert run(act, WEEKLY) == []


def test_a_choice_that_is_the_roles_default_is_none_of_ones_own(act: Act) -> None:
    regular_mails.choose_mails(act.by(ZHAO), ["work_waits", "daily_brief"], "fr")
    assert regular_mails.load_choices(act.by(ZHAO)) == {WORK: True}
    assert act.session.scalars(sa.select(StaffMailing)).all() == []
    assert act.session.get_one(StaffMember, ZHAO.staff_id).language is None


def city_of(act: Act) -> list[Appeal]:
    """Put some appeals of the week before into the city: one late, one closed, one urged."""
    late, closed = appeal_in(act, State.IN_HAND), appeal_in(act, State.CLOSED)
    played(act.at(shanghai("2026-03-05 10:00")), late, Action.URGE)
    played(act.at(shanghai("2026-03-06 10:00")), late, Action.ENQUIRE)
    act.session.flush()  # the counts read the rows
    return [late, closed]


@pytest.mark.parametrize(
    ("mail", "days"),
    [(DAILY, ("2026-03-09", "2026-03-10")), (WEEKLY, ("2026-03-02", "2026-03-09"))],
)
def test_a_brief_has_the_figures_of_the_reports_as_of_its_end(
    act: Act, mail: RegularMail, days: tuple[str, str]
) -> None:
    give_address(act.session, SUPERVISOR)
    city_of(act)
    run(act, mail)
    (brief,) = act.session.scalars(sa.select(Brief))
    period = Period.days(*map(date.fromisoformat, days))
    assert (brief.start, brief.end, brief.cut_off) == (period.start, period.end, period.end)
    counted = count_cells(act, CountWindow(period, period.end))
    figures = figures_of(brief)
    assert figures == {cell: counted[cell] for cell in figures}
    assert {cell.measure for cell in figures} >= {"filed", "on_time", "overdue", "urged"}


def test_a_weekly_brief_says_figures_bases_and_the_most_overdue(act: Act) -> None:
    give_address(act.session, SUPERVISOR, LEADER)
    city_of(act)
    told = {each.staff_id: each for each in run(act, WEEKLY)}
    assert set(told) == {SUPERVISOR.staff_id, LEADER.staff_id}
    mail = told[SUPERVISOR.staff_id]
    assert mail.subject == "周报 2026年3月2日至8日"
    assert "统计截至2026年3月9日 00:00" in mail.body
    assert {"提交量：2", "办结量：1", "催办量：1", "查询量：1"} <= set(mail.body.splitlines())
    assert "派单量：2；全市2" in told[LEADER.staff_id].body
    assert told[LEADER.staff_id].body.startswith("市城市管理局")


def test_a_weekly_brief_is_mailed_once_a_week_on_its_first_working_day(act: Act) -> None:
    give_address(act.session, SUPERVISOR)
    days = ("2026-03-08 08:00", "2026-03-09 08:00", "2026-03-10 08:00", "2026-03-16 08:00")
    assert [len(run(act, WEEKLY, at=at)) for at in days] == [0, 1, 1, 2]


def test_a_daily_brief_after_days_off_covers_them(act: Act) -> None:
    give_address(act.session, SUPERVISOR)
    (mail,) = run(act, DAILY, at="2026-03-16 08:00")
    assert mail.subject == "日报 2026年3月13日至15日"


def test_sent_mails_are_deleted_and_an_erasure_deletes_those_that_name_the_appeal(
    act: Act, tmp_path: Path
) -> None:
    give_address(act.session, ZHAO, LEADER)
    appeal, other = appeal_in(act, State.IN_HAND), appeal_in(act, State.IN_HAND)
    assert len(run(act)) == 2
    later = act.at(TUESDAY + timedelta(hours=1))
    act.session.execute(sa.update(Notice).values(sent_at=later.now).where(Notice.staff_id == 3))
    run_clean_up(later, files=tmp_path, data=tmp_path)
    assert [each.staff_id for each in run(act)] == [5], "and it is not written anew"
    played(later, appeal, Action.WITHDRAW)
    act.session.flush()  # the erasure reads the rows
    assert erase_appeals(later, [appeal.id], ErasedBy.OPERATOR) == 1
    assert run(act) == []
    assert other.state is State.IN_HAND


def act_on(session: Session) -> Act:
    return Act(session, SYSTEM, TUESDAY, SECRET, "https://appeals.example")


def prepare_late_case(outbox: Outbox) -> None:
    with outbox.sessions.begin() as session:
        for table in (StaffMailing, Notice):
            session.execute(sa.delete(table))
        give_address(session, ZHAO)
        appeal_in(act_on(session).at(shanghai("2026-03-02 09:00")), State.IN_HAND)


def test_a_list_reaches_a_real_mail_server_once_after_a_crash(mailing: Outbox, post: Post) -> None:
    prepare_late_case(mailing)
    with mailing.sessions() as session:
        assert write_batch(act_on(session), WORK, HOUR) == 1
        session.rollback()  # the worker dies before its commit
    for _ in range(2):
        with mailing.sessions.begin() as session:
            write_batch(act_on(session), WORK, HOUR)
        deliver_notices(mailing.sessions, mailing.settings)
    lists = [each for each in post.letters if each["To"] == "staff3@example.org"]
    assert [str(each["Subject"])[:-2] for each in lists] == ["2026年3月10日待办提醒："]
    assert "https://appeals.example/desk/day" in lists[0].get_content()


def test_two_workers_at_once_write_one_list(outbox: Outbox) -> None:
    prepare_late_case(outbox)
    first_wrote, second_began = Event(), Event()

    def write_first() -> None:
        with outbox.sessions.begin() as session:
            write_batch(act_on(session), WORK, HOUR)
            first_wrote.set()
            assert second_began.wait(10)

    def write_second() -> None:
        assert first_wrote.wait(10)
        with outbox.sessions.begin() as session:
            second_began.set()
            write_batch(act_on(session), WORK, HOUR)

    with ThreadPoolExecutor(2) as pool:
        for each in [pool.submit(write_first), pool.submit(write_second)]:
            each.result(20)
    with outbox.sessions() as session:
        kinds = session.scalars(sa.select(Notice.kind).where(Notice.staff_id == ZHAO.staff_id))
        assert list(kinds) == [NoticeKind.WORK_WAITS]
