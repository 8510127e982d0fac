"""Drafts of answers: saved while an officer types, for each officer and case.

A draft that is open on two machines becomes two: whoever saves later does not overwrite what the
other machine saved meanwhile.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.erasure.erasure import release_staff_files
from appeals.domain.lifecycle import MOVE_RULES
from appeals.domain.messages import message
from appeals.domain.moves.needs import WORDS
from appeals.domain.people import DEPARTMENT
from appeals.domain.refusals import not_allowed, not_now, not_valid
from appeals.domain.states import WITH_DEPARTMENT, Action, State
from appeals.domain.text.cleaning import count_characters
from appeals.models.answer import AnswerDraft, StaffFile
from appeals.models.appeal import Appeal

ANSWER_DRAFT_LIFETIME = timedelta(days=30)
"""Since the last save. A finish takes up to fifteen working days with its extension."""
MAX_DRAFT_CHARACTERS = 20_000
MAX_DRAFTS = 5
"""Most drafts of one officer for one case; the one saved longest ago is deleted first."""
KEEPS_DRAFTS = WITH_DEPARTMENT | {State.RETURN_ASKED, State.ANSWERED}
"""States in which a draft may still be needed: a colleague's answer may be sent back."""
MAX_STAMP_DIGITS = 18


def save_answer_draft(
    act: Act, appeal: Appeal, fields: Mapping[str, str], stamp: str = ""
) -> AnswerDraft | None:
    """Save what an officer typed; return the draft, None where the form is empty.

    `stamp` is that of the draft that the form was shown with, empty without one. If that draft was
    saved meanwhile, the text becomes another draft, and neither is lost. Raises Refused: not
    allowed for a role that does not answer, not now if the appeal cannot be answered (any more),
    not valid for a text that is far too long.
    """
    if act.actor.role not in DEPARTMENT:
        raise not_allowed()
    if count_characters(fields.get(WORDS, "")) > MAX_DRAFT_CHARACTERS:
        raise not_valid(
            WORDS,
            message("A draft has at most %(most)s characters.", most=MAX_DRAFT_CHARACTERS),
        )
    act.session.refresh(appeal, with_for_update={"read": True})  # an answer being given goes first
    if appeal.state not in MOVE_RULES[Action.ANSWER].start:
        raise not_now(
            message("The appeal cannot be answered at present. Your draft was not saved.")
        )
    typed = {name: text for name, text in fields.items() if text.strip()}
    if not typed:
        _delete_draft(act, appeal, stamp)
        return None
    return _overwrite_draft(act, appeal, typed, stamp) or _add_draft(act, appeal, typed)


def list_answer_drafts(act: Act, appeal: Appeal) -> Sequence[AnswerDraft]:
    """Return the actor's own drafts of an answer, the one saved last first."""
    return act.session.scalars(
        sa.select(AnswerDraft)
        .where(*_own_drafts(act, appeal))
        .order_by(AnswerDraft.saved_at.desc(), AnswerDraft.id.desc())
        .execution_options(populate_existing=True)
    ).all()


def delete_answer_draft(act: Act, appeal: Appeal, draft_id: int) -> None:
    """Delete one of the actor's own drafts."""
    act.session.execute(
        sa.delete(AnswerDraft).where(
            *_own_drafts(act, appeal), sa.cast(AnswerDraft.id, sa.Text) == str(draft_id)
        )
    )


def delete_needless_drafts(act: Act, appeal: Appeal, action: Action, holder: str | None) -> None:
    """Delete the drafts that a move ends; `holder` had the appeal before it.

    An answer ends those of whoever gave it. When the appeal leaves the department or is closed, all
    end, with the files that were added to an answer and not sent.
    """
    if action is Action.ANSWER:
        act.session.execute(sa.delete(AnswerDraft).where(*_own_drafts(act, appeal)))
    elif (
        holder
        and (appeal.holder != holder or appeal.state not in KEEPS_DRAFTS)
        and _has_unsent(act, appeal)
    ):
        act.session.execute(sa.delete(AnswerDraft).where(AnswerDraft.appeal_id == appeal.id))
        release_staff_files(act, *_unsent_files(appeal))


def _has_unsent(act: Act, appeal: Appeal) -> bool:
    """Return whether anybody has a draft or files for an answer; usually nobody has."""
    draft = sa.exists().where(AnswerDraft.appeal_id == appeal.id)
    file = sa.exists().where(*_unsent_files(appeal))
    return bool(act.session.scalar(sa.select(sa.or_(draft, file))))


def _unsent_files(appeal: Appeal) -> list[sa.ColumnElement[bool]]:
    return [
        StaffFile.appeal_id == appeal.id,
        StaffFile.action == Action.ANSWER.value,
        StaffFile.move_seq.is_(None),
    ]


def delete_old_answer_drafts(act: Act) -> int:
    """Delete drafts of answers that were not saved for a month; return how many."""
    old = sa.delete(AnswerDraft).where(AnswerDraft.saved_at < act.now - ANSWER_DRAFT_LIFETIME)
    return len(act.session.execute(old.returning(sa.literal(1))).all())


def _own_drafts(act: Act, appeal: Appeal) -> list[sa.ColumnElement[bool]]:
    return [AnswerDraft.appeal_id == appeal.id, AnswerDraft.staff_id == act.actor.staff_id]


def _at_stamp(act: Act, appeal: Appeal, stamp: str) -> list[sa.ColumnElement[bool]]:
    """Return the condition that a draft is the actor's and has not been saved since the stamp."""
    draft_id, _, revision = stamp.partition(".")
    is_stamp = all(
        part.isdecimal() and len(part) <= MAX_STAMP_DIGITS for part in (draft_id, revision)
    )
    found = (int(draft_id), int(revision)) if is_stamp else (0, 0)
    return [
        *_own_drafts(act, appeal),
        AnswerDraft.id == found[0],
        AnswerDraft.revision == found[1],
    ]


def _overwrite_draft(
    act: Act, appeal: Appeal, typed: Mapping[str, str], stamp: str
) -> AnswerDraft | None:
    """Save over the draft of the stamp; None if it was saved meanwhile or is gone."""
    return act.session.scalar(
        sa.update(AnswerDraft)
        .where(*_at_stamp(act, appeal, stamp))
        .values(fields=dict(typed), revision=AnswerDraft.revision + 1, saved_at=act.now)
        .returning(AnswerDraft)
        .execution_options(populate_existing=True, synchronize_session=False)
    )


def _add_draft(act: Act, appeal: Appeal, typed: Mapping[str, str]) -> AnswerDraft:
    draft = AnswerDraft(
        appeal_id=appeal.id, staff_id=act.actor.staff_id, fields=dict(typed), saved_at=act.now
    )
    act.session.add(draft)
    act.session.flush()  # its id is part of the stamp
    newest = (
        sa.select(AnswerDraft.id)
        .where(*_own_drafts(act, appeal))
        .order_by(AnswerDraft.saved_at.desc(), AnswerDraft.id.desc())
        .limit(MAX_DRAFTS)
    )
    older = sa.delete(AnswerDraft).where(*_own_drafts(act, appeal), AnswerDraft.id.not_in(newest))
    act.session.execute(older, execution_options={"synchronize_session": False})
    return draft


def _delete_draft(act: Act, appeal: Appeal, stamp: str) -> None:
    act.session.execute(sa.delete(AnswerDraft).where(*_at_stamp(act, appeal, stamp)))
