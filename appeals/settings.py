"""The settings, read from the environment and checked once when a process starts.

No other module reads the environment. A check raises ValueError with the end of the sentence
“The setting … cannot be used: it …”.
"""

import os
import re
import shlex
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "APPEALS_"
OWNER_URL_SETTING = "APPEALS_OWNER_DATABASE_URL"
SECRET_KEY_BYTES = 32
SECRET_KEY_VARIETY = 10
"""Fewest different characters in a key: a random key has more, a repeated example fewer."""
LAST_PORT = 65535
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Host names of this machine (loopback)."""
MAX_SENDER_CHARACTERS = 10
"""The longest name of a sender in front of a text message, without its brackets."""
NO_TLS = "tls=off"
"""Allows unencrypted delivery: as the query of an smtp:// address, where the server offers no
STARTTLS, and as the fragment of a gateway's http:// address.
"""


class WrongSetting(Exception):  # noqa: N818 - a sentence for the operator: nothing has failed yet
    """A setting is missing or invalid; the message is one sentence that names it."""


def _parse_address(value: str, *schemes: str) -> SplitResult:
    with suppress(ValueError):  # no address at all, or a port that is no number
        parts = urlsplit(value)
        if parts.scheme in schemes and parts.port != 0:
            return parts
    begin = " or ".join(f"{scheme}://" for scheme in schemes)
    raise ValueError(f"must begin with {begin}, and a port in it must be a number")


def _parse_server(value: str, *schemes: str) -> SplitResult:
    parts = _parse_address(value, *schemes)
    if not parts.hostname:
        raise ValueError("must name a host")
    return parts


def _check_database(value: str) -> str:
    _parse_address(value, "postgresql", "postgres", "postgresql+psycopg")
    return f"postgresql+psycopg://{value.split('://', 1)[1]}"


def _check_redis(value: str) -> str:
    _parse_server(value, "redis", "rediss")
    return value


def _check_smtp(value: str) -> str:
    parts = _parse_server(value, "smtp", "smtps")
    if parts.query not in {"", NO_TLS} or (parts.query and parts.scheme == "smtps"):
        raise ValueError(f"may end with ?{NO_TLS} after smtp://, and with nothing else")
    return value


def _check_sms(value: str) -> str:
    parts = _parse_server(value, "http", "https")
    if not parts.password:
        raise ValueError("must carry the gateway's key, as in https://:KEY@host/path")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK and parts.fragment != NO_TLS:
        raise ValueError(f"must begin with https://, or end with #{NO_TLS} to send in clear")
    return value


def _parse_path_and_value(value: str) -> tuple[str, str]:
    path, _, accepted = value.partition("=")
    if not (path and accepted):
        raise ValueError("must be a path and a value, as in Code=OK")
    return path, accepted


def _check_contact(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"mailto", "https", "tel"} or not (parts.netloc or parts.path):
        raise ValueError("must begin with mailto:, https:// or tel:")
    if any(char.isspace() for char in value):
        raise ValueError("must be one address without spaces")
    return value


def _parse_command(value: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(value))
    except ValueError:
        raise ValueError("must be a command, as in clamdscan --no-summary -") from None


def _check_base(value: str) -> str:
    parts = _parse_server(value, "http", "https")
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("must be a host with a path at most")
    return value.rstrip("/")


def _parse_hosts(value: str) -> tuple[str, ...]:
    hosts = tuple(value.lower().replace(",", " ").split())
    for host in hosts:
        if _parse_address(f"http://{host}", "http").netloc != host or set(host) & set("/?#@*"):
            raise ValueError("must be hosts, as in city.example www.city.example:8080")
    return hosts


def _check_secret(value: bytes) -> bytes:
    if len(value) < SECRET_KEY_BYTES:
        raise ValueError(f"must have at least {SECRET_KEY_BYTES} bytes")
    if len(set(value.decode())) < SECRET_KEY_VARIETY:
        raise ValueError("must be random, and repeats a few characters only")
    return value


def _check_folder(value: Path) -> Path:
    """Check that a folder exists or can be created, and is writable."""
    path = value.expanduser().absolute()
    there = next(step for step in (path, *path.parents) if step.exists())
    if not there.is_dir():
        raise ValueError("must be a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise ValueError("must be a folder that can be written to")
    return path


def _check_mail_address(value: str) -> str:
    name, _, host = value.partition("@")
    if not (name and host) or not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("must be an e-mail address")
    return value


def _check_area_code(value: str) -> str:
    if not re.fullmatch(r"0(10|2\d|[3-9]\d{2})", value, re.ASCII):
        raise ValueError("must be an area code with its zero, as in 0532")
    return value


def _check_site_code(value: str) -> str:
    if not re.fullmatch(r"\d{10}|bm\d{8}", value, re.ASCII):
        raise ValueError("must be ten digits, as in 3702000001")
    return value


def _check_icp_number(value: str) -> str:
    if not re.fullmatch(r"[\u4e00-\u9fff]ICP[备证]\d{6,10}号(-\d{1,3})?", value, re.ASCII):
        raise ValueError("must be an ICP number, as in 鲁ICP备00000000号-1")
    return value


def _check_police_number(value: str) -> str:
    if not re.fullmatch(r"[\u4e00-\u9fff]公网安备 ?\d{13,14}号", value, re.ASCII):
        raise ValueError("must be a number of the police, as in 鲁公网安备 00000000000000号")
    return value


def _check_telephone(value: str) -> str:
    if not re.fullmatch(r"\+?[\d() -]{5,20}", value, re.ASCII):
        raise ValueError("must be a telephone number, as in 0532-12345")
    return value


def _check_line(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("must be one line of text")
    return value.strip()


def _check_sender(value: str) -> str:
    value = _check_line(value)
    if len(value) > MAX_SENDER_CHARACTERS or set(value) & set("\u3010\u3011"):
        raise ValueError(
            f"must be a name of at most {MAX_SENDER_CHARACTERS} characters, no brackets"
        )
    return value


def _parse_yes_or_no(value: str) -> bool:
    if value not in {"yes", "no"}:
        raise ValueError("must be yes or no")
    return value == "yes"


def _number(least: int, most: int | None = None) -> BeforeValidator:
    """Return a check of a whole number in digits alone; pydantic's takes `+8` and `1_000` too."""

    def check(value: str) -> int:
        is_number = value.isascii() and value.isdecimal()
        if not is_number or int(value) < least or (most is not None and int(value) > most):
            ends = f"number from {least} to {most}" if most else f"whole number from {least} on"
            raise ValueError(f"must be a {ends}")
        return int(value)

    return BeforeValidator(check)


