"""Display passes: a screen that nobody sits at shows the wall, and nothing else, for some days.

A supervisor or administrator makes a pass; its code opens the wall once, on one screen, which from
then on is known by a random token in a cookie. The database has keyed hashes of both. No rights go
with it but those of `domain/people.py: DISPLAY`: to every other page the screen is a stranger.
"""

import hmac
import secrets
from datetime import timedelta
from hashlib import sha256

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.accounts import rate_limits
from appeals.casework.accounts.rate_limits import FIVE_MINUTES, RateLimit
from appeals.casework.records import change_log
from appeals.domain import configuration as tables
from appeals.domain.calendar import city_day
from appeals.domain.configuration import Change, ChangeStep, RowFacts
from appeals.domain.derived_keys import KeyPurpose, derive_key
from appeals.domain.messages import message
from appeals.domain.numbers import derive_code, normalise_code
from appeals.domain.people import DISPLAY, Actor, Role
from appeals.domain.refusals import not_allowed, not_now, not_valid
from appeals.domain.text.cleaning import clean_line
from appeals.logs import SecurityEvent, log_security_event
from appeals.models.staff import DisplayPass

MANAGERS = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
MAX_PASSES = 20
"""So many passes are in force at most."""
MAX_DAYS = 366
USE_INTERVAL = timedelta(minutes=5)
"""A pass's use is recorded at most once in this time."""
ENDED_PASS_LIFETIME = timedelta(days=30)
"""How long a pass is listed after its end; the change log has it for ever."""
PASSES_PER_ADDRESS = RateLimit("display_address", 10, FIVE_MINUTES)
TOKEN_BYTES = 32


def may_manage_passes(actor: Actor) -> bool:
    """Return whether `actor` may make and end passes."""
    return actor.staff_id is not None and actor.role in MANAGERS


def make_pass(act: Act, name: str, days: int) -> str:
    """Make a pass for a screen and return its code, which is shown once.

    Raises Refused: not allowed; not valid for a blank name or a number of days out of range; not
    now where too many passes are in force.
    """
    _require_manager(act)
    if not (name := clean_line(name)):
        raise not_valid("name", message("Say which screen it is for."))
    if not 1 <= days <= MAX_DAYS:
        raise not_valid("days", message("Enter a number of days from 1 to %(max)s.", max=MAX_DAYS))
    change_log.lock_configuration(act)
    in_force = sa.select(sa.func.count()).select_from(DisplayPass).where(_is_in_force(act))
    if (act.session.scalar(in_force) or 0) >= MAX_PASSES:
        told = message("There are %(max)s passes already. End one of them first.", max=MAX_PASSES)
        raise not_now(told)
    code = derive_code(secrets.token_bytes(TOKEN_BYTES), "display pass")
    made = DisplayPass(
        name=name,
        code_hash=_keyed_hash(act, code),
        made_by=act.actor.staff_id,
        made_at=act.now,
        expires_at=act.now + timedelta(days=days),
    )
    act.session.add(made)
    act.session.flush()  # the log names its id
    _record_change(act, made, ChangeStep.ADD)
    by = act.actor.staff_id
    log_security_event(SecurityEvent.DISPLAY_MADE, pass_id=made.id, by=by)
    return code


def end_pass(act: Act, pass_id: int) -> DisplayPass:
    """End a pass: its screen shows nothing from its next request on. Return the pass.

    Raises Refused: not allowed; not now for a pass that is not there or has ended.
    """
    _require_manager(act)
    ended = act.session.scalar(
        sa.select(DisplayPass)
        .where(DisplayPass.id == pass_id, _is_in_force(act))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if ended is None:
        raise not_now(message("This pass has ended already."))
    ended.ended_by, ended.ended_at = act.actor.staff_id, act.now
    _record_change(act, ended, ChangeStep.END)
    log_security_event(SecurityEvent.DISPLAY_ENDED, pass_id=pass_id, by=act.actor.staff_id)
    return ended


def open_pass(act: Act, code: str, address: str, browser: str) -> str:
    """Open a pass by its code, which works once; return the token for the screen's cookie.

    `address` is the client's network address, for the rate limit of wrong codes. Raises Refused:
    too many; not valid for a code that is wrong, used or ended.
    """
    counted = ((PASSES_PER_ADDRESS, address),)
    rate_limits.count_try(act, counted)
    opened = act.session.scalar(
        sa.select(DisplayPass)
        .where(
            DisplayPass.code_hash == _keyed_hash(act, normalise_code(code)),
            DisplayPass.opened_at.is_(None),
            _is_in_force(act),
        )
        .with_for_update()
    )
    if opened is None:
        log_security_event(SecurityEvent.DISPLAY_FAIL)
        told = message("This pass is wrong, was used already, or has ended. Ask for a new one.")
        raise not_valid("code", told)
    rate_limits.forget_try(act, counted)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    opened.token_hash, opened.browser = _keyed_hash(act, token), browser
    opened.opened_at = opened.seen_at = act.now
    log_security_event(SecurityEvent.DISPLAY_OPENED, pass_id=opened.id)
    return token


def enter_wall(act: Act, token: str) -> Act | None:
    """Return the act by which a screen sees the wall; None unless its pass is in force.

    This alone decides what a display's cookie opens. The use is recorded.
    """
    shown = find_pass(act, token)
    if shown is None or not shown.is_in_force(act.now):
        return None
    if shown.seen_at is None or shown.seen_at <= act.now - USE_INTERVAL:
        shown.seen_at = act.now
    return act.by(DISPLAY)


def find_pass(act: Act, token: str) -> DisplayPass | None:
    """Return the pass of a screen's token, in force or ended; None for an unknown token."""
    return act.session.scalar(
        sa.select(DisplayPass).where(DisplayPass.token_hash == _keyed_hash(act, token))
    )


def delete_old_passes(act: Act) -> int:
    """Delete the passes that ended, or ran out, over 30 days ago; return how many."""
    old = act.now - ENDED_PASS_LIFETIME
    over = sa.or_(DisplayPass.ended_at < old, DisplayPass.expires_at < old)
    gone = act.session.execute(sa.delete(DisplayPass).where(over).returning(DisplayPass.id))
    return len(gone.all())


def _is_in_force(act: Act) -> sa.ColumnElement[bool]:
    return sa.and_(DisplayPass.ended_at.is_(None), DisplayPass.expires_at > act.now)


def _require_manager(act: Act) -> None:
    if not may_manage_passes(act.actor):
        raise not_allowed()


def _record_change(act: Act, row: DisplayPass, step: ChangeStep) -> None:
    facts: RowFacts = {
        tables.SCREEN.name: row.name,
        tables.ENDS.name: city_day(row.expires_at).isoformat(),
    }
    before, after = (None, facts) if step is ChangeStep.ADD else (facts, None)
    day = city_day(act.now)
    change_log.record_change(
        act, Change(tables.DISPLAYS, str(row.id), step, day, before, after, "")
    )


def _keyed_hash(act: Act, text: str) -> bytes:
    return hmac.digest(derive_key(act.secret, KeyPurpose.DISPLAY), text.encode(), sha256)
