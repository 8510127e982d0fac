"""Making seals: a file in `DATA_DIR/seals` and a row, each with the digest of the previous seal.

A seal records the state of the records at its time. Whoever changes them later, even with all
rights in the database, cannot forge a matching seal without the secret key (decision 0023).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.integrity.seal_contents import (
    FIGURE,
    AlreadySealed,
    Progress,
    find_free_ids,
    list_items,
)
from appeals.casework.integrity.seal_file import (
    OVERLAP,
    DamagedSeal,
    PlainLinks,
    SealedAppeal,
    SealedTable,
    SealHeader,
    SealRestart,
    check_seal,
    derive_seal_key,
    make_seal_name,
    read_header,
    read_items,
    read_seal_number,
    sync_folder,
    write_seal,
)
from appeals.casework.integrity.seal_totals import count_totals
from appeals.domain.messages import message
from appeals.domain.refusals import Refused, not_now
from appeals.domain.rule_book import RuleChange
from appeals.models.integrity import Seal
from appeals.models.report import Report
from appeals.reference.reference_data import load_reference

MIN_TIME_BETWEEN_SEALS = timedelta(hours=12)
SEALING_LOCK = "maker of seals"
"""Name of the advisory lock for making a seal (`database.py: try_advisory_lock`)."""


@dataclass(frozen=True)
class MadeSeal:
    """A new seal: its number, file and digest."""

    number: int
    path: Path
    digest: str


def make_seal(act: Act, folder: Path, progress: Progress = lambda _: None) -> MadeSeal:
    """Seal the moves and rows added since the last seal; the first time, everything.

    The file is in place before the caller commits. A file whose row was never committed, because
    the process was killed in between, gets its row first.

    Raises:
        Refused: The file of the last seal is missing or damaged, or a file has the next number.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    last = _load_last_header(act, folder)
    number = last.number + 1 if last else 1
    return _write_planned_seal(
        act, folder, SealPlan(number, last, _decide_plain_links(act, last)), progress
    )


def restart_seals(
    act: Act, folder: Path, anew: SealRestart, progress: Progress = lambda _: None
) -> MadeSeal:
    """Restart the seals after some were lost: seal everything, with the lost ones in the header.

    Args:
        act: The system's act.
        folder: The folder of the seals.
        anew: Which seals are lost, who restarts, and why.
        progress: Called with the progress.
    """
    numbers = [*act.session.scalars(sa.select(Seal.number)), *list_seal_files(folder), 0]
    links = {header.plain_links for header, _ in read_headers_backwards(folder, max(numbers))}
    is_closed = bool(links - {PlainLinks.COVERED})
    plain_links = PlainLinks.NOT_COVERED if is_closed else _decide_plain_links(act, None)
    return _write_planned_seal(
        act, folder, SealPlan(max(numbers) + 1, None, plain_links, anew), progress
    )


@dataclass(frozen=True)
class SealPlan:
    """The seal to make: its number, the previous seal, and the values of its header."""

    number: int
    last: SealHeader | None
    plain_links: PlainLinks
    anew: SealRestart | None = None


def _write_planned_seal(act: Act, folder: Path, plan: SealPlan, progress: Progress) -> MadeSeal:
    last, number = plan.last, plan.number
    since = last.sealed_until if last else None
    known = _read_already_sealed(folder, last, since) if last and since else AlreadySealed()
    highest, absent = find_free_ids(act, known.highest)
    until = act.now - OVERLAP
    settled = _find_settled_id(folder, last, until)
    progress("counting")
    header = SealHeader(
        number=number,
        at=act.now.isoformat(),
        since=since.isoformat() if since else None,
        previous=_load_last_digest(act),
        plain_links=plan.plain_links,
        highest=highest,
        absent=absent,
        settled=settled,
        totals=count_totals(act, last, until, settled),
        begun_anew=plan.anew,
    )
    half = folder / f".{make_seal_name(number)}.half"
    items = list_items(act, since, known, progress)
    digest = write_seal(half, header, items, derive_seal_key(act.secret))
    _add_row(act, header, digest)
    half.rename(folder / make_seal_name(number))
    sync_folder(folder)
    return MadeSeal(number, folder / make_seal_name(number), digest)


def _find_settled_id(folder: Path, last: SealHeader | None, until: datetime) -> int:
    """Return the highest id in the newest seal before a moment: no lower id can still appear.

    It never decreases, so that totals can be added to.
    """
    if last is None:
        return 0
    old = (
        each for each, _ in read_headers_backwards(folder, last.number) if each.sealed_at <= until
    )
    newest = next(old, None)
    return max(last.settled, newest.highest if newest else 0)


