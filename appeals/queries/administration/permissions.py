"""Permissions to see restricted appeals: who has one, and where nobody has."""

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
    """A permission: its holder, its request, and who requested, confirmed and ended it."""

    row: RestrictedPermission
    person: StaffMember
    request: StaffRequest
    asker: str
    decider: str | None
    ended_by: str | None


def find_departments_with_permission(act: Act) -> set[str]:
    """Return the departments in which an active member of staff may see restricted appeals."""
    found = act.session.scalars(
        sa.select(StaffMember.department_code)
        .where(has_restricted_permission(StaffMember.id), StaffMember.disabled_at.is_(None))
        .distinct()
    )
    return {code for code in found if code}


def find_roles_with_permission(act: Act) -> set[Role]:
    """Return the roles in which an active member of staff may see restricted appeals."""
    return set(
        act.session.scalars(
            sa.select(StaffMember.role)
            .where(has_restricted_permission(StaffMember.id), StaffMember.disabled_at.is_(None))
            .distinct()
        )
    )


def list_permissions(act: Act) -> Sequence[ListedPermission]:
    """Return all permissions: first those in force, then the ended ones, each newest first."""
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
    """Return the active staff who may not see restricted appeals, by department and name.

    `with_actor` includes the actor, who may then request the permission for themselves.
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
