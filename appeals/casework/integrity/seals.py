"""Making seals: a file in `DATA_DIR/seals` and a row, each over the seal before (decision 0023).

A seal says what the records were at its moment. Whoever changes them later, with all rights in the
database and without the secret key, cannot make a seal that agrees.
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
    list_absent,
    list_items,
)
from appeals.casework.integrity.seal_file import (
    OVERLAP,
    BegunAnew,
    DamagedSeal,
    PlainLinks,
    SealedAppeal,
    SealedTable,
    SealHeader,
    check_seal,
    number_of,
    read_header,
    read_items,
    seal_key,
    seal_name,
    sync_folder,
    write_seal,
)
from appeals.casework.integrity.seal_totals import count_totals
from appeals.domain.refusals import Refused, not_now
from appeals.domain.rule_book import RuleChange
from appeals.models.integrity import Seal
from appeals.models.report import Report
from appeals.reference.reference_data import load_reference

BETWEEN_NIGHTS = timedelta(hours=12)
LOCK = "maker of seals"
"""The installation's lock (`database.py: try_advisory_lock`) of whoever makes a seal."""


@dataclass(frozen=True)
class MadeSeal:
    """A seal that was just made: its number, its file and its digest."""

    number: int
    path: Path
    digest: str


def make_seal(act: Act, folder: Path, progress: Progress = lambda _: None) -> MadeSeal:
    """Seal what moved and was added since the last seal; the first time, everything.

    The file is in its place before the caller commits. One whose row was never committed, for the
    process was killed between the two, gets its row first.

    Raises:
        Refused: The file of the last seal is missing or damaged, or a file has the next number.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    last = _last_header(act, folder)
    number = last.number + 1 if last else 1
    return _make(act, folder, Plan(number, last, _plain_links(act, last)), progress)


def begin_seals_anew(
    act: Act, folder: Path, anew: BegunAnew, progress: Progress = lambda _: None
) -> MadeSeal:
    """Seal everything, after seals that are lost; the new seal says for ever that they are.

    Args:
        act: The system's act.
        folder: Where seals lie.
        anew: Which are lost, who begins anew, and why.
        progress: Shows how far it is.
    """
    numbers = [*act.session.scalars(sa.select(Seal.number)), *list_files(folder), 0]
    links = {header.plain_links for header, _ in walk_back(folder, max(numbers))}
    is_closed = bool(links - {PlainLinks.COVERED})
    plain_links = PlainLinks.NOT_COVERED if is_closed else _plain_links(act, None)
    return _make(act, folder, Plan(max(numbers) + 1, None, plain_links, anew), progress)


@dataclass(frozen=True)
class Plan:
    """Which seal is made: its number, the seal that it goes on from, and what its header says."""

    number: int
    last: SealHeader | None
    plain_links: PlainLinks
    anew: BegunAnew | None = None


def _make(act: Act, folder: Path, plan: Plan, progress: Progress) -> MadeSeal:
    last, number = plan.last, plan.number
    since = last.sealed_until if last else None
    known = _already_sealed(folder, last, since) if last and since else AlreadySealed()
    highest, absent = list_absent(act, known.highest)
    until = act.now - OVERLAP
    settled = _settled_id(folder, last, until)
    progress("counting")
    header = SealHeader(
        number=number,
        at=act.now.isoformat(),
        since=since.isoformat() if since else None,
        previous=_last_digest(act),
        plain_links=plan.plain_links,
        highest=highest,
        absent=absent,
        settled=settled,
        totals=count_totals(act, last, until, settled),
        begun_anew=plan.anew,
    )
    half = folder / f".{seal_name(number)}.half"
    items = list_items(act, since, known, progress)
    digest = write_seal(half, header, items, seal_key(act.secret))
    _add_row(act, header, digest)
    half.rename(folder / seal_name(number))
    sync_folder(folder)
    return MadeSeal(number, folder / seal_name(number), digest)


def _settled_id(folder: Path, last: SealHeader | None, until: datetime) -> int:
    """Return the highest id of the newest seal before a moment: no transaction may add one below.

    It never becomes less, so that totals can be added to.
    """
    if last is None:
        return 0
    old = (each for each, _ in walk_back(folder, last.number) if each.sealed_at <= until)
    newest = next(old, None)
    return max(last.settled, newest.highest if newest else 0)


def is_seal_due(act: Act, *, is_night: bool) -> bool:
    """Tell whether a seal is due.

    It is where there is none yet, none since links have a key, none since an edition was published,
    or none tonight.
    """
    last = act.session.scalar(sa.select(sa.func.max(Seal.sealed_at)))
    if last is None or (is_night and abs(act.now - last) >= BETWEEN_NIGHTS):
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


def _last_header(act: Act, folder: Path) -> SealHeader | None:
    """Return the header of the last seal, None where there is none."""
    last = act.session.scalar(sa.select(Seal).order_by(Seal.number.desc()).limit(1))
    header = None
    if last is not None:
        header, digest = _check(act, folder / seal_name(last.number))
        if digest != last.digest:
            raise _refuse(folder / seal_name(last.number), "it is not the one that was made")
    number = header.number + 1 if header else 1
    orphan = folder / seal_name(number)
    if orphan.exists():
        made, digest = _check(act, orphan)
        if made.number != number or made.previous != (last.digest if last else None):
            raise _refuse(orphan, "it does not follow the last seal of this database")
        _add_row(act, made, digest)
        header = made
    return header


def _check(act: Act, path: Path) -> tuple[SealHeader, str]:
    try:
        return check_seal(path, seal_key(act.secret))
    except DamagedSeal as damage:
        raise _refuse(path, str(damage)) from None


def _refuse(path: Path, why: str) -> Refused:
    return not_now(
        f"封存文件{path.name}有问题，没有作新的封存：{why}。先运行 appeals verify。",
        f"Nothing was sealed, for {path.name} is not right: {why}. Run `appeals verify`.",
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


def _last_digest(act: Act) -> str | None:
    return act.session.scalar(sa.select(Seal.digest).order_by(Seal.number.desc()).limit(1))


def _plain_links(act: Act, last: SealHeader | None) -> PlainLinks:
    """Tell whether links without a key are believed as far as the next seal names them.

    The first seal that is made after keyed links became the rule is the last one that covers plain
    ones: no process of the release before makes any more.
    """
    if last is not None and last.plain_links != PlainLinks.COVERED:
        return PlainLinks.NOT_COVERED
    is_rule = load_reference(act).book.holds(RuleChange.KEYED_LINKS, act.now)
    return PlainLinks.COVERED_LAST if is_rule else PlainLinks.COVERED


def list_files(folder: Path) -> dict[int, Path]:
    """Return the files of seals in a folder by number."""
    paths = folder.iterdir() if folder.is_dir() else ()
    return {number: path for path in paths if (number := number_of(path)) is not None}


def walk_back(folder: Path, number: int) -> Iterator[tuple[SealHeader, Path]]:
    """Yield the headers of the seals up to a number, the newest first, but for lost ones."""
    for each in range(number, 0, -1):
        path = folder / seal_name(each)
        try:
            yield read_header(path), path
        except DamagedSeal:
            continue


def _already_sealed(folder: Path, last: SealHeader, since: datetime) -> AlreadySealed:
    """Read what the last seal names, and those before it that were made after a moment.

    A seal of everything may be too large to remember: the next one names a day of it again.
    """
    known = AlreadySealed(highest=last.highest)
    for header, path in walk_back(folder, last.number):
        if header.number < last.number and header.sealed_at < since:
            break
        known.absent += header.absent
        if header.since is None:
            break
        _add_items(known, path)
    return known


def _add_items(known: AlreadySealed, path: Path) -> None:
    """Add what a seal names; a later seal was read before, and counts."""
    table = ""
    for item in read_items(path):
        if isinstance(item, SealedAppeal):
            known.appeals.setdefault(item.id, item)
        elif isinstance(item, SealedTable):
            table = item.name
        elif table != FIGURE:
            known.rows.setdefault(table, set()).add(item.key)
