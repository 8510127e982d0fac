"""Drafts of the filing form: saved with each page, deleted when the form is sent."""

from collections.abc import Mapping
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.casework.handling.form_keys import hash_key
from appeals.models.attachment import Draft

DRAFT_LIFETIME = timedelta(days=1)


def save_draft(act: Act, form_key: str, answers: Mapping[str, str]) -> None:
    """Save answers by field name, overwriting earlier answers to the same fields."""
    new = insert(Draft).values(
        form_key_hash=hash_key(form_key), answers=dict(answers), saved_at=act.now
    )
    both = Draft.answers.op("||")(new.excluded.answers)
    act.session.execute(
        new.on_conflict_do_update(
            index_elements=[Draft.form_key_hash], set_={"answers": both, "saved_at": act.now}
        )
    )


def find_draft(act: Act, form_key: str) -> Draft | None:
    """Return the draft of a form, if there is one."""
    return act.session.get(Draft, hash_key(form_key), populate_existing=True)


def delete_draft(act: Act, form_key: str) -> None:
    """Delete the draft of a form that was sent or discarded."""
    act.session.execute(sa.delete(Draft).where(Draft.form_key_hash == hash_key(form_key)))


def delete_old_drafts(act: Act) -> int:
    """Delete drafts that were not saved for a day; return how many."""
    old = sa.delete(Draft).where(Draft.saved_at < act.now - DRAFT_LIFETIME)
    return len(act.session.execute(old.returning(sa.literal(1))).all())
