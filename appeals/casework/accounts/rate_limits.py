"""Rate limits on passwords, codes, filings and photos, counted in the database.

A limit allows a number of tries within a window (Reliability 3, anti-guessing). Tries with the same
key wait for one another under an advisory lock, so that parallel ones are all counted.

A stranger who guesses must not lock the rightful person out. So a browser that gave the right
password or code before has a budget of its own; all others share the budgets of their network
address and of the name or number (decision 0014).
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from appeals.act import Act
from appeals.addresses.email_addresses import mailbox_of
from appeals.addresses.telephones import read_telephone
from appeals.domain.contact import ContactDetails, ContactSettings
from appeals.domain.messages import Message, message, plural_message
from appeals.domain.refusals import Refused, RefusedKind
from appeals.logs import SecurityEvent, log_security_event
from appeals.models.staff import Attempt

FIVE_MINUTES, AN_HOUR, A_DAY = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)
SAY_HOURS_FROM_MINUTES, SAY_TOMORROW_FROM_HOURS = 60, 12
"""A wait is shown in hours from this many minutes, and as "tomorrow" from this many hours."""


@dataclass(frozen=True)
class RateLimit:
    """How many tries of one scope are allowed within a window.

    With `spacing`, one more try is allowed that long after the last: the longest wait.
    `scope` is stored with each try.
    """

    scope: str
    max_tries: int
    window: timedelta
    spacing: timedelta | None = None


@dataclass(frozen=True)
class TrySource:
    """Where a try comes from: the network address and, if known, the browser.

    `known_browser` is the id of a browser that opened this very name or number before.
    """

    address: str
    known_browser: str | None = None


UNKNOWN_SOURCE = TrySource("unknown")
"""Source of tries without a network address."""
CODES_PER_APPEAL = RateLimit("code_number", 5, AN_HOUR, spacing=FIVE_MINUTES)
CODES_PER_ADDRESS = RateLimit("code_address", 18, AN_HOUR, spacing=FIVE_MINUTES)
"""18 and one more every five minutes: 30 in an hour."""
CODES_PER_KNOWN_BROWSER = RateLimit("code_known", 10, AN_HOUR, spacing=FIVE_MINUTES)
TEXTS_PER_TELEPHONE = (
    RateLimit("text_telephone_hour", 3, AN_HOUR),
    RateLimit("text_telephone_day", 10, A_DAY),
)
"""Codes by text message that may be asked for one telephone, known or not."""
TEXTS_PER_ADDRESS = RateLimit("text_address", 18, AN_HOUR, spacing=FIVE_MINUTES)
TEXTS_PER_KNOWN_BROWSER = RateLimit("text_known", 5, AN_HOUR)
CODES_PER_OPERATOR = RateLimit("code_for_caller", 10, AN_HOUR, spacing=FIVE_MINUTES)
PASSWORDS_PER_NAME = RateLimit("password_name", 10, FIVE_MINUTES)
PASSWORDS_PER_ADDRESS = RateLimit("password_address", 10, FIVE_MINUTES)
PASSWORDS_PER_KNOWN_BROWSER = RateLimit("password_known", 10, FIVE_MINUTES)
PASSWORDS_PER_OWN_ACCOUNT = RateLimit("password_change", 10, FIVE_MINUTES)
APP_CODES_PER_PERSON = (
    RateLimit("factor_5_minutes", 5, FIVE_MINUTES),
    RateLimit("factor_hour", 20, AN_HOUR),
    RateLimit("factor_day", 50, A_DAY),
)
RECOVERY_CODES_PER_PERSON = (RateLimit("recovery_5_minutes", 5, FIVE_MINUTES),)
"""A budget apart from the app's six digits. One limit is enough: there are 30**12 such codes."""
ADDITIONS_PER_APPEAL = RateLimit("added", 30, A_DAY)
PHOTOS_PER_FORM = RateLimit("photos_form", 30, AN_HOUR)
MEGABYTES_PER_PHOTO = 3
"""Size of a usual photo, for `photo_megabytes_per_address`."""
Buckets = tuple[tuple[RateLimit, str], ...]
"""The limits that one try counts against, each with its key: a name, number, address or browser."""
COUNT_TRIES_SQL = """
    WITH given AS (
        SELECT * FROM unnest(
            %(scopes)s::text[], %(keys)s::text[], %(starts)s::timestamptz[], %(limits)s::int[]
        ) AS given(scope, who, since, most)
    ), tried AS (
        INSERT INTO attempt (scope, who, at) SELECT scope, who, %(now)s::timestamptz FROM given
    )
    SELECT 1 FROM given WHERE most <= (
        SELECT count(*) FROM attempt
        WHERE attempt.scope = given.scope AND attempt.who = given.who AND at > since
    )
"""
"""Counts one try in each bucket and returns a row if one was full before: one round trip."""


