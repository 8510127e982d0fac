"""Erases the personal data of finished appeals: contact, texts, photos, notices.

What reports count stays: number, kind, category, district, street, and the moves with their facts
and times. The hash chain covers salted commitments, so it still holds after texts and salts are
deleted together; verification accepts an empty statement or contact as erased only if its salt is
gone too. Figures of published editions depend on nothing that is erased.
"""

import hmac
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute

from appeals.act import Act
from appeals.cases.access import visible_to
from appeals.cases.hash_chain import CANONICAL
from appeals.domain.derived_keys import KeyPurpose, derive_key
from appeals.domain.messages import message
from appeals.domain.numbers import normalise_number
from appeals.domain.refusals import Refused, RefusedKind, not_valid
from appeals.domain.rule_book import RuleBook, RuleChange
from appeals.domain.states import OPEN, State
from appeals.domain.vocabulary import ErasedBy, Kind, NoticeChannel, NoticeKind
from appeals.models.answer import AnswerDraft, StaffFile, staff_folder_of_day
from appeals.models.appeal import Appeal, ContactVersion, ImportedAppeal, Move, Statement
from appeals.models.attachment import Attachment, Draft, folders_of_day
from appeals.models.citizen import HelperCode, HelperVisit
from appeals.models.desk import WatchListEntry
from appeals.models.erasure import ErasedFile, Erasure
from appeals.models.handling import RatedFrom
from appeals.models.notice import ERASED_RECIPIENT, Notice
from appeals.models.search import SearchWords
from appeals.models.staff import HeldForm

log = structlog.get_logger()

MAC_PREFIX = "erasure, form 1"
"""The first item that the HMAC of an erasure covers, for domain separation."""
ID_ARRAY, TEXT_ARRAY = sa.ARRAY(sa.BigInteger()), sa.ARRAY(sa.Text())
"""Types of array parameters; as single values they could exceed the 65,535 parameters that a
statement may have."""
BATCH_SIZE = 500
"""How many appeals one transaction erases at most (decision 0024)."""
MAX_NUMBERS_PER_REQUEST = 100
"""How many appeals one request may name."""
ROWS_PER_FETCH = 1000
EXTERNAL_CHANNELS = (NoticeChannel.EMAIL, NoticeChannel.SMS)


@dataclass(frozen=True)
class ErasableAppeal:
    """An appeal that can be erased, as shown to the person who erases it."""

    id: int
    number: str
    kind: Kind
    state: State
    filed_at: datetime


@dataclass(frozen=True)
class RecordedErasure:
    """The columns that the HMAC of an erasure covers."""

    appeal_id: int
    erased_at: datetime
    erased_by: ErasedBy
    request_id: int | None


