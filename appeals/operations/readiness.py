"""Readiness checks for filing: a row can be written, and the photo folder has room."""

import errno
import os
import secrets
import shutil
import tempfile
from pathlib import Path

import sqlalchemy as sa

from appeals.act import Act
from appeals.models.attachment import Draft

STATEMENT_TIMEOUT = sa.text("SET LOCAL statement_timeout = '2s'")
MIN_FREE_BYTES = 64 * 1024 * 1024
"""Room for the largest request, with a margin."""
TRIAL_FILE_BYTES = 4096


def try_writing_rows(act: Act) -> None:
    """Write a row as filing does, and roll it back. Raises the database's errors."""
    with act.session.begin_nested() as savepoint:
        act.session.execute(STATEMENT_TIMEOUT)
        key = secrets.token_bytes(16)
        act.session.execute(
            sa.insert(Draft).values(form_key_hash=key, answers={}, saved_at=act.now)
        )
        savepoint.rollback()


def try_writing_files(folder: Path) -> str | None:
    """Write a small file in the folder of attachments; return the problem, if any.

    Free space is checked, not reserved: that would take it from people who file.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:  # unnamed: it vanishes with the process
            file.write(bytes(TRIAL_FILE_BYTES))
            file.flush()
        is_full = shutil.disk_usage(folder).free < MIN_FREE_BYTES
    except OSError as trouble:
        return trouble.strerror or str(trouble)
    return os.strerror(errno.ENOSPC) if is_full else None
