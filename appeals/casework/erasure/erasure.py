"""Erasing the personal data of finished appeals: contact, words, photos, notices.

What reports count stays: number, kind, category, district and street, the moves with their facts
and times. The hash chain covers salted commitments, so words and salts go together and it holds;
erased statements and contacts are empty, which verification takes for erased only where the salt
is gone too. Figures of editions rest on nothing that goes.
"""

import hmac
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.cases.access import visible_to
from appeals.cases.hash_chain import CANONICAL
from appeals.domain.derived_keys import KeyPurpose, derive_key
from appeals.domain.numbers import normalise_number
from appeals.domain.refusals import Refused, RefusedKind, not_valid
from appeals.domain.rule_book import RuleBook, RuleChange
from appeals.domain.states import OPEN, State
from appeals.domain.vocabulary import ErasedBy, Kind, NoticeChannel
from appeals.models.appeal import Appeal, ContactVersion, ImportedAppeal, Move, Statement
from appeals.models.attachment import Attachment, Draft, folders_of_day
from appeals.models.erasure import ErasedFile, Erasure
from appeals.models.handling import RatedFrom
from appeals.models.notice import ERASED_RECIPIENT, Notice
from appeals.models.staff import HeldForm

log = structlog.get_logger()

MAC_PREFIX = "erasure, form 1"
"""The first item of what the HMAC of a recorded erasure covers: it separates the domain."""
ID_ARRAY, TEXT_ARRAY = sa.ARRAY(sa.BigInteger()), sa.ARRAY(sa.Text())
"""One array parameter for any number of values: a statement takes at most 65,535 parameters."""
BATCH_SIZE = 500
"""How many appeals a transaction erases where many are (decision 0024)."""
MAX_NUMBERS_PER_REQUEST = 100
"""How many appeals one request names."""
ROWS_PER_FETCH = 1000
EXTERNAL_CHANNELS = (NoticeChannel.EMAIL, NoticeChannel.SMS)


@dataclass(frozen=True)
class ErasableAppeal:
    """An appeal that can be erased, as far as the one who erases needs to see it."""

    id: int
    number: str
    kind: Kind
    state: State
    filed_at: datetime


@dataclass(frozen=True)
class RecordedErasure:
    """What the HMAC of a recorded erasure covers."""

    appeal_id: int
    erased_at: datetime
    erased_by: ErasedBy
    request_id: int | None


def find_erasable(act: Act, numbers: Collection[str]) -> list[ErasableAppeal]:
    """Return the appeals of these numbers.

    Raises Refused (not valid) where one is unknown, still being handled or erased already; one
    that the actor may not see is unknown.
    """
    wanted = list(dict.fromkeys(normalise_number(each) for each in numbers))
    if not 0 < len(wanted) <= MAX_NUMBERS_PER_REQUEST:
        raise not_valid(
            "numbers",
            f"请填写1至{MAX_NUMBERS_PER_REQUEST}个诉求编号。",
            f"Enter 1 to {MAX_NUMBERS_PER_REQUEST} numbers of appeals.",
        )
    rows = act.session.scalars(
        sa.select(Appeal).where(Appeal.number.in_(wanted), visible_to(act.actor))
    )
    found = {appeal.number: appeal for appeal in rows}
    erased = act.session.scalars(
        sa.select(Appeal.number)
        .join(Erasure, Erasure.appeal_id == Appeal.id)
        .where(Appeal.number.in_(wanted))
    ).all()
    for number in wanted:
        _check_erasable(number, found.get(number), is_erased=number in erased)
    return [
        ErasableAppeal(each.id, each.number, each.kind, each.state, each.filed_at)
        for each in (found[number] for number in wanted)
    ]


def _check_erasable(number: str, appeal: Appeal | None, *, is_erased: bool) -> None:
    if appeal is None:
        raise not_valid("numbers", f"没有诉求{number}。", f"There is no appeal {number}.")
    if is_erased:
        raise not_valid("numbers", f"诉求{number}已删除。", f"Appeal {number} is erased already.")
    if appeal.state in OPEN:
        raise not_valid(
            "numbers",
            f"诉求{number}尚未办结，办结后才能删除。",
            f"Appeal {number} is still being handled: it can be erased when it is finished.",
        )


