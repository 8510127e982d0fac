"""The supervisors' watch list: a case is marked with a note for all of them, until one ends it."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.domain.messages import message
from appeals.domain.people import Role
from appeals.domain.refusals import not_allowed, not_now, not_valid
from appeals.domain.text.cleaning import clean_text, count_characters
from appeals.models.appeal import Appeal
from appeals.models.desk import WatchListEntry

MAX_NOTE_CHARACTERS = 500
MAX_WATCHED = 200
"""How many cases can be watched at once; all are shown on one page."""


def watch_case(act: Act, appeal: Appeal, note: str) -> None:
    """Put an appeal on the watch list, or replace its note.

    Raises Refused: not allowed, for anybody but a supervisor; not valid, for a note that is too
    long; not now, if the list is full.
    """
    _require_supervisor(act)
    note = clean_text(note)
    if count_characters(note) > MAX_NOTE_CHARACTERS:
        raise not_valid(
            "note", message("The note has at most %(most)s characters.", most=MAX_NOTE_CHARACTERS)
        )
    others = sa.select(sa.func.count()).where(WatchListEntry.appeal_id != appeal.id)
    if (act.session.scalar(others) or 0) >= MAX_WATCHED:
        raise not_now(
            message(
                "At most %(most)s cases are watched. Stop watching one first.", most=MAX_WATCHED
            )
        )
    mark = {"staff_id": act.actor.staff_id, "note": note, "since": act.now}
    act.session.execute(
        insert(WatchListEntry)
        .values(appeal_id=appeal.id, **mark)
        .on_conflict_do_update(index_elements=["appeal_id"], set_=mark)
    )


def stop_watching(act: Act, appeal: Appeal) -> None:
    """Take an appeal off the watch list. Raises Refused for anybody but a supervisor."""
    _require_supervisor(act)
    act.session.execute(sa.delete(WatchListEntry).where(WatchListEntry.appeal_id == appeal.id))


def _require_supervisor(act: Act) -> None:
    if act.actor.role is not Role.SUPERVISOR:
        raise not_allowed()
