"""Appeals that become restricted without a move, because their category does."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.models.appeal import Appeal, RestrictedByCategory

IDS = sa.ARRAY(sa.BigInteger())
"""One parameter for any number of appeals: a statement takes 65,535 parameters."""


def restrict_appeals(act: Act, category: str) -> None:
    """Restrict the appeals of a category; a row of each says so, for no move does."""
    found = (
        sa.select(Appeal.id, sa.literal(act.now))
        .where(Appeal.category == category, Appeal.restricted.is_(sa.false()))
        .with_for_update()
    )
    kept = insert(RestrictedByCategory).from_select(["appeal_id", "at"], found)
    restricted = act.session.scalars(kept.returning(RestrictedByCategory.appeal_id)).all()
    act.session.execute(
        sa.update(Appeal)
        .where(Appeal.id == sa.any_(sa.literal(restricted, IDS)))
        .values(restricted=True),
        execution_options={"synchronize_session": False},
    )
