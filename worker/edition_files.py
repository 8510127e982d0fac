"""Making the files of editions: one maker in the whole installation, no transaction meanwhile.

A PDF takes seconds of a whole core. So web processes make none, and of any number of workers
one makes them, one after another, for at most `TICK_SECONDS` in a tick.
"""

import time

import structlog
from sqlalchemy.orm import Session, sessionmaker

from appeals.act import Act
from appeals.database import try_advisory_lock
from appeals.domain.people import SYSTEM
from appeals.models.report import EditionFile
from appeals.operations.database_clock import database_time
from appeals.reporting.formats import edition_files
from appeals.settings import Settings

log = structlog.get_logger()

TICK_SECONDS = 20
"""After so long a tick begins no other file, so that the other tasks have their turn."""
LOCK = "maker of editions' files"


def make_due(sessions: sessionmaker[Session], read: Settings) -> int:
    """Make the files that are due; return how many. Where another worker makes them: none."""
    made, ends = 0, time.monotonic() + TICK_SECONDS
    with try_advisory_lock(sessions.kw["bind"], LOCK) as alone:
        if not alone:
            return 0
        with sessions.begin() as session:
            edition_files.request_missing_files(_act(session, read))
        edition_files.delete_outdated(read.data_dir)
        while time.monotonic() < ends:
            with sessions.begin() as session:
                file = edition_files.claim_file(_act(session, read))
            if file is None:
                break
            problem = _attempt(file, sessions, read)
            with sessions.begin() as session:
                edition_files.note_outcome(_act(session, read), file, problem)
            made += problem is None
    return made


def _attempt(file: EditionFile, sessions: sessionmaker[Session], read: Settings) -> str | None:
    """Make one file; return the problem in one line, None where it is made."""
    try:
        with sessions.begin() as session:
            edition = edition_files.read_edition(_act(session, read), file)
        edition_files.make_file(read.data_dir, edition, file)
    except Exception as problem:  # whatever is wrong with one file, the others are made
        told = {"report": file.report_id, "form": file.form, "language": file.language}
        log.exception("edition_file_not_made", tries=file.tries, **told)
        return f"{type(problem).__name__}: {problem}"
    return None


def _act(session: Session, read: Settings) -> Act:
    return Act(session, SYSTEM, database_time(session), read.secret_key, read.base_url)
