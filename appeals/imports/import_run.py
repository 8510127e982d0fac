"""An import run: a file's rows filed and moved by the same rules, at their own times (Rules 6).

The key is (source, reference): a second run adds none, and reports how many rows differ from what
was imported. Each appeal names its run, so that a recount of an earlier edition can leave it out.
"""

import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.bulk_copy import CopyBlock, analyze_tables, copy_blocks
from appeals.casework.handling.bulk_writing import (
    APPEALS_PER_TRANSACTION,
    BulkWriter,
    History,
    PlayedHistory,
)
from appeals.domain.derived_keys import KeyPurpose, derive_key
from appeals.domain.refusals import Refused
from appeals.imports.faults import Fault, RefusedRow, fault_of_refusal
from appeals.imports.files import FileRow
from appeals.imports.histories import read_history
from appeals.imports.mapping import ColumnMapping
from appeals.imports.mapping_keys import COLUMN_KEYS
from appeals.imports.reference_rows import ReferenceRows
from appeals.models.appeal import IMPORTED_ROWS, Appeal, ImportedAppeal, ImportRun

TEXT_ARRAY = sa.ARRAY(sa.Text())
Key = tuple[str, str]


@dataclass(frozen=True)
class ImportedBatch:
    """The result of a batch; `differing` of the rows already here have changed in the source."""

    imported: int
    already_here: int
    refused: tuple[RefusedRow, ...]
    differing: int = 0


def run_import(
    act: Act,
    mapping: ColumnMapping,
    rows: Iterator[FileRow],
    *,
    file_name: str = "",
    keep: bool = True,
) -> Iterator[ImportedBatch]:
    """Import the rows, 10,000 a transaction; with `keep` false roll back (dry run)."""
    run = ImportRun(source=mapping.source, file_name=file_name, begun_at=act.now)
    act.session.add(run)
    act.session.flush()  # the appeals name it
    intake = _ImportRun(act, mapping, run.id)
    while some := list(islice(rows, APPEALS_PER_TRANSACTION)):
        act.session.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield intake.import_rows(some)
        if keep:
            act.session.commit()
    if keep:
        analyze_tables(act)
        act.session.commit()
    else:
        act.session.rollback()


class _ImportRun:
    """One run: finds rows that are here already, and plays the histories of the others."""

    def __init__(self, act: Act, mapping: ColumnMapping, run_id: int) -> None:
        self.act, self.mapping, self.run_id = act, mapping, run_id
        self.seen: dict[Key, bytes | None] = {}
        self.digest_key = derive_key(act.secret, KeyPurpose.IMPORTED_ROW)

    def import_rows(self, rows: Sequence[FileRow]) -> ImportedBatch:
        """Import one batch."""
        refused = [_refused_row(row, (row.fault,)) for row in rows if row.fault]
        whole = [row for row in rows if row.fault is None]
        new, differing = self._find_new(whole)
        references = ReferenceRows(self.act, self.mapping)
        histories = list[tuple[FileRow, History]]()
        for row in new:
            read = read_history(self.mapping, references, self.act.now, row.cells)
            if isinstance(read, History):
                references.create_wanted()
                histories.append((row, read))
            else:
                references.drop_wanted()
                refused.append(_refused_row(row, read))
        references.publish_created()
        played = self._play_histories(histories, refused)
        self._write_played(played)
        refused.sort(key=lambda each: each.number)
        already = len(whole) - len(new)
        return ImportedBatch(len(played), already, tuple(refused), differing)

    def _find_new(self, rows: Sequence[FileRow]) -> tuple[list[FileRow], int]:
        """Return the rows not imported yet, and how many stored ones differ now."""
        lock = sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(self.mapping.source, 0))
        self.act.session.execute(sa.select(lock))
        keys = [self._row_key(row) for row in rows]
        self._load_stored(keys)
        new, differing = list[FileRow](), 0
        for row, key in zip(rows, keys, strict=True):
            digest = self._row_digest(row)
            if key[1] and key in self.seen:
                stored = self.seen[key]
                differing += stored is not None and stored != digest
                continue
            new.append(row)
            if key[1]:
                self.seen[key] = digest
        return new, differing

    def _row_key(self, row: FileRow) -> Key:
        source = self.mapping.cell(row.cells, "source_system") or self.mapping.source
        return source, self.mapping.cell(row.cells, "reference")

    def _load_stored(self, keys: Sequence[Key]) -> None:
        sources, references = ([*{key[n] for key in keys}] for n in (0, 1))
        stored = self.act.session.execute(
            sa.select(Appeal.source, Appeal.source_ref, ImportedAppeal.row_digest)
            .outerjoin(ImportedAppeal, ImportedAppeal.appeal_id == Appeal.id)
            .where(
                Appeal.source == sa.any_(sa.literal(sources, TEXT_ARRAY)),
                Appeal.source_ref == sa.any_(sa.literal(references, TEXT_ARRAY)),
            )
        )
        for source, reference, digest in stored:
            self.seen.setdefault((source or "", reference or ""), digest)

    def _row_digest(self, row: FileRow) -> bytes:
        """Return the HMAC of a row's mapped values."""
        said = {key: text for key in COLUMN_KEYS if (text := self.mapping.cell(row.cells, key))}
        text = json.dumps(said, ensure_ascii=False, sort_keys=True)
        return hmac.digest(self.digest_key, text.encode(), "sha256")

    def _play_histories(
        self, histories: Sequence[tuple[FileRow, History]], refused: list[RefusedRow]
    ) -> list[tuple[FileRow, PlayedHistory]]:
        bulk = self.bulk = BulkWriter(self.act)
        played = list[tuple[FileRow, PlayedHistory]]()
        for row, history in histories:
            try:
                played.append((row, bulk.play_history(history)))
            except Refused as problem:
                refused.append(_refused_row(row, (fault_of_refusal(problem),)))
        return played

    def _write_played(self, played: Sequence[tuple[FileRow, PlayedHistory]]) -> None:
        """Write a batch; its time is taken last, under the lock that a count of figures shares.

        So no count misses rows whose time is before its own.
        """
        ids = self.bulk.write_histories([each for _, each in played])
        self.act.session.execute(sa.select(sa.func.pg_advisory_xact_lock(IMPORTED_ROWS)))
        written_at = self.act.session.scalar(sa.select(sa.func.clock_timestamp()))
        came = (
            (id_, self.run_id, written_at, self._row_digest(row))
            for id_, (row, _) in zip(ids, played, strict=True)
        )
        columns = ("appeal_id", "run_id", "imported_at", "row_digest")
        copy_blocks(self.act, [CopyBlock.of(ImportedAppeal.__tablename__, columns, came)])


def _refused_row(row: FileRow, faults: Sequence[Fault]) -> RefusedRow:
    return RefusedRow(row.number, row.line, tuple(faults))
