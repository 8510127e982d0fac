"""The files of an edition: made once, when it is published, and stored as long as it exists.

Each is in `DATA_DIR/editions` under a name with its edition and digest; a row records that it was
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
from appeals.domain.messages import offered_languages
from appeals.domain.retry_waits import backoff_delay
from appeals.models.report import EditionFile, Report
from appeals.reference.reference_data import load_reference
from appeals.reporting.editions import report_document
from appeals.reporting.editions.public_editions import read_public_report
from appeals.reporting.editions.small_cells import PublishedFigures
from appeals.reporting.formats import edition_workbook, pdf, share_picture
from appeals.reporting.tables.report_tables import Reading
from appeals.reporting.tables.sections import Reader

FOLDER = "editions"
FILE_VERSION = 2
"""The version of the files' content. When it rises, the files of every edition are made again, and
the old ones are no longer sent. 2: small cells are withheld.
"""
FILE_VERSION_SUFFIX = f"-made{FILE_VERSION}"
DIGEST_HEX_DIGITS = 16
"""Hex digits of the digest in a file's name, enough that no two editions share them."""
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)
ANY_LANGUAGE = ""
"""Stands for the language of a file that is the same in every language."""


@dataclass(frozen=True)
class EditionFormat:
    """One file format of an edition: its media type, its languages, and its writer."""

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


FORMATS: Mapping[str, EditionFormat] = {
    "json": EditionFormat("application/json", (ANY_LANGUAGE,), _write_json),
    "csv": EditionFormat("text/csv", (ANY_LANGUAGE,), _write_csv),
    "xlsx": EditionFormat(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        offered_languages(),
        edition_workbook.write_xlsx,
    ),
    "png": EditionFormat("image/png", offered_languages(), share_picture.write_png),
    "pdf": EditionFormat("application/pdf", offered_languages(), pdf.write_pdf),
}
"""The formats by file extension, the quickest to make first."""


def file_path(data_dir: Path, edition: Report, form: str, language: str) -> Path:
    """Return the path of an edition's file, whether it has been made or not."""
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
    """Add the missing rows, one for every file that an edition should have.

    So an edition gets its files whoever published it: a page, a command, or an earlier release.
    Files of an older `FILE_VERSION` are to be made again.
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
    """Request again the files that were made and are no longer on the disk; return how many."""
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
    """Delete the files of an older `FILE_VERSION`; return how many."""
    made = [path for path in (data_dir / FOLDER).glob("*") if not path.name.startswith(".")]
    outdated = [path for path in made if not path.stem.endswith(FILE_VERSION_SUFFIX)]
    for path in outdated:
        path.unlink(missing_ok=True)
    return len(outdated)


def claim_file(act: Act) -> EditionFile | None:
    """Claim the next file due, the quickest format and newest edition first; count the attempt.

    The count is committed before work begins, so a file that kills its worker is retried with
    growing delays and does not block the others.
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
    """Load the published part of the edition that a file is made from.

    Making the file needs no transaction afterwards.
    """
    edition = act.session.get_one(Report, file.report_id)
    return read_public_report(act, edition, Reader(load_reference(act), file.language or "zh"))


def make_file(data_dir: Path, edition: Reading, file: EditionFile) -> None:
    """Write the file atomically: under a temporary name, synced, then renamed.

    The temporary name is the same at every attempt, so leftovers of a killed one are overwritten.
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
    """Record the outcome of an attempt: the file was made, or why not."""
    row = act.session.get_one(EditionFile, (file.report_id, file.form, file.language))
    row.problem = problem
    if problem is None:
        row.made_at, row.make = act.now, FILE_VERSION


def list_failed_files(act: Act, editions: Iterable[Report]) -> Sequence[EditionFile]:
    """Return the files of these editions whose last attempt failed."""
    ids = [edition.id for edition in editions]
    found = sa.select(EditionFile).where(
        EditionFile.report_id.in_(ids), EditionFile.problem.is_not(None)
    )
    return act.session.scalars(found.order_by(EditionFile.form, EditionFile.language)).all()


def next_try(act: Act, edition: Report, form: str, language: str) -> datetime | None:
    """Return when a file whose last attempt failed is retried; None while it is being made."""
    file = act.session.get(EditionFile, (edition.id, form, language))
    return file.next_try_at if file is not None and file.problem else None