def find_erasable(act: Act, numbers: Collection[str]) -> list[ErasableAppeal]:
    """Return the appeals with these numbers.

    Raises Refused (not valid) if one is unknown, still being handled or already erased; an appeal
    that the actor may not see counts as unknown.
    """
    wanted = list(dict.fromkeys(normalise_number(each) for each in numbers))
    if not 0 < len(wanted) <= MAX_NUMBERS_PER_REQUEST:
        raise not_valid(
            "numbers",
            message("Enter 1 to %(most)s numbers of appeals.", most=MAX_NUMBERS_PER_REQUEST),
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
        raise not_valid("numbers", message("There is no appeal %(number)s.", number=number))
    if is_erased:
        raise not_valid("numbers", message("Appeal %(number)s is erased already.", number=number))
    if appeal.state in OPEN:
        raise not_valid(
            "numbers",
            message(
                "Appeal %(number)s is still being handled: it can be erased when it is finished.",
                number=number,
            ),
        )


def has_restricted(act: Act, numbers: Collection[str]) -> bool:
    """Return whether any of these numbers belongs to a restricted appeal."""
    wanted = sa.select(Appeal.id).where(Appeal.number.in_(numbers), Appeal.restricted)
    return act.session.scalar(wanted.limit(1)) is not None


def erase_appeals(act: Act, ids: Sequence[int], by: ErasedBy, request_id: int | None = None) -> int:
    """Erase these finished appeals and record it; return how many were erased now.

    The rows are locked first, in the order of their ids. An appeal that was reopened meanwhile is
    skipped.
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
    """Return the HMAC-SHA-256 over the canonical form of an erasure.

    That is a JSON list of `MAC_PREFIX` and the columns, with the moment in UTC with microseconds.
    """
    at = row.erased_at.astimezone(UTC).isoformat(timespec="microseconds")
    told = CANONICAL.encode([MAC_PREFIX, row.appeal_id, at, row.erased_by.value, row.request_id])
    return hmac.digest(derive_key(act.secret, KeyPurpose.ERASURE), told.encode(), sha256)


def is_erasure_right(act: Act, book: RuleBook, row: RecordedErasure, mac: bytes | None) -> bool:
    """Return whether the HMAC of an erasure is valid.

    An erasure without one is accepted only if it was recorded before erasures had to carry one. A
    forged row with such an early moment is detected by the seals, which count the rows of each
    time.
    """
    if mac is None:
        return not book.holds(RuleChange.SIGNED_ERASURES, row.erased_at)
    return hmac.compare_digest(mac, erasure_mac(act, row))


def refuse_erased(act: Act, appeal_id: int) -> None:
    """Refuse (not now) a move on an appeal whose personal data was erased."""
    if act.session.get(Erasure, appeal_id) is not None:
        raise Refused(
            RefusedKind.NOT_NOW,
            message(
                "The personal data of this appeal was erased: nothing more can be done with "
                "it. For something new, file a new appeal."
            ),
        )


def erase_again(act: Act, numbers: Collection[str]) -> int:
    """Erase one batch of listed numbers that a restored backup brought back; return how many.

    The caller splits the list into batches of `BATCH_SIZE` and commits after each.
    """
    wanted = sa.literal(list(numbers), TEXT_ARRAY)
    ids = act.session.scalars(sa.select(Appeal.id).where(Appeal.number == sa.any_(wanted))).all()
    return erase_appeals(act, ids, ErasedBy.OPERATOR)


def list_still_open(act: Act, numbers: Collection[str]) -> list[str]:
    """Return those of a batch's numbers that are (after a restore, again) being handled."""
    wanted = sa.literal(list(numbers), TEXT_ARRAY)
    query = sa.select(Appeal.number).where(Appeal.number == sa.any_(wanted), Appeal.state.in_(OPEN))
    return list(act.session.scalars(query.order_by(Appeal.number)))


def list_erased(act: Act) -> Iterator[tuple[str, datetime]]:
    """Yield number and time of every erasure, ordered by the appeals' ids."""
    rows = act.session.execute(
        sa.select(Appeal.number, Erasure.erased_at)
        .join(Erasure, Erasure.appeal_id == Appeal.id)
        .order_by(Appeal.id),
        execution_options={"yield_per": ROWS_PER_FETCH},
    )
    yield from ((row.number, row.erased_at) for row in rows)


def _empty_words(act: Act, ids: Sequence[int]) -> None:
    """Delete the statement, the contacts, and the texts of the moves with their salts."""
    empty = dict.fromkeys(
        ("subject", "detail", "address", "contact_name", "contact_phone", "contact_email"), ""
    )
    no_telephone = {"phone_number": "", "phone_extension": ""}
    keys = sa.select(Appeal.form_key_hash).where(Appeal.id == sa.any_(sa.literal(ids, ID_ARRAY)))
    numbers = sa.select(Appeal.number).where(Appeal.id == sa.any_(sa.literal(ids, ID_ARRAY)))
    of_appeals = HelperCode.appeal_id == sa.any_(sa.literal(ids, ID_ARRAY))
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
        sa.delete(SearchWords).where(SearchWords.appeal_id == sa.any_(sa.literal(ids, ID_ARRAY))),
        sa.delete(AnswerDraft).where(AnswerDraft.appeal_id == sa.any_(sa.literal(ids, ID_ARRAY))),
        sa.delete(WatchListEntry).where(
            WatchListEntry.appeal_id == sa.any_(sa.literal(ids, ID_ARRAY))
        ),
        sa.delete(HelperVisit).where(
            HelperVisit.code_id.in_(sa.select(HelperCode.id).where(of_appeals))
        ),
        sa.delete(HelperCode).where(of_appeals),
        sa.delete(RatedFrom).where(RatedFrom.appeal_id == sa.any_(sa.literal(ids, ID_ARRAY))),
        sa.update(ImportedAppeal)
        .where(ImportedAppeal.appeal_id == sa.any_(sa.literal(ids, ID_ARRAY)))
        .values(row_digest=None),
    ):
        act.session.execute(statement, execution_options={"synchronize_session": False})


