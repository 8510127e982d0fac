"""Verification of seals: whatever a seal names must be in the database unchanged.

Every seal is checked by itself (digest, HMAC), against its row and the previous seal, and item by
item against the tables. Items named by a seal never change, so neither its age nor work going on
matters.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from appeals.act import Act
from appeals.cases.hash_chain import LinkVersion
from appeals.casework.integrity.free_ids import find_inserted_appeals
from appeals.casework.integrity.seal_contents import (
    ROWS_PER_FETCH,
    Progress,
    SealProblem,
    load_contents,
)
from appeals.casework.integrity.seal_file import (
    DamagedSeal,
    PlainLinks,
    SealedAppeal,
    SealedRow,
    SealedTable,
    SealHeader,
    check_seal,
    compute_row_digest,
    derive_seal_key,
    make_seal_name,
    read_items,
)
from appeals.casework.integrity.seal_restart import (
    acknowledge_losses,
    list_restarts,
    make_seal_problem,
    name_seal,
)
from appeals.casework.integrity.seal_totals import MOVE, SealsByNumber, verify_totals
from appeals.casework.integrity.seals import list_seal_files
from appeals.database import Base
from appeals.models.appeal import Appeal, Move
from appeals.models.integrity import Seal

NO_PROGRESS: Progress = lambda _: None  # noqa: E731 - a Progress that shows nothing


@dataclass
class PlainCoverage:
    """Number of moves of each appeal up to which the seals make plain links acceptable.

    The first seal covers all appeals, by id; the few of later seals are in `later`.
    """

    ids: "array[int]" = field(default_factory=lambda: array("q"))
    moves: "array[int]" = field(default_factory=lambda: array("l"))
    later: dict[int, int] = field(default_factory=dict)
    is_closed: bool = False
    """Whether a seal was made after keyed links became the rule: no further seal covers any."""

    def add(self, appeal: SealedAppeal, *, is_first: bool) -> None:
        """Add an appeal named by a seal."""
        if is_first:
            if self.ids and appeal.id <= self.ids[-1]:  # a seal of everything once more
                del self.ids[:], self.moves[:]
                self.later.clear()
            self.ids.append(appeal.id)
            self.moves.append(appeal.moves)
        else:
            self.later[appeal.id] = appeal.moves

    def covered(self, appeal_id: int) -> int:
        """Return the last move of an appeal whose plain link is accepted."""
        if appeal_id in self.later:
            return self.later[appeal_id]
        at = bisect_left(self.ids, appeal_id)
        return self.moves[at] if at < len(self.ids) and self.ids[at] == appeal_id else 0


@dataclass(frozen=True)
class CheckedSeal:
    """An intact seal of this installation."""

    path: Path
    header: SealHeader
    digest: str


def verify_seals(
    act: Act, folder: Path, given: Sequence[Path] = (), progress: Progress = NO_PROGRESS
) -> tuple[int, list[SealProblem]]:
    """Check the folder's seals and those given; return their number and the problems."""
    seals, problems = check_files(act, folder)
    for path in given:
        problems += _check_given(act, path, seals)
    seals.sort(key=lambda seal: seal.header.number)
    coverage = PlainCoverage()
    for seal in seals:
        progress(f"seal {seal.header.number}")
        problems += verify_contents(act, seal, coverage)
    headers = index_seals(seals)
    progress("counting all rows")
    problems += verify_totals(act, headers, problems)
    problems += find_inserted_appeals(act, headers)
    if coverage.is_closed:
        progress("links without a key")
        problems += _find_uncovered_links(act, coverage)
    return len(seals), problems


def index_seals(seals: Sequence[CheckedSeal]) -> SealsByNumber:
    """Return the seals by number."""
    return {seal.header.number: (seal.header, seal.path) for seal in seals}


def check_files(
    act: Act, folder: Path, newest: int | None = None
) -> tuple[list[CheckedSeal], list[SealProblem]]:
    """Check a folder's files against their rows and one another.

    Only the `newest` so many are read; of older ones only the existence is checked.
    """
    rows = {row.number: row for row in act.session.scalars(sa.select(Seal).order_by(Seal.number))}
    files = list_seal_files(folder)
    seals, problems = list[CheckedSeal](), list[SealProblem]()
    before: str | None = None
    last = max([*rows, *files], default=0)
    for number in range(1, last + 1):
        row, path = rows.get(number), files.get(number)
        if row is None:
            problems.append(make_seal_problem(number, "the database has no row of it"))
        if path is None:
            problems.append(
                make_seal_problem(number, f"its file {make_seal_name(number)} is missing")
            )
        if path is None or (newest is not None and number <= last - newest):
            before = row.digest if row else None
            continue
        try:
            header, digest = check_seal(path, derive_seal_key(act.secret))
        except DamagedSeal as damage:
            problems.append(make_seal_problem(number, str(damage)))
            before = row.digest if row else None
            continue
        problems += [
            make_seal_problem(number, each)
            for each in _find_chain_faults(header, digest, row, before)
        ]
        seals.append(CheckedSeal(path, header, digest))
        before = digest
    return seals, list(acknowledge_losses(problems, list_restarts(act, files, index_seals(seals))))


def find_lost_seals(act: Act, folder: Path) -> tuple[int, ...]:
    """Return the numbers of missing or damaged seals that no restart has acknowledged."""
    seals, problems = check_files(act, folder)
    whole = {seal.header.number for seal in seals}
    numbers = {*act.session.scalars(sa.select(Seal.number)), *list_seal_files(folder)}
    known = {each.subject for each in problems if each.is_acknowledged}
    lost = set(range(1, max(numbers, default=0) + 1)) - whole
    return tuple(sorted(number for number in lost if name_seal(number) not in known))


