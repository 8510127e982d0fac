"""The inbox: who sees which notice, what is unread, and what marks it as read."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from appeals.act import Act
from appeals.cases.desk_notices import UNREAD_SPAN
from appeals.casework.handling import notice_reading
from appeals.domain.people import STAFF, Actor, Role
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import NoticeChannel, NoticeKind
from appeals.models.appeal import Appeal
from appeals.models.notice import Notice, NoticeRead
from appeals.models.staff import StaffMember
from appeals.queries import inbox
from tests.cast import CAST, LEADER, QIAN, ROADS, SUPERVISOR, WATER, ZHAO
from tests.factories import appeal_in, file_appeal, played
from tests.restricted import add_conduct, permitted, restricted_in
from tests.web.staff_browser import browser_of, count_statements, open_page


def write_notice(act: Act, appeal: Appeal, recipient: str, cause: str, days: int = 0) -> None:
    at = act.now - timedelta(days=days)
    act.session.add(
        Notice(
            appeal_id=appeal.id,
            cause=f"{appeal.id}.{cause}",
            kind=NoticeKind.ASSIGNED_WORK,
            recipient=recipient,
            channel=NoticeChannel.DESK,
            language="zh",
            subject=f"新任务{cause}",
            body="请办理。",
            created_at=at,
            next_try_at=at,
            sent_at=at,
        )
    )
    act.session.flush()


def username(act: Act, person: Actor) -> str:
    return act.session.get_one(StaffMember, person.staff_id).username


@pytest.fixture
def appeal(act: Act) -> Appeal:
    """Provide an appeal of the roads department without notices of its own."""
    appeal = appeal_in(act, State.SIGNED)
    act.session.flush()
    act.session.execute(sa.delete(Notice))
    return appeal


def numbers(act: Act, person: Actor) -> list[str | None]:
    return [case.number for case in inbox.load_inbox(act.by(person)).cases]


def test_a_departments_notice_is_for_its_people_and_each_reads_it_for_herself(
    act: Act, appeal: Appeal
) -> None:
    write_notice(act, appeal, f"desk:{ROADS}", "x1")
    assert [numbers(act, person) for person in (ZHAO, LEADER, QIAN)] == [
        [appeal.number], [appeal.number], [],
    ]  # fmt: skip
    notice_reading.mark_case_read(act.by(ZHAO), appeal)
    assert [inbox.count_unread(act.by(person)) for person in (ZHAO, LEADER, QIAN)] == [0, 1, 0]
    notice_reading.mark_case_read(act.by(ZHAO), appeal)
    assert numbers(act, ZHAO) == [appeal.number], "what was read stays in the inbox"


def test_a_read_mark_is_deleted_once_its_notice_counts_as_read_by_age(
    act: Act, appeal: Appeal
) -> None:
    write_notice(act, appeal, f"desk:{ROADS}", "x1")
    notice_reading.mark_case_read(act.by(ZHAO), appeal)
    marks = sa.select(NoticeRead.staff_id)
    for span, deleted, left in ((UNREAD_SPAN, 0, [ZHAO.staff_id]), (UNREAD_SPAN * 2, 1, [])):
        later = act.later(span)
        assert notice_reading.delete_old_read_marks(later) == deleted
        assert list(act.session.scalars(marks)) == left
    assert inbox.count_unread(later.by(ZHAO)) == 0


def test_a_persons_own_notice_is_hers_alone(act: Act, appeal: Appeal) -> None:
    write_notice(act, appeal, f"staff:{username(act, SUPERVISOR)}", "x1")
    assert numbers(act, SUPERVISOR) == [appeal.number]
    assert {
        inbox.count_unread(act.by(CAST[role])) for role in CAST if role is not Role.SUPERVISOR
    } == {0}


def test_cases_stand_by_their_newest_notice_with_all_of_theirs(act: Act, appeal: Appeal) -> None:
    other = appeal_in(act, State.SIGNED)
    act.session.flush()
    act.session.execute(sa.delete(Notice))
    for each, cause in ((appeal, "x1"), (other, "x2"), (appeal, "x3")):
        write_notice(act, each, f"desk:{ROADS}", cause)
    page = inbox.load_inbox(act.by(ZHAO))
    assert [(case.number, len(case.notices)) for case in page.cases] == [
        (appeal.number, 2),
        (other.number, 1),
    ]
    assert [each.notice.subject for each in page.cases[0].notices] == ["新任务x3", "新任务x1"]


def test_pages_follow_each_other_without_a_gap(
    act: Act, appeal: Appeal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "PAGE_CASES", 2)
    appeals = [appeal, *(appeal_in(act, State.SIGNED) for _ in range(4))]
    act.session.flush()
    act.session.execute(sa.delete(Notice))
    for each in appeals:
        write_notice(act, each, f"desk:{ROADS}", "x")
    seen, after = list[str | None](), None
    while True:
        page = inbox.load_inbox(act.by(ZHAO), after)
        seen += [case.number for case in page.cases]
        if page.after is None:
            break
        after = page.after
    assert seen == [each.number for each in reversed(appeals)]


def test_an_old_notice_counts_as_read(act: Act, appeal: Appeal) -> None:
    write_notice(act, appeal, f"desk:{ROADS}", "x1", days=UNREAD_SPAN.days + 1)
    assert inbox.count_unread(act.by(ZHAO)) == 0
    assert numbers(act, ZHAO) == [appeal.number]


def test_a_notice_of_a_restricted_appeal_is_for_who_may_see_it(act: Act) -> None:
    add_conduct(act)
    appeal = restricted_in(act, State.SIGNED)
    act.session.flush()
    act.session.execute(sa.delete(Notice))
    write_notice(act, appeal, f"desk:{ROADS}", "x1")
    assert (inbox.count_unread(act.by(ZHAO)), numbers(act, ZHAO)) == (0, [])
    allowed = permitted(act, LEADER)
    assert (inbox.count_unread(act.by(allowed)), numbers(act, allowed)) == (1, [appeal.number])


def test_what_went_to_another_department_is_named_and_cannot_be_opened(
    app: Flask, act: Act, appeal: Appeal
) -> None:
    write_notice(act, appeal, f"desk:{ROADS}", "x1")
    played(act, appeal, Action.ASK_RETURN)
    played(act, appeal, Action.GRANT_RETURN, department=WATER)
    shown = open_page(browser_of(app, act, ZHAO), "/inbox/?lang=en")
    assert appeal.number in shown
    assert f"/desk/appeals/{appeal.number}" not in shown


def test_the_header_counts_what_is_unread_until_the_case_is_opened(
    app: Flask, act: Act, appeal: Appeal
) -> None:
    write_notice(act, appeal, f"desk:{ROADS}", "x1")
    browser = browser_of(app, act, ZHAO)
    counted = '<a href="/inbox/">Inbox <strong class="site-nav__count">1</strong></a>'
    assert counted in open_page(browser, "/desk/?lang=en")
    assert f'href="/desk/appeals/{appeal.number}"' in open_page(browser, "/inbox/")
    open_page(browser, f"/desk/appeals/{appeal.number}")
    shown = open_page(browser, "/desk/?lang=en")
    assert '<a href="/inbox/">Inbox</a>' in shown


def test_marking_all_as_read_leaves_what_came_since_the_page(
    app: Flask, act: Act, appeal: Appeal
) -> None:
    write_notice(act, appeal, f"desk:{ROADS}", "x1")
    newest = inbox.load_inbox(act.by(ZHAO)).newest
    browser = browser_of(app, act, ZHAO)
    write_notice(act, appeal, f"desk:{ROADS}", "x2")
    act.session.commit()
    assert browser.post("/inbox/read", data={"newest": newest}).status_code == 303
    assert inbox.count_unread(act.by(ZHAO)) == 1
    for mangled in ("", "x", "-1", "9" * 30):
        assert browser.post("/inbox/read", data={"newest": mangled}).status_code == 303


@pytest.mark.parametrize("role", sorted(STAFF))
@pytest.mark.parametrize("after", ["", "?after=x", "?after=-1", f"?after={'9' * 30}"])
def test_everybody_has_an_inbox_and_a_mangled_key_reads_as_the_first_page(
    app: Flask, act: Act, role: Role, after: str
) -> None:
    assert "<h1" in open_page(browser_of(app, act, CAST[role]), f"/inbox/{after}")


def test_the_inbox_takes_the_same_few_statements_for_one_and_for_many(
    app: Flask, act: Act, appeal: Appeal
) -> None:
    write_notice(act, appeal, f"desk:{ROADS}", "x")
    browser = browser_of(app, act, ZHAO)
    with count_statements(act.session) as one:
        open_page(browser, "/inbox/")
    for _ in range(10):
        receipt = file_appeal(act)
        write_notice(act, receipt.appeal, f"desk:{ROADS}", "x")
    act.session.commit()
    with count_statements(act.session) as many:
        open_page(browser, "/inbox/")
    assert len(many.statements) == len(one.statements) <= 12


def test_the_history_names_the_person_and_not_the_account(
    app: Flask, act: Act, appeal: Appeal
) -> None:
    write_notice(act, appeal, f"staff:{username(act, SUPERVISOR)}", "x1")
    address = f"/centre/appeals/{appeal.number}?lang=en"
    shown = open_page(browser_of(app, act, SUPERVISOR), address)
    history = shown.split('id="happened"')[1]
    assert f"Supervisor {SUPERVISOR.name}" in history
    assert username(act, SUPERVISOR) not in history
