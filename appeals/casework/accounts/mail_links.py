"""Links sent by mail: to choose a new password, to confirm a mail address.

A link is valid once and for half an hour, even if another is requested meanwhile: a stranger who
knows a username must not invalidate its owner's link by requesting more.

Its token is derived from the secret key and a salt. The table holds the token's hash; the notice
holds a placeholder with the salt, which the worker replaces by the link as it sends the mail. So
nobody who reads the database or a backup can use a link.
"""

import base64
import hashlib
import hmac
import re
import secrets
from datetime import timedelta

import sqlalchemy as sa
import structlog

from appeals.act import Act
from appeals.addresses.email_addresses import read_email
from appeals.casework.accounts import account_notices, rate_limits
from appeals.casework.accounts.own_account import confirm_password, set_password
from appeals.casework.accounts.password_strength import check_password
from appeals.casework.accounts.rate_limits import AN_HOUR, RateLimit
from appeals.casework.accounts.staff_notices import StaffNotice, notify_address
from appeals.casework.records import change_log
from appeals.domain import configuration as tables
from appeals.domain.calendar import city_day
from appeals.domain.configuration import Change, ChangeStep
from appeals.domain.derived_keys import KeyPurpose, derive_key
from appeals.domain.messages import message
from appeals.domain.people import Actor, normalise_username
from appeals.domain.refusals import Refused, not_now
from appeals.domain.vocabulary import MailLinkPurpose, NoticeKind
from appeals.models.staff import MailLink, StaffMember
from appeals.reference.configured_rows import read_row_facts

log = structlog.get_logger()

LINK_LIFETIME = timedelta(minutes=30)
SALT_BYTES = 16
PASSWORD_LINKS_PER_ADDRESS = RateLimit("forgot_address", 10, AN_HOUR)
PASSWORD_LINKS_PER_NAME = RateLimit("forgot_name", 3, LINK_LIFETIME)
"""Further requests send nothing: an earlier link is still valid."""
ADDRESS_LINKS_PER_PERSON = RateLimit("address_link", 5, AN_HOUR)
LINK_PLACEHOLDER = re.compile(r"\[\[link (/[a-z/-]+) ([0-9a-f]{32})\]\]")
"""Placeholder of a link in a notice: the path of its page, and the salt of its token."""
LINK_PATHS = {
    MailLinkPurpose.PASSWORD: "/sign-in/reset",
    MailLinkPurpose.ADDRESS: "/account/address/confirm",
}
BY_LINK = message("through a link sent by mail")


def ask_password_link(act: Act, username: str, source: str) -> None:
    """Mail a password reset link if the account has a confirmed address; else do nothing.

    The page shows the same text in both cases, and also when the rate limit for the name is
    reached. `source` is the client's network address. Raises Refused (too many) where that address
    asked too often.
    """
    username = normalise_username(username)
    rate_limits.count_try(act, ((PASSWORD_LINKS_PER_ADDRESS, source),))
    if not rate_limits.count_try_if_allowed(act, PASSWORD_LINKS_PER_NAME, username):
        return
    person = act.session.scalar(
        sa.select(StaffMember).where(
            StaffMember.username == username,
            StaffMember.disabled_at.is_(None),
            StaffMember.email.is_not(None),
            StaffMember.email_verified_at.is_not(None),
        )
    )
    if person is not None:
        send_link(act, person, MailLinkPurpose.PASSWORD)
        log.info("password_link_asked", account=person.id)


def reset_by_link(act: Act, token: str, new: str) -> None:
    """Set the password chosen by a link's owner; all sessions end, a second factor stays.

    Raises Refused: not now for a link that is used or expired; not valid for the password.
    """
    link = _load_link(act, token, MailLinkPurpose.PASSWORD)
    person = act.session.get_one(StaffMember, link.staff_id, with_for_update=True)
    if person.disabled_at is not None or person.email_verified_at is None:
        raise _no_such_link()
    check_password(act, person, new)
    set_password(act, person, new)
    _use_up_links(act, person.id)
    own = act.by(Actor(person.role, person.id, person.name, person.department_code))
    day = city_day(act.now)
    change = Change(
        tables.ACCOUNTS.name, person.username, ChangeStep.PASSWORD, day, None, None, why=""
    )
    change_log.record_change(own, change)
    account_notices.notify_of_own_change(act, person, message("password changed"), by=BY_LINK)
    log.info("password_reset_by_link", account=person.id)


