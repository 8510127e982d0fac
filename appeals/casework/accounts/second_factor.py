"""The second factor at sign-in: time-based codes of six digits (TOTP, RFC 6238).

A person's secret is derived from the secret key and a salt, so the tables alone reveal no code.
A code is valid once: the time step accepted last is stored. Ten recovery codes replace a lost
telephone, each valid once and stored as a hash. Which roles must have a second factor is stored in
dated rows; the newest one that has begun applies.
"""

import base64
import hashlib
import hmac
import secrets
import unicodedata
from datetime import date

import pyotp
import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from appeals.act import Act
from appeals.casework.accounts import rate_limits
from appeals.casework.records import change_log
from appeals.domain import configuration as tables
from appeals.domain.calendar import city_day
from appeals.domain.configuration import Change, ChangeStep, RowFacts
from appeals.domain.messages import message
from appeals.domain.people import Role
from appeals.domain.refusals import not_found, not_now, not_valid
from appeals.models.staff import FactorDemand, RecoveryCode, StaffMember

SALT_BYTES, SECRET_BYTES, RECOVERY_CODE_COUNT = 16, 20, 10
RECOVERY_CODE_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
"""Characters of recovery codes, without those easily mistaken for one another."""
RECOVERY_CODE_CHARACTERS = 12
APP_CODE_DIGITS = 6
SIGNED_IN_BUDGET = "signed in"
"""Rate limit budget of people already signed in, apart from that of sign-in attempts."""
MAX_STEPS_BEHIND = 1
"""Time steps of 30 s that a code may be old: one, for slow typing. ASVS 6.5.5 allows none."""


def begin_setup(act: Act) -> None:
    """Create a new secret for the actor; it takes effect once a first code confirms it."""
    person = _load_own_account(act)
    if person.factor_since is not None:
        raise not_now(message("The second factor is switched on already."))
    person.factor_salt, person.factor_step = secrets.token_bytes(SALT_BYTES), 0


def find_pending_secret(act: Act) -> str | None:
    """Return the actor's secret, to be typed into an app, until the first code confirms it."""
    person = _load_own_account(act)
    waits = person.factor_salt is not None and person.factor_since is None
    return _derive_secret(act, person) if waits else None


def make_provisioning_uri(act: Act, issuer: str) -> str | None:
    """Return the otpauth address for the QR code, until the first code confirms the secret."""
    secret = find_pending_secret(act)
    if secret is None:
        return None
    return pyotp.TOTP(secret).provisioning_uri(
        name=_load_own_account(act).username, issuer_name=issuer
    )


def confirm_setup(act: Act, code: str) -> list[str]:
    """Switch the factor on with its first code; return ten recovery codes, shown once.

    Raises Refused: not now if setup was not begun; not valid for a wrong code; too many.
    """
    person = _load_own_account(act)
    if person.factor_salt is None or person.factor_since is not None:
        raise not_now(message("Begin to set the second factor up first."))
    _require_code(act, person, code)
    person.factor_since = act.now
    since = {tables.FACTOR.name: city_day(act.now).isoformat()}
    change_log.record_change(act, _describe_change(act, person, None, since))
    return _write_recovery_codes(act, person)


def renew_recovery_codes(act: Act, code: str) -> list[str]:
    """Return ten new recovery codes; the old ones become invalid. Raises Refused."""
    person = _load_account_with_factor(act)
    _require_code(act, person, code)
    return _write_recovery_codes(act, person)


def switch_factor_off(act: Act, code: str) -> list[str]:
    """Switch the actor's factor off and delete its codes. Raises Refused for a wrong code."""
    person = _load_account_with_factor(act)
    _require_code(act, person, code)
    since = {tables.FACTOR.name: city_day(person.factor_since or act.now).isoformat()}
    change_log.record_change(act, _describe_change(act, person, since, None))
    reset_factor(act, person)
    return []


def reset_factor(act: Act, person: StaffMember) -> None:
    """Remove a person's second factor and recovery codes; the password stays."""
    person.factor_salt = person.factor_since = person.factor_step = None
    act.session.execute(sa.delete(RecoveryCode).where(RecoveryCode.staff_id == person.id))


def count_recovery_codes(act: Act) -> int:
    """Return the number of the actor's unused recovery codes."""
    left = act.session.scalar(
        sa.select(sa.func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.staff_id == act.actor.staff_id, RecoveryCode.used_at.is_(None))
    )
    return left or 0


def _normalise_code(code: str) -> str:
    return "".join(unicodedata.normalize("NFKC", code).split()).replace("-", "").casefold()


