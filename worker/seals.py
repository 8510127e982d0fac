"""The sealing task: makes a seal each night, after an edition, and when there is none yet.

Before a seal is made, the last one and another in turn are compared with the records. Differences
are logged and shown to administrators as a failed item.
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
from appeals.casework.integrity.seal_file import (
    check_seal,
    derive_seal_key,
    read_seal_number,
    sync_folder,
)
from appeals.casework.integrity.seal_totals import verify_window
from appeals.casework.integrity.seal_verification import check_files, index_seals, verify_contents
from appeals.casework.integrity.seals import SEALING_LOCK, is_seal_due, make_seal
from appeals.database import try_advisory_lock
from appeals.domain.calendar import SHANGHAI
from appeals.domain.messages import SOURCE_LANGUAGE
from appeals.settings import Settings
from worker.app import app, load_settings, open_act, open_sessions, run_and_record
from worker.mail import MailSender, make_sender_address
from worker.senders import limit_time, mark_text
from worker.set_aside import attempt_each
from worker.tasks import guard_by_clock

log = structlog.get_logger()

NIGHT_HOURS = range(1, 6)
"""Hours of the night in Shanghai time."""
TASK = "seal"
SEALS_READ_EACH_NIGHT = 31
"""Number of seals read each night; `appeals verify` reads them all."""
MAX_COMPARED_BYTES = 5_000_000
"""Larger seals, such as a city's first, are compared by `appeals verify` only."""
MAX_MAIL_BYTES = 10_000_000
"""Of a larger seal, such as a big city's first, only the digest is mailed."""
MAIL_SECONDS = 60
MAX_SEALS_MAILED = 10
"""Most seals mailed at a time, so that a new address does not get those of years at once."""
TIME_LIMIT_SECONDS = 3600
"""Celery's time limit: the first seal of a city of millions takes minutes."""


class SealBroken(Exception):  # noqa: N818 - what was found, for the administrators' first page
    """A seal differs from the records; the log names the differences."""


@app.task(name=TASK, soft_time_limit=TIME_LIMIT_SECONDS, time_limit=TIME_LIMIT_SECONDS + 60)
def seal_records() -> None:
    """Make a seal if one is due, and send seals not sent yet."""
    run_and_record(TASK, seal_if_due)


def seal_if_due() -> int:
    """Make a seal if one is due; return how many were due, none where another worker is sealing.

    None is made while the clock is in doubt: the rows it counts depend on its timestamp.
    """
    with try_advisory_lock(open_sessions().kw["bind"], SEALING_LOCK) as alone:
        if not alone:
            return 0
        with open_act() as one:
            is_due = is_seal_due(one, is_night=one.now.astimezone(SHANGHAI).hour in NIGHT_HOURS)
        if is_due:
            with open_act() as one:
                attempt_each(
                    one, TASK, {"compare": partial(compare_seals, one, load_settings().seals_dir)}
                )
            make = guard_by_clock(partial(_make_seal, folder=load_settings().seals_dir))
            with open_act() as one:
                attempt_each(one, TASK, {"make": partial(make, one)})
        with open_act() as one:
            attempt_each(one, TASK, {"send": partial(send_elsewhere, load_settings())})
    return int(is_due)


def compare_seals(one: Act, folder: Path) -> None:
    """Compare the last seal and one of the month before it with the records.

    Compares both seals' items and the rows that they added to the previous totals, and the unused
    ids recorded by all seals of that month.

    Raises SealBroken for a difference, or a missing or damaged file.
    """
    seals, problems = check_files(one, folder, SEALS_READ_EACH_NIGHT)
    small = [seal for seal in seals if seal.path.stat().st_size <= MAX_COMPARED_BYTES]
    turn = small[one.now.toordinal() % len(small)] if small else None
    for each in {seal.header.number: seal for seal in (turn, *small[-1:]) if seal}.values():
        problems += verify_contents(one, each)
        problems += verify_window(one, index_seals(seals), each.header.number)
    problems += find_inserted_appeals(one, index_seals(seals))
    faults = [problem for problem in problems if not problem.is_acknowledged]
    for problem in faults:
        log.error("seal_broken", subject=problem.subject, problem=problem.sentence)
    if faults:
        raise SealBroken


def _make_seal(one: Act, folder: Path) -> int:
    made = make_seal(one, folder)
    log.info("records_sealed", seal=made.number, digest=made.digest)
    return made.number


def send_elsewhere(read: Settings) -> None:
    """Copy seals missing from the second folder, and mail those not mailed yet.

    The newest are mailed first, for each vouches for all before it; the next call mails the rest.
    """
    found = read.seals_dir.iterdir() if read.seals_dir.is_dir() else ()
    seals = sorted(path for path in found if read_seal_number(path) is not None)
    if read.seal_folder is not None:
        for path in seals:
            _copy_seal(path, read.seal_folder)
    if read.seal_mail is not None and read.smtp_url is not None:
        waiting = [path for path in reversed(seals) if not _mailed_note(path).exists()]
        for path in waiting[:MAX_SEALS_MAILED]:
            _mail_seal(path, read)


def _copy_seal(path: Path, folder: Path) -> None:
    """Copy a file atomically; an existing one is left unchanged."""
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
    """Return the hidden file beside a seal that records that it was mailed."""
    return path.with_name(f".{path.name}.mailed")


def _mail_seal(path: Path, read: Settings) -> None:
    """Mail a seal and record that it was sent. Raises NotSent."""
    sender = MailSender(read)
    try:
        with limit_time(MAIL_SECONDS):
            sender.post(compose_seal_mail(path, read))
    finally:
        sender.close()
    _mailed_note(path).touch(mode=0o600)


def compose_seal_mail(path: Path, read: Settings) -> EmailMessage:
    """Return the mail with a seal's digest, and the file unless it is too large."""
    _, digest = check_seal(path, derive_seal_key(read.secret_key))
    host = urlsplit(read.base_url).hostname or "localhost"
    mail = EmailMessage(policy=SMTP.clone(max_line_length=78))
    mail["From"] = make_sender_address(read)
    mail["To"] = read.seal_mail
    subject = f"Seal {read_seal_number(path)} of {host}"
    mail["Subject"] = mark_text(read, SOURCE_LANGUAGE, subject)
    mail["Message-ID"] = f"<{path.name}.{digest[-16:]}@{host}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{path.name}\n{digest}\n\nKeep this letter. appeals verify --seal FILE\n")
    if path.stat().st_size <= MAX_MAIL_BYTES:
        mail.add_attachment(
            path.read_bytes(), maintype="application", subtype="gzip", filename=path.name
        )
    return mail
