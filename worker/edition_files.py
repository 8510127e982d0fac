"""Making the files of editions, in one worker at a time and outside any transaction.

A PDF takes seconds of a whole core. So web processes make none, and only one of all workers makes
them, one after another, for at most `TICK_SECONDS` in a tick.
"""

import time
from dataclasses import replace

import structlog
from sqlalchemy.orm import Session, sessionmaker

from appeals.database import try_advisory_lock
from appeals.models.report import EditionFile
from appeals.reporting.formats import edition_files
from appeals.settings import Settings
from worker.acts import make_act

log = structlog.get_logger()

TICK_SECONDS = 20
"""A tick starts no further file after this, so that the other tasks get their turn."""
EDITION_FILES_LOCK = "maker of editions' files"


def make_due_files(sessions: sessionmaker[Session], read: Settings) -> int:
    """Make the files that are due; return how many, none where another worker makes them."""
    made, ends = 0, time.monotonic() + TICK_SECONDS
    with try_advisory_lock(sessions.kw["bind"], EDITION_FILES_LOCK) as alone:
        if not alone:
            return 0
        with sessions.begin() as session:
            edition_files.request_missing_files(make_act(session, read))
        edition_files.delete_outdated(read.data_dir)
        while time.monotonic() < ends:
            with sessions.begin() as session:
                file = edition_files.claim_file(make_act(session, read))
            if file is None:
                break
            problem = _try_making(file, sessions, read)
            with sessions.begin() as session:
                edition_files.note_outcome(make_act(session, read), file, problem)
            made += problem is None
    return made


def _try_making(file: EditionFile, sessions: sessionmaker[Session], read: Settings) -> str | None:
    """Make one file; return the problem in one line, None where it is made."""
    try:
        with sessions.begin() as session:
            edition = edition_files.read_edition(make_act(session, read), file)
        edition = replace(edition, is_training=read.training)
        edition_files.make_file(read.data_dir, edition, file)
    except Exception as problem:  # one file's failure does not stop the others
        told = {"report": file.report_id, "form": file.form, "language": file.language}
        log.exception("edition_file_not_made", tries=file.tries, **told)
        return f"{type(problem).__name__}: {problem}"
    return None