def is_app_code(code: str) -> bool:
    """Return whether a code has the length of an app's; any other counts as a recovery code."""
    return len(_normalise_code(code)) == APP_CODE_DIGITS


def accept_code(act: Act, staff_id: int, code: str, browser: str | None = None) -> bool:
    """Return whether a code of a person's app, or a recovery code, is right; each is valid once.

    A try is counted before the code is compared, and tries of one person are serialised: of two
    with the same code at once, one is refused. Raises Refused (too many).

    Args:
        act: who asks, and when.
        staff_id: whose code it is.
        code: as typed.
        browser: a browser known for the person, with a budget of tries of its own.
    """
    typed = _normalise_code(code)
    of_app = is_app_code(code)
    counted = rate_limits.factor_limits(staff_id, browser, recovery=not of_app)
    rate_limits.count_try(act, counted)
    person = act.session.get_one(StaffMember, staff_id, with_for_update=True)
    right = (_accept_app_code if of_app else _accept_recovery_code)(act, person, typed)
    if right:
        rate_limits.forget_try(act, counted)
    return right


def _describe_change(
    act: Act, person: StaffMember, before: RowFacts | None, after: RowFacts | None
) -> Change:
    """Return the change of one's own factor, for the change log."""
    day, key = city_day(act.now), person.username
    return Change(tables.ACCOUNTS.name, key, ChangeStep.CHANGE, day, before, after, why="")


def _require_code(act: Act, person: StaffMember, code: str) -> None:
    if not accept_code(act, person.id, code, SIGNED_IN_BUDGET):
        raise not_valid(
            "code", message("The code is not right, or was used already. Wait for the next one.")
        )


def _accept_app_code(act: Act, person: StaffMember, typed: str) -> bool:
    if person.factor_salt is None or not typed.isascii():
        return False
    codes = pyotp.TOTP(_derive_secret(act, person))
    present = codes.timecode(act.now)
    for step in range(present - MAX_STEPS_BEHIND, present + 1):
        fresh = step > (person.factor_step or 0)
        if fresh and hmac.compare_digest(codes.generate_otp(step), typed):
            person.factor_step = step
            return True
    return False


def _accept_recovery_code(act: Act, person: StaffMember, typed: str) -> bool:
    used = act.session.execute(
        sa.update(RecoveryCode)
        .where(
            RecoveryCode.staff_id == person.id,
            RecoveryCode.code_hash == _hash_recovery_code(act, typed),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=act.now)
        .returning(RecoveryCode.staff_id)
    )
    return used.first() is not None


def _write_recovery_codes(act: Act, person: StaffMember) -> list[str]:
    act.session.execute(sa.delete(RecoveryCode).where(RecoveryCode.staff_id == person.id))
    codes = [
        "".join(secrets.choice(RECOVERY_CODE_ALPHABET) for _ in range(RECOVERY_CODE_CHARACTERS))
        for _ in range(RECOVERY_CODE_COUNT)
    ]
    act.session.execute(
        sa.insert(RecoveryCode),
        [{"staff_id": person.id, "code_hash": _hash_recovery_code(act, code)} for code in codes],
    )
    return ["-".join((code[:4], code[4:8], code[8:])) for code in codes]


def _derive_secret(act: Act, person: StaffMember) -> str:
    salted = b"second factor" + (person.factor_salt or b"")
    return base64.b32encode(hmac.digest(act.secret, salted, hashlib.sha256)[:SECRET_BYTES]).decode()


def _hash_recovery_code(act: Act, code: str) -> bytes:
    return hmac.digest(act.secret, b"recovery code" + code.encode(), hashlib.sha256)


def _load_own_account(act: Act) -> StaffMember:
    person = act.session.get(StaffMember, act.actor.staff_id)
    if person is None:
        raise not_found()
    return person


def _load_account_with_factor(act: Act) -> StaffMember:
    person = _load_own_account(act)
    if person.factor_since is None:
        raise not_now(message("The second factor is not switched on."))
    return person


def is_factor_demanded(act: Act, role: Role) -> bool:
    """Return whether the role must have a second factor today."""
    day = city_day(act.now)
    return bool(act.session.scalar(sa.select(select_factor_demand(role, day))))


def select_factor_demand(
    role: Role | InstrumentedAttribute[Role], day: date | sa.BindParameter[date]
) -> sa.ScalarSelect[bool]:
    """Return the SQL expression for whether a role must have a second factor on a day."""
    return (
        sa.select(FactorDemand.demanded)
        .where(FactorDemand.role == role, FactorDemand.valid_from <= day)
        .order_by(FactorDemand.valid_from.desc())
        .limit(1)
        .scalar_subquery()
    )
