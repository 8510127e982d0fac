"""A text message is sent whole: 140 characters with the sender, the link or the number last."""

import csv
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.handling import moves
from appeals.casework.handling.notices import (
    MAX_TEXT_CHARACTERS,
    TEMPLATES,
    LastAnswer,
    NoticeCause,
    render_text_message,
)
from appeals.casework.messages.joined_messages import compose_text, join_notices
from appeals.domain.lifecycle import MOVES
from appeals.domain.states import Action, State
from appeals.domain.text.short_texts import ELLIPSIS
from appeals.domain.vocabulary import Audience, Duty, NoticeChannel, NoticeKind, Result
from appeals.models.appeal import Appeal
from appeals.models.handling import Deadline
from appeals.models.notice import Notice
from appeals.models.organisation import Department
from appeals.reference.reference_data import mark_reference_changed
from appeals.settings import MAX_SENDER_CHARACTERS
from tests.cast import shanghai
from tests.factories import appeal_in, later, path_to, played
from tests.restricted import add_conduct, restricted_in

CITY = Path(__file__).parents[3] / "appeals" / "city"
TELLS = {kind for move in MOVES for kind, to in move.tells if to is Audience.CITIZEN}
TEXTED = sorted(TELLS | {NoticeKind.CONTACT_CHANGED, NoticeKind.RATING_REMINDER})
SENDER = "青岛市民诉求中心热线"
BASES = ("https://12345.qingdao.gov.cn", "https://appeals.service.qingdao.shandong.gov.cn/12345")
LONG_WORDS = {
    "zh": "经核实，您反映的问题属实，我局已于2026年11月28日 10:30责令施工单位停止夜间施工，并在"
    "2026年12月31日前完成隔音屏的安装，共1,200.50米，期间每日巡查2次。",
    "en": "We looked into it on 28 Nov 2026, 10:30: the builder stopped the work at night and puts "
    "up 1,200.50 metres of noise barriers by 31 Dec 2026; we come by 2 times a day.",
}
WORDINGS = ("", "same", "new", "none")


def longest(column: str) -> str:
    """Return the longest name of a department of the real city."""
    with (CITY / "departments.csv").open(encoding="utf-8") as file:
        return max((row[column] for row in csv.DictReader(file)), key=len)


@pytest.fixture
def appeal(act: Act) -> Appeal:
    """Give an appeal in the hands of the department with the longest names."""
    act.session.add(
        Department(code="longest", zh=longest("zh"), en=longest("en"), tier="municipal")
    )
    mark_reference_changed(act.session, "the longest names")
    appeal = appeal_in(act, State.IN_HAND)
    appeal.holder = "longest"
    act.session.flush()  # the texts read the department
    return appeal


def finish(act: Act, appeal: Appeal) -> Deadline:
    """Return the finish, due at a moment whose words are the longest: next year, with a time."""
    of_appeal = (Deadline.appeal_id == appeal.id, Deadline.duty == Duty.FINISH)
    deadline = act.session.scalars(sa.select(Deadline).where(*of_appeal)).one()
    deadline.due_at = shanghai("2027-12-30 10:10")
    return deadline


def sent(body: str) -> str:
    """Return a text message as it leaves, with the longest sender."""
    assert len(SENDER) == MAX_SENDER_CHARACTERS
    return compose_text(SENDER, body, MAX_TEXT_CHARACTERS)


def test_every_notice_to_the_citizen_has_the_wording_of_its_text_message() -> None:
    worded = {path.stem for path in (TEMPLATES / "sms").glob("*.txt")}
    assert worded == {kind.value for kind in TEXTED}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", TEXTED)
def test_no_text_message_is_longer_than_140_characters_with_the_longest_values(
    act: Act, appeal: Appeal, kind: NoticeKind, language: str
) -> None:
    deadline, last_lines = finish(act, appeal), set[str]()
    for base, wording, result, is_due, words in product(
        BASES, WORDINGS, Result, (True, False), (LONG_WORDS[language], "")
    ):
        due = deadline if is_due else None
        cause = NoticeCause("test", words, due, wording=wording, result=result)
        body = render_text_message(replace(act, base_url=base), appeal, kind, language, cause)
        message = sent(body)
        text, _, last_line = message.rpartition(" ")
        assert len(message) <= MAX_TEXT_CHARACTERS, message
        assert message.startswith(f"【{SENDER}】")
        assert last_line in {f"{base}/n/{appeal.number}", appeal.number}
        last_lines.add(last_line)
        if not words:
            assert ELLIPSIS not in text, "a wording of ours is never cut"
        else:
            quoted = text.partition(ELLIPSIS)[0]
            assert not quoted[-1].isdigit() or not words[words.find(quoted[-9:]) + 9].isdigit()
    assert f"{BASES[0]}/n/{appeal.number}" in last_lines, "with an ordinary address the link fits"


def test_the_text_of_a_closed_appeal_says_the_result_and_no_note_of_colleagues(act: Act) -> None:
    website = replace(act, base_url=BASES[0])
    appeal = close_appeal(
        website, reply="您好！您反映的问题收悉。路灯已于11月28日修复。如有疑问请联系我们。"
    )
    body = written(act, NoticeKind.CLOSED).body
    assert body.splitlines() == [
        "您的诉求已办结（已解决）：路灯已于11月28日修复。请于4月1日前评价：",
        f"{BASES[0]}/n/{appeal.number}",
    ]


