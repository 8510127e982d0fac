"""The figures by which citizens are written to: hours, joining, and the reminder to rate."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from appeals.domain.calendar import SHANGHAI, city_day
from appeals.domain.vocabulary import MessageRule
from appeals.models.notice import DatedMessageRule


@dataclass(frozen=True)
class MessageRules:
    """The figures in force on a day.

    Attributes:
        earliest_hour: The hour (Asia/Shanghai) from which messages are sent.
        latest_hour: The hour at which sending ends; 24 is midnight.
        gathered: How long a message waits for others about the same appeal.
        reminder_after: How long after closing a citizen is reminded to rate; zero: never.
    """

    earliest_hour: int
    latest_hour: int
    gathered: timedelta
    reminder_after: timedelta

    def is_sending_time(self, now: datetime) -> bool:
        """Return whether messages that can wait are sent now."""
        return self.earliest_hour <= now.astimezone(SHANGHAI).hour < self.latest_hour


def load_message_rules(session: Session, now: datetime) -> MessageRules:
    """Return the figures in force on the day of `now` (Asia/Shanghai)."""
    rows = session.execute(
        sa.select(DatedMessageRule.rule, DatedMessageRule.amount)
        .where(DatedMessageRule.valid_from <= city_day(now))
        .order_by(DatedMessageRule.valid_from)
    )
    amount_of = dict(rows.all())  # of each rule the newest row stays
    return MessageRules(
        earliest_hour=amount_of[MessageRule.EARLIEST_HOUR],
        latest_hour=amount_of[MessageRule.LATEST_HOUR],
        gathered=timedelta(minutes=amount_of[MessageRule.GATHERED_MINUTES]),
        reminder_after=timedelta(days=amount_of[MessageRule.REMINDER_DAYS]),
    )