def _empty_notices(act: Act, ids: Sequence[int]) -> None:
    """Empty text and recipient of notices; unsent ones are never sent. The rows stay.

    Lists of work that name an appeal are deleted; sent ones are gone within the hour.
    """
    named = sa.exists().where(
        Appeal.id == sa.any_(sa.literal(ids, ID_ARRAY)),
        sa.func.strpos(Notice.body, Appeal.number) > 0,
    )
    act.session.execute(
        sa.delete(Notice).where(Notice.kind == NoticeKind.WORK_WAITS, named),
        execution_options={"synchronize_session": False},
    )
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
    """Delete the rows of photos and staff files, and record what `delete_erased_files` deletes."""
    gone = act.session.execute(
        sa.delete(Attachment)
        .where(Attachment.appeal_id == sa.any_(sa.literal(ids, ID_ARRAY)))
        .returning(Attachment.kept_at, Attachment.image, Attachment.thumbnail, Attachment.original),
        execution_options={"synchronize_session": False},
    ).all()
    _record_erased_files(
        act, ((row.kept_at, (row.image, row.thumbnail, row.original)) for row in gone)
    )
    release_staff_files(act, StaffFile.appeal_id == sa.any_(sa.literal(ids, ID_ARRAY)))


def release_staff_files(act: Act, *which: sa.ColumnElement[bool]) -> None:
    """Delete rows of staff files, and record their files, which `delete_erased_files` deletes."""
    gone = act.session.execute(
        sa.delete(StaffFile)
        .where(*which)
        .returning(
            StaffFile.stored_at,
            StaffFile.document,
            StaffFile.image,
            StaffFile.thumbnail,
            StaffFile.original,
        ),
        execution_options={"synchronize_session": False},
    ).all()
    _record_erased_files(
        act,
        ((row.stored_at, (row.document, row.image, row.thumbnail, row.original)) for row in gone),
    )


def _record_erased_files(act: Act, gone: Iterable[tuple[datetime, Collection[str | None]]]) -> None:
    """Record the files of deleted rows: the moment of each row, and the names of its files."""
    rows = [
        {"day": at.astimezone(UTC).date(), "name": name}
        for at, names in gone
        for name in {*names} - {None}
    ]
    if rows:
        act.session.execute(insert(ErasedFile).on_conflict_do_nothing(), rows)


def delete_erased_files(act: Act, files: Path) -> int:
    """Delete the files of erased rows, except those that another row of that day also names.

    Runs after the transaction of the erasure, so that a row never names a missing file; after an
    interruption it can be repeated. Returns the number of files deleted.
    """
    count = 0
    for row in act.session.scalars(sa.select(ErasedFile)).all():
        photos = (Attachment.image, Attachment.thumbnail, Attachment.original)
        documents = (StaffFile.document, StaffFile.image, StaffFile.thumbnail, StaffFile.original)
        unused = list[Path]()
        if not _is_named(act, row, Attachment.kept_at, photos):
            unused += folders_of_day(files, row.day)
        if not _is_named(act, row, StaffFile.stored_at, documents):
            unused.append(staff_folder_of_day(files, row.day))
        found = [folder / row.name for folder in unused if (folder / row.name).exists()]
        for path in found:
            path.unlink(missing_ok=True)
        count += bool(found)
        act.session.delete(row)
    return count


def _is_named(
    act: Act,
    row: ErasedFile,
    at: InstrumentedAttribute[datetime],
    names: Sequence[InstrumentedAttribute[str] | InstrumentedAttribute[str | None]],
) -> bool:
    """Return whether another row of that day names the file."""
    day = sa.func.date(sa.func.timezone("UTC", at)) == row.day
    named = sa.or_(*(name == row.name for name in names))
    return act.session.scalar(sa.select(sa.literal(1)).where(day, named).limit(1)) is not None
