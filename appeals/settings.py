"""Every setting, read from the environment once and checked at the start of a process.

The only module that reads the environment.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import SplitResult, urlsplit

SECRET_KEY_BYTES = 32
SECRET_KEY_VARIETY = 10
"""Different characters in a key: a random one has more, an example repeated has not."""
LAST_PORT = 65535
NO_TLS = "tls=off"
"""At the end of an smtp:// address: mail may go in clear, if the server offers no STARTTLS."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names of this machine, for itself."""
OWNER = "APPEALS_OWNER_DATABASE_URL"
DEFAULTS = {
    "APPEALS_DATA_DIR": "var",
    "APPEALS_PORT": "8000",
    "APPEALS_HOSTS": " ",
    "APPEALS_TRUSTED_PROXIES": "0",
    "APPEALS_FILINGS_PER_ADDRESS": "300",
    "APPEALS_FILINGS_PER_CONTACT": "20",
    "APPEALS_FORM_SECONDS": "2",
    "APPEALS_UNUSUAL_CASES": "120",
    "APPEALS_UNUSUAL_CONTACTS": "40",
    "APPEALS_UNUSUAL_LOOKUPS": "60",
    "APPEALS_CAMPAIGN_NAME_ZH": "市民诉求",
    "APPEALS_CAMPAIGN_NAME_EN": "Citizen appeals",
}

Checked = TypeVar("Checked")


class WrongSetting(Exception):  # noqa: N818 - a sentence for the operator: nothing has failed yet
    """A setting is missing or of no use; the message is one sentence that names it."""


