"""The list of appeals that a citizen's device keeps: what is added, opened and ended.

The device has a random id in a signed cookie; the list is rows under the id's hash, so a copied
cookie opens nothing once they are deleted. The id is new whenever an appeal is added: a cookie that
somebody copied from a shared device before opens nothing of what comes later (session fixation).
A row never opens more than the query code does, and nothing once the code was replaced.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.domain.people import Actor
from appeals.models.appeal import Appeal, Statement
from appeals.models.citizen import DeviceAppeal

DEVICE_LIFETIME = timedelta(days=180)
"""How long an appeal stays on the list after it was added there."""
MAX_APPEALS = 50
"""Most appeals on one device's list; those that end first make room."""


@dataclass(frozen=True)
class ListedAppeal:
    """One appeal of the list; `subject` is empty where it opens only with its query code."""

    appeal: Appeal
    subject: str
    needs_code: bool


def new_device_id() -> str:
    """Return a random id for a device."""
    return secrets.token_urlsafe(24)


def on_device(citizen: Actor, device_id: str, now: datetime) -> Actor:
    """Return the citizen with the device that she uses."""
    device = hashlib.sha256(f"device {device_id}".encode()).digest()
    return replace(citizen, device=device, seen_at=now)


def add_appeals(
    act: Act, device: Actor, appeals: Sequence[Appeal], lifetime: timedelta = DEVICE_LIFETIME
) -> None:
    """Move the list of the actor's device to a new id, and add the appeals for a time.

    Args:
        act: Of the citizen with the device's former id, if it had one.
        device: The citizen with the new id.
        appeals: Those that the citizen may open.
        lifetime: How long they stay on the list.
    """
    if act.actor.device:
        act.session.execute(
            sa.update(DeviceAppeal)
            .where(DeviceAppeal.device_hash == act.actor.device)
            .values(device_hash=device.device)
            .execution_options(synchronize_session=False)
        )
    if not appeals:
        return
    rows = insert(DeviceAppeal).values(
        [
            {
                "device_hash": device.device,
                "appeal_id": each.id,
                "code_generation": each.code_generation,
                "until_at": act.now + lifetime,
            }
            for each in appeals
        ]
    )
    longest = sa.func.greatest(DeviceAppeal.until_at, rows.excluded.until_at)
    again = {"code_generation": rows.excluded.code_generation, "until_at": longest}
    act.session.execute(
        rows.on_conflict_do_update(index_elements=["device_hash", "appeal_id"], set_=again)
    )
    _drop_surplus(act, device)


def list_appeals(act: Act) -> list[ListedAppeal]:
    """Return the appeals on the list of the actor's device, the newest first."""
    device = act.actor
    if not device.device:
        return []
    found = act.session.execute(
        sa.select(Appeal, Statement.subject)
        .join(DeviceAppeal, DeviceAppeal.appeal_id == Appeal.id)
        .join(Statement, Statement.appeal_id == Appeal.id)
        .where(
            DeviceAppeal.device_hash == device.device,
            DeviceAppeal.code_generation == Appeal.code_generation,
            DeviceAppeal.until_at > act.now,
        )
        .order_by(Appeal.filed_at.desc(), Appeal.id.desc())
        .limit(MAX_APPEALS)
    )
    return [_list_appeal(appeal, subject) for appeal, subject in found]


def is_listed(act: Act, appeal: Appeal) -> bool:
    """Return whether the list of the actor's device has the appeal."""
    return any(each.appeal.id == appeal.id for each in list_appeals(act))


def end_list(act: Act) -> None:
    """Delete the list of the actor's device, so that no copy of its cookie opens anything."""
    own = DeviceAppeal.device_hash == act.actor.device
    act.session.execute(sa.delete(DeviceAppeal).where(own))


def delete_ended_rows(act: Act) -> int:
    """Delete the rows that are over; return how many."""
    over = sa.delete(DeviceAppeal).where(DeviceAppeal.until_at <= act.now)
    return len(act.session.execute(over.returning(sa.literal(1))).all())


def _list_appeal(appeal: Appeal, subject: str) -> ListedAppeal:
    needs_code = appeal.confidential or appeal.restricted
    return ListedAppeal(appeal, "" if needs_code else subject, needs_code)


def _drop_surplus(act: Act, device: Actor) -> None:
    own = DeviceAppeal.device_hash == device.device
    longest = sa.select(DeviceAppeal.appeal_id).where(own)
    longest = longest.order_by(DeviceAppeal.until_at.desc(), DeviceAppeal.appeal_id.desc())
    surplus = sa.and_(own, DeviceAppeal.appeal_id.not_in(longest.limit(MAX_APPEALS)))
    act.session.execute(
        sa.delete(DeviceAppeal).where(surplus).execution_options(synchronize_session=False)
    )