def has_restricted(act: Act, numbers: Collection[str]) -> bool:
    """Return whether a restricted appeal is among those of these numbers."""
    wanted = sa.select(Appeal.id).where(Appeal.number.in_(numbers), Appeal.restricted)
    return act.session.scalar(wanted.limit(1)) is not None


def erase_appeals(act: Act, ids: Sequence[int], by: ErasedBy, request_id: int | None = None) -> int:
    """Erase these finished appeals and record that; return how many were not erased before.

    Their rows are locked first, in the order of their ids. One that was opened again meanwhile is
    left alone.
    """
    locked = act.session.scalars(
        sa.select(Appeal.id)
        .where(
            Appeal.id == sa.any_(sa.literal(ids, ID_ARRAY)),
            Appeal.state.not_in(OPEN),
            ~sa.exists().where(Erasure.appeal_id == Appeal.id),
        )
        .order_by(Appeal.id)
        .with_for_update()
    ).all()
    if not locked:
        return 0
    _empty_words(act, locked)
    _empty_notices(act, locked)
    _release_files(act, locked)
    recorded = [RecordedErasure(each, act.now, by, request_id) for each in locked]
    rows = [{**asdict(each), "mac": erasure_mac(act, each)} for each in recorded]
    act.session.execute(sa.insert(Erasure), rows)
    log.info("appeals_erased", count=len(locked), by=by.value, request_id=request_id)
    return len(locked)


def erasure_mac(act: Act, row: RecordedErasure) -> bytes:
    """Return the HMAC-SHA-256 over the canonical form of a recorded erasure.

    That is the JSON list of `MAC_PREFIX` and its columns, the moment in UTC with microseconds.
    """
    at = row.erased_at.astimezone(UTC).isoformat(timespec="microseconds")
    told = CANONICAL.encode([MAC_PREFIX, row.appeal_id, at, row.erased_by.value, row.request_id])
    return hmac.digest(derive_key(act.secret, KeyPurpose.ERASURE), told.encode(), sha256)


def is_erasure_right(act: Act, book: RuleBook, row: RecordedErasure, mac: bytes | None) -> bool:
    """Return whether the HMAC of a recorded erasure holds.

    One without is believed only with a moment before erasures had to bear one. A row that somebody
    puts in with such a moment is found by the seals, which count the rows of each time.
    """
    if mac is None:
        return not book.holds(RuleChange.SIGNED_ERASURES, row.erased_at)
    return hmac.compare_digest(mac, erasure_mac(act, row))


def refuse_erased(act: Act, appeal_id: int) -> None:
    """Refuse (not now) a citizen's move on an appeal whose words are gone."""
    if act.session.get(Erasure, appeal_id) is not None:
        raise Refused(
            RefusedKind.NOT_NOW,
            "这件诉求的个人信息已删除，不能再办理。如有新的问题，请重新提交。",
            "The personal data of this appeal was erased: nothing more can be done with it. For "
            "something new, file a new appeal.",
        )


def erase_again(act: Act, numbers: Collection[str]) -> int:
    """Erase what one batch of a list names and a restored backup brought back; return how many.

    The caller cuts the list into batches of `BATCH_SIZE`, and commits each.
    """
    wanted = sa.literal(list(numbers), TEXT_ARRAY)
    ids = act.session.scalars(sa.select(Appeal.id).where(Appeal.number == sa.any_(wanted))).all()
    return erase_appeals(act, ids, ErasedBy.OPERATOR)


def list_still_open(act: Act, numbers: Collection[str]) -> list[str]:
    """Return which appeals of a batch of a list are being handled (again, in a restored backup)."""
    wanted = sa.literal(list(numbers), TEXT_ARRAY)
    query = sa.select(Appeal.number).where(Appeal.number == sa.any_(wanted), Appeal.state.in_(OPEN))
    return list(act.session.scalars(query.order_by(Appeal.number)))


def list_erased(act: Act) -> Iterator[tuple[str, datetime]]:
    """Yield number and time of every erasure, in the order of the appeals' ids."""
    rows = act.session.execute(
        sa.select(Appeal.number, Erasure.erased_at)
        .join(Erasure, Erasure.appeal_id == Appeal.id)
        .order_by(Appeal.id),
        execution_options={"yield_per": ROWS_PER_FETCH},
    )
    yield from ((row.number, row.erased_at) for row in rows)