@dataclass(frozen=True)
class Settings:
    """What a process needs to know from outside.

    `owner_database_url` is for migrations, backup and restore: the address of the same database for
    the account that owns its tables, if that is another; see `owner_url`.
    `secret_key` is the root of codes and cookies; `base_url` has no slash at its end; `hosts` are
    those under which the website answers besides the base URL's, each as a Host header names it;
    `trusted_proxies` is how many of our own stand in front and name the client's address;
    `filings_per_address` are borne in an hour, `filings_per_contact` in a day; a stranger's form
    that comes back within `form_seconds` is given back once; more than
    `unusual_cases`, `unusual_contacts` or `unusual_lookups` of one person of staff in an hour are
    told to supervisors; without `smtp_url`
    or `sms_url` such notices are written to the outbox folder in `data_dir`. `sms_accepted` is
    a path in the gateway's JSON and the value there that means that it took the message.
    """

    database_url: str
    owner_database_url: str | None
    redis_url: str
    secret_key: bytes
    data_dir: Path
    port: int
    base_url: str
    hosts: tuple[str, ...]
    trusted_proxies: int
    filings_per_address: int
    filings_per_contact: int
    form_seconds: int
    unusual_cases: int
    unusual_contacts: int
    unusual_lookups: int
    smtp_url: str | None
    sms_url: str | None
    sms_accepted: tuple[str, str] | None
    campaign_name_zh: str
    campaign_name_en: str

    @classmethod
    def from_environment(cls, known: Mapping[str, str] | None = None) -> Self:
        """Read and check every setting; `known` goes before the environment.

        Raises `WrongSetting` for the first one that is missing or of no use.
        """
        said = {**DEFAULTS, **_environment(), **(known or {})}
        said.setdefault("APPEALS_BASE_URL", f"http://127.0.0.1:{said['APPEALS_PORT']}")
        return cls(
            database_url=_one(said, "APPEALS_DATABASE_URL", _database),
            owner_database_url=_maybe(said, OWNER, _database),
            redis_url=_one(said, "APPEALS_REDIS_URL", _redis),
            secret_key=_one(said, "APPEALS_SECRET_KEY", _secret),
            data_dir=_one(said, "APPEALS_DATA_DIR", _folder),
            port=_one(said, "APPEALS_PORT", _port),
            base_url=_one(said, "APPEALS_BASE_URL", _base),
            hosts=_one(said, "APPEALS_HOSTS", _hosts),
            trusted_proxies=_one(said, "APPEALS_TRUSTED_PROXIES", _up_to(3)),
            filings_per_address=_one(said, "APPEALS_FILINGS_PER_ADDRESS", _count),
            filings_per_contact=_one(said, "APPEALS_FILINGS_PER_CONTACT", _count),
            form_seconds=_one(said, "APPEALS_FORM_SECONDS", _up_to(10)),
            unusual_cases=_one(said, "APPEALS_UNUSUAL_CASES", _count),
            unusual_contacts=_one(said, "APPEALS_UNUSUAL_CONTACTS", _count),
            unusual_lookups=_one(said, "APPEALS_UNUSUAL_LOOKUPS", _count),
            smtp_url=_maybe(said, "APPEALS_SMTP_URL", _smtp),
            sms_url=_maybe(said, "APPEALS_SMS_URL", _sms),
            sms_accepted=_maybe(said, "APPEALS_SMS_ACCEPTED", _path_and_value),
            campaign_name_zh=_one(said, "APPEALS_CAMPAIGN_NAME_ZH", _line),
            campaign_name_en=_one(said, "APPEALS_CAMPAIGN_NAME_EN", _line),
        )

    @classmethod
    def or_exit(cls) -> Self:
        """Read the settings of a process that starts; a wrong one ends it with its sentence."""
        try:
            return cls.from_environment()
        except WrongSetting as wrong:
            raise SystemExit(str(wrong)) from None

    @property
    def owner_url(self) -> str:
        """Give the address for the account that owns the tables: the application's, if no other."""
        return self.owner_database_url or self.database_url

    @property
    def files_dir(self) -> Path:
        """Give the folder of attachments."""
        return self.data_dir / "files"

    @property
    def outbox_dir(self) -> Path:
        """Give the folder that takes notices where no mail or SMS server is set."""
        return self.data_dir / "outbox"

    def for_children(self) -> dict[str, str]:
        """Give the environment of a child process: ours, with every setting as read here.

        No child works as the owner of the tables.
        """
        told = {
            "APPEALS_DATABASE_URL": self.database_url,
            "APPEALS_REDIS_URL": self.redis_url,
            "APPEALS_SECRET_KEY": self.secret_key.decode(),
            "APPEALS_DATA_DIR": str(self.data_dir),
            "APPEALS_PORT": str(self.port),
            "APPEALS_BASE_URL": self.base_url,
            "APPEALS_HOSTS": " ".join(self.hosts) or " ",
            "APPEALS_FILINGS_PER_ADDRESS": str(self.filings_per_address),
            "APPEALS_FILINGS_PER_CONTACT": str(self.filings_per_contact),
            "APPEALS_FORM_SECONDS": str(self.form_seconds),
            "APPEALS_UNUSUAL_CASES": str(self.unusual_cases),
            "APPEALS_UNUSUAL_CONTACTS": str(self.unusual_contacts),
            "APPEALS_UNUSUAL_LOOKUPS": str(self.unusual_lookups),
            "APPEALS_CAMPAIGN_NAME_ZH": self.campaign_name_zh,
            "APPEALS_CAMPAIGN_NAME_EN": self.campaign_name_en,
        }
        ours = {name: said for name, said in os.environ.items() if name != OWNER}
        return {**ours, **told}


def given(name: str) -> str | None:
    """Give what the environment says of one setting, unchecked; None where it says nothing."""
    return _environment().get(name)


def data_dir(chosen: str | None = None) -> Path:
    """Give the data folder: `chosen`, else the environment's, else `var` (absolute)."""
    said = {"APPEALS_DATA_DIR": chosen or given("APPEALS_DATA_DIR") or DEFAULTS["APPEALS_DATA_DIR"]}
    return _one(said, "APPEALS_DATA_DIR", _folder)


def _environment() -> dict[str, str]:
    """Give our own settings; an empty one counts as not set (compose files write such)."""
    return {name: value for name, value in os.environ.items() if name[:8] == "APPEALS_" and value}


