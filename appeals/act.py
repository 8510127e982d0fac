"""`Act`: actor, time and database session, the first argument of every use case."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from appeals.domain.contact import DEFAULT_CONTACT_SETTINGS, ContactSettings
from appeals.domain.people import Actor
from appeals.settings import Settings


def read_contact_settings(settings: Settings) -> ContactSettings:
    """Return the settings for telephones and mail addresses."""
    return ContactSettings(settings.area_code, settings.smtp_utf8)


@dataclass(frozen=True)
class Act:
    """The context of one request, task or command, built by the edge that runs it.

    Attributes:
        session: The database session of the transaction.
        actor: Who acts.
        now: The time, aware UTC; set by the edge, so that nothing below reads a clock.
        secret: The installation's key, for numbers, query codes and HMACs.
        base_url: The website's address, for links in notices.
        reach: The city's settings for telephones and mail addresses.
    """

    session: Session
    actor: Actor
    now: datetime
    secret: bytes
    base_url: str = ""
    reach: ContactSettings = DEFAULT_CONTACT_SETTINGS

    def by(self, actor: Actor) -> "Act":
        """Return this act with another actor."""
        return replace(self, actor=actor)

    def later(self, passed: timedelta) -> "Act":
        """Return this act `passed` later; the demo city plays through a year with it."""
        return replace(self, now=self.now + passed)

    def at(self, now: datetime) -> "Act":
        """Return this act at another time (aware UTC)."""
        return replace(self, now=now)
