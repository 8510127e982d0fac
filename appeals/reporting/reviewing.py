"""From a draft to an edition: comments of administrators, and a review that holds the draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.domain.refusals import not_now, not_valid
from appeals.models.report import Report, ReportComment
from appeals.models.staff import StaffMember
from appeals.reporting import found
from appeals.reporting.monthly import draft_of, edition_of

WORDS_MOST = 2000


@dataclass(frozen=True)
class Comment:
    """What somebody said of the draft of an edition."""

    edition: int
    name: str
    at: datetime
    words: str


def comment(act: Act, period: Period, words: str) -> None:
    """Keep a comment on the draft. Raises Refused: not now without a draft, not valid if empty."""
    if draft_of(act, period) is None:
        raise not_now("请先统计这一期。", "Compile the period first.")
    words = words.strip()
    if not words or len(words) > WORDS_MOST:
        raise not_valid(
            "words",
            f"请填写意见，不超过{WORDS_MOST}字。",
            f"Write a comment of at most {WORDS_MOST} characters.",
        )
    act.session.add(
        ReportComment(
            start=period.start,
            end=period.end,
            edition=_next_edition(act, period),
            staff_id=act.actor.staff_id,
            at=act.now,
            words=words,
        )
    )


def review(act: Act, period: Period, draft_id: int) -> Report:
    """Say that the draft was reviewed; from then on it stands still.

    Raises Refused (not now) where there is no draft or it was counted anew since it was read.
    """
    draft = draft_of(act, period)
    if draft is None or draft.id != draft_id:
        raise not_now("草稿已重新统计，请再看一遍。", "The draft was counted anew. Read it again.")
    if draft.found is None:
        found.find(act, draft)
    draft.held, draft.reviewed_at, draft.reviewed_by = True, act.now, act.actor.staff_id
    act.session.flush()  # the page reads it again
    return draft


def comments(act: Act, period: Period) -> Sequence[Comment]:
    """Give what was said of the period's drafts, in order."""
    rows = act.session.execute(
        sa.select(ReportComment.edition, StaffMember.name, ReportComment.at, ReportComment.words)
        .join(StaffMember, StaffMember.id == ReportComment.staff_id)
        .where(ReportComment.start == period.start, ReportComment.end == period.end)
        .order_by(ReportComment.id)
    )
    return [Comment(*row) for row in rows]


def reviewer(act: Act, report: Report) -> str | None:
    """Give the name of who reviewed the report, if anybody has."""
    return act.session.scalar(
        sa.select(StaffMember.name).where(StaffMember.id == report.reviewed_by)
    )


def _next_edition(act: Act, period: Period) -> int:
    before = edition_of(act, period)
    return (before.edition or 0) + 1 if before else 1