def check_password_link(act: Act, token: str) -> None:
    """Refuse (not now) a password reset link that is invalid, used or expired."""
    _load_link(act, token, MailLinkPurpose.PASSWORD)


def ask_address_link(act: Act, address: str, password: str) -> None:
    """Set the actor's mail address and mail a confirmation link to it.

    Raises Refused: not valid for the password or the address, too many.
    """
    person = confirm_password(act, password)
    address = read_email(address, smtp_utf8=act.reach.smtp_utf8)
    rate_limits.count_try(act, ((ADDRESS_LINKS_PER_PERSON, str(person.id)),))
    if address != person.email:
        _change_address(act, person, address)
    send_link(act, person, MailLinkPurpose.ADDRESS)


def confirm_address(act: Act, token: str) -> None:
    """Confirm the actor's address by the link that was sent there. Raises Refused (not now)."""
    link = _load_link(act, token, MailLinkPurpose.ADDRESS)
    person = act.session.get_one(StaffMember, link.staff_id)
    if person.id != act.actor.staff_id:
        raise _no_such_link()
    link.used_at = person.email_verified_at = act.now


def fill_in_links(text: str, secret: bytes, base_url: str) -> str:
    """Return a notice's text with its placeholders replaced by links."""
    return LINK_PLACEHOLDER.sub(
        lambda mark: f"{base_url}{mark[1]}?token={_derive_token(secret, mark[2])}", text
    )


def delete_expired_links(act: Act) -> int:
    """Delete expired links; return how many."""
    gone = act.session.execute(
        sa.delete(MailLink).where(MailLink.expires_at < act.now).returning(MailLink.id)
    )
    return len(gone.all())


def send_link(act: Act, person: StaffMember, purpose: MailLinkPurpose) -> None:
    """Write a mail with a new link; earlier ones stay valid until one is used or they expire.

    Raises ValueError for an account without an address.
    """
    if person.email is None:
        raise ValueError("no mail address")
    salt = secrets.token_hex(SALT_BYTES)
    act.session.add(
        MailLink(
            token_hash=_hash_token(_derive_token(act.secret, salt)),
            staff_id=person.id,
            purpose=purpose,
            address=person.email,
            expires_at=act.now + LINK_LIFETIME,
        )
    )
    words = {"mark": f"[[link {LINK_PATHS[purpose]} {salt}]]", "person": person.username}
    news = StaffNotice(NoticeKind.MAIL_LINK, f"link.{salt}", purpose.value, words=words)
    notify_address(act, person, person.email, news)


def _load_link(act: Act, token: str, purpose: MailLinkPurpose) -> MailLink:
    """Return a valid link; its mail address must still be the account's."""
    link = act.session.scalar(
        sa.select(MailLink)
        .join(StaffMember, StaffMember.id == MailLink.staff_id)
        .where(
            MailLink.token_hash == _hash_token(token),
            MailLink.purpose == purpose,
            MailLink.used_at.is_(None),
            MailLink.expires_at > act.now,
            MailLink.address == StaffMember.email,
        )
        .with_for_update(of=MailLink)
    )
    if link is None:
        raise _no_such_link()
    return link


def _use_up_links(act: Act, staff_id: int) -> None:
    act.session.execute(
        sa.update(MailLink)
        .where(MailLink.staff_id == staff_id, MailLink.used_at.is_(None))
        .values(used_at=act.now)
    )


def _change_address(act: Act, person: StaffMember, address: str) -> None:
    fields = tables.ACCOUNTS.fields
    before = read_row_facts(person, fields)
    person.email, person.email_verified_at = address, None
    day = city_day(act.now)
    change = Change(
        tables.ACCOUNTS.name,
        person.username,
        ChangeStep.CHANGE,
        day,
        before,
        read_row_facts(person, fields),
        "",
    )
    change_log.record_change(act, change)
    account_notices.notify_of_change(act, change)


def _derive_token(secret: bytes, salt: str) -> str:
    digest = hmac.digest(
        derive_key(secret, KeyPurpose.MAIL_LINK), bytes.fromhex(salt), hashlib.sha256
    )
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _no_such_link() -> Refused:
    return not_now(message("This link was used already or is no longer good. Ask for a new one."))
