"""What a setting may say: each check takes its text and gives its value, or raises ValueError.

The message goes on the sentence “The setting … cannot be used: it …”.
"""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

SECRET_KEY_BYTES = 32
SECRET_KEY_VARIETY = 10
"""Different characters in a key: a random one has more, an example repeated has not."""
LAST_PORT = 65535
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names of this machine, for itself."""
NO_TLS = "tls=off"
"""At the end of an smtp:// address: mail may go in clear, if the server offers no STARTTLS.

Likewise behind the # of a gateway's http:// address.
"""


def check_address(value: str, *schemes: str) -> SplitResult:
    """Take an address of one of these schemes."""
    with suppress(ValueError):  # no address at all, or a port that is no number
        parts = urlsplit(value)
        if parts.scheme in schemes and parts.port != 0:
            return parts
    begin = " or ".join(f"{scheme}://" for scheme in schemes)
    raise ValueError(f"must begin with {begin}, and a port in it must be a number")


def check_server(value: str, *schemes: str) -> str:
    """Take an address that names a host."""
    if not check_address(value, *schemes).hostname:
        raise ValueError("must name a host")
    return value


def check_database(value: str) -> str:
    """Take the usual address of a PostgreSQL and name our driver in it."""
    check_address(value, "postgresql", "postgres", "postgresql+psycopg")
    return f"postgresql+psycopg://{value.split('://', 1)[1]}"


def check_redis(value: str) -> str:
    """Take the address of a Redis."""
    return check_server(value, "redis", "rediss")


def check_smtp(value: str) -> str:
    """Take a mail server; `?tls=off` alone lets mail leave in clear."""
    parts = urlsplit(check_server(value, "smtp", "smtps"))
    if parts.query not in {"", NO_TLS} or (parts.query and parts.scheme == "smtps"):
        raise ValueError(f"may end with ?{NO_TLS} after smtp://, and with nothing else")
    return value


def check_sms(value: str) -> str:
    """Take the address of a gateway, which carries the key that we share with it.

    Messages leave in clear to this machine alone, or where `#tls=off` says so: what stands behind
    a `#` is no part of what is asked.
    """
    parts = urlsplit(check_server(value, "http", "https"))
    if not parts.password:
        raise ValueError("must carry the gateway's key, as in https://:KEY@host/path")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK and parts.fragment != NO_TLS:
        raise ValueError(f"must begin with https://, or end with #{NO_TLS} to send in clear")
    return value


def check_path_and_value(value: str) -> tuple[str, str]:
    """Take the path of a value in an answer's JSON and what it must be, as in Code=OK."""
    path, equals, accepted = value.partition("=")
    if not (path and equals and accepted):
        raise ValueError("must be a path and a value, as in Code=OK")
    return path, accepted


def check_contact(value: str) -> str:
    """Take an address that a person writes to, calls or opens, as security.txt names it."""
    parts = urlsplit(value)
    if parts.scheme not in {"mailto", "https", "tel"} or not (parts.netloc or parts.path):
        raise ValueError("must begin with mailto:, https:// or tel:")
    if any(char.isspace() for char in value):
        raise ValueError("must be one address without spaces")
    return value


def check_base(value: str) -> str:
    """Take the address of a website: a host, with a path at most."""
    parts = urlsplit(check_server(value, "http", "https"))
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("must be a host with a path at most")
    return value.rstrip("/")


def check_hosts(value: str) -> tuple[str, ...]:
    """Take hosts as a Host header names them."""
    hosts = tuple(value.lower().replace(",", " ").split())
    for host in hosts:
        if check_address(f"http://{host}", "http").netloc != host or set(host) & set("/?#@*"):
            raise ValueError("must be hosts, as in city.example www.city.example:8080")
    return hosts


def check_port(value: str) -> int:
    """Take the number of a port."""
    if not (value.isascii() and value.isdecimal() and 0 < int(value) <= LAST_PORT):
        raise ValueError(f"must be a number from 1 to {LAST_PORT}")
    return int(value)


def make_range_check(most: int) -> Callable[[str], int]:
    """Return the check of a whole number up to `most`."""

    def check(value: str) -> int:
        if value not in map(str, range(most + 1)):
            raise ValueError(f"must be a number from 0 to {most}")
        return int(value)

    return check


def check_count(value: str) -> int:
    """Take a whole number from 1 on."""
    if not (value.isascii() and value.isdecimal() and int(value)):
        raise ValueError("must be a whole number from 1 on")
    return int(value)


def check_secret(value: str) -> bytes:
    """Take a key that nobody guesses."""
    if len(value.encode()) < SECRET_KEY_BYTES:
        raise ValueError(f"must have at least {SECRET_KEY_BYTES} bytes")
    if len(set(value)) < SECRET_KEY_VARIETY:
        raise ValueError("must be random, and repeats a few characters only")
    return value.encode()


def check_folder(value: str) -> Path:
    """Take a folder that is there, or can be made, and written to."""
    path = Path(value).expanduser().absolute()
    there = next(step for step in (path, *path.parents) if step.exists())
    if not there.is_dir():
        raise ValueError("must be a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise ValueError("must be a folder that can be written to")
    return path


def check_mail_address(value: str) -> str:
    """Take an e-mail address."""
    name, at, host = value.partition("@")
    if not (name and at and host) or not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("must be an e-mail address")
    return value


def check_area_code(value: str) -> str:
    """Take the area code of a Chinese city, with its zero."""
    if not re.fullmatch(r"0(10|2\d|[3-9]\d{2})", value, re.ASCII):
        raise ValueError("must be an area code with its zero, as in 0532")
    return value


def check_yes_or_no(value: str) -> bool:
    """Take a yes or a no."""
    if value not in {"yes", "no"}:
        raise ValueError("must be yes or no")
    return value == "yes"


def check_line(value: str) -> str:
    """Take one line of text."""
    if not value.strip() or not value.isprintable():
        raise ValueError("must be one line of text")
    return value.strip()
