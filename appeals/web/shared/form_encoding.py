"""The encoding of a form that was sent: UTF-8, or GB18030 where a program says or shows it.

Werkzeug replaces what is not UTF-8 by U+FFFD; here a form is decoded whole or refused.
"""

from collections.abc import Iterable
from typing import IO, Any, cast
from urllib.parse import parse_qsl

from flask import Request
from werkzeug.datastructures import Headers, MultiDict
from werkzeug.formparser import FormDataParser, MultiPartParser
from werkzeug.http import parse_options_header

OCTETS = "latin-1"
"""Decodes any bytes one to one, so that none is lost before the encoding is known."""
CHARSET_FIELD = "_charset_"
"""The field that browsers fill in with the encoding that they send."""
CHINESE_ENCODINGS = frozenset({"gbk", "gb2312", "gb18030", "gb_2312-80", "x-gbk", "cp936", "ms936"})
COMMON_ENCODING = "gb2312"
MIN_COMMON_SHARE = 0.9
"""The share of common characters from which bytes without a hint count as GB18030."""


class LatinPartsParser(MultiPartParser):
    """Decodes the parts of a form as Latin-1, so that every byte survives."""

    def get_part_charset(self, headers: Headers) -> str:
        """Decode every part as Latin-1."""
        del headers
        return OCTETS


class LatinFormParser(FormDataParser):
    """Decodes forms as Latin-1; `AnyEncodingRequest` finds their encoding."""

    def _parse_multipart(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str],
    ) -> tuple[IO[bytes], MultiDict[str, Any], MultiDict[str, Any]]:
        del mimetype
        boundary = options.get("boundary", "").encode("ascii")
        if not boundary:
            raise ValueError("Missing boundary")
        form, files = LatinPartsParser(
            stream_factory=self.stream_factory,
            max_form_memory_size=self.max_form_memory_size,
            max_form_parts=self.max_form_parts,
            cls=self.cls,
        ).parse(stream, boundary, content_length)
        return stream, form, files

    def _parse_urlencoded(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str],
    ) -> tuple[IO[bytes], MultiDict[str, Any], MultiDict[str, Any]]:
        del mimetype, content_length, options
        body = stream.read().decode(OCTETS)
        items = parse_qsl(body, keep_blank_values=True, encoding=OCTETS)
        return stream, self.cls(items), self.cls()


class AnyEncodingRequest(Request):
    """A request whose form is decoded whole; `is_form_unreadable` where it cannot be.

    The fields of an unreadable form hold what could be decoded, to be shown and never stored.
    """

    form_data_parser_class = LatinFormParser
    is_form_unreadable = False

    def _load_form_data(self) -> None:
        if "form" in self.__dict__:
            return
        super()._load_form_data()
        raw = cast("MultiDict[str, str]", self.__dict__["form"])
        octets = [(name, text.encode(OCTETS)) for name, text in raw.items(multi=True)]
        found = decode_texts([text for _, text in octets], self._hint(raw))
        self.is_form_unreadable = found is None
        texts = found or [_decode_with_replacement(text) for _, text in octets]
        names = [name for name, _ in octets]
        self.__dict__["form"] = type(raw)(list(zip(names, texts, strict=True)))

    def _hint(self, raw: MultiDict[str, str]) -> str:
        """Return the encoding that a field of the form names, or its header, in small letters."""
        header = parse_options_header(self.environ.get("CONTENT_TYPE", ""))[1]
        return (raw.get(CHARSET_FIELD) or header.get("charset") or "").strip().lower()


def decode_texts(octets: Iterable[bytes], hint: str = "") -> list[str] | None:
    """Return texts that are all of one encoding, None where that is neither UTF-8 nor GB18030.

    `hint` is the encoding that the sender names. Without one, bytes count as GB18030 only where
    nearly all decode to common Chinese characters; broken UTF-8 decodes to rare ones.
    """
    found = list(octets)
    for encoding in ("utf-8", "gb18030"):
        try:
            texts = [text.decode(encoding) for text in found]
        except UnicodeDecodeError:
            continue
        is_guessed = encoding != "utf-8" and hint not in CHINESE_ENCODINGS
        if not is_guessed or (not hint and _is_common("".join(texts))):
            return texts
    return None


def _decode_with_replacement(octets: bytes) -> str:
    """Return the text with U+FFFD for what cannot be read, as UTF-8 where little cannot."""
    text = octets.decode("utf-8", "replace")
    is_readable = text.count("\ufffd") <= len(text) * (1 - MIN_COMMON_SHARE)
    return text if is_readable else octets.decode("gb18030", "replace")


def _is_common(text: str) -> bool:
    beyond = [char for char in text if not char.isascii()]
    return len(beyond) * MIN_COMMON_SHARE <= sum(_is_in_gb2312(char) for char in beyond)


def _is_in_gb2312(char: str) -> bool:
    try:
        char.encode(COMMON_ENCODING)
    except UnicodeEncodeError:
        return False
    return True
