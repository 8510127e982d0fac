"""Device fingerprints of ratings, to find many ratings from one device (Domain 4, anti-gaming).

The fingerprint is an HMAC of network address, User-Agent and month under the city's secret: it
cannot be reversed, and a device has another one each month. It proves nothing: a family, a village
behind one connection and a service hall share one too.
"""

import hmac

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.calendar import month_of
from appeals.domain.states import Action
from appeals.models.appeal import Appeal
from appeals.models.handling import RatedFrom, Rating

RATING_ACTIONS = frozenset({Action.RATE, Action.SAY_NOT_SOLVED})
"""The moves that record a rating."""
DEVICE_BYTES = 12


def record_rating_device(act: Act, appeal: Appeal, address: str, browser: str) -> None:
    """Store the fingerprint of the device with the rating that was just given."""
    act.session.flush()  # the query reads the rating, and the fingerprint refers to it
    newest = act.session.scalar(
        sa.select(sa.func.max(Rating.n)).where(Rating.appeal_id == appeal.id)
    )
    device = f"device {month_of(act.now):%Y-%m} {address} {browser}"
    mark = hmac.digest(act.secret, device.encode(), "sha256")[:DEVICE_BYTES].hex()
    act.session.add(RatedFrom(appeal_id=appeal.id, n=newest, device=mark))
