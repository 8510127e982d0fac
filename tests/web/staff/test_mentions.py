"""Colleagues mentioned in an internal note: told in the inbox, if they may see the case."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from appeals.act import Act
from appeals.casework.answers.mentions import find_mentioned_names, list_mentionable_people
from appeals.domain.people import Actor
from appeals.domain.states import State
from appeals.domain.vocabulary import NoticeKind
from appeals.models.appeal import Appeal
from appeals.models.notice import Notice
from appeals.models.staff import StaffMember
from tests.cast import DISPATCHER, LEADER, OPERATOR, QIAN, SUN, SUPERVISOR, ZHAO
from tests.factories import appeal_in
from tests.restricted import add_conduct, permitted, restricted_in
from tests.web.staff_browser import browser_of, open_page

AGO = timedelta(days=1)


def send_note(app: Flask, act: Act, appeal: Appeal, by: Actor = ZHAO, **sent: object) -> str:
    """Send a note, and return the page that follows."""
    place = "/desk" if by in {ZHAO, LEADER} else "/centre"
    case = f"{place}/appeals/{appeal.number}"
    browser = browser_of(app, act, by)
    given = {"seen": str(appeal.moves_made), "words": "请看一下。", **sent}
    answer = browser.post(f"{case}/note?lang=en", data=given)
    assert answer.status_code == 303, answer.text
    return open_page(browser, f"{case}?lang=en")


def list_told(act: Act) -> list[str]:
    return sorted(
        act.session.scalars(sa.select(Notice.recipient).where(Notice.kind == NoticeKind.MENTIONED))
    )


def test_a_colleague_chosen_from_the_list_finds_the_note_in_the_inbox(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    assert f"In the inbox of: {LEADER.name}." in send_note(
        app, act, appeal, mention=[str(LEADER.staff_id)]
    )
    assert list_told(act) == ["staff:leader5"]
    leader = browser_of(app, act, LEADER)
    inbox = open_page(leader, "/inbox/?lang=en")
    assert appeal.number in inbox
    assert f"{ZHAO.name} mentioned you in an internal note" in inbox or "备注中提到了您" in inbox
    assert "请看一下" not in inbox
    shown = open_page(leader, f"/desk/appeals/{appeal.number}?lang=en")
    assert "Mentioned in a note" in shown
    assert f"→ Leader {LEADER.name}" in " ".join(shown.split())


def test_a_name_behind_an_at_sign_is_told_too(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    words = f"@{LEADER.name}请批示，＠{DISPATCHER.name} 请知悉；邮箱 a@b.example 不算。"
    shown = send_note(app, act, appeal, words=words)
    assert list_told(act) == ["staff:dispatcher2", "staff:leader5"]
    assert "Nobody who may see" not in shown


@pytest.mark.parametrize("person", [QIAN, SUN])
def test_who_may_not_see_the_case_is_not_told_and_that_is_said(
    app: Flask, act: Act, person: Actor
) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    shown = send_note(
        app, act, appeal, words=f"@{person.name} 请看", mention=[str(person.staff_id), "x"]
    )
    assert list_told(act) == []
    assert f"has the name “{person.name.split()[0]}”" in shown


def test_the_centre_mentions_the_department_and_itself_nobody(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    send_note(app, act, appeal, DISPATCHER, words=f"@{ZHAO.name}请回复 @{DISPATCHER.name}")
    assert list_told(act) == ["staff:officer3"]


def test_of_a_restricted_case_those_with_the_permission_are_told(act: Act) -> None:
    add_conduct(act)
    appeal = restricted_in(act, State.IN_HAND)
    officer = act.by(permitted(act, ZHAO))
    assert list_mentionable_people(officer, appeal) == []
    permitted(act, SUPERVISOR)
    assert [each.id for each in list_mentionable_people(officer, appeal)] == [SUPERVISOR.staff_id]


def test_who_left_is_not_offered(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    act.session.get_one(StaffMember, LEADER.staff_id).disabled_at = act.now
    act.session.flush()
    assert [each.id for each in list_mentionable_people(act.by(ZHAO), appeal)] == [
        DISPATCHER.staff_id,
        OPERATOR.staff_id,
        SUPERVISOR.staff_id,
    ]


NAMES = {"王伟", "王伟民", "李娜", "Officer Zhao"}


@pytest.mark.parametrize(
    ("text", "found", "unknown"),
    [
        ("@王伟请看", {"王伟"}, []),
        ("@王伟民请看", {"王伟民"}, []),
        ("请@李娜、@王伟阅。", {"李娜", "王伟"}, []),
        ("＠李娜", {"李娜"}, []),
        ("@Officer Zhao: please", {"Officer Zhao"}, []),
        ("a@李娜.example", set(), []),
        ("@ 李娜 @", set(), []),
        ("@张三，请看", set(), ["张三"]),
        ("@" + "长" * 50, set(), ["长" * 20]),
        ("", set(), []),
    ],
)
def test_names_are_found_behind_an_at_sign(text: str, found: set[str], unknown: list[str]) -> None:
    assert find_mentioned_names(text, NAMES) == (found, unknown)