def test_a_sentence_without_its_full_stop_gets_one_before_the_next(act: Act) -> None:
    close_appeal(act, reply="办理情况如下：\n路灯已修复")
    assert "：路灯已修复。请于" in written(act, NoticeKind.CLOSED).body


@pytest.mark.parametrize("address", ["", "wang@example.org"], ids=["text message", "mail"])
def test_an_answer_of_another_system_without_a_result_is_not_quoted(
    act: Act, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    load = moves._load_last_moves

    def load_without_result(act: Act, appeal: Appeal) -> tuple[bytes, LastAnswer]:
        link, answer = load(act, appeal)
        return link, replace(answer, result="")

    monkeypatch.setattr(moves, "_load_last_moves", load_without_result)
    close_appeal(act, reply="路灯已修复。", contact_email=address)
    body = written(act, NoticeKind.CLOSED).body
    assert body.startswith(("您的诉求已办结，请查看答复并评价：", "您的诉求已由"))
    assert "路灯" not in body


def test_a_result_that_seems_to_name_somebody_is_not_quoted(act: Act) -> None:
    close_appeal(act, reply="已与投诉对象张先生（13800138000）协商，问题解决。")
    assert "已解决" in written(act, NoticeKind.CLOSED).body
    assert "张" not in written(act, NoticeKind.CLOSED).body


def test_the_mail_of_a_closed_appeal_begins_with_the_result(act: Act) -> None:
    close_appeal(act, reply="路灯已修复。其他情况见附件。", contact_email="wang@example.org")
    assert written(act, NoticeKind.CLOSED).body.startswith(
        "办理结果：已解决。答复摘要：路灯已修复。\n"
    )


def test_of_a_restricted_appeal_no_words_are_quoted(act: Act) -> None:
    add_conduct(act)
    appeal = restricted_in(act, State.IN_HAND)
    cause = NoticeCause("test", "该人员已受处分。", result=Result.SOLVED)
    body = render_text_message(act, appeal, NoticeKind.CLOSED, "zh", cause)
    assert "处分" not in body


def close_appeal(act: Act, reply: str, contact_email: str = "") -> Appeal:
    """Close an appeal of a citizen with a mobile number, with this answer."""
    appeal = appeal_in(act, State.IN_HAND, contact_phone="13900000000", contact_email=contact_email)
    hours = len(path_to(State.IN_HAND)) + 1
    played(later(act, hours), appeal, Action.ANSWER, result="solved", words=reply)
    played(later(act, hours + 1), appeal, Action.CLOSE, words="内部说明")
    return appeal


def written(act: Act, kind: NoticeKind) -> Notice:
    act.session.flush()  # the notices are read
    return act.session.scalars(sa.select(Notice).where(Notice.kind == kind)).one()


def text(id_: int, body: str) -> Notice:
    return Notice(
        id=id_, channel=NoticeChannel.SMS, language="zh", subject=f"通知{id_}",
        body=f"{body}\nhttps://a.cn/n/QD26-1",
    )  # fmt: skip


def test_text_messages_are_joined_in_a_row_with_the_link_once() -> None:
    joined = join_notices(text(1, "已受理。"), [text(2, "已派单。")], MAX_TEXT_CHARACTERS)
    assert (joined.id, joined.body) == (1, "已受理。已派单。\nhttps://a.cn/n/QD26-1")


def test_text_messages_without_room_for_all_say_the_newest_and_how_many_more() -> None:
    first, newest = text(1, "已受理。" * 20), text(3, "已派单。" * 10)
    joined = join_notices(first, [text(2, "已受理。" * 20), newest], 100)
    assert joined.body.splitlines()[0] == "已派单。" * 10 + "（另有2条进展）"


def test_a_message_of_the_release_before_is_sent_in_its_own_words() -> None:
    old = "您的诉求已受理，即将派给承办单位。"
    assert compose_text("12345", old, MAX_TEXT_CHARACTERS) == f"【12345】{old}"


def test_what_is_sent_at_any_hour_is_the_receipt_the_code_and_all_of_an_urgent_appeal(
    act: Act,
) -> None:
    appeal = appeal_in(act, State.ACCEPTED)
    played(later(act, 2), appeal, Action.NEW_CODE)
    appeal_in(act, State.ACCEPTED, category="water.burst")
    act.session.flush()  # the notices are read
    rows = act.session.execute(
        sa.select(Notice.appeal_id == appeal.id, Notice.kind, Notice.can_wait)
        .where(Notice.recipient == "wang@example.org")
        .order_by(Notice.id)
    )
    assert [tuple(row) for row in rows] == [
        (True, NoticeKind.FILED, False),
        (True, NoticeKind.ACCEPTED, True),
        (True, NoticeKind.NEW_CODE, False),
        (False, NoticeKind.FILED, False),
        (False, NoticeKind.ACCEPTED, False),
    ]


def test_no_notice_to_staff_waits(act: Act) -> None:
    appeal_in(act, State.CLOSED)
    staff = sa.select(Notice.can_wait).where(Notice.recipient != "wang@example.org")
    assert set(act.session.scalars(staff)) == {False}