def filings_per_address(max_tries: int) -> RateLimit:
    """Return the limit on filings from one network address, which a whole office may share."""
    return RateLimit("filed_address", max_tries, AN_HOUR)


def photos_per_address(max_tries: int) -> RateLimit:
    """Return the limit on photos decoded for one address: each takes a core about a second."""
    return RateLimit("photos_address", max_tries, AN_HOUR)


def photo_megabytes_per_address(max_tries: int) -> RateLimit:
    """Return the limit on megabytes of photos stored for one address.

    Takes the number given to `photos_per_address`: that many photos of usual size, or fewer large
    ones.
    """
    return RateLimit("photo_megabytes_address", MEGABYTES_PER_PHOTO * max_tries, AN_HOUR)


def contact_limits(max_tries: int, contact: ContactDetails, reach: ContactSettings) -> Buckets:
    """Return the bucket of a filing for its e-mail address or telephone; that person gets notices.

    Other spellings of a mailbox or number, and extensions, count as the same. `max_tries` is for a
    day.
    """
    telephone = read_telephone(contact.phone, reach.area_code)
    number = telephone.number if telephone else contact.phone.strip()
    key = mailbox_of(contact.email) if contact.email.strip() else number
    return ((RateLimit("filed_contact", max_tries, A_DAY), key),) if key else ()


def password_limits(source: TrySource, username: str) -> Buckets:
    """Return the buckets of a password typed for a username."""
    if source.known_browser:
        return ((PASSWORDS_PER_KNOWN_BROWSER, f"{source.known_browser} {username}"),)
    return ((PASSWORDS_PER_ADDRESS, source.address), (PASSWORDS_PER_NAME, username))


def code_limits(source: TrySource, number: str) -> Buckets:
    """Return the buckets of a query code typed for an appeal number."""
    if source.known_browser:
        return ((CODES_PER_KNOWN_BROWSER, f"{source.known_browser} {number}"),)
    return ((CODES_PER_ADDRESS, source.address), (CODES_PER_APPEAL, number))


def text_limits(source: TrySource, telephone: str) -> Buckets:
    """Return the buckets of a code by text message that is asked for a telephone."""
    if source.known_browser:
        return ((TEXTS_PER_KNOWN_BROWSER, f"{source.known_browser} {telephone}"),)
    return (
        (TEXTS_PER_ADDRESS, source.address),
        *((limit, telephone) for limit in TEXTS_PER_TELEPHONE),
    )


def text_code_limits(source: TrySource, telephone: str) -> Buckets:
    """Return the buckets of a code of a text message that is typed; its row counts tries too."""
    if source.known_browser:
        return ((CODES_PER_KNOWN_BROWSER, f"{source.known_browser} {telephone}"),)
    return ((CODES_PER_ADDRESS, source.address),)


def caller_code_limits(staff_id: int, number: str) -> Buckets:
    """Return the bucket of a query code that an operator types for a caller about an appeal."""
    return ((CODES_PER_OPERATOR, f"{staff_id} {number}"),)


def factor_limits(staff_id: int, browser: str | None, *, recovery: bool = False) -> Buckets:
    """Return the buckets of a second-factor code; `browser` is one known for the person."""
    key = f"{browser} {staff_id}" if browser else str(staff_id)
    limits = RECOVERY_CODES_PER_PERSON if recovery else APP_CODES_PER_PERSON
    return tuple((limit, key) for limit in limits)


