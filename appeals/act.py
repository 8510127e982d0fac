"""`Act`: who acts, when and in which transaction; the first argument of every use case."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from appeals.domain.contact import DEFAULT_CONTACT_SETTINGS, ContactSettings
from appeals.domain.people import Actor
from appeals.settings import Settings


def read_contact_settings(settings: Settings) -> ContactSettings:
    """Return how the city reaches people, as its settings say."""
    return ContactSettings(settings.area_code, settings.smtp_utf8)


@dataclass(frozen=True)
class Act:
    """The context of one request, task or command, made by the edge that runs it.

    `now` is aware UTC and comes in from the edge, so that nothing below reads a clock; `secret`
    is the server's key for numbers and query codes; `base_url` is where the website is, for the
    links in notices; `reach` says how the city reaches people by telephone and mail.
    """

    session: Session
    actor: Actor
    now: datetime
    secret: bytes
    base_url: str = ""
    reach: ContactSettings = DEFAULT_CONTACT_SETTINGS

    def by(self, actor: Actor) -> "Act":
        """Return this act made by another actor."""
        return replace(self, actor=actor)

    def later(self, passed: timedelta) -> "Act":
        """Return this act at a time `passed` later; the demo city plays a year this way."""
        return replace(self, now=self.now + passed)

    def at(self, now: datetime) -> "Act":
        """Return this act at another time, aware UTC."""
        return replace(self, now=now)
