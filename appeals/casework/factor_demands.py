"""Of which roles a second factor is demanded: dated rows, the newest that has begun holds."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from appeals.act import Act
from appeals.domain.calendar import city_day
from appeals.domain.people import Role
from appeals.models.staff import FactorDemand


def is_factor_demanded(act: Act, role: Role) -> bool:
    """Return whether the role must have a second factor today."""
    day = city_day(act.now)
    return bool(act.session.scalar(sa.select(demanded_on(role, day))))


def demanded_on(
    role: Role | InstrumentedAttribute[Role], day: date | sa.BindParameter[date]
) -> sa.ScalarSelect[bool]:
    """Return the expression that tells whether a role must have a second factor on a day."""
    return (
        sa.select(FactorDemand.demanded)
        .where(FactorDemand.role == role, FactorDemand.valid_from <= day)
        .order_by(FactorDemand.valid_from.desc())
        .limit(1)
        .scalar_subquery()
    )