def count_try(act: Act, buckets: Buckets) -> None:
    """Count one try in each bucket, before it is compared. Raises Refused (too many)."""
    for limit, key in buckets:
        act.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_lock_id(limit, key))))
    for limit, key in buckets:
        if (wait := _wait_before_next(act, limit, key)) is not None:
            log_security_event(SecurityEvent.TRIES_EXHAUSTED, scope=limit.scope)
            told = message("There were too many tries. Try again %(time)s.", time=say_wait(wait))
            raise Refused(RefusedKind.TOO_MANY, told)
    act.session.execute(
        sa.insert(Attempt),
        [{"scope": limit.scope, "who": _hash_key(key), "at": act.now} for limit, key in buckets],
    )


def count_try_if_allowed(act: Act, limit: RateLimit, key: str) -> bool:
    """Count one try and return True, or return False where the limit is reached."""
    act.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_lock_id(limit, key))))
    if _wait_before_next(act, limit, key) is not None:
        log_security_event(SecurityEvent.TRIES_EXHAUSTED, scope=limit.scope)
        return False
    act.session.execute(
        sa.insert(Attempt), [{"scope": limit.scope, "who": _hash_key(key), "at": act.now}]
    )
    return True


def say_wait(wait: timedelta) -> Message:
    """Return when to try again, rounded up: never too early."""
    minutes = max(1, -(-wait // timedelta(minutes=1)))
    hours = -(-wait // AN_HOUR)
    if minutes < SAY_HOURS_FROM_MINUTES:
        return plural_message("in %(count)s minute", "in %(count)s minutes", minutes)
    if hours < SAY_TOMORROW_FROM_HOURS:
        return plural_message("in %(count)s hour", "in %(count)s hours", hours)
    return message("tomorrow")


def _wait_before_next(act: Act, limit: RateLimit, key: str) -> timedelta | None:
    """Return how long to wait until the next try is allowed, None if it is allowed now."""
    made, first, last = act.session.execute(
        sa.select(sa.func.count(), sa.func.min(Attempt.at), sa.func.max(Attempt.at)).where(
            Attempt.scope == limit.scope,
            Attempt.who == _hash_key(key),
            Attempt.at > act.now - limit.window,
        )
    ).one()
    if made < limit.max_tries:
        return None
    wait: timedelta = (last + limit.spacing if limit.spacing else first + limit.window) - act.now
    return wait if wait > timedelta() else None


def count_volume(act: Act, buckets: Buckets) -> None:
    """Count one filing or photo in each bucket, without locks. Raises Refused (too many).

    Of many at once a few may go over the limit: it bounds a volume and guards no secret.
    """
    full = (
        act.session.connection()
        .exec_driver_sql(
            COUNT_TRIES_SQL,
            {
                "scopes": [limit.scope for limit, _ in buckets],
                "keys": [_hash_key(key) for _, key in buckets],
                "starts": [act.now - limit.window for limit, _ in buckets],
                "limits": [limit.max_tries for limit, _ in buckets],
                "now": act.now,
            },
        )
        .first()
    )
    if full is not None:
        raise Refused(
            RefusedKind.TOO_MANY,
            message(
                "Too much was sent in a short time, so this was not taken. All that you "
                "typed is kept: send it again later, or call 12345."
            ),
        )


def forget_try(act: Act, buckets: Buckets) -> None:
    """Uncount this try in each bucket, once it was right: only wrong ones count."""
    for limit, key in buckets:
        act.session.execute(
            sa.delete(Attempt).where(
                Attempt.scope == limit.scope, Attempt.who == _hash_key(key), Attempt.at == act.now
            )
        )


def _hash_key(key: str) -> str:
    """Hash a key, so that no name, number or mistyped password is stored in clear."""
    return hashlib.sha256(key.encode()).hexdigest()


def _lock_id(limit: RateLimit, key: str) -> int:
    digest = hashlib.sha256(f"{limit.scope} {key}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
