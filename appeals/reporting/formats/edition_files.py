"""The files of an edition: made once, when it is published, and kept as long as it is.

Each lies in `DATA_DIR/editions` under a name with its edition and digest; a row says that it was
made. Only the worker makes them (`worker/edition_files.py`); web processes send them.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import load_only

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.domain.retry_waits import backoff_delay
from appeals.models.report import EditionFile, Report
from appeals.reference.reference_data import load_reference
from appeals.reporting.editions import report_document
from appeals.reporting.editions.public_editions import read_public_report
from appeals.reporting.editions.small_cells import PublishedFigures
from appeals.reporting.formats import edition_workbook, pdf
from appeals.reporting.tables.report_tables import Reading
from appeals.reporting.tables.sections import Reader

FOLDER = "editions"
FILE_VERSION = 2
"""The way in which files are made; it rises when they must differ from those made before, of every
edition. Those are then made anew, and no address sends the old ones. 2: small cells are withheld.
"""
FILE_VERSION_SUFFIX = f"-made{FILE_VERSION}"
DIGEST_HEX_DIGITS = 16
"""Hex digits of the digest in a file's name: enough that no two editions share one."""
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)
ANY_LANGUAGE = ""
"""The language of a file that is the same in every language."""


@dataclass(frozen=True)
class FileFormat:
    """One form of an edition: how it is sent, in which languages there is one, and its writer."""

    mimetype: str
    languages: tuple[str, ...]
    write: Callable[[IO[bytes], Reading], None]

    def language(self, asked: str) -> str:
        """Return the language of the file that serves a reader of the language `asked`."""
        return asked if asked in self.languages else ANY_LANGUAGE


def _write_json(to: IO[bytes], edition: Reading) -> None:
    document = report_document.public_document(edition.report, _published_figures(edition))
    to.write(report_document.as_json(document).encode())


def _write_csv(to: IO[bytes], edition: Reading) -> None:
    to.write(report_document.public_csv(edition.report, _published_figures(edition)).encode())


def _published_figures(edition: Reading) -> PublishedFigures:
    return PublishedFigures(edition.figures, frozenset(edition.withheld[None]))


FORMATS: Mapping[str, FileFormat] = {
    "json": FileFormat("application/json", (ANY_LANGUAGE,), _write_json),
    "csv": FileFormat("text/csv", (ANY_LANGUAGE,), _write_csv),
    "xlsx": FileFormat(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ("zh", "en"),
        edition_workbook.write_xlsx,
    ),
    "pdf": FileFormat("application/pdf", ("zh", "en"), pdf.write_pdf),
}
"""By the ending of the name, those first that take least to make."""


def file_path(data_dir: Path, edition: Report, form: str, language: str) -> Path:
    """Return where a file of an edition lies once it is made."""
    period, digest = Period(edition.start, edition.end).label, str(edition.digest)
    parts = (
        period,
        "edition",
        str(edition.edition),
        digest.removeprefix("sha256:")[:DIGEST_HEX_DIGITS],
    )
    suffix = f"-{language}" if language else ""
    return data_dir / FOLDER / f"{'-'.join(parts)}{suffix}{FILE_VERSION_SUFFIX}.{form}"


def request_missing_files(act: Act) -> None:
    """Write the row of every file that an edition should have and that has none.

    So an edition gets its files whoever published it: a page, a command, or an earlier release. A
    file that was made in an earlier way is to be made anew.
    """
    older = sa.update(EditionFile).where(EditionFile.make < FILE_VERSION)
    act.session.execute(
        older.values(make=FILE_VERSION, made_at=None, problem=None, tries=0, next_try_at=act.now)
    )
    kinds = sa.values(sa.column("form", sa.Text), sa.column("language", sa.Text), name="kind")
    kinds = kinds.data([(form, each) for form in FORMATS for each in FORMATS[form].languages])
    new = (
        sa.select(Report.id, kinds, sa.literal(0), sa.literal(act.now), sa.literal(FILE_VERSION))
        .join_from(Report, kinds, sa.true())
        .where(
            Report.edition.is_not(None),
            ~sa.exists().where(
                EditionFile.report_id == Report.id,
                EditionFile.form == kinds.c.form,
                EditionFile.language == kinds.c.language,
            ),
        )
    )
    names = ["report_id", "form", "language", "tries", "next_try_at", "make"]
    act.session.execute(insert(EditionFile).from_select(names, new).on_conflict_do_nothing())