def _one(said: Mapping[str, str], name: str, check: Callable[[str], Checked]) -> Checked:
    if name not in said:
        raise WrongSetting(f"The setting {name} is missing.")
    try:
        return check(said[name])
    except ValueError as why:
        raise WrongSetting(f"The setting {name} cannot be used: it {why}.") from None


def _maybe(said: Mapping[str, str], name: str, check: Callable[[str], Checked]) -> Checked | None:
    return _one(said, name, check) if name in said else None


def _address(value: str, *schemes: str) -> SplitResult:
    with suppress(ValueError):  # no address at all, or a port that is no number
        parts = urlsplit(value)
        if parts.scheme in schemes and parts.port != 0:
            return parts
    begin = " or ".join(f"{scheme}://" for scheme in schemes)
    raise ValueError(f"must begin with {begin}, and a port in it must be a number")


def _server(value: str, *schemes: str) -> str:
    if not _address(value, *schemes).hostname:
        raise ValueError("must name a host")
    return value


def _database(value: str) -> str:
    """Take the usual address of a PostgreSQL and name our driver in it."""
    _address(value, "postgresql", "postgres", "postgresql+psycopg")
    return f"postgresql+psycopg://{value.split('://', 1)[1]}"


def _redis(value: str) -> str:
    return _server(value, "redis", "rediss")


def _smtp(value: str) -> str:
    """Take a mail server; `?tls=off` alone lets mail leave in clear."""
    parts = urlsplit(_server(value, "smtp", "smtps"))
    if parts.query not in {"", NO_TLS} or (parts.query and parts.scheme == "smtps"):
        raise ValueError(f"may end with ?{NO_TLS} after smtp://, and with nothing else")
    return value


def _sms(value: str) -> str:
    """Take the address of a gateway, which carries the key that we share with it."""
    if not urlsplit(_server(value, "http", "https")).password:
        raise ValueError("must carry the gateway's key, as in https://:KEY@host/path")
    return value


def _path_and_value(value: str) -> tuple[str, str]:
    """Take the path of a value in an answer's JSON and what it must be, as in Code=OK."""
    path, equals, accepted = value.partition("=")
    if not (path and equals and accepted):
        raise ValueError("must be a path and a value, as in Code=OK")
    return path, accepted


def _base(value: str) -> str:
    parts = urlsplit(_server(value, "http", "https"))
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("must be a host with a path at most")
    return value.rstrip("/")


def _hosts(value: str) -> tuple[str, ...]:
    hosts = tuple(value.lower().replace(",", " ").split())
    for host in hosts:
        if _address(f"http://{host}", "http").netloc != host or set(host) & set("/?#@*"):
            raise ValueError("must be hosts, as in city.example www.city.example:8080")
    return hosts


def _port(value: str) -> int:
    if not (value.isascii() and value.isdecimal() and 0 < int(value) <= LAST_PORT):
        raise ValueError(f"must be a number from 1 to {LAST_PORT}")
    return int(value)


def _up_to(most: int) -> Callable[[str], int]:
    def check(value: str) -> int:
        if value not in map(str, range(most + 1)):
            raise ValueError(f"must be a number from 0 to {most}")
        return int(value)

    return check


def _count(value: str) -> int:
    if not (value.isascii() and value.isdecimal() and int(value)):
        raise ValueError("must be a whole number from 1 on")
    return int(value)


def _secret(value: str) -> bytes:
    if len(value.encode()) < SECRET_KEY_BYTES:
        raise ValueError(f"must have at least {SECRET_KEY_BYTES} bytes")
    if len(set(value)) < SECRET_KEY_VARIETY:
        raise ValueError("must be random, and repeats a few characters only")
    return value.encode()


def _folder(value: str) -> Path:
    """Take a folder that is there, or can be made, and written to."""
    path = Path(value).expanduser().absolute()
    there = next(step for step in (path, *path.parents) if step.exists())
    if not there.is_dir():
        raise ValueError("must be a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise ValueError("must be a folder that can be written to")
    return path


def _line(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("must be one line of text")
    return value.strip()
