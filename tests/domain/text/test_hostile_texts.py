"""Half a megabyte of text made to stop a function: each that reads what strangers send is linear.

A process of its own with a bound of CPU time reads them: quadratic time would be hours.
"""

import os
import resource
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from appeals.addresses import email_addresses, telephones
from appeals.domain.numbers import normalise_number
from appeals.domain.people import normalise_username
from appeals.domain.refusals import Refused
from appeals.domain.text import cleaning, folding
from appeals.web.shared.form_encoding import decode_texts
from tests.forked_commands import run_program

LENGTH = 500_000
CPU_SECONDS = 60
PARTS = [
    " ", "@", ".", "1", "-", ",", "x", "(", "\n", "\t", "1 ", "1-", "1,", "1, ", "@ .", " .",
    "1转 ", "路", "\u200b", "\u3000", "\ufdfa", "\U0001f468\u200d", "\u0300\u0316", "\u0f73",
    "\u0f75\u0f81", "\uff9e\u0301", "\uff9e\uff9f\u0316",
]  # fmt: skip
FRAMES = [("", ""), ("1", "y"), ("a@", "y")]
DOORS: dict[str, Callable[[str], Any]] = {
    "telephone": telephones.read_telephone,
    "e-mail": email_addresses.read_email,
    "e-mail that is looked for": email_addresses.plain_address,
    "e-mail that is written to": email_addresses.delivery_address,
    "mailbox that is limited": email_addresses.mailbox_of,
    "cleaned text": cleaning.clean_text,
    "cleaned line": cleaning.clean_line,
    "counted text": cleaning.count_characters,
    "folded text": folding.fold_text,
    "username": normalise_username,
    "number of an appeal": normalise_number,
    "encoding": lambda text: decode_texts([text.encode()]),
}


def read_hostile_texts(door: str) -> None:
    """Read every hostile text at a door; the process is killed when its time is over."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    for part in PARTS:
        for before, after in FRAMES:
            text = f"{before}{part * (LENGTH // len(part))}{after}"
            with suppress(Refused):
                DOORS[door](text)


@pytest.mark.parametrize("door", DOORS)
def test_a_long_text_takes_time_in_proportion(door: str) -> None:
    program = f"from {__name__} import read_hostile_texts; read_hostile_texts({door!r})"
    assert run_program(program, os.environ).returncode == 0