Database = Annotated[str, AfterValidator(_check_database)]
Folder = Annotated[Path, AfterValidator(_check_folder)]
Count = Annotated[int, _number(1)]
Line = Annotated[str, AfterValidator(_check_line)]
YesOrNo = Annotated[
    bool,
    BeforeValidator(_parse_yes_or_no),
    PlainSerializer(lambda said: "yes" if said else "no"),
]


class DataFolderSetting(BaseSettings):
    """The folder for everything written outside the database: `up` reads it before the others."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,  # compose files write such
        extra="ignore",
        frozen=True,
        validate_default=False,
    )

    data_dir: Folder = Field(Path("var"), validate_default=True)

    @classmethod
    def from_environment(cls, known: Mapping[str, str] | None = None) -> Self:
        """Read and check every setting; values in `known` override the environment.

        Raises `WrongSetting` for the first one that is missing or invalid.
        """
        ours: dict[str, Any] = {
            name.removeprefix(PREFIX).lower(): text
            for name, text in (known or {}).items()
            if name.startswith(PREFIX)
        }
        try:
            return cls(**ours)
        except ValidationError as wrong:
            raise WrongSetting(_describe_first_error(wrong)) from None


class Settings(DataFolderSetting):
    """The settings of a process; those with a key or password in them are left out of its `repr`.

    Attributes:
        owner_database_url: The same database for the role that owns its tables, if that is another
            (migrations, backup, restore); see `owner_url`.
        secret_key: The key that query codes, cookies and other keys are derived from.
        base_url: The website's address, without a trailing slash.
        hosts: Further host names that the website answers to, as in a Host header.
        trusted_proxies: Number of our own reverse proxies in front, which pass on the client's
            address.
        filings_per_address: Rate limit of filings for each network address, per hour.
        filings_per_contact: Rate limit of filings for each telephone or e-mail, per day.
        form_seconds: A form that somebody not signed in sends sooner than this is shown once more.
        unusual_cases: Cases that one member of staff may open in an hour before supervisors are
            notified; `unusual_contacts` and `unusual_lookups` likewise.
        regular_mail_hour: The hour (Asia/Shanghai) from which lists of work and briefs are mailed.
        smtp_url: The mail server. Without it, as without `sms_url`, notices are written to the
            outbox folder in `data_dir`.
        sms_sender: The name that stands in front of each text message, in brackets.
        sms_accepted: A path in the gateway's JSON, and the value there that means "accepted".
        area_code: The city's telephone area code, with the leading zero.
        smtp_utf8: Whether the mail server accepts addresses with non-ASCII letters (SMTPUTF8).
        seal_folder: A second folder for seals; `seal_mail` is an address that they are mailed to.
        scan_command: The command of a virus scanner that gets a file on its standard input.
        security_contact: Where to report vulnerabilities.
        organiser_zh: Who the site is of (主办单位), in the footer as the following are;
            `operator_zh` is who runs it (承办单位).
        site_code: The site's code in the register of government websites (网站标识码).
        icp_number: Its number at the ministry (ICP备案); `police_number` that of the police.
        telephone: Where people call about the site, as it is shown.
        training: Whether this installation is for training: every page, print and message says so.
    """

    database_url: Database = Field(repr=False)
    owner_database_url: Database | None = Field(None, repr=False)
    redis_url: Annotated[str, AfterValidator(_check_redis)] = Field(repr=False)
    secret_key: Annotated[bytes, AfterValidator(_check_secret)] = Field(repr=False)
    port: Annotated[int, _number(1, LAST_PORT)] = 8000
    base_url: Annotated[str, AfterValidator(_check_base)] = Field(
        default_factory=lambda known: f"http://127.0.0.1:{known['port']}"
    )
    hosts: Annotated[
        tuple[str, ...], NoDecode, BeforeValidator(_parse_hosts), PlainSerializer(" ".join)
    ] = ()
    trusted_proxies: Annotated[int, _number(0, 3)] = 0
    filings_per_address: Count = 300
    filings_per_contact: Count = 20
    form_seconds: Annotated[int, _number(0, 10)] = 2
    unusual_cases: Count = 120
    unusual_contacts: Count = 40
    unusual_lookups: Count = 60
    regular_mail_hour: Annotated[int, _number(0, 19)] = 8
    smtp_url: Annotated[str, AfterValidator(_check_smtp)] | None = Field(None, repr=False)
    area_code: Annotated[str, AfterValidator(_check_area_code)] = "0532"
    smtp_utf8: YesOrNo = False
    sms_url: Annotated[str, AfterValidator(_check_sms)] | None = Field(None, repr=False)
    sms_sender: Annotated[str, AfterValidator(_check_sender)] = "12345"
    sms_accepted: Annotated[
        tuple[str, str] | None,
        NoDecode,
        BeforeValidator(_parse_path_and_value),
        PlainSerializer(lambda said: said and "=".join(said)),
    ] = None
    seal_folder: Folder | None = None
    seal_mail: Annotated[str, AfterValidator(_check_mail_address)] | None = None
    scan_command: Annotated[
        tuple[str, ...], NoDecode, BeforeValidator(_parse_command), PlainSerializer(shlex.join)
    ] = ()
    security_contact: Annotated[str, AfterValidator(_check_contact)] | None = None
    campaign_name_zh: Line = "市民诉求"
    campaign_name_en: Line = "Citizen appeals"
    organiser_zh: Line | None = None
    organiser_en: Line | None = None
    operator_zh: Line | None = None
    operator_en: Line | None = None
    site_code: Annotated[str, AfterValidator(_check_site_code)] | None = None
    icp_number: Annotated[str, AfterValidator(_check_icp_number)] | None = None
    police_number: Annotated[str, AfterValidator(_check_police_number)] | None = None
    telephone: Annotated[str, AfterValidator(_check_telephone)] | None = None
    training: YesOrNo = False

    @classmethod
    def or_exit(cls) -> Self:
        """Read the settings at process start; on a wrong one print its sentence and exit."""
        try:
            return cls.from_environment()
        except WrongSetting as wrong:
            raise SystemExit(str(wrong)) from None

    @property
    def owner_url(self) -> str:
        """Database address of the role that owns the tables; the application's if none is set."""
        return self.owner_database_url or self.database_url

    @property
    def files_dir(self) -> Path:
        """Folder of the attachments."""
        return self.data_dir / "files"

    @property
    def seals_dir(self) -> Path:
        """Folder of the seals."""
        return self.data_dir / "seals"

    @property
    def outbox_dir(self) -> Path:
        """Folder that notices are written to where no mail server or SMS gateway is set."""
        return self.data_dir / "outbox"

    def for_children(self) -> dict[str, str]:
        """Return the environment for a child process: ours, with the settings as read here.

        It leaves out the address of the tables' owner: children connect as the application.
        """
        texts = self.model_dump(mode="json", exclude={"owner_database_url"}, exclude_none=True)
        told = {f"{PREFIX}{name.upper()}": str(text) for name, text in texts.items()}
        ours = {name: said for name, said in os.environ.items() if name != OWNER_URL_SETTING}
        return {**ours, **told}


def read_raw_setting(name: str) -> str | None:
    """Return one setting's unchecked text from the environment, None where it is not set."""
    return os.environ.get(name) or None


def find_data_dir(chosen: str | None = None) -> Path:
    """Return the absolute path of the data folder: `chosen`, else the setting, else `var`."""
    known = {"APPEALS_DATA_DIR": chosen} if chosen else {}
    return DataFolderSetting.from_environment(known).data_dir


def _describe_first_error(wrong: ValidationError) -> str:
    first = wrong.errors(include_url=False, include_input=False)[0]
    name = f"{PREFIX}{str(first['loc'][0]).upper()}"
    if first["type"] == "missing":
        return f"The setting {name} is missing."
    why = first.get("ctx", {}).get("error") or "is no readable text"
    return f"The setting {name} cannot be used: it {why}."