def _find_chain_faults(
    header: SealHeader, digest: str, row: Seal | None, before: str | None
) -> Iterator[str]:
    if row is not None and (row.digest, row.previous_digest) != (digest, header.previous):
        yield "its row names another digest"
    if header.previous != before and before is not None:
        yield "it does not follow the seal before it"
    if header.number == 1 and header.previous is not None:
        yield "it is not the first"


def _check_given(act: Act, path: Path, seals: list[CheckedSeal]) -> Iterator[SealProblem]:
    """Check a copy kept elsewhere; its items are verified with the others."""
    try:
        header, digest = check_seal(path, derive_seal_key(act.secret))
    except DamagedSeal as damage:
        yield SealProblem(str(path), str(damage))
        return
    row = act.session.get(Seal, header.number)
    if row is None or row.digest != digest:
        yield SealProblem(str(path), f"the database does not know this seal {header.number}")
    if digest not in {each.digest for each in seals}:
        seals.append(CheckedSeal(path, header, digest))


def verify_contents(
    act: Act, seal: CheckedSeal, coverage: PlainCoverage | None = None
) -> Iterator[SealProblem]:
    """Compare a seal's items with the database."""
    header, is_first = seal.header, seal.header.since is None
    if coverage is not None:
        coverage.is_closed |= header.plain_links != PlainLinks.COVERED
    table = SealedTable("", ())
    named = read_items(seal.path)
    while items := list(islice(named, ROWS_PER_FETCH)):
        appeals = [item for item in items if isinstance(item, SealedAppeal)]
        if coverage is not None and header.plain_links != PlainLinks.NOT_COVERED:
            for appeal in appeals:
                coverage.add(appeal, is_first=is_first)
        yield from _compare_appeals(act, header.number, appeals)
        rows = list[SealedRow]()
        for item in items:
            if isinstance(item, SealedTable):
                yield from _compare_rows(act, header.number, table, rows)
                table, rows = item, []
            elif isinstance(item, SealedRow):
                rows.append(item)
        yield from _compare_rows(act, header.number, table, rows)


def _compare_appeals(
    act: Act, number: int, appeals: Sequence[SealedAppeal]
) -> Iterator[SealProblem]:
    if not appeals:
        return
    wanted = (
        sa.func.unnest(
            sa.cast([each.id for each in appeals], postgresql.ARRAY(sa.BigInteger)),
            sa.cast([each.moves for each in appeals], postgresql.ARRAY(sa.BigInteger)),
        )
        .table_valued("id", "seq")
        .render_derived("wanted")
    )
    made = sa.and_(Move.appeal_id == wanted.c.id, Move.seq == wanted.c.seq)
    query = sa.select(wanted.c.id, Appeal.number, Move.row_hash).select_from(
        wanted.outerjoin(Appeal, Appeal.id == wanted.c.id).outerjoin(Move, made)
    )
    found = {id_: (stored, link) for id_, stored, link in act.session.execute(query)}
    for each in appeals:
        stored, link = found[each.id]
        if stored is None:
            yield SealProblem(each.number, f"it is gone; seal {number} names it", MOVE)
        elif stored != each.number:
            yield SealProblem(each.number, f"it has another number now, {stored}", MOVE)
        elif link is None:
            told = f"move {each.moves} is gone; seal {number} names it"
            yield SealProblem(each.number, told, MOVE)
        elif link != each.last_link:
            told = f"move {each.moves} is not the one in seal {number}"
            yield SealProblem(each.number, told, MOVE)


def _compare_rows(
    act: Act, number: int, told: SealedTable, rows: Sequence[SealedRow]
) -> Iterator[SealProblem]:
    if not rows:
        return
    table = Base.metadata.tables.get(told.name)
    if table is None or not set(told.columns) <= set(table.columns.keys()):
        yield SealProblem(told.name, f"this release cannot check its rows in seal {number}")
        return
    contents = load_contents(act, table, told.columns, [row.key for row in rows])
    key = derive_seal_key(act.secret)
    for row in rows:
        content, subject = contents.get(row.key), f"{told.name} {' '.join(row.key)}"
        if content is None:
            yield SealProblem(subject, f"it is gone; seal {number} names it", told.name)
        elif compute_row_digest(key, told.name, content) != row.digest:
            yield SealProblem(subject, f"it is not what seal {number} names", told.name)


def _find_uncovered_links(act: Act, coverage: PlainCoverage) -> Iterator[SealProblem]:
    """Find plain links beyond the moves that seals make acceptable."""
    query = (
        sa.select(Move.appeal_id, sa.func.max(Move.seq))
        .where(Move.link_version == LinkVersion.PLAIN)
        .group_by(Move.appeal_id)
    )
    beyond = {
        appeal_id: seq
        for appeal_id, seq in act.session.execute(
            query, execution_options={"yield_per": ROWS_PER_FETCH}
        )
        if seq > coverage.covered(appeal_id)
    }
    numbers = sa.select(Appeal.id, Appeal.number).where(Appeal.id.in_(beyond)).order_by(Appeal.id)
    for appeal_id, number in act.session.execute(numbers):
        yield SealProblem(
            number, f"move {beyond[appeal_id]} has a link without a key that no seal covers"
        )
