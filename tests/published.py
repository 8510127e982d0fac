"""Editions for tests, made as people make them: compiled, reviewed, then published."""

from appeals.act import Act
from appeals.casework import staff
from appeals.domain.calendar import Period
from appeals.domain.people import Role
from appeals.models.report import Report
from appeals.reporting import editions, monthly, reviewing


def by_administrator(act: Act) -> Act:
    """Return the act by an administrator of the city, who is hired where there is none."""
    person = act.session.scalar(reviewing.ADMINISTRATORS.limit(1))
    if person is None:
        staff.add_staff(act, "sun", "Administrator Sun", Role.ADMINISTRATOR)
        act.session.flush()  # the look-up reads the row
    return act.by(reviewing.administrator_named(act, person.username if person else None))


def publish_draft(act: Act, period: Period, reason: str | None = None) -> Report:
    """Review the period's draft and publish it."""
    by = by_administrator(act)
    draft = monthly.draft_of(act, period)
    assert draft is not None
    reviewing.review(by, period, draft.id)
    return editions.publish(by, period, reason)


def published(act: Act, period: Period, reason: str | None = None) -> Report:
    """Compile the period as of the act's now, review it and publish it."""
    act.session.flush()  # the count reads the rows
    monthly.compile(act, period)
    return publish_draft(act, period, reason)
