"""Rate limits: tries at passwords and codes, and what is filed, counted in the database.

A limit is a scope, a number of wrong tries and a window (Reliability 3, anti-guessing). Tries of
the same person are taken one after another, so that many at once are not counted as one.

Strangers who guess must not lock the rightful person out. So a browser that gave the right
password or code before has a budget of its own, and all others share that of their address and of
the name or number (decision 0014).
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from appeals.act import Act
from appeals.addresses.email_addresses import mailbox_of
from appeals.addresses.telephones import read_telephone
from appeals.domain.contact import ContactDetails, ContactSettings
from appeals.domain.refusals import Refused, RefusedKind
from appeals.logs import SecurityEvent, log_security_event
from appeals.models.staff import Attempt

FIVE_MINUTES, AN_HOUR, A_DAY = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)
MINUTES_MOST, HOURS_MOST = 60, 12
"""From where on a wait is said in hours, and as "tomorrow"."""


@dataclass(frozen=True)
class Tries:
    """How many wrong tries of one scope are borne within the window.

    Where `spacing` is set, one more is borne so long after the last one: nobody waits longer.
    """

    scope: str
    most: int
    window: timedelta
    spacing: timedelta | None = None


@dataclass(frozen=True)
class Source:
    """Where a try comes from: the network address, and the id of a browser that is known.

    `known_browser` is set only for the name or number that this browser has opened before.
    """

    address: str
    known_browser: str | None = None


UNKNOWN = Source("unknown")
CODE_OF_NUMBER = Tries("code_number", 5, AN_HOUR, spacing=FIVE_MINUTES)
CODE_FROM_ADDRESS = Tries("code_address", 18, AN_HOUR, spacing=FIVE_MINUTES)
"""With one more every five minutes these are 30 in an hour."""
CODE_OF_KNOWN_BROWSER = Tries("code_known", 10, AN_HOUR, spacing=FIVE_MINUTES)
PASSWORD_OF_NAME = Tries("password_name", 10, FIVE_MINUTES)
PASSWORD_FROM_ADDRESS = Tries("password_address", 10, FIVE_MINUTES)
PASSWORD_OF_KNOWN_BROWSER = Tries("password_known", 10, FIVE_MINUTES)
PASSWORD_CHANGE = Tries("password_change", 10, FIVE_MINUTES)
CODE_OF_APP = (
    Tries("factor_5_minutes", 5, FIVE_MINUTES),
    Tries("factor_hour", 20, AN_HOUR),
    Tries("factor_day", 50, A_DAY),
)
RECOVERY_CODE = (Tries("recovery_5_minutes", 5, FIVE_MINUTES),)
"""Apart from the app's six digits, and long enough for no more: 30 to the power of 12."""
ADDED_TO_APPEAL = Tries("added", 30, A_DAY)
PHOTOS_OF_FORM = Tries("photos_form", 30, AN_HOUR)
MEGABYTES_PER_PHOTO = 3
Counted = tuple[tuple[Tries, str], ...]
TALLY = """
    WITH given AS (
        SELECT * FROM unnest(
            %(scopes)s::text[], %(whos)s::text[], %(froms)s::timestamptz[], %(mosts)s::int[]
        ) AS given(scope, who, since, most)
    ), tried AS (
        INSERT INTO attempt (scope, who, at) SELECT scope, who, %(now)s::timestamptz FROM given
    )
    SELECT 1 FROM given WHERE most <= (
        SELECT count(*) FROM attempt
        WHERE attempt.scope = given.scope AND attempt.who = given.who AND at > since
    )
"""
"""Count one try for each, and give a row for each that had too many before: one way there."""


def filed_from_address(most: int) -> Tries:
    """Give how much one address may file in an hour: a whole office may stand behind it."""
    return Tries("filed_address", most, AN_HOUR)


def photos_from_address(most: int) -> Tries:
    """Return how many photos of one address are decoded in an hour: each takes a core's second."""
    return Tries("photos_address", most, AN_HOUR)


def photo_megabytes_from_address(most: int) -> Tries:
    """Return how many megabytes of photos of one address are stored in an hour.

    `most` is that of `photos_from_address`: a few large photos, or so many of a usual size.
    """
    return Tries("photo_megabytes_address", MEGABYTES_PER_PHOTO * most, AN_HOUR)


def contact_limits(most: int, contact: ContactDetails, reach: ContactSettings) -> Counted:
    """Return what is filed in the name of an e-mail or telephone counts for: each is told.

    `most` is for a day; other spellings of a mailbox or a number make no other, nor do extensions.
    """
    telephone = read_telephone(contact.phone, reach.area_code)
    number = telephone.number if telephone else contact.phone.strip()
    told = mailbox_of(contact.email) if contact.email.strip() else number
    return ((Tries("filed_contact", most, A_DAY), told),) if told else ()


