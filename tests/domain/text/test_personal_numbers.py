"""Telephone and identity numbers are found in a text, other numbers are not."""

import pytest

from appeals.domain.text.personal_numbers import find_personal_numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("电话13800138000。", ["13800138000"]),
        ("打 138 0013 8000 或 0532-85911111", ["138 0013 8000", "0532-85911111"]),
        ("１３８００１３８０００", ["13800138000"]),
        ("+86 138-0013-8000", ["+86 138-0013-8000"]),
        ("The lamps are dark. Call 13800138000.", ["13800138000"]),
        ("Tel.13800138000.", ["13800138000"]),
        ("13800138000.5 and 0.13800138000", []),
        ("身份证37020219700101123X，李某", ["37020219700101123x"]),
        ("诉求 20261130123456，12345，第3702021970号", []),
        ("37020219701301123X", []),
        ("花了138001380001元，2026年11月30日", []),
    ],
)
def test_numbers_of_persons_are_found(text: str, numbers: list[str]) -> None:
    assert find_personal_numbers(text) == numbers
