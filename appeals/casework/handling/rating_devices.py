"""Which ratings came from one device: a mark of it beside the rating (Domain 4, anti-gaming).

The mark is made of the network address and of what the browser says of itself, with the city's
secret and the month: nobody can turn it back, and none is known again in another month. It proves
nothing: a family, a village's one connection and a service hall have one mark too.
"""

import hmac

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.calendar import month_of
from appeals.domain.states import Action
from appeals.models.appeal import Appeal
from appeals.models.handling import RatedFrom, Rating

RATING_ACTIONS = frozenset({Action.RATE, Action.SAY_NOT_SOLVED})
"""The moves that rate."""
DEVICE_BYTES = 12


def record_rating_device(act: Act, appeal: Appeal, address: str, browser: str) -> None:
    """Keep the mark of the device with the appeal's newest rating, which was just given."""
    act.session.flush()  # the query reads the rating, and the mark refers to it
    newest = act.session.scalar(
        sa.select(sa.func.max(Rating.n)).where(Rating.appeal_id == appeal.id)
    )
    device = f"device {month_of(act.now):%Y-%m} {address} {browser}"
    mark = hmac.digest(act.secret, device.encode(), "sha256")[:DEVICE_BYTES].hex()
    act.session.add(RatedFrom(appeal_id=appeal.id, n=newest, device=mark))
