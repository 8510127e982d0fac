"""The act of a worker: the system's, at the database's time."""

from sqlalchemy.orm import Session

from appeals.act import Act, read_contact_settings
from appeals.domain.people import SYSTEM
from appeals.operations.database_clock import read_database_time
from appeals.settings import Settings


def make_act(session: Session, read: Settings) -> Act:
    """Return the act of a transaction; its `now` is the database's: all workers share one clock."""
    return Act(
        session,
        SYSTEM,
        read_database_time(session),
        read.secret_key,
        read.base_url,
        read_contact_settings(read),
    )