def _empty_words(act: Act, ids: Sequence[int]) -> None:
    """Empty the statement, the contacts and the words of the moves, with their salts."""
    empty = dict.fromkeys(
        ("subject", "detail", "address", "contact_name", "contact_phone", "contact_email"), ""
    )
    no_telephone = {"phone_number": "", "phone_extension": ""}
    keys = sa.select(Appeal.form_key_hash).where(Appeal.id == sa.any_(sa.literal(ids, ID_ARRAY)))
    numbers = sa.select(Appeal.number).where(Appeal.id == sa.any_(sa.literal(ids, ID_ARRAY)))
    for statement in (
        sa.update(Statement)
        .where(Statement.appeal_id == sa.any_(sa.literal(ids, ID_ARRAY)))
        .values(**empty, **no_telephone),
        sa.update(ContactVersion)
        .where(ContactVersion.appeal_id == sa.any_(sa.literal(ids, ID_ARRAY)))
        .values(name="", phone="", email="", **no_telephone),
        sa.update(Move)
        .where(Move.appeal_id == sa.any_(sa.literal(ids, ID_ARRAY)))
        .values(words=None, salt=b""),
        sa.delete(Draft).where(Draft.form_key_hash.in_(keys)),
        sa.delete(HeldForm).where(sa.func.split_part(HeldForm.path, "/", 4).in_(numbers)),
        sa.update(Appeal)
        .where(Appeal.id == sa.any_(sa.literal(ids, ID_ARRAY)))
        .values(form_key_hash=None, form_digest=None),
        sa.delete(RatedFrom).where(RatedFrom.appeal_id == sa.any_(sa.literal(ids, ID_ARRAY))),
        sa.update(ImportedAppeal)
        .where(ImportedAppeal.appeal_id == sa.any_(sa.literal(ids, ID_ARRAY)))
        .values(row_digest=None),
    ):
        act.session.execute(statement, execution_options={"synchronize_session": False})


def _empty_notices(act: Act, ids: Sequence[int]) -> None:
    """Empty what was told and to whom; that it was told stays. What is not sent is never sent."""
    outside = Notice.channel.in_(EXTERNAL_CHANNELS)
    recipient = sa.literal(ERASED_RECIPIENT) + sa.cast(Notice.id, sa.Text)
    act.session.execute(
        sa.update(Notice)
        .where(Notice.appeal_id == sa.any_(sa.literal(ids, ID_ARRAY)))
        .values(
            subject="",
            body="",
            problem=None,
            parked_at=None,
            sent_at=sa.func.coalesce(Notice.sent_at, act.now),
            recipient=sa.case((outside, recipient), else_=Notice.recipient),
        ),
        execution_options={"synchronize_session": False},
    )


def _release_files(act: Act, ids: Sequence[int]) -> None:
    """Delete the rows of the photos, and note their files for whoever deletes files."""
    gone = act.session.execute(
        sa.delete(Attachment)
        .where(Attachment.appeal_id == sa.any_(sa.literal(ids, ID_ARRAY)))
        .returning(Attachment.kept_at, Attachment.image, Attachment.thumbnail, Attachment.original),
        execution_options={"synchronize_session": False},
    ).all()
    rows = [
        {"day": row.kept_at.astimezone(UTC).date(), "name": name}
        for row in gone
        for name in {row.image, row.thumbnail, row.original} - {None}
    ]
    if rows:
        act.session.execute(insert(ErasedFile).on_conflict_do_nothing(), rows)


def delete_erased_files(act: Act, files: Path) -> int:
    """Delete the files of erased photos, but for those that another appeal's photo is, too.

    After the transaction that erased: a row never names a file that is not on the disk. Repeated
    after an interruption it goes on. Returns how many files went.
    """
    count = 0
    for row in act.session.scalars(sa.select(ErasedFile)).all():
        shared = sa.select(Attachment.id).where(
            sa.func.date(sa.func.timezone("UTC", Attachment.kept_at)) == row.day,
            sa.or_(
                Attachment.image == row.name,
                Attachment.thumbnail == row.name,
                Attachment.original == row.name,
            ),
        )
        if act.session.scalar(shared.limit(1)) is None:
            for folder in folders_of_day(files, row.day):
                (folder / row.name).unlink(missing_ok=True)
            count += 1
        act.session.delete(row)
    return count