def is_seal_due(act: Act, *, is_night: bool) -> bool:
    """Return whether a seal is due.

    One is due if there is none yet, none since links are keyed, none since an edition was
    published, or none tonight.
    """
    last = act.session.scalar(sa.select(sa.func.max(Seal.sealed_at)))
    if last is None or (is_night and abs(act.now - last) >= MIN_TIME_BETWEEN_SEALS):
        return True
    book = load_reference(act).book
    keyed_then, keyed_now = (book.holds(RuleChange.KEYED_LINKS, at) for at in (last, act.now))
    if keyed_now and not keyed_then:
        return True
    newer = sa.select(Report.id).where(Report.edition.is_not(None), Report.published_at > last)
    return act.session.scalar(newer.limit(1)) is not None


def list_seals(act: Act) -> list[Seal]:
    """Return the rows of all seals, by number."""
    return list(act.session.scalars(sa.select(Seal).order_by(Seal.number)))


def _load_last_header(act: Act, folder: Path) -> SealHeader | None:
    """Return the header of the last seal, None where there is none."""
    last = act.session.scalar(sa.select(Seal).order_by(Seal.number.desc()).limit(1))
    header = None
    if last is not None:
        header, digest = _check_seal_file(act, folder / make_seal_name(last.number))
        if digest != last.digest:
            raise _refuse_seal(
                folder / make_seal_name(last.number), "it is not the one that was made"
            )
    number = header.number + 1 if header else 1
    orphan = folder / make_seal_name(number)
    if orphan.exists():
        made, digest = _check_seal_file(act, orphan)
        if made.number != number or made.previous != (last.digest if last else None):
            raise _refuse_seal(orphan, "it does not follow the last seal of this database")
        _add_row(act, made, digest)
        header = made
    return header


def _check_seal_file(act: Act, path: Path) -> tuple[SealHeader, str]:
    try:
        return check_seal(path, derive_seal_key(act.secret))
    except DamagedSeal as damage:
        raise _refuse_seal(path, str(damage)) from None


def _refuse_seal(path: Path, why: str) -> Refused:
    return not_now(
        message(
            "Nothing was sealed, for %(file)s is not right: %(why)s. Run `appeals verify`.",
            file=path.name,
            why=why,
        )
    )


def _add_row(act: Act, header: SealHeader, digest: str) -> None:
    row = Seal(
        number=header.number,
        sealed_at=header.sealed_at,
        digest=digest,
        previous_digest=header.previous,
    )
    act.session.add(row)
    act.session.flush()


def _load_last_digest(act: Act) -> str | None:
    return act.session.scalar(sa.select(Seal.digest).order_by(Seal.number.desc()).limit(1))


def _decide_plain_links(act: Act, last: SealHeader | None) -> PlainLinks:
    """Return whether links without a key are accepted up to the moves that the next seal names.

    The first seal after the introduction of keyed links is the last that covers plain ones: no
    process of the previous release makes any more.
    """
    if last is not None and last.plain_links != PlainLinks.COVERED:
        return PlainLinks.NOT_COVERED
    is_rule = load_reference(act).book.holds(RuleChange.KEYED_LINKS, act.now)
    return PlainLinks.COVERED_LAST if is_rule else PlainLinks.COVERED


def list_seal_files(folder: Path) -> dict[int, Path]:
    """Return a folder's seal files by number."""
    paths = folder.iterdir() if folder.is_dir() else ()
    return {number: path for path in paths if (number := read_seal_number(path)) is not None}


def read_headers_backwards(folder: Path, number: int) -> Iterator[tuple[SealHeader, Path]]:
    """Yield the headers of seals up to a number, newest first, skipping lost ones."""
    for each in range(number, 0, -1):
        path = folder / make_seal_name(each)
        try:
            yield read_header(path), path
        except DamagedSeal:
            continue


def _read_already_sealed(folder: Path, last: SealHeader, since: datetime) -> AlreadySealed:
    """Read the items of the last seal, and of earlier ones made after a moment.

    A seal of everything may be too large for memory: the next seal names a day of it again.
    """
    known = AlreadySealed(highest=last.highest)
    for header, path in read_headers_backwards(folder, last.number):
        if header.number < last.number and header.sealed_at < since:
            break
        known.absent += header.absent
        if header.since is None:
            break
        _add_items(known, path)
    return known


def _add_items(known: AlreadySealed, path: Path) -> None:
    """Add the items of a seal; later seals were read before and take precedence."""
    table = ""
    for item in read_items(path):
        if isinstance(item, SealedAppeal):
            known.appeals.setdefault(item.id, item)
        elif isinstance(item, SealedTable):
            table = item.name
        elif table != FIGURE:
            known.rows.setdefault(table, set()).add(item.key)
