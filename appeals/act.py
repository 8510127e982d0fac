"""`act`: who acts, when, and in which transaction; the first argument of everything that does."""

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
    """One act, made by an edge.

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
        """Give the same act by another actor."""
        return replace(self, actor=actor)

    def later(self, passed: timedelta) -> "Act":
        """Give the same act, `passed` later (the demo city plays a year in a minute)."""
        return replace(self, now=self.now + passed)

    def at(self, now: datetime) -> "Act":
        """Give the same act at another moment."""
        return replace(self, now=now)
