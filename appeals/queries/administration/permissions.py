"""Who may see restricted appeals: the permissions there are, and where nobody has one."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from appeals.act import Act
from appeals.cases.access import has_restricted_permission
from appeals.domain.people import Role
from appeals.models.staff import RestrictedPermission, StaffMember, StaffRequest


@dataclass(frozen=True)
class ListedPermission:
    """A permission: whose, by which request, and the names of who asked, confirmed and ended it."""

    row: RestrictedPermission
    person: StaffMember
    request: StaffRequest
    asker: str
    decider: str | None
    ended_by: str | None


def find_departments_with_permission(act: Act) -> set[str]:
    """Give the departments in which somebody in service may see restricted appeals."""
    found = act.session.scalars(
        sa.select(StaffMember.department_code)
        .where(has_restricted_permission(StaffMember.id), StaffMember.disabled_at.is_(None))
        .distinct()
    )
    return {code for code in found if code}


def find_roles_with_permission(act: Act) -> set[Role]:
    """Give the roles of which somebody in service may see restricted appeals."""
    return set(
        act.session.scalars(
            sa.select(StaffMember.role)
            .where(has_restricted_permission(StaffMember.id), StaffMember.disabled_at.is_(None))
            .distinct()
        )
    )


def list_permissions(act: Act) -> Sequence[ListedPermission]:
    """Give all permissions, those that hold on top, the newest first."""
    asker, decider, ended = aliased(StaffMember), aliased(StaffMember), aliased(StaffMember)
    row = RestrictedPermission
    rows = act.session.execute(
        sa.select(row, StaffMember, StaffRequest, asker.name, decider.name, ended.name)
        .join(StaffMember, StaffMember.id == row.staff_id)
        .join(StaffRequest, StaffRequest.id == row.request_id)
        .join(asker, asker.id == StaffRequest.asked_by)
        .outerjoin(decider, decider.id == StaffRequest.decided_by)
        .outerjoin(ended, ended.id == row.ended_by)
        .order_by(row.ended_at.is_not(None), row.id.desc())
    )
    return [ListedPermission(*each) for each in rows]


def list_staff_without_permission(act: Act, *, with_actor: bool) -> Sequence[StaffMember]:
    """Give those in service who may not see restricted appeals, by department and name.

    The actor is among them only where they may ask it for themselves.
    """
    return act.session.scalars(
        sa.select(StaffMember)
        .where(
            ~has_restricted_permission(StaffMember.id),
            StaffMember.disabled_at.is_(None),
            sa.or_(StaffMember.id != act.actor.staff_id, sa.literal(with_actor)),
        )
        .order_by(
            StaffMember.department_code.asc().nulls_first(), StaffMember.role, StaffMember.name
        )
    ).all()
