"""The review of a draft by administrators, and comments on it; publishing needs it (Rules 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.domain.messages import message
from appeals.domain.people import Actor, Role, normalise_username
from appeals.domain.refusals import not_allowed, not_now, not_valid
from appeals.domain.text.cleaning import clean_text
from appeals.models.report import Report, ReportComment
from appeals.models.staff import StaffMember
from appeals.reporting.counting.monthly_drafts import find_draft, find_edition
from appeals.reporting.editions import recounts
from appeals.reporting.findings import report_findings

MAX_COMMENT_CHARACTERS = 2000
DRAFT_RECOMPILED = not_now(message("The draft was counted anew. Read it again."))
ACTIVE_ADMINISTRATORS = sa.select(StaffMember).where(
    StaffMember.role == Role.ADMINISTRATOR, StaffMember.disabled_at.is_(None)
)


@dataclass(frozen=True)
class DraftComment:
    """A comment on the draft of an edition."""

    edition: int
    name: str
    at: datetime
    words: str


def require_administrator(act: Act) -> StaffMember:
    """Return the administrator who acts.

    Raises:
        Refused: Not allowed, for anybody else.
    """
    person = act.session.scalar(ACTIVE_ADMINISTRATORS.where(StaffMember.id == act.actor.staff_id))
    if person is None:
        raise not_allowed()
    return person


def find_administrator(act: Act, username: str | None) -> Actor:
    """Return the active administrator of that username; without one, the only one there is.

    Raises:
        Refused: Not valid, where there is none or, without a username, more than one.
    """
    query = ACTIVE_ADMINISTRATORS
    if username is not None:
        query = query.where(StaffMember.username == normalise_username(username))
    people = act.session.scalars(query).all()
    if len(people) == 1:
        return Actor(people[0].role, people[0].id, people[0].name)
    if username is not None:
        raise not_valid(
            "as",
            message("No active administrator has the username “%(username)s”.", username=username),
        )
    raise not_valid(
        "as",
        message(
            "There are %(count)s active administrators: name one with --as USERNAME.",
            count=len(people),
        ),
    )


def comment_on_draft(act: Act, period: Period, words: str) -> None:
    """Store a comment on the draft.

    Raises:
        Refused: Not allowed to anybody but an administrator; not now without a draft; not valid
            where it is empty or too long.
    """
    person = require_administrator(act)
    if find_draft(act, period) is None:
        raise not_now(message("Compile the period first."))
    words = clean_text(words)
    if not words or len(words) > MAX_COMMENT_CHARACTERS:
        raise not_valid(
            "words",
            message("Write a comment of at most %(most)s characters.", most=MAX_COMMENT_CHARACTERS),
        )
    act.session.add(
        ReportComment(
            start=period.start,
            end=period.end,
            edition=_next_edition(act, period),
            staff_id=person.id,
            at=act.now,
            words=words,
        )
    )


def review_draft(act: Act, period: Period, draft_id: int) -> Report:
    """Record that the administrator who acts reviewed the draft; from then on it is held.

    Raises:
        Refused: Not allowed to anybody but an administrator; not now where there is no draft,
            it was compiled again since it was read, or it is being counted again.
    """
    person = require_administrator(act)
    recounts.lock_review(act, period)
    recounts.check_not_running(act, period)
    draft = find_draft(act, period, lock=True)
    if draft is None or draft.id != draft_id:
        raise DRAFT_RECOMPILED
    if draft.findings is None:
        report_findings.record_findings(act, draft)
    draft.held, draft.reviewed_at, draft.reviewed_by = True, act.now, person.id
    act.session.flush()  # the page reads it again
    return draft


def list_comments(act: Act, period: Period) -> Sequence[DraftComment]:
    """Return the comments on the period's drafts, the oldest first."""
    rows = act.session.execute(
        sa.select(ReportComment.edition, StaffMember.name, ReportComment.at, ReportComment.words)
        .join(StaffMember, StaffMember.id == ReportComment.staff_id)
        .where(ReportComment.start == period.start, ReportComment.end == period.end)
        .order_by(ReportComment.id)
    )
    return [DraftComment(*row) for row in rows]


def reviewer_name(act: Act, report: Report) -> str | None:
    """Return the name of who reviewed the report; None if nobody did."""
    return act.session.scalar(
        sa.select(StaffMember.name).where(StaffMember.id == report.reviewed_by)
    )


def _next_edition(act: Act, period: Period) -> int:
    before = find_edition(act, period)
    return (before.edition or 0) + 1 if before else 1
