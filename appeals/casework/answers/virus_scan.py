"""Asks the scanner of the setting `APPEALS_SCAN_COMMAND` whether a file carries a virus."""

import subprocess
from collections.abc import Sequence

import structlog

from appeals.casework.photos.photo_decoding import FIELD, Upload
from appeals.domain.messages import message
from appeals.domain.refusals import Refused, RefusedKind, not_valid
from appeals.logs import SecurityEvent, log_security_event

log = structlog.get_logger()

CLEAN, INFECTED = 0, 1
"""Exit codes of clamscan and clamdscan; any other means that the scan failed."""
MAX_SCAN_SECONDS = 60


def scan_upload(command: Sequence[str], upload: Upload, staff_id: int | None) -> None:
    """Give the file to the scanner on its standard input; without a command nothing is done.

    Raises Refused: not valid for an infected file, too many where the scanner failed or took too
    long. A file that could not be scanned is never stored.
    """
    if not command:
        return
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own command, and no name of a file
            list(command),
            input=upload.octets,
            check=False,
            capture_output=True,
            timeout=MAX_SCAN_SECONDS,
        )
        code = done.returncode
    except (OSError, subprocess.TimeoutExpired) as problem:
        log.warning("virus_scan_failed", problem=type(problem).__name__)
        raise _not_scanned(upload) from None
    if code == INFECTED:
        log_security_event(SecurityEvent.VIRUS_FOUND, staff_id=staff_id)
        raise not_valid(
            FIELD,
            message(
                "The virus scanner found something in “%(name)s”, so it was not kept. Tell those "
                "who look after your computer.",
                name=upload.called,
            ),
        )
    if code != CLEAN:
        log.warning("virus_scan_failed", problem=f"exit code {code}")
        raise _not_scanned(upload)


def _not_scanned(upload: Upload) -> Refused:
    return Refused(
        RefusedKind.TOO_MANY,
        message(
            "The virus scanner does not answer, so “%(name)s” was not kept. What you typed is "
            "here: try again in a few minutes, or tell whoever runs the system.",
            name=upload.called,
        ),
        field=FIELD,
    )
