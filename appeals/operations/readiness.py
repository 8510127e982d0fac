"""What filing needs, tried out: a row that can be written, and a folder with room for photos."""

import os
import secrets
import tempfile
from pathlib import Path

import sqlalchemy as sa

from appeals.act import Act
from appeals.models.attachment import Draft

STATEMENT_TIMEOUT = sa.text("SET LOCAL statement_timeout = '2s'")
SPACE_BYTES = 64 * 1024 * 1024
"""Room for the largest request, and some."""


def try_writing_rows(act: Act) -> None:
    """Write a row as filing does, and take it back. Raises what the database raises."""
    with act.session.begin_nested() as savepoint:
        act.session.execute(STATEMENT_TIMEOUT)
        key = secrets.token_bytes(16)
        act.session.execute(
            sa.insert(Draft).values(form_key_hash=key, answers={}, saved_at=act.now)
        )
        savepoint.rollback()


def try_writing_files(folder: Path) -> str | None:
    """Reserve room in the folder of attachments and free it; return what is wrong, if anything."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:  # without a name: it goes with us
            if hasattr(os, "posix_fallocate"):  # macOS has none
                os.posix_fallocate(file.fileno(), 0, SPACE_BYTES)
    except OSError as trouble:
        return trouble.strerror or str(trouble)
    return None
