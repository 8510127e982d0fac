"""Checks of settings: each parses a setting's text and returns its value, or raises ValueError.

The error's message completes the sentence “The setting … cannot be used: it …”.
"""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

SECRET_KEY_BYTES = 32
SECRET_KEY_VARIETY = 10
"""Fewest different characters in a key: a random key has more, a repeated example fewer."""
LAST_PORT = 65535
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Host names of this machine (loopback)."""
NO_TLS = "tls=off"
"""Allows unencrypted delivery: as the query of an smtp:// address, where the server offers no
STARTTLS, and as the fragment of a gateway's http:// address.
"""


def check_address(value: str, *schemes: str) -> SplitResult:
    """Parse an address with one of these schemes."""
    with suppress(ValueError):  # no address at all, or a port that is no number
        parts = urlsplit(value)
        if parts.scheme in schemes and parts.port != 0:
            return parts
    begin = " or ".join(f"{scheme}://" for scheme in schemes)
    raise ValueError(f"must begin with {begin}, and a port in it must be a number")


def check_server(value: str, *schemes: str) -> str:
    """Check an address that must name a host."""
    if not check_address(value, *schemes).hostname:
        raise ValueError("must name a host")
    return value


def check_database(value: str) -> str:
    """Check a PostgreSQL address and return it with our driver named."""
    check_address(value, "postgresql", "postgres", "postgresql+psycopg")
    return f"postgresql+psycopg://{value.split('://', 1)[1]}"


def check_redis(value: str) -> str:
    """Check the address of a Redis server."""
    return check_server(value, "redis", "rediss")


def check_smtp(value: str) -> str:
    """Check a mail server's address; only `?tls=off` allows unencrypted mail."""
    parts = urlsplit(check_server(value, "smtp", "smtps"))
    if parts.query not in {"", NO_TLS} or (parts.query and parts.scheme == "smtps"):
        raise ValueError(f"may end with ?{NO_TLS} after smtp://, and with nothing else")
    return value


def check_sms(value: str) -> str:
    """Check the SMS gateway's address, which holds the key shared with it.

    Plain http:// is allowed to this machine, or with `#tls=off`: a fragment is not sent with the
    request.
    """
    parts = urlsplit(check_server(value, "http", "https"))
    if not parts.password:
        raise ValueError("must carry the gateway's key, as in https://:KEY@host/path")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK and parts.fragment != NO_TLS:
        raise ValueError(f"must begin with https://, or end with #{NO_TLS} to send in clear")
    return value


def check_path_and_value(value: str) -> tuple[str, str]:
    """Parse a path in the response's JSON and the value expected there, such as Code=OK."""
    path, equals, accepted = value.partition("=")
    if not (path and equals and accepted):
        raise ValueError("must be a path and a value, as in Code=OK")
    return path, accepted


def check_contact(value: str) -> str:
    """Check a contact address for security.txt: mailto:, tel: or https:."""
    parts = urlsplit(value)
    if parts.scheme not in {"mailto", "https", "tel"} or not (parts.netloc or parts.path):
        raise ValueError("must begin with mailto:, https:// or tel:")
    if any(char.isspace() for char in value):
        raise ValueError("must be one address without spaces")
    return value


def check_base(value: str) -> str:
    """Check a website's address: a host, and at most a path."""
    parts = urlsplit(check_server(value, "http", "https"))
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("must be a host with a path at most")
    return value.rstrip("/")


def check_hosts(value: str) -> tuple[str, ...]:
    """Parse a list of hosts as a Host header writes them."""
    hosts = tuple(value.lower().replace(",", " ").split())
    for host in hosts:
        if check_address(f"http://{host}", "http").netloc != host or set(host) & set("/?#@*"):
            raise ValueError("must be hosts, as in city.example www.city.example:8080")
    return hosts


def check_port(value: str) -> int:
    """Parse a port number."""
    if not (value.isascii() and value.isdecimal() and 0 < int(value) <= LAST_PORT):
        raise ValueError(f"must be a number from 1 to {LAST_PORT}")
    return int(value)


def make_range_check(most: int) -> Callable[[str], int]:
    """Return a check that accepts whole numbers up to `most`."""

    def check(value: str) -> int:
        if value not in map(str, range(most + 1)):
            raise ValueError(f"must be a number from 0 to {most}")
        return int(value)

    return check


def check_count(value: str) -> int:
    """Parse a whole number of at least 1."""
    if not (value.isascii() and value.isdecimal() and int(value)):
        raise ValueError("must be a whole number from 1 on")
    return int(value)


def check_secret(value: str) -> bytes:
    """Check that a secret key is long and random enough."""
    if len(value.encode()) < SECRET_KEY_BYTES:
        raise ValueError(f"must have at least {SECRET_KEY_BYTES} bytes")
    if len(set(value)) < SECRET_KEY_VARIETY:
        raise ValueError("must be random, and repeats a few characters only")
    return value.encode()


def check_folder(value: str) -> Path:
    """Check that a folder exists or can be created, and is writable."""
    path = Path(value).expanduser().absolute()
    there = next(step for step in (path, *path.parents) if step.exists())
    if not there.is_dir():
        raise ValueError("must be a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise ValueError("must be a folder that can be written to")
    return path


def check_mail_address(value: str) -> str:
    """Check an e-mail address."""
    name, at, host = value.partition("@")
    if not (name and at and host) or not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("must be an e-mail address")
    return value


def check_area_code(value: str) -> str:
    """Check a Chinese city's telephone area code, with its leading zero."""
    if not re.fullmatch(r"0(10|2\d|[3-9]\d{2})", value, re.ASCII):
        raise ValueError("must be an area code with its zero, as in 0532")
    return value


def check_yes_or_no(value: str) -> bool:
    """Parse yes or no."""
    if value not in {"yes", "no"}:
        raise ValueError("must be yes or no")
    return value == "yes"


def check_line(value: str) -> str:
    """Check that a text is one line."""
    if not value.strip() or not value.isprintable():
        raise ValueError("must be one line of text")
    return value.strip()
