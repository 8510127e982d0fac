"""The text of a file, carried by a page in a compressed field."""

import base64
import zlib

import pytest

from appeals.casework.configuration.file_reading import (
    MAX_TEXT_BYTES,
    PACKED_TEXT,
    pack_text,
    unpack_text,
)
from appeals.domain.refusals import Refused


def pack_octets(octets: bytes) -> str:
    return PACKED_TEXT + base64.b64encode(octets).decode()


@pytest.mark.parametrize("text", ["", "code,zh\r\nroads,市城市管理局\r\n", "{}\n", "字" * 100_000])
def test_a_packed_text_comes_back_as_it_was(text: str) -> None:
    assert unpack_text(pack_text(text)) == text


def test_a_text_that_was_not_packed_stays_as_it_is() -> None:
    assert unpack_text("code,zh\nroads,市城市管理局\n") == "code,zh\nroads,市城市管理局\n"


@pytest.mark.parametrize(
    "sent",
    [
        PACKED_TEXT,
        PACKED_TEXT + "no base64",
        pack_octets(b"not compressed"),
        pack_octets(zlib.compress(b"\xff\xff")),
    ],
)
def test_what_was_never_packed_here_is_refused(sent: str) -> None:
    with pytest.raises(Refused, match="Choose a file"):
        unpack_text(sent)


def test_a_text_that_grows_beyond_the_most_of_a_file_is_refused_unread() -> None:
    bomb = zlib.compress(b" " * (2 * MAX_TEXT_BYTES))
    with pytest.raises(Refused, match="too large"):
        unpack_text(pack_octets(bomb))


def test_a_text_that_was_cut_off_is_refused() -> None:
    whole = zlib.compress("市城市管理局".encode() * 50)
    with pytest.raises(Refused, match="Choose a file"):
        unpack_text(pack_octets(whole[:-8]))
