"""A notice in a language with a catalogue of its own has no text of another language."""

from itertools import product

from appeals.act import Act
from appeals.casework.accounts.staff_notices import StaffNotice, join_sentences, notify_staff
from appeals.casework.handling.notices import TEMPLATES, notice_template, text_message_template
from appeals.domain.messages import Labelled, message
from appeals.domain.vocabulary import NoticeKind
from appeals.models.notice import SUBJECT_SEPARATOR, Notice
from appeals.models.staff import StaffMember
from tests.cast import SUN
from tests.made_up_language import KNOWN_LETTERS, made_up_language, translate

__all__ = ["made_up_language"]
VALUES = dict.fromkeys(
    [
        "answer",
        "by",
        "cases",
        "category",
        "choice_link",
        "count",
        "cut_off",
        "day",
        "days",
        "contacts",
        "decider",
        "department",
        "due",
        "duty",
        "link",
        "lookups",
        "mark",
        "number",
        "person",
        "red",
        "result",
        "today",
        "until",
        "what",
        "words",
        "why",
    ],
    "1",
)
WORDINGS = (
    *("", "asked", "granted", "refused", "alone", "operator", "finish"),
    *("same", "none", "password", "address"),
)


TEXTED = [kind for kind in NoticeKind if (TEMPLATES / "sms" / f"{kind.value}.txt").exists()]


def test_no_notice_has_a_text_of_another_language(made_up_language: str) -> None:
    rendered = [
        notice_template(kind, made_up_language).render(
            **{**VALUES, "due": due}, wording=wording, by_mail=by_mail
        )
        for kind, wording, due, by_mail in product(NoticeKind, WORDINGS, ("", "1"), (True, False))
    ]
    rendered += [
        text_message_template(kind, made_up_language).render(
            **{**VALUES, "due": due, "words": words}, wording=wording
        )
        for kind, wording, due, words in product(TEXTED, WORDINGS, ("", "1"), ("", "1"))
    ]
    assert all(text.strip() for text in rendered)
    assert [text for text in rendered if KNOWN_LETTERS.search(text)] == []


def test_a_notice_to_staff_is_written_in_every_language(act: Act, made_up_language: str) -> None:
    assert made_up_language
    person = act.session.get_one(StaffMember, SUN.staff_id)
    what = message("password changed")
    words: dict[str, str | Labelled] = {"person": "7", "what": what, "by": "7", "why": ""}
    notify_staff(act, [person], StaffNotice(NoticeKind.ACCOUNT_CHANGED, "test", words=words))
    subject = act.session.query(Notice.subject).filter_by(cause="test").scalar()
    expected = ["7：修改密码", "7: password changed", f"7: {translate('password changed')}"]
    assert subject.split(SUBJECT_SEPARATOR) == expected


def test_sentences_are_joined_without_a_blank_behind_a_full_width_stop() -> None:
    assert (
        join_sentences("已生效。\n理由：不行\n请联系中心。\n") == "已生效。理由：不行 请联系中心。"
    )
    assert join_sentences("It is  in force.\n\nReason: no.") == "It is in force. Reason: no."
