"""Somebody with all rights in the database and our source code, but without the secret key.

She changes rows, makes everything that follows from them fit, and computes every hash that needs no
key. Her hashes are written down here anew: they must not follow a change of ours.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC

import sqlalchemy as sa
from sqlalchemy.orm import Session

FORGED = "QD-2026-FORGED-0"
CHAIN = """
SELECT appeal_id, seq, action, to_state, at, actor_role, staff_id, department, facts, committed
FROM move WHERE appeal_id = :it ORDER BY seq
"""
CONTACT_EMPTIED = (
    "UPDATE statement SET (contact_name, contact_phone, contact_email) = ROW('', '', '') "
    "WHERE appeal_id = :it"
)


def run_statement(session: Session, statement: str, **facts: object) -> None:
    session.execute(sa.text(statement), facts)


def commit_to(text: str, salt: bytes = b"\0") -> str:
    """Return what a move keeps of a text."""
    return hashlib.sha256(salt + text.encode()).hexdigest()


def link_anew(session: Session, it: int) -> None:
    """Compute the whole chain of an appeal again, as a release without a key did."""
    link = bytes(32)
    for row in session.execute(sa.text(CHAIN), {"it": it}).all():
        at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
        fields = [*row[:4], at, *row[5:]]
        text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        link = hashlib.sha256(link + text.encode()).digest()
        run_statement(
            session,
            "UPDATE move SET row_hash = :link WHERE appeal_id = :it AND seq = :seq",
            link=link,
            it=it,
            seq=row.seq,
        )
    run_statement(session, "UPDATE move SET link_version = 1 WHERE appeal_id = :it", it=it)
    run_statement(session, "UPDATE appeal SET head_hmac = NULL WHERE id = :it", it=it)


def change_words(session: Session, it: int) -> None:
    run_statement(
        session,
        "UPDATE move SET words = 'Nothing to do.', salt = :salt, committed = :committed "
        "WHERE appeal_id = :it AND action = 'answer'",
        it=it,
        salt=b"\0",
        committed=commit_to("Nothing to do."),
    )
    link_anew(session, it)


def empty_words(session: Session, it: int) -> None:
    """Empty every text with its salt, as an erasure does, and record none: all links still hold."""
    for statement in (
        "UPDATE move SET words = NULL, salt = '' WHERE appeal_id = :it",
        "UPDATE statement SET (subject, detail, address) = ROW('', '', '') WHERE appeal_id = :it",
        CONTACT_EMPTIED,
        "UPDATE contact_version SET (name, phone, email) = ROW('', '', '') WHERE appeal_id = :it",
    ):
        run_statement(session, statement, it=it)


def forge_erasure(session: Session, it: int) -> None:
    """Empty every text as an erasure does, and record one that nobody agreed to."""
    empty_words(session, it)
    run_statement(
        session,
        "INSERT INTO erasure (appeal_id, erased_at, erased_by) VALUES (:it, now(), 'operator')",
        it=it,
    )


def change_closer(session: Session, it: int) -> None:
    run_statement(
        session,
        "UPDATE move SET actor_role = 'supervisor' WHERE appeal_id = :it AND action = 'close'",
        it=it,
    )
    link_anew(session, it)


def change_time(session: Session, it: int) -> None:
    """Let the rating have come a minute earlier."""
    for statement in (
        "UPDATE move SET at = at - interval '1 min' WHERE appeal_id = :it AND action = 'rate'",
        "UPDATE rating SET rated_at = rated_at - interval '1 min' WHERE appeal_id = :it",
        "UPDATE round SET rated_at = rated_at - interval '1 min' WHERE appeal_id = :it",
    ):
        run_statement(session, statement, it=it)
    run_statement(
        session,
        "UPDATE deadline SET ended_at = ended_at - interval '1 min' "
        "WHERE appeal_id = :it AND duty = 'follow_up'",
        it=it,
    )
    link_anew(session, it)


def change_statement(session: Session, it: int) -> None:
    run_statement(
        session, "UPDATE statement SET detail = 'All is well.' WHERE appeal_id = :it", it=it
    )
    query = (
        "SELECT subject, detail, address, contact_name, contact_phone, contact_email "
        "FROM statement WHERE appeal_id = :it"
    )
    text = json.dumps([*session.execute(sa.text(query), {"it": it}).one()], ensure_ascii=False)
    run_statement(
        session,
        "UPDATE move SET salt = :salt, committed = :committed WHERE appeal_id = :it AND seq = 1",
        it=it,
        salt=b"\0",
        committed=commit_to(text),
    )
    link_anew(session, it)


def cut_rating(session: Session, it: int) -> None:
    """Take the last move away with all that it wrote; the links before it need no change."""
    run_statement(session, "DELETE FROM rating WHERE appeal_id = :it", it=it)
    run_statement(
        session,
        "UPDATE round SET rated_at = NULL, solved = NULL, satisfaction = NULL "
        "WHERE appeal_id = :it",
        it=it,
    )
    run_statement(
        session,
        "UPDATE deadline SET ended_at = NULL, met_at = NULL "
        "WHERE appeal_id = :it AND duty = 'follow_up'",
        it=it,
    )
    cut_last_move(session, it)


def cut_closing(session: Session, it: int) -> None:
    """Take rating and closing away: the appeal is answered, and waits."""
    cut_rating(session, it)
    run_statement(
        session,
        "UPDATE round SET closed_at = NULL, answered_at = NULL WHERE appeal_id = :it",
        it=it,
    )
    begun = "DELETE FROM deadline WHERE appeal_id = :it AND duty IN ('follow_up', 'rating')"
    run_statement(session, begun, it=it)
    kept = (
        "UPDATE deadline SET met_at = NULL WHERE appeal_id = :it AND duty IN ('finish', 'review')"
    )
    run_statement(session, kept, it=it)
    run_statement(
        session,
        "UPDATE dispatch SET ended_at = NULL, how_ended = NULL WHERE appeal_id = :it",
        it=it,
    )
    run_statement(session, "UPDATE appeal SET state = 'answered' WHERE id = :it", it=it)
    cut_last_move(session, it)


def cut_last_move(session: Session, it: int) -> None:
    run_statement(
        session,
        "DELETE FROM move WHERE appeal_id = :it "
        "AND seq = (SELECT moves_made FROM appeal WHERE id = :it)",
        it=it,
    )
    run_statement(session, "UPDATE appeal SET moves_made = moves_made - 1 WHERE id = :it", it=it)


OF_APPEAL = (
    "statement", "routing_reason", "rated_from", "rating", "contact_try", "amendment", "reversal",
    "deadline", "dispatch", "round", "contact_version", "move",
)  # fmt: skip
COPY = """
CREATE TEMPORARY TABLE copied AS SELECT * FROM {table} WHERE {key} = {it};
UPDATE copied SET {key} = {new}
"""
PASTE = """
INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM copied;
DROP TABLE copied
"""


def delete_appeal(session: Session, it: int) -> None:
    run_statement(session, "DELETE FROM notice WHERE appeal_id = :it", it=it)
    for table in OF_APPEAL:
        row = sa.table(table, sa.column("appeal_id"))
        session.execute(sa.delete(row).where(row.c.appeal_id == it))
    run_statement(session, "DELETE FROM appeal WHERE id = :it", it=it)


def insert_appeal(session: Session, it: int) -> None:
    """Put in a copy of the appeal under a number that was never given."""
    new = session.scalar(sa.text("SELECT nextval('appeal_id_seq')"))
    assert isinstance(new, int)
    copy_appeal(session, it, new)
    link_anew(session, new)


def insert_under_free_id(session: Session, it: int) -> None:
    """Put in a copy under the id before, which a filing that was given up has left free."""
    copy_appeal(session, it, it - 1)
    link_anew(session, it - 1)


def copy_appeal(session: Session, it: int, new: int) -> None:
    """Copy an appeal with all that is its own."""
    for table in ("appeal", *OF_APPEAL):
        key = "id" if table == "appeal" else "appeal_id"
        for statement in COPY.split(";"):
            run_statement(session, statement.format(table=table, key=key, it=it, new=new))
        if table == "appeal":
            run_statement(
                session, "UPDATE copied SET number = :number, form_key_hash = NULL", number=FORGED
            )
        for statement in PASTE.split(";"):
            run_statement(session, statement.format(table=table))


def swap_moves(session: Session, it: int) -> None:
    """Let the two notes change places, their moments too: the state and all stamps stay."""
    query = "SELECT seq, at FROM move WHERE appeal_id = :it AND action = 'note' ORDER BY seq"
    low, high = session.execute(sa.text(query), {"it": it}).all()
    run_statement(
        session, "UPDATE move SET seq = -seq WHERE appeal_id = :it AND action = 'note'", it=it
    )
    for old, new in ((low, high), (high, low)):
        run_statement(
            session,
            "UPDATE move SET seq = :new, at = :at WHERE appeal_id = :it AND seq = :old",
            it=it,
            old=-old.seq,
            new=new.seq,
            at=new.at,
        )
    link_anew(session, it)


Attack = Callable[[Session, int], None]
ON_APPEALS: dict[str, Attack] = {
    "words": change_words,
    "words emptied": empty_words,
    "erasure forged": forge_erasure,
    "closer": change_closer,
    "time": change_time,
    "statement": change_statement,
    "rating cut": cut_rating,
    "last moves cut": cut_closing,
    "appeal deleted": delete_appeal,
    "appeal inserted": insert_appeal,
    "appeal inserted under a free id": insert_under_free_id,
    "moves swapped": swap_moves,
}
