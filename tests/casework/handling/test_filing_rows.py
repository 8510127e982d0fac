"""Two hands on one form at the same moment, each in a transaction of its own."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from appeals.act import Act
from appeals.casework.handling.citizen_sessions import citizen_actor
from appeals.casework.handling.filing import Receipt, file_appeal
from appeals.casework.photos.photo_decoding import Upload
from appeals.database import Base
from appeals.domain.refusals import Refused
from appeals.models.appeal import Appeal
from appeals.models.attachment import Attachment
from tests.cast import SECRET, shanghai
from tests.factories import a_filing
from tests.photos import jpeg, store_uploads

KEY = "the one-time key of the form"
OF_A_FILING = ("appeal", "statement", "move", "routing_reason", "round", "deadline", "notice")
WAITS = sa.text(
    "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database d ON d.oid = pg_locks.database"
    " WHERE locktype = 'advisory' AND NOT granted AND d.datname = current_database())"
)


def act_in(session: Session) -> Act:
    now = shanghai("2026-03-02 09:00")
    return Act(session, citizen_actor("one browser", now), now, SECRET)


def until_it_waits(sessions: sessionmaker[Session], hand: Future[Receipt]) -> None:
    """Wait until the other hand waits for the form; one that has ended waited for nobody."""
    while not hand.done():
        with sessions() as session:
            if session.scalar(WAITS):
                return


def after(sessions: sessionmaker[Session], first: Callable[[Act], object], subject: str) -> Receipt:
    """File the form while `first` has it in hand and has not committed yet."""

    def second() -> Receipt:
        with sessions.begin() as session:
            return file_appeal(act_in(session), a_filing(subject=subject), KEY)

    with ThreadPoolExecutor(1) as other, sessions() as session:
        first(act_in(session))
        hand = other.submit(second)
        until_it_waits(sessions, hand)
        assert not hand.done()
        session.commit()
        return hand.result()


def test_two_hands_that_send_one_form_get_one_receipt_and_leave_one_appeal(
    sessions: sessionmaker[Session],
) -> None:
    filed: list[Receipt] = []
    words = a_filing().subject
    again = after(sessions, lambda act: filed.append(file_appeal(act, a_filing(), KEY)), words)
    assert (again.number, again.code) == (filed[0].number, filed[0].code)
    with sessions() as session:
        tables = {name: Base.metadata.tables[name] for name in OF_A_FILING}
        counts = {
            name: session.scalar(sa.select(sa.func.count()).select_from(table))
            for name, table in tables.items()
        }
        assert set(counts.values()) == {1}, counts
        assert act_in(session).session.get_one(Appeal, again.appeal.id).number == again.number


def test_the_hand_with_other_words_is_told_of_the_first(sessions: sessionmaker[Session]) -> None:
    with pytest.raises(Refused, match="already sent"):
        after(sessions, lambda act: file_appeal(act, a_filing(), KEY), "别的事")


def test_a_photo_that_is_being_kept_goes_with_the_form(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    photo = Upload("a.jpg", jpeg())
    filed = after(
        sessions, lambda act: store_uploads(act, tmp_path, KEY, [photo]), a_filing().subject
    )
    with sessions() as session:
        (kept,) = session.scalars(sa.select(Attachment))
        assert (kept.appeal_id, kept.move_seq) == (filed.appeal.id, 1)