def password_limits(source: Source, username: str) -> Counted:
    """Return what a password typed for a username counts for."""
    if source.known_browser:
        return ((PASSWORD_OF_KNOWN_BROWSER, f"{source.known_browser} {username}"),)
    return ((PASSWORD_FROM_ADDRESS, source.address), (PASSWORD_OF_NAME, username))


def code_limits(source: Source, number: str) -> Counted:
    """Return what a query code typed for an appeal number counts for."""
    if source.known_browser:
        return ((CODE_OF_KNOWN_BROWSER, f"{source.known_browser} {number}"),)
    return ((CODE_FROM_ADDRESS, source.address), (CODE_OF_NUMBER, number))


def factor_limits(staff_id: int, browser: str | None, *, recovery: bool = False) -> Counted:
    """Return what a code of the second factor counts for; `browser` is one known for the person."""
    who = f"{browser} {staff_id}" if browser else str(staff_id)
    return tuple((tries, who) for tries in (RECOVERY_CODE if recovery else CODE_OF_APP))


def count_try(act: Act, counted: Counted) -> None:
    """Count one try for each, before it is compared. Raises Refused (too many)."""
    for tries, who in counted:
        act.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_lock(tries, who))))
    for tries, who in counted:
        if (wait := _wait_before_next(act, tries, who)) is not None:
            log_security_event(SecurityEvent.TRIES_EXHAUSTED, scope=tries.scope)
            zh, en = say_wait(wait)
            raise Refused(
                RefusedKind.TOO_MANY,
                f"尝试次数过多，请{zh}再试。",
                f"There were too many tries. Try again {en}.",
            )
    act.session.execute(
        sa.insert(Attempt),
        [{"scope": tries.scope, "who": _hidden(who), "at": act.now} for tries, who in counted],
    )


def has_try_left(act: Act, tries: Tries, who: str) -> bool:
    """Count one try and return True; return False where the limit is reached."""
    act.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_lock(tries, who))))
    if _wait_before_next(act, tries, who) is not None:
        log_security_event(SecurityEvent.TRIES_EXHAUSTED, scope=tries.scope)
        return False
    act.session.execute(
        sa.insert(Attempt), [{"scope": tries.scope, "who": _hidden(who), "at": act.now}]
    )
    return True


def say_wait(wait: timedelta) -> tuple[str, str]:
    """Return when one may try again, in Chinese and in English; rounded up, never too early."""
    minutes = max(1, -(-wait // timedelta(minutes=1)))
    hours = -(-wait // AN_HOUR)
    if minutes < MINUTES_MOST:
        return f"{minutes}分钟后", "in 1 minute" if minutes == 1 else f"in {minutes} minutes"
    if hours < HOURS_MOST:
        return f"{hours}小时后", "in 1 hour" if hours == 1 else f"in {hours} hours"
    return "明天", "tomorrow"


def _wait_before_next(act: Act, tries: Tries, who: str) -> timedelta | None:
    """Return how long nothing more is compared, None if one more is now."""
    made, first, last = act.session.execute(
        sa.select(sa.func.count(), sa.func.min(Attempt.at), sa.func.max(Attempt.at)).where(
            Attempt.scope == tries.scope,
            Attempt.who == _hidden(who),
            Attempt.at > act.now - tries.window,
        )
    ).one()
    if made < tries.most:
        return None
    wait: timedelta = (last + tries.spacing if tries.spacing else first + tries.window) - act.now
    return wait if wait > timedelta() else None


def count_volume(act: Act, counted: Counted) -> None:
    """Count one try for each of what is allowed so often. Raises Refused (too many).

    Nothing is locked: of many at once some may be let through over the limit, which bounds a
    volume and guards no secret.
    """
    full = (
        act.session.connection()
        .exec_driver_sql(
            TALLY,
            {
                "scopes": [tries.scope for tries, _ in counted],
                "whos": [_hidden(who) for _, who in counted],
                "froms": [act.now - tries.window for tries, _ in counted],
                "mosts": [tries.most for tries, _ in counted],
                "now": act.now,
            },
        )
        .first()
    )
    if full is not None:
        raise Refused(
            RefusedKind.TOO_MANY,
            "短时间内提交得太多，没有再收下。您填写的内容都在，请过一会儿再提交，或拨打12345。",
            "Too much was sent in a short time, so this was not taken. All that you typed is kept: "
            "send it again later, or call 12345.",
        )


def forget_try(act: Act, counted: Counted) -> None:
    """Forget this try for each: only wrong ones count."""
    for tries, who in counted:
        act.session.execute(
            sa.delete(Attempt).where(
                Attempt.scope == tries.scope, Attempt.who == _hidden(who), Attempt.at == act.now
            )
        )


def _hidden(who: str) -> str:
    """Keep no name, number or address in clear: whatever was typed may be a secret."""
    return hashlib.sha256(who.encode()).hexdigest()


def _lock(tries: Tries, who: str) -> int:
    digest = hashlib.sha256(f"{tries.scope} {who}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
