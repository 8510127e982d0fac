"""The display passes, with who made and who ended each."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from appeals.act import Act
from appeals.models.staff import DisplayPass, StaffMember


@dataclass(frozen=True)
class ListedPass:
    """A pass, who made it and who ended it."""

    row: DisplayPass
    maker: str
    ended_by: str | None


def list_passes(act: Act) -> Sequence[ListedPass]:
    """Return the passes, the newest first."""
    maker, ended = aliased(StaffMember), aliased(StaffMember)
    rows = act.session.execute(
        sa.select(DisplayPass, maker.name, ended.name)
        .join(maker, maker.id == DisplayPass.made_by)
        .outerjoin(ended, ended.id == DisplayPass.ended_by)
        .order_by(DisplayPass.id.desc())
    )
    return [ListedPass(*each) for each in rows]
