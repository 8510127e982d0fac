"""Telephone numbers: parsed as people write and dial them in China.

The one normal form serves filing, the counter, look-ups, imports, rate limits and sending; the
number as typed is stored as well.
"""

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers

from appeals.domain.contact import AREA_CODE
from appeals.domain.text.cleaning import clean_line

CHINA_PREFIX = "+86"
MOBILE_NUMBER = re.compile(r"1[3-9]\d{9}", re.ASCII)
LOCAL_NUMBER = re.compile(r"[2-9]\d{6,7}", re.ASCII)
AREA_NUMBER = re.compile(r"(?:10|2\d|[3-9]\d{2})[1-9]\d{6,7}", re.ASCII)
"""Area code and number, without the leading zero."""
SERVICE_NUMBER = re.compile(r"[48]00\d{7}", re.ASCII)
"""Numbers of enterprises: 400 and 800, ten digits."""
DASHES = re.compile("[‐‑‒–—―−－ー─~～]")
SEPARATORS = re.compile(r"[\s\-.()/·]+")
MAX_TYPED_CHARACTERS = 100
"""The longest input that is parsed, which bounds the cost of the patterns below."""
NAMED_EXTENSION = re.compile(
    r"(?P<number>.*\d\)?)[\s,(-]*"
    r"(?:[转轉]接?(?:\s*(?:分[机機]|内[线線]))?|分[机機]号?|内[线線]|;?ext(?:ension)?[.=]?|x|#|,)"
    r"[\s:]*(?P<extension>\d{1,8})\s*(?:分[机機]|[号號])?\)?"
)
LOCAL_WITH_EXTENSION = re.compile(r"(?P<number>[2-9]\d{6,7})\s*-\s*(?P<extension>\d{1,6})")
DASHED_EXTENSION = re.compile(r"(?P<number>.*\d\)?)[\s-]+(?P<extension>\d{1,6})")
MIN_DIGITS_WITH_COUNTRY = 12
"""Digits of a Chinese number with the country code 86; without it there are at most 11."""
LAST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Telephone:
    """A telephone: its number in E.164 (`+8653285911234`) and the extension, if any."""

    number: str
    extension: str = ""

    @property
    def dialled(self) -> str:
        """The number as dialled in China; foreign numbers keep their `+`."""
        home = self.number.removeprefix(CHINA_PREFIX)
        if home == self.number or MOBILE_NUMBER.fullmatch(home) or SERVICE_NUMBER.fullmatch(home):
            return home
        return f"0{home}"

    @property
    def takes_messages(self) -> bool:
        """Whether it can receive text messages: a Chinese mobile number without an extension."""
        home = self.number.removeprefix(CHINA_PREFIX)
        return home != self.number and not self.extension and bool(MOBILE_NUMBER.fullmatch(home))

    @property
    def written(self) -> str:
        """Number and extension in ASCII (RFC 3966: `+8653285911234;ext=801`)."""
        return f"{self.number};ext={self.extension}" if self.extension else self.number


def read_telephone(typed: str | None, area_code: str = AREA_CODE) -> Telephone | None:
    """Parse a telephone as people write it; None if it is no number that can be called.

    Args:
        typed: With any separators, in full width, with `+86`, `0086` or an extension (转801, -801,
            #801).
        area_code: The city's, with its zero; numbers of seven or eight digits are local to it.

    Short service numbers (110, 12345) are not accepted. A number without a country code is Chinese.
    Input of more than 100 characters is not parsed.
    """
    if not typed or len(typed) > MAX_TYPED_CHARACTERS:
        return None
    if typed.isascii() and MOBILE_NUMBER.fullmatch(typed):
        return Telephone(CHINA_PREFIX + typed)  # the common case, without the slow path
    plain = unicodedata.normalize("NFKC", clean_line(typed)).casefold()
    plain = DASHES.sub("-", plain[:MAX_TYPED_CHARACTERS])  # NFKC can lengthen the text
    if named := NAMED_EXTENSION.fullmatch(plain):
        return _with_extension(named, area_code)
    if local := LOCAL_WITH_EXTENSION.fullmatch(plain):
        return _with_extension(local, area_code)
    number = _read_number(plain, area_code)
    if number is not None:
        return Telephone(number)
    dashed = DASHED_EXTENSION.fullmatch(plain)
    return _with_extension(dashed, area_code) if dashed else None


def _with_extension(found: re.Match[str], area_code: str) -> Telephone | None:
    number = _read_number(found["number"], area_code)
    return Telephone(number, found["extension"]) if number else None


def _read_number(written: str, area_code: str) -> str | None:
    """Return a number without extension in E.164; None if it is not valid."""
    digits = SEPARATORS.sub("", written)
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    if not re.fullmatch(r"\+?\d+", digits, re.ASCII):
        return None
    if digits.startswith(CHINA_PREFIX):
        return _read_chinese_number(digits.removeprefix(CHINA_PREFIX), area_code)
    if digits.startswith("+"):
        return _read_foreign_number(digits)
    if digits.startswith("86") and len(digits) >= MIN_DIGITS_WITH_COUNTRY:
        digits = digits.removeprefix("86")
    return _read_chinese_number(digits, area_code)


def _read_chinese_number(digits: str, area_code: str) -> str | None:
    """Return a Chinese number in E.164, with or without the leading zero."""
    home = digits.removeprefix("0")
    if digits == home and LOCAL_NUMBER.fullmatch(home):
        return f"{CHINA_PREFIX}{area_code.removeprefix('0')}{home}"
    for form in (MOBILE_NUMBER, SERVICE_NUMBER, AREA_NUMBER):
        if form.fullmatch(home):
            return CHINA_PREFIX + home
    return None


def _read_foreign_number(digits: str) -> str | None:
    try:
        number = phonenumbers.parse(digits)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
