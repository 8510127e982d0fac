"""Numbers that check themselves and tell nothing; codes that are derived, and kept as a hash."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appeals.domain import numbers

KEY = b"a key of the tests, thirty-two bytes"
SEQUENCES = st.integers(0, numbers.NUMBERS_A_YEAR - 1)


@given(SEQUENCES, SEQUENCES)
def test_two_appeals_never_share_a_number(one: int, other: int) -> None:
    first, second = (numbers.make_number(each, 2026, KEY) for each in (one, other))
    assert (first == second) == (one == other)


def test_neighbours_in_sequence_share_nothing_on_the_outside() -> None:
    made = [numbers.make_number(sequence, 2020, KEY) for sequence in range(5000)]
    assert len(set(made)) == 5000
    assert made != sorted(made)
    assert numbers.make_number(7, 2020, b"another key") != made[7]
    assert numbers.make_number(7, 2020, KEY) == made[7]


def test_a_number_fits_an_address_and_the_year_stands_in_it() -> None:
    number = numbers.make_number(1, 2020, KEY)
    assert re.fullmatch(r"QD20-\w{4}-\w{4}-\w", number)
    assert re.fullmatch(r"[\w-]+", number)


@pytest.mark.parametrize("sequence", [-1, numbers.NUMBERS_A_YEAR])
def test_a_year_holds_so_many_numbers_and_no_more(sequence: int) -> None:
    assert numbers.NUMBERS_A_YEAR >= 2**40
    with pytest.raises(ValueError, match="not a sequence"):
        numbers.make_number(sequence, 2020, KEY)


@given(SEQUENCES)
def test_every_wrong_character_shows(sequence: int) -> None:
    """Each place is tried with each other character: a 0 typed for a Z as well."""
    plain = numbers.make_number(sequence, 2026, KEY).replace("-", "")
    assert numbers.is_number(plain)
    for place in range(2, len(plain)):
        for char in set(numbers.ALPHABET) - {plain[place]}:
            assert not numbers.is_number(plain[:place] + char + plain[place + 1 :])


@given(SEQUENCES)
def test_two_swapped_neighbours_show(sequence: int) -> None:
    plain = numbers.make_number(sequence, 2026, KEY).replace("-", "")
    for i in range(2, len(plain) - 1):
        swapped = plain[:i] + plain[i + 1] + plain[i] + plain[i + 2 :]
        assert numbers.is_number(swapped) == (swapped == plain)


@given(SEQUENCES)
def test_a_number_reads_as_people_type_it(sequence: int) -> None:
    number = numbers.make_number(sequence, 2020, KEY)
    wide = "".join(chr(ord(char) + 0xFEE0) if char != "-" else " " for char in number.lower())
    zero = number[:2] + number[2:].replace("0", "o")
    alike = [zero.replace("1", one) for one in "lLiI"]
    for typed in (wide, *alike, f" {number.replace('-', '')} "):
        assert numbers.normalise_number(typed) == number


@pytest.mark.parametrize("text", ["", "hello", "QD20", "QD20-UUUU-UUUU-U", "QD20-4F7K-92MX-C-9"])
def test_nonsense_is_no_number(text: str) -> None:
    assert not numbers.is_number(text)


def test_a_code_is_the_same_for_the_same_form_and_no_other() -> None:
    code = numbers.derive_code(KEY, "form 1")
    assert re.fullmatch(r"(\w{4}-){3}\w{4}", code)
    assert code == numbers.derive_code(KEY, "form 1")
    assert code != numbers.derive_code(KEY, "form 2")
    assert code != numbers.derive_code(KEY, "form 1", generation=1)
    assert code != numbers.derive_code(b"another key", "form 1")


def test_codes_of_many_forms_are_all_different() -> None:
    codes = {numbers.derive_code(KEY, f"form {i}", i % 3) for i in range(5000)}
    assert len(codes) == 5000


def test_a_code_reads_as_people_type_it() -> None:
    code = numbers.derive_code(KEY, "form 1")
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "i")
    assert numbers.normalise_code(typed) == code
    assert numbers.normalise_code(f"{code}X") != code


def test_a_stored_code_holds_for_one_number_and_one_key_only() -> None:
    kept = numbers.hash_code(KEY, "QD20-1", "AAAA")
    assert len(kept) == 32
    assert kept == numbers.hash_code(KEY, "QD20-1", "AAAA")
    assert kept not in {
        numbers.hash_code(KEY, "QD20-2", "AAAA"),
        numbers.hash_code(KEY, "QD20-1", "AAAB"),
        numbers.hash_code(b"another key", "QD20-1", "AAAA"),
    }
