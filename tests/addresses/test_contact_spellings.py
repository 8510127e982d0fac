"""Telephones and e-mail addresses as people write them: one normal form each (Reliability 3)."""

import pytest

from appeals.addresses.email_addresses import delivery_address, mailbox_of, read_email
from appeals.addresses.telephones import Telephone, read_telephone
from appeals.casework.accounts.rate_limits import contact_limits
from appeals.domain.contact import ContactDetails, ContactSettings
from appeals.domain.refusals import Refused

MOBILE, LANDLINE = "+8613800138000", "+8653285911234"
NUMBERS = {
    "13800138000": MOBILE,
    "138-0013-8000": MOBILE,
    "138 0013 8000": MOBILE,
    "１３８００１３８０００": MOBILE,
    "+86 138 0013 8000": MOBILE,
    "+86-13800138000": MOBILE,
    "0086 13800138000": MOBILE,
    "8613800138000": MOBILE,
    "(+86)13800138000": MOBILE,
    "013800138000": MOBILE,
    "138\u201000138000": MOBILE,
    "\u202d13800138000\u202c": MOBILE,
    "13800138000转801": f"{MOBILE};ext=801",
    "13800138000 轉 801": f"{MOBILE};ext=801",
    "13800138000-801": f"{MOBILE};ext=801",
    "13800138000,801": f"{MOBILE};ext=801",
    "138-0013-8000-801": f"{MOBILE};ext=801",
    "85911234": LANDLINE,
    "8591-1234": LANDLINE,
    "0532-85911234": LANDLINE,
    "(0532) 8591 1234": LANDLINE,
    "（0532）85911234": LANDLINE,
    "+86 532 85911234": LANDLINE,
    "+8605328591 1234": LANDLINE,
    "53285911234": LANDLINE,
    "0532—85911234": LANDLINE,
    "0532-85911234-801": f"{LANDLINE};ext=801",
    "85911234-801": f"{LANDLINE};ext=801",
    "0532-85911234转801": f"{LANDLINE};ext=801",
    "0532-85911234 分机801": f"{LANDLINE};ext=801",
    "0532-85911234转分机801": f"{LANDLINE};ext=801",
    "0532-85911234 ext. 801": f"{LANDLINE};ext=801",
    "85911234 x801": f"{LANDLINE};ext=801",
    "85911234#801": f"{LANDLINE};ext=801",
    "85911234（分机801）": f"{LANDLINE};ext=801",
    "010-65251234": "+861065251234",
    "021 6217 1234": "+862162171234",
    "0536-8091234": "+865368091234",
    "400-820-8820": "+864008208820",
    "400-820-8820转3": "+864008208820;ext=3",
    "+852 2123 4567": "+85221234567",
    "00852 21234567": "+85221234567",
    "+1 (650) 253-0000": "+16502530000",
}
NO_NUMBERS = [
    "", "  ", "110", "12345", "95588", "1380013800", "138001380001", "12345678901",
    "abc", "家里没电话", "13800138000abc", "0532", "+", "转801", "100000",
    "13800138000/13900139000", "00000000000",
]  # fmt: skip


@pytest.mark.parametrize(("typed", "written"), NUMBERS.items())
def test_spellings_of_a_number_are_one(typed: str, written: str) -> None:
    found = read_telephone(typed, "0532")
    assert found is not None
    assert found.written == written


@pytest.mark.parametrize("typed", NO_NUMBERS)
def test_what_cannot_be_called_is_no_telephone(typed: str) -> None:
    assert read_telephone(typed, "0532") is None


def test_a_local_number_is_of_the_city() -> None:
    assert read_telephone("65251234", "010") == Telephone("+861065251234")


def test_a_number_is_dialled_as_in_china() -> None:
    dialled = [MOBILE, LANDLINE, "+861065251234", "+864008208820", "+85221234567"]
    assert [Telephone(number).dialled for number in dialled] == [
        "13800138000", "053285911234", "01065251234", "4008208820", "+85221234567",
    ]  # fmt: skip


def test_messages_go_to_mobiles_of_china_alone() -> None:
    takes = [each for each in NUMBERS if (read_telephone(each) or Telephone("")).takes_messages]
    assert {NUMBERS[each] for each in takes} == {MOBILE}


ADDRESSES = {
    "li@163.com": "li@163.com",
    "li@163。com": "li@163.com",
    "li＠163．com": "li@163.com",
    "ｌｉ@163.com": "li@163.com",
    " li@163.com\u200b": "li@163.com",
    "li @ 163 . com": "li@163.com",
    "li@163｡com": "li@163.com",
    "Li.Si@Example.ORG": "Li.Si@example.org",
    "li+12345@163.com": "li+12345@163.com",
    "li@例子.中国": "li@例子.中国",
    "li@xn--fsqu00a.xn--fiqs8s": "li@例子.中国",
    "li@münchen.de": "li@münchen.de",
}
NO_ADDRESSES = ["li", "li@", "@163.com", "li@163", "li@@163.com", "li@163..com", "li 4@163.com",
                "li@-163.com", "li@163.com;wang@163.com", "a" * 250 + "@163.com"]  # fmt: skip


@pytest.mark.parametrize(("typed", "kept"), ADDRESSES.items())
def test_spellings_of_an_address_are_one(typed: str, kept: str) -> None:
    assert read_email(typed) == kept


@pytest.mark.parametrize("typed", NO_ADDRESSES)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(Refused, match=r"name@example\.org"):
        read_email(typed)


def test_a_name_beyond_ascii_is_taken_where_the_server_takes_it() -> None:
    with pytest.raises(Refused) as refused:
        read_email("李四@163.com")
    assert "邮件服务器" in refused.value.label("zh")
    assert read_email("李四@163.com", smtp_utf8=True) == "李四@163.com"


def test_a_letter_is_sent_to_the_domain_in_ascii() -> None:
    assert delivery_address("li@例子.中国") == "li@xn--fsqu00a.xn--fiqs8s"
    assert delivery_address("li@163.com") == "li@163.com"
    assert delivery_address("desk:water") == "desk:water"


@pytest.mark.parametrize(
    "spelling",
    [
        "victim@example.org",
        "VICTIM@Example.ORG",
        "victim+1@example.org",
        "victim++@example.org.",
        " victim@example.org ",
        "ｖｉｃｔｉｍ@example.org",
        "victim@example。org",
        '"victim"@example.org',
    ],
)
def test_spellings_of_a_mailbox_are_one(spelling: str) -> None:
    assert mailbox_of(spelling) == "victim@example.org"


@pytest.mark.parametrize("spelling", ["v.i.ctim@gmail.com", "Victim+x@googlemail.com"])
def test_a_provider_that_ignores_dots_has_one_mailbox_for_all(spelling: str) -> None:
    assert mailbox_of(spelling) == "victim@gmail.com"


def test_other_mailboxes_stay_others() -> None:
    assert mailbox_of("v.ictim@example.org") != mailbox_of("victim@example.org")
    assert mailbox_of("victim@münchen.example") == mailbox_of("victim@xn--mnchen-3ya.example")


def limited(phone: str = "", email: str = "") -> list[str]:
    limits = contact_limits(3, ContactDetails(phone=phone, email=email), ContactSettings())
    return [who for _, who in limits]


def test_the_limit_is_of_the_mailbox_or_the_number_and_none_without_a_contact() -> None:
    assert limited(email="VICTIM+9@example.org") == ["victim@example.org"]
    assert limited(phone="138-0013-8000 转 9") == limited(phone="+8613800138000") == [MOBILE]
    assert limited() == []