def request_lost_files(act: Act, data_dir: Path) -> int:
    """Let files be made again that were made and are no longer on the disk; return how many."""
    made = (
        sa.select(EditionFile, Report)
        .join(Report, Report.id == EditionFile.report_id)
        .where(EditionFile.made_at.is_not(None))
        .options(load_only(Report.start, Report.end, Report.edition, Report.digest))
    )
    lost = [
        file
        for file, edition in act.session.execute(made)
        if not file_path(data_dir, edition, file.form, file.language).is_file()
    ]
    for file in lost:
        file.made_at, file.tries, file.next_try_at = None, 0, act.now
    return len(lost)


def delete_outdated(data_dir: Path) -> int:
    """Delete the files that were made in an earlier way; return how many."""
    made = [path for path in (data_dir / FOLDER).glob("*") if not path.name.startswith(".")]
    outdated = [path for path in made if not path.stem.endswith(FILE_VERSION_SUFFIX)]
    for path in outdated:
        path.unlink(missing_ok=True)
    return len(outdated)


def claim_file(act: Act) -> EditionFile | None:
    """Take the next file that is due, the quickest form and newest edition first; count the try.

    The count is committed before the file is begun, so one that kills its maker is tried ever
    more seldom and does not stop the others.
    """
    place = sa.case({form: n for n, form in enumerate(FORMATS)}, value=EditionFile.form)
    file = act.session.scalar(
        sa.select(EditionFile)
        .join(Report, Report.id == EditionFile.report_id)
        .where(EditionFile.made_at.is_(None), EditionFile.next_try_at <= act.now)
        .order_by(place, Report.published_at.desc(), EditionFile.language)
        .limit(1)
        .with_for_update(of=EditionFile, skip_locked=True)
    )
    if file is not None:
        file.tries += 1
        file.next_try_at = act.now + backoff_delay(file.tries, FIRST_WAIT, LONGEST_WAIT)
    return file


def read_edition(act: Act, file: EditionFile) -> Reading:
    """Read what is published of the edition that a file is made of.

    The transaction can end before the file is made.
    """
    edition = act.session.get_one(Report, file.report_id)
    return read_public_report(act, edition, Reader(load_reference(act), file.language or "zh"))


def make_file(data_dir: Path, edition: Reading, file: EditionFile) -> None:
    """Write the file whole: under another name, synced, then renamed.

    That name is the same at every try, so that what a killed maker left is written over.
    """
    path = file_path(data_dir, edition.report, file.form, file.language)
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.half")
    try:
        with half.open("wb") as out:
            FORMATS[file.form].write(out, edition)
            out.flush()
            os.fsync(out.fileno())
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def note_outcome(act: Act, file: EditionFile, problem: str | None) -> None:
    """Record what came of a try: the file is made, or why it is not."""
    row = act.session.get_one(EditionFile, (file.report_id, file.form, file.language))
    row.problem = problem
    if problem is None:
        row.made_at, row.make = act.now, FILE_VERSION


def list_failed_files(act: Act, editions: Iterable[Report]) -> Sequence[EditionFile]:
    """Return the files of these editions whose last try failed."""
    ids = [edition.id for edition in editions]
    found = sa.select(EditionFile).where(
        EditionFile.report_id.in_(ids), EditionFile.problem.is_not(None)
    )
    return act.session.scalars(found.order_by(EditionFile.form, EditionFile.language)).all()


def next_try(act: Act, edition: Report, form: str, language: str) -> datetime | None:
    """Return when a file whose last try failed is tried again; None while it is being made."""
    file = act.session.get(EditionFile, (edition.id, form, language))
    return file.next_try_at if file is not None and file.problem else None
