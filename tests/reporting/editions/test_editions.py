"""What makes a draft an edition: who may, which draft, and what the database itself refuses."""

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.domain.refusals import Refused
from appeals.domain.states import State
from appeals.models.report import Report
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.editions import draft_review, editions
from appeals.reporting.editions.report_document import build_document, digest_of
from tests.cast import LEADER, SUN, SUPERVISOR, shanghai
from tests.factories import appeal_in
from tests.published import published

MARCH = Period.month("2026-03")
BY_SQL = """
    UPDATE report SET edition = 1, published_at = now(), digest = 'sha256:0', {} WHERE id = :draft
"""
UNREVIEWED = {
    "nobody reviewed": "published_by = 7",
    "no reviewer is named": "reviewed_at = now(), published_by = 7",
    "no publisher is named": "reviewed_at = now(), reviewed_by = 7",
}


@pytest.fixture
def april(act: Act) -> Act:
    """Give Administrator Sun's act in April, after one closed appeal of March."""
    appeal_in(act, State.CLOSED, 2)
    act.session.flush()  # the count reads the rows
    return act.at(shanghai("2026-04-08 00:00")).by(SUN)


def test_publishing_an_unreviewed_draft_is_refused(april: Act) -> None:
    draft = monthly_drafts.compile_draft(april, MARCH)
    with pytest.raises(Refused, match="Review the draft"):
        editions.publish_edition(april, MARCH, draft_id=draft.id)


def test_publishing_another_draft_than_was_read_is_refused(april: Act) -> None:
    read = monthly_drafts.compile_draft(april, MARCH).id
    other = monthly_drafts.compile_draft(april, MARCH)
    draft_review.review_draft(april, MARCH, other.id)
    with pytest.raises(Refused, match="counted anew"):
        editions.publish_edition(april, MARCH, draft_id=read)
    assert editions.publish_edition(april, MARCH, draft_id=other.id).edition == 1


@pytest.mark.parametrize("actor", [SUPERVISOR, LEADER])
def test_only_administrators_comment_review_and_publish(april: Act, actor: object) -> None:
    draft = monthly_drafts.compile_draft(april, MARCH)
    other = april.by(actor)  # type: ignore[arg-type] # one of the cast
    for step in (
        lambda: draft_review.comment_on_draft(other, MARCH, "right"),
        lambda: draft_review.review_draft(other, MARCH, draft.id),
        lambda: editions.publish_edition(other, MARCH),
    ):
        with pytest.raises(Refused, match="role does not allow"):
            step()


@pytest.mark.parametrize("lacks", UNREVIEWED)
def test_the_database_refuses_a_new_edition_that_nobody_reviewed(april: Act, lacks: str) -> None:
    draft = monthly_drafts.compile_draft(april, MARCH)
    by_hand = sa.text(BY_SQL.format(UNREVIEWED[lacks]))
    with (
        pytest.raises(sa.exc.IntegrityError, match="ck_report_an_edition_was_reviewed"),
        april.session.begin_nested(),
    ):
        april.session.execute(by_hand, {"draft": draft.id})


def test_an_edition_of_the_release_before_still_verifies(april: Act) -> None:
    """That release published without a review, and named nobody."""
    draft = monthly_drafts.compile_draft(april, MARCH)
    sealed = build_document(draft, monthly_drafts.load_figures(april, draft))
    sealed |= {"edition": 1, "published_at": "2026-04-08T00:00:00+08:00"}
    table = "ALTER TABLE report"
    rule = "an_edition_was_reviewed CHECK (edition IS NULL OR reviewed_at IS NOT NULL) NOT VALID"
    april.session.execute(sa.text(f"{table} DROP CONSTRAINT ck_report_an_edition_was_reviewed"))
    april.session.execute(
        sa.update(Report)
        .where(Report.id == draft.id)
        .values(edition=1, published_at=april.now, digest=digest_of(sealed))
    )
    april.session.execute(sa.text(f"{table} ADD CONSTRAINT ck_report_{rule}"))
    april.session.expire_all()
    (finding,) = editions.verify_editions(april)
    assert finding.holds
    assert published(april, MARCH, "a late appeal").edition == 2
