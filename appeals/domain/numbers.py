"""Appeal numbers and query codes: generated, checked, and parsed as people type them.

A number such as `QD20-4F7K-92MX-C` does not reveal how many appeals there are: the sequence is
scrambled by a keyed Feistel network, and the last character is a check character. The query code
has 80 bits and is derived from the form's one-time key; only its keyed hash is stored.
"""

import hashlib
import hmac
import unicodedata

from appeals.domain.text.cleaning import clean_line

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
HALF_BITS = 20
HALF = 1 << HALF_BITS
NUMBERS_A_YEAR = HALF * HALF
"""The number of different appeal numbers in a year."""
FIELD_POLYNOMIAL = 0b100101
"""x^5 + x^2 + 1: its field has 32 elements, one for each character of the alphabet."""
FEISTEL_ROUNDS = 4
BODY_LENGTH = 8
NUMBER_LENGTH = 2 + 2 + BODY_LENGTH + 1
CODE_LENGTH = 16
_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})


def _encode_base32(value: int, length: int) -> str:
    return "".join(ALPHABET[value >> 5 * i & 31] for i in reversed(range(length)))


def _mix_half(half: int, turn: int, year: int, key: bytes) -> int:
    message = b"number" + bytes([turn, year % 100]) + half.to_bytes(3)
    return int.from_bytes(hashlib.blake2b(message, key=key[:64], digest_size=4).digest()) % HALF


def _check_character(body: str) -> str:
    """Return the check character; it detects one wrong character or two swapped neighbours.

    Each position has its own weight in the field of 32 elements. A sum modulo 31 would be shorter,
    but would not distinguish 0 from Z.
    """
    value = 0
    for char in body:
        value = (value ^ ALPHABET.index(char)) << 1
        if value >= len(ALPHABET):
            value ^= FIELD_POLYNOMIAL
    return ALPHABET[value]


def make_number(sequence: int, year: int, key: bytes) -> str:
    """Return the number of the `sequence`-th appeal filed in `year`.

    Raises ValueError for a sequence below 0 or from `NUMBERS_A_YEAR` on, which would repeat a
    number.
    """
    if not 0 <= sequence < NUMBERS_A_YEAR:
        raise ValueError(f"{sequence} is not a sequence from 0 up to 2**40.")
    left, right = sequence >> HALF_BITS, sequence % HALF
    for turn in range(FEISTEL_ROUNDS):
        left, right = right, left ^ _mix_half(right, turn, year, key)
    body = f"{year % 100:02d}" + _encode_base32(left << HALF_BITS | right, BODY_LENGTH)
    return f"QD{body[:2]}-{body[2:6]}-{body[6:]}-{_check_character(body)}"


def _plain_characters(text: str) -> str:
    """Return the letters and digits of a typed text, in upper case and half width."""
    wide = unicodedata.normalize("NFKC", clean_line(text)).upper()
    return "".join(char for char in wide if char.isascii() and char.isalnum())


def normalise_number(text: str) -> str:
    """Return a typed number in its stored form; text that is no number stays unusable."""
    plain = _plain_characters(text)
    plain = plain[:2] + plain[2:].translate(_LOOK_ALIKES)
    if len(plain) != NUMBER_LENGTH:
        return plain
    return f"{plain[:4]}-{plain[4:8]}-{plain[8:12]}-{plain[12:]}"


def is_number(text: str) -> bool:
    """Return whether `text` is a number with a valid check character."""
    number = normalise_number(text)
    body = number.replace("-", "")[2:-1]
    shaped = number.startswith("QD") and len(number) == NUMBER_LENGTH + 3
    return (
        shaped and all(char in ALPHABET for char in body) and number[-1] == _check_character(body)
    )


def derive_code(key: bytes, form_key: str, generation: int = 0) -> str:
    """Return the query code of a form, 16 characters in groups of four; always the same."""
    message = f"code:{generation}:{form_key}".encode()
    digest = hmac.digest(key, message, "sha256")
    code = _encode_base32(int.from_bytes(digest[:10]), CODE_LENGTH)
    return "-".join(code[i : i + 4] for i in range(0, CODE_LENGTH, 4))


def normalise_code(text: str) -> str:
    """Return a typed code in groups of four."""
    plain = _plain_characters(text).translate(_LOOK_ALIKES)[: CODE_LENGTH + 1]
    return "-".join(plain[i : i + 4] for i in range(0, len(plain), 4))


def hash_code(key: bytes, number: str, code: str) -> bytes:
    """Return the keyed hash by which a code is stored; it is valid for one number only."""
    return hmac.digest(key, f"{number}:{code}".encode(), "sha256")
