"""Spellings of one mailbox or number count for one limit (Reliability 3)."""

import pytest

from appeals.casework.attempts import contact_limits
from appeals.domain.contact import mailbox_of, phone_of


@pytest.mark.parametrize(
    "spelling",
    [
        "victim@example.org",
        "VICTIM@Example.ORG",
        "victim+1@example.org",
        "victim++@example.org.",
        " victim@example.org ",
        "ｖｉｃｔｉｍ@example.org",
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


@pytest.mark.parametrize(
    "spelling",
    [
        "13900000000",
        "+86 139 0000 0000",
        "0086-13900000000",
        "013900000000",
        "１３９００００００００",
    ],
)
def test_spellings_of_a_number_are_one(spelling: str) -> None:
    assert phone_of(spelling) == "13900000000"


def test_an_area_with_and_without_the_country_is_one() -> None:
    assert phone_of("(0532) 8591 1234") == phone_of("+86 532 85911234") == "53285911234"


def test_the_limit_is_of_the_mailbox_and_none_without_a_contact() -> None:
    ((tries, who),) = contact_limits(3, "", "VICTIM+9@example.org")
    assert (tries.most, who) == (3, "victim@example.org")
    assert contact_limits(3, "", "") == ()
