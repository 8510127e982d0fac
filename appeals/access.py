"""Which appeals may they see? One answer, in SQL, and one way to get an appeal.

Deny by default: a role that no line names sees nothing. Pages are guarded by audience, moves by
`by=` in `MOVES`; this module answers for appeals, and nothing else does.
"""

import hmac
from collections.abc import Callable

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.contact import ContactDetails
from appeals.domain.numbers import hash_code, normalise_code, normalise_number
from appeals.domain.people import CENTRE, DEPARTMENT, Actor, Role
from appeals.domain.refusals import not_found
from appeals.models.appeal import Appeal, ContactVersion, Statement

Seen = sa.ColumnElement[bool]


def _own(actor: Actor) -> Seen:
    return sa.tuple_(Appeal.number, Appeal.code_generation).in_(actor.opened)


def _of_department(actor: Actor) -> Seen:
    return Appeal.holder == actor.department


def _all(actor: Actor) -> Seen:
    del actor
    return sa.true()


def _none(actor: Actor) -> Seen:
    del actor
    return sa.false()


NEWEST_CONTACT = (
    sa.select(ContactVersion.name, ContactVersion.phone, ContactVersion.email)
    .where(ContactVersion.appeal_id == Statement.appeal_id)
    .order_by(ContactVersion.move_seq.desc())
    .limit(1)
    .lateral("newest_contact")
)
"""The contact as the citizen changed it last; it gives no row where she never did."""
SEES: dict[Role, Callable[[Actor], Seen]] = {
    Role.CITIZEN: _own,
    Role.OPERATOR: _all,
    Role.DISPATCHER: _all,
    Role.OFFICER: _of_department,
    Role.LEADER: _of_department,
    Role.SUPERVISOR: _all,
    Role.ADMINISTRATOR: _all,
    Role.SYSTEM: _all,
}


def visible_to(actor: Actor) -> Seen:
    """Give the condition on `Appeal` that holds for what `actor` may see."""
    return SEES.get(actor.role, _none)(actor)


def may_see_contact(actor: Actor, appeal: Appeal) -> bool:
    """Tell whether `actor` may look at the citizen's contact.

    The centre may, and the department that holds the appeal unless it is confidential.
    """
    holds = actor.role in DEPARTMENT and actor.department == appeal.holder
    return actor.role in CENTRE or (holds and not appeal.confidential)


Text = sa.ColumnElement[str]


def contact_columns() -> tuple[Text, Text, Text]:
    """Give name, telephone and e-mail by which a citizen is reached now.

    For a query over `Statement` that is joined to `NEWEST_CONTACT`.
    """
    newest = NEWEST_CONTACT.c
    return (
        sa.func.coalesce(newest.name, Statement.contact_name),
        sa.func.coalesce(newest.phone, Statement.contact_phone),
        sa.func.coalesce(newest.email, Statement.contact_email),
    )


def current_contact(act: Act, appeal: Appeal) -> ContactDetails:
    """Give how the citizen is reached now: as she changed it last, else as she filed."""
    if appeal.moves_made == 1:  # the filing's own notice: its rows are not written yet
        filed = act.session.get_one(Statement, appeal.id)
        return ContactDetails(filed.contact_name, filed.contact_phone, filed.contact_email)
    found = act.session.execute(
        sa.select(*contact_columns())
        .select_from(Statement)
        .outerjoin(NEWEST_CONTACT, sa.true())
        .where(Statement.appeal_id == appeal.id)
    ).one()
    return ContactDetails(*found)


def is_reachable(act: Act, appeal: Appeal) -> bool:
    """Tell whether the department has a way to reach the citizen (Rules 1, met by)."""
    return current_contact(act, appeal).is_reachable(confidential=appeal.confidential)


def open_case(act: Act, number: str) -> Appeal:
    """Give the appeal of that number, if the actor may see it.

    Raises Refused (not found) alike for a number that does not exist and one that is not theirs.
    """
    appeal = act.session.scalar(
        sa.select(Appeal).where(Appeal.number == normalise_number(number), visible_to(act.actor))
    )
    if appeal is None:
        raise not_found()
    return appeal


def code_generation(act: Act, number: str) -> int:
    """Give how often the query code of `number` was replaced; 0 for an unknown number."""
    asked = sa.select(Appeal.code_generation).where(Appeal.number == normalise_number(number))
    return act.session.scalar(asked) or 0


def knows_code(act: Act, number: str, code: str) -> bool:
    """Tell whether `code` is the query code of `number`, in the same time for any answer."""
    number, code = normalise_number(number), normalise_code(code)
    stored = act.session.scalar(sa.select(Appeal.code_hash).where(Appeal.number == number))
    offered = hash_code(act.secret, number, code)
    return hmac.compare_digest(stored or bytes(len(offered)), offered)
