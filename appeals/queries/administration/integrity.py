"""The appeals that failed the nightly verification, for an administrator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import visible_to
from appeals.models.appeal import Appeal
from appeals.models.integrity import NightlyVerification, UnverifiedAccess, UnverifiedAppeal

MAX_SHOWN = 100


@dataclass(frozen=True)
class Unverified:
    """An appeal whose rows do not follow from its moves: since when, and the first difference.

    Number and difference are empty for an appeal that the actor may not see.
    """

    number: str | None
    found_at: datetime
    problem: str | None


def count_unverified(act: Act) -> int:
    """Return how many appeals fail verification."""
    return act.session.scalar(sa.select(sa.func.count()).select_from(UnverifiedAppeal)) or 0


def count_unverified_accesses(act: Act) -> int:
    """Return how many rows of the access log do not match their HMAC."""
    return act.session.scalar(sa.select(sa.func.count()).select_from(UnverifiedAccess)) or 0


def list_unverified(act: Act) -> Sequence[Unverified]:
    """Return the newest hundred appeals that fail verification."""
    rows = act.session.execute(
        sa.select(
            Appeal.number,
            UnverifiedAppeal.found_at,
            sa.case((Appeal.id.is_not(None), UnverifiedAppeal.problem)),
        )
        .select_from(UnverifiedAppeal)
        .outerjoin(Appeal, sa.and_(Appeal.id == UnverifiedAppeal.appeal_id, visible_to(act.actor)))
        .order_by(UnverifiedAppeal.found_at.desc(), UnverifiedAppeal.appeal_id.desc())
        .limit(MAX_SHOWN)
    )
    return [Unverified(*row) for row in rows]


def last_finished_at(act: Act) -> datetime | None:
    """Return when the last nightly run finished; None if there was none or one is under way."""
    ran = NightlyVerification.verified > 0
    return act.session.scalar(sa.select(NightlyVerification.finished_at).where(ran))
