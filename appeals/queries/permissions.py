"""Who may see restricted appeals: the permissions, those that wait, and where nobody has one."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from appeals.access import has_permission
from appeals.act import Act
from appeals.models.staff import RestrictedPermission, StaffMember


@dataclass(frozen=True)
class Listed:
    """A permission with the names of the people in it; those who did nothing yet have none."""

    row: RestrictedPermission
    person: StaffMember
    granted_by: str
    confirmed_by: str | None
    ended_by: str | None


def departments_with_permission(act: Act) -> set[str]:
    """Give the departments in which somebody in service may see restricted appeals."""
    found = act.session.scalars(
        sa.select(StaffMember.department_code)
        .where(has_permission(StaffMember.id), StaffMember.disabled_at.is_(None))
        .distinct()
    )
    return {code for code in found if code}


def list_permissions(act: Act) -> Sequence[Listed]:
    """Give all permissions, those that wait or hold on top, the newest first."""
    granted, confirmed, ended = aliased(StaffMember), aliased(StaffMember), aliased(StaffMember)
    row = RestrictedPermission
    rows = act.session.execute(
        sa.select(row, StaffMember, granted.name, confirmed.name, ended.name)
        .join(StaffMember, StaffMember.id == row.staff_id)
        .join(granted, granted.id == row.granted_by)
        .outerjoin(confirmed, confirmed.id == row.confirmed_by)
        .outerjoin(ended, ended.id == row.ended_by)
        .order_by(row.ended_at.is_not(None), row.confirmed_at.is_not(None), row.id.desc())
    )
    return [Listed(*each) for each in rows]
