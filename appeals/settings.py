"""The settings, read from the environment and checked once when a process starts.

No other module reads the environment.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

from appeals import setting_checks as checks

OWNER_URL_SETTING = "APPEALS_OWNER_DATABASE_URL"
DEFAULTS = {
    "APPEALS_DATA_DIR": "var",
    "APPEALS_PORT": "8000",
    "APPEALS_HOSTS": " ",
    "APPEALS_TRUSTED_PROXIES": "0",
    "APPEALS_FILINGS_PER_ADDRESS": "300",
    "APPEALS_FILINGS_PER_CONTACT": "20",
    "APPEALS_FORM_SECONDS": "2",
    "APPEALS_AREA_CODE": "0532",
    "APPEALS_SMTP_UTF8": "no",
    "APPEALS_UNUSUAL_CASES": "120",
    "APPEALS_UNUSUAL_CONTACTS": "40",
    "APPEALS_UNUSUAL_LOOKUPS": "60",
    "APPEALS_CAMPAIGN_NAME_ZH": "市民诉求",
    "APPEALS_CAMPAIGN_NAME_EN": "Citizen appeals",
}

Checked = TypeVar("Checked")


class WrongSetting(Exception):  # noqa: N818 - a sentence for the operator: nothing has failed yet
    """A setting is missing or invalid; the message is one sentence that names it."""


@dataclass(frozen=True)
class Settings:
    """The settings of a process.

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
        smtp_url: The mail server. Without it, as without `sms_url`, notices are written to the
            outbox folder in `data_dir`.
        sms_accepted: A path in the gateway's JSON, and the value there that means "accepted".
        area_code: The city's telephone area code, with the leading zero.
        smtp_utf8: Whether the mail server accepts addresses with non-ASCII letters (SMTPUTF8).
        seal_folder: A second folder for seals; `seal_mail` is an address that they are mailed to.
        security_contact: Where to report vulnerabilities.
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
    area_code: str
    smtp_utf8: bool
    sms_url: str | None
    sms_accepted: tuple[str, str] | None
    seal_folder: Path | None
    seal_mail: str | None
    security_contact: str | None
    campaign_name_zh: str
    campaign_name_en: str

    @classmethod
    def from_environment(cls, known: Mapping[str, str] | None = None) -> Self:
        """Read and check every setting; values in `known` override the environment.

        Raises `WrongSetting` for the first one that is missing or invalid.
        """
        said = {**DEFAULTS, **_read_environment(), **(known or {})}
        said.setdefault("APPEALS_BASE_URL", f"http://127.0.0.1:{said['APPEALS_PORT']}")
        return cls(
            database_url=_read_required(said, "APPEALS_DATABASE_URL", checks.check_database),
            owner_database_url=_read_optional(said, OWNER_URL_SETTING, checks.check_database),
            redis_url=_read_required(said, "APPEALS_REDIS_URL", checks.check_redis),
            secret_key=_read_required(said, "APPEALS_SECRET_KEY", checks.check_secret),
            data_dir=_read_required(said, "APPEALS_DATA_DIR", checks.check_folder),
            port=_read_required(said, "APPEALS_PORT", checks.check_port),
            base_url=_read_required(said, "APPEALS_BASE_URL", checks.check_base),
            hosts=_read_required(said, "APPEALS_HOSTS", checks.check_hosts),
            trusted_proxies=_read_required(
                said, "APPEALS_TRUSTED_PROXIES", checks.make_range_check(3)
            ),
            filings_per_address=_read_required(
                said, "APPEALS_FILINGS_PER_ADDRESS", checks.check_count
            ),
            filings_per_contact=_read_required(
                said, "APPEALS_FILINGS_PER_CONTACT", checks.check_count
            ),
            form_seconds=_read_required(said, "APPEALS_FORM_SECONDS", checks.make_range_check(10)),
            unusual_cases=_read_required(said, "APPEALS_UNUSUAL_CASES", checks.check_count),
            unusual_contacts=_read_required(said, "APPEALS_UNUSUAL_CONTACTS", checks.check_count),
            unusual_lookups=_read_required(said, "APPEALS_UNUSUAL_LOOKUPS", checks.check_count),
            smtp_url=_read_optional(said, "APPEALS_SMTP_URL", checks.check_smtp),
            area_code=_read_required(said, "APPEALS_AREA_CODE", checks.check_area_code),
            smtp_utf8=_read_required(said, "APPEALS_SMTP_UTF8", checks.check_yes_or_no),
            sms_url=_read_optional(said, "APPEALS_SMS_URL", checks.check_sms),
            sms_accepted=_read_optional(said, "APPEALS_SMS_ACCEPTED", checks.check_path_and_value),
            seal_folder=_read_optional(said, "APPEALS_SEAL_FOLDER", checks.check_folder),
            seal_mail=_read_optional(said, "APPEALS_SEAL_MAIL", checks.check_mail_address),
            security_contact=_read_optional(said, "APPEALS_SECURITY_CONTACT", checks.check_contact),
            campaign_name_zh=_read_required(said, "APPEALS_CAMPAIGN_NAME_ZH", checks.check_line),
            campaign_name_en=_read_required(said, "APPEALS_CAMPAIGN_NAME_EN", checks.check_line),
        )

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
            "APPEALS_AREA_CODE": self.area_code,
            "APPEALS_SMTP_UTF8": "yes" if self.smtp_utf8 else "no",
            "APPEALS_UNUSUAL_CASES": str(self.unusual_cases),
            "APPEALS_UNUSUAL_CONTACTS": str(self.unusual_contacts),
            "APPEALS_UNUSUAL_LOOKUPS": str(self.unusual_lookups),
            "APPEALS_CAMPAIGN_NAME_ZH": self.campaign_name_zh,
            "APPEALS_CAMPAIGN_NAME_EN": self.campaign_name_en,
        }
        ours = {name: said for name, said in os.environ.items() if name != OWNER_URL_SETTING}
        return {**ours, **told}


def read_raw_setting(name: str) -> str | None:
    """Return one setting's unchecked text from the environment, None where it is not set."""
    return _read_environment().get(name)


def find_data_dir(chosen: str | None = None) -> Path:
    """Return the absolute path of the data folder: `chosen`, else the setting, else `var`."""
    said = {
        "APPEALS_DATA_DIR": chosen
        or read_raw_setting("APPEALS_DATA_DIR")
        or DEFAULTS["APPEALS_DATA_DIR"]
    }
    return _read_required(said, "APPEALS_DATA_DIR", checks.check_folder)


def _read_environment() -> dict[str, str]:
    """Return our settings' texts; an empty one counts as not set (compose files write such)."""
    return {name: value for name, value in os.environ.items() if name[:8] == "APPEALS_" and value}


def _read_required(said: Mapping[str, str], name: str, check: Callable[[str], Checked]) -> Checked:
    if name not in said:
        raise WrongSetting(f"The setting {name} is missing.")
    try:
        return check(said[name])
    except ValueError as why:
        raise WrongSetting(f"The setting {name} cannot be used: it {why}.") from None


def _read_optional(
    said: Mapping[str, str], name: str, check: Callable[[str], Checked]
) -> Checked | None:
    return _read_required(said, name, check) if name in said else None
