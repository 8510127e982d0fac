"""Sealing by the worker: each night, after an edition, and once when there is no seal yet.

Before a seal is made, the last one and one of the others in turn are compared with the records.
What does not hold is logged and shown to administrators as an item that was set aside.
"""

import os
import shutil
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from appeals.act import Act
from appeals.casework.integrity.free_ids import find_inserted_appeals
from appeals.casework.integrity.seal_file import check_seal, number_of, seal_key, sync_folder
from appeals.casework.integrity.seal_totals import verify_window
from appeals.casework.integrity.seal_verification import check_files, headers_of, verify_contents
from appeals.casework.integrity.seals import LOCK, is_seal_due, make_seal
from appeals.database import try_advisory_lock
from appeals.domain.calendar import SHANGHAI
from appeals.settings import Settings
from worker.app import act, app, recorded, sessions, settings
from worker.mail import MailSender, sender_address
from worker.senders import at_most
from worker.set_aside import attempt_each
from worker.tasks import while_clock_holds

log = structlog.get_logger()

NIGHT = range(1, 6)
"""Hours in Shanghai."""
TASK = "seal"
NEWEST = 31
"""So many seals are read each night; `appeals verify` reads them all."""
COMPARED_MOST_BYTES = 5_000_000
"""A larger seal, as the first of a city, is compared by `appeals verify` only."""
MAIL_MOST_BYTES = 10_000_000
"""A seal that is larger goes as its digest alone: the first of a big city, say."""
MAIL_SECONDS = 60
MAILED_MOST = 10
"""So many seals are mailed at a time: a new address is not sent those of years at once."""
HOUR = 3600
"""The first seal of a city of millions takes minutes."""


class SealBroken(Exception):  # noqa: N818 - what was found, for the administrators' first page
    """A seal does not agree with the records; the log names what."""


@app.task(name=TASK, soft_time_limit=HOUR, time_limit=HOUR + 60)
def seal() -> None:
    """Make the seal that is due, if one is, and send what was not sent yet."""
    recorded(TASK, seal_if_due)


def seal_if_due() -> int:
    """Make the seal that is due; return how many were due. Where another worker seals: none.

    None is made while the clock is in doubt: what it counts hangs on its own moment.
    """
    with try_advisory_lock(sessions().kw["bind"], LOCK) as alone:
        if not alone:
            return 0
        with act() as one:
            is_due = is_seal_due(one, is_night=one.now.astimezone(SHANGHAI).hour in NIGHT)
        if is_due:
            with act() as one:
                attempt_each(
                    one, TASK, {"compare": partial(compare_some, one, settings().seals_dir)}
                )
            make = while_clock_holds(partial(_make, folder=settings().seals_dir))
            with act() as one:
                attempt_each(one, TASK, {"make": partial(make, one)})
        with act() as one:
            attempt_each(one, TASK, {"send": partial(send_elsewhere, settings())})
    return int(is_due)


def compare_some(one: Act, folder: Path) -> None:
    """Compare the last seal and one of the month before it with the records.

    Of both, what they name and what they count beyond the seal before; of all of that month, the
    ids that they say were free.

    Raises SealBroken where something does not agree, or a file is missing or damaged.
    """
    seals, problems = check_files(one, folder, NEWEST)
    small = [seal for seal in seals if seal.path.stat().st_size <= COMPARED_MOST_BYTES]
    turn = small[one.now.toordinal() % len(small)] if small else None
    for each in {seal.header.number: seal for seal in (turn, *small[-1:]) if seal}.values():
        problems += verify_contents(one, each)
        problems += verify_window(one, headers_of(seals), each.header.number)
    problems += find_inserted_appeals(one, headers_of(seals))
    faults = [problem for problem in problems if not problem.is_acknowledged]
    for problem in faults:
        log.error("seal_broken", subject=problem.subject, problem=problem.sentence)
    if faults:
        raise SealBroken


def _make(one: Act, folder: Path) -> int:
    made = make_seal(one, folder)
    log.info("records_sealed", seal=made.number, digest=made.digest)
    return made.number


def send_elsewhere(read: Settings) -> None:
    """Copy the seals that the folder elsewhere lacks, and mail those that were not mailed yet.

    The newest are mailed first, for each vouches for all before it; the next call mails the rest.
    """
    found = read.seals_dir.iterdir() if read.seals_dir.is_dir() else ()
    seals = sorted(path for path in found if number_of(path) is not None)
    if read.seal_folder is not None:
        for path in seals:
            _copy(path, read.seal_folder)
    if read.seal_mail is not None and read.smtp_url is not None:
        waiting = [path for path in reversed(seals) if not _mailed_note(path).exists()]
        for path in waiting[:MAILED_MOST]:
            _mail(path, read)


def _copy(path: Path, folder: Path) -> None:
    """Copy a file, whole or not at all; one that is there is left as it is."""
    if (folder / path.name).exists():
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = folder / f".{path.name}.half"
    half.unlink(missing_ok=True)
    with (
        path.open("rb") as source,
        os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as to,
    ):
        shutil.copyfileobj(source, to)
        to.flush()
        os.fsync(to.fileno())
    half.rename(folder / path.name)
    sync_folder(folder)


def _mailed_note(path: Path) -> Path:
    """Return the hidden file beside a seal that notes that it was mailed."""
    return path.with_name(f".{path.name}.mailed")


def _mail(path: Path, read: Settings) -> None:
    """Mail a seal and note that it went. Raises NotSent."""
    sender = MailSender(read)
    try:
        with at_most(MAIL_SECONDS):
            sender.post(compose_mail(path, read))
    finally:
        sender.close()
    _mailed_note(path).touch(mode=0o600)


def compose_mail(path: Path, read: Settings) -> EmailMessage:
    """Return the letter that carries a seal: its digest, and the file unless that is too large."""
    _, digest = check_seal(path, seal_key(read.secret_key))
    host = urlsplit(read.base_url).hostname or "localhost"
    mail = EmailMessage(policy=SMTP.clone(max_line_length=78))
    mail["From"] = sender_address(read)
    mail["To"] = read.seal_mail
    mail["Subject"] = f"Seal {number_of(path)} of {host}"
    mail["Message-ID"] = f"<{path.name}.{digest[-16:]}@{host}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{path.name}\n{digest}\n\nKeep this letter. appeals verify --seal FILE\n")
    if path.stat().st_size <= MAIL_MOST_BYTES:
        mail.add_attachment(
            path.read_bytes(), maintype="application", subtype="gzip", filename=path.name
        )
    return mail
